package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console"
	"rekey/internal/console/static"
)

// asked is what one of each kind of reader asks for, and what comes of it: in
// that order a visitor, somebody with a mailed password, a Member, an Operator,
// a Manager and an Administrator. "login" and "change" stand for being led to
// these pages, and "on" to another.
type asked struct {
	route string
	of    string // what stands for {id} and {token}, see office.named
	form  url.Values
	want  string
}

// Whom most of the pages are for.
const (
	all      = "login/change/200/200/200/200"
	definers = "login/change/403/200/200/200"
)

// TestWhatARoleMayNotDoIsRefusedWhenItIsAskedForAnyway asks for every route
// there is with every role, whether or not a page of theirs offers it.
func TestWhatARoleMayNotDoIsRefusedWhenItIsAskedForAnyway(t *testing.T) {
	t.Parallel()
	rows := slices.Concat(readings(), onPeople("boss", "404/404/%s"), onPeople("peer", "403/%s/%[1]s"), onPeople("junior", "%s/%[1]s/%[1]s"), doings())
	for _, route := range console.Routes() {
		if !slices.ContainsFunc(rows, func(a asked) bool { return a.route == route }) {
			t.Errorf("nobody asks for %s", route)
		}
	}
	for i, who := range []string{"visitor", "mailed", "member", "operator", "manager", "administrator"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			v := o.reader(who)
			for n, a := range rows {
				method, path, _ := strings.Cut(a.route, " ")
				path = o.named(path, a.of, n)
				if got := v.ask(method, path, a.form); got.outcome() != strings.Split(a.want, "/")[i] {
					t.Errorf("%s of %q: %s, want %s", a.route, a.of, got.outcome(), strings.Split(a.want, "/")[i])
				}
			}
			if who != "administrator" {
				o.untouched()
			}
		})
	}
}

// untouched checks that those who are no Administrators have left what is above
// them as it was, and have made nothing that is somebody else's.
func (o *office) untouched() {
	o.t.Helper()
	users, err := o.DB.Users(o.t.Context(), rekey.UserQuery{Role: rekey.RoleAdministrator, MaxRank: rekey.RankAdministrator, Limit: 500})
	o.ok(err)
	for _, u := range users {
		if !strings.HasPrefix(u.Address, "administrator.") || u.Type == rekey.TypeAPI || u.FirstName != "Ada" {
			o.t.Errorf("there is the Administrator %+v", u)
		}
	}
	automations, err := entries(o.Admin.Automations(o.t.Context(), o.root, rekey.AutomationQuery{}, admin.Place{}))
	o.ok(err)
	for _, a := range automations {
		foreign := a.Name == "Mine" && (a.OwnerID == o.root.ID || a.BuiltIn != "" || a.Status != rekey.AutomationDraft)
		if owner, err := o.Admin.FindUser(o.t.Context(), o.root, a.OwnerID); foreign || a.Name == "Another" || a.OwnerID != "" && (err != nil || owner.ID == "") {
			o.t.Errorf("there is the automation %+v", a)
		}
	}
}

// outcome is the answer in the words of asked.
func (s seen) outcome() string {
	switch to, _, _ := strings.Cut(s.Header.Get("Location"), "?"); {
	case to == "/login":
		return "login"
	case to == "/change-password":
		return "change"
	case to != "":
		return "on"
	}
	return fmt.Sprint(s.StatusCode)
}

func (v *visitor) ask(method, path string, form url.Values) seen {
	v.o.t.Helper()
	if method == http.MethodPost {
		return v.post(path, form)
	}
	return v.get(path)
}

var mailedPassword = regexp.MustCompile(`(?m)^\s*([A-Za-z0-9]{6}(?:-[A-Za-z0-9]{6}){3})\s*$`)

// reader is a browser in which one of a role has come in.
func (o *office) reader(who string) *visitor {
	o.t.Helper()
	switch who {
	case "visitor":
		return o.stranger()
	case "mailed":
		u := o.newcomer(rekey.RoleAdministrator)
		sent, err := o.Admin.SendPassword(o.t.Context(), o.root, u.ID)
		o.ok(err)
		o.rests(sent.Runs[0].ID, finished)
		found := mailedPassword.FindSubmatch(o.mail.Messages()[0].Data)
		if found == nil {
			o.t.Fatal("there is no password in the mail")
		}
		v := o.stranger()
		v.post("/login", url.Values{"address": {u.Address}, "password": {string(found[1])}}).leads("/change-password")
		return v
	default:
		return o.as(o.person(rekey.Role(who)))
	}
}

// named puts something into the path of a route: what stands there belongs to an
// Administrator, or is about one, unless it is called otherwise. It is there for
// this request alone.
func (o *office) named(path, of string, n int) string {
	o.t.Helper()
	name := fmt.Sprintf("%s %d", of, n)
	styles, err := static.Path("rekey.css")
	o.ok(err)
	id, token := of, ""
	switch of {
	case "boss", "peer", "junior":
		role := map[string]rekey.Role{"boss": rekey.RoleAdministrator, "peer": rekey.RoleOperator, "junior": rekey.RoleMember}[of]
		u := o.person(role, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
		made, _, err := o.Admin.CreateToken(o.t.Context(), o.root, admin.TokenRequest{UserID: u.ID, Name: name})
		o.ok(err)
		id, token = u.ID, made.ID
	case "automation":
		id = o.automation(o.root, name, false).ID
	case "selection":
		id = o.selection(o.root, name, "true")
	case "waiting run", "run", "delivery", "event":
		a := o.automation(o.root, name, true, onExternal, func(a *rekey.Automation) {
			a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: fmt.Sprint("leak-", n)}
			if of == "waiting run" {
				a.Delay = rekey.Delay{Unit: rekey.Days, Value: 1}
			}
		})
		run := o.happen(o.root, a.EventFilter.Name.Value, o.person(rekey.RoleAdministrator).ID)[0]
		if id = run.ID; of == "event" {
			id = run.EventID
		}
		if of != "waiting run" {
			o.rests(run.ID, finished)
		}
		if of == "delivery" {
			id = o.deliveries(run.ID)[0].ID
		}
	}
	return strings.NewReplacer("{$}", "", "{id}", id, "{token}", token, "{language}", "en", "{file}", strings.TrimPrefix(styles, static.Prefix)).Replace(path)
}

// readings are what is asked for by reading.
func readings() []asked {
	return []asked{
		{"GET /{$}", "", nil, all},
		{"GET /automations", "", nil, definers},
		{"GET /automations/new", "", nil, definers},
		{"GET /automations/{id}", "automation", nil, definers},
		{"GET /automations/{id}/edit", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/activate", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/trial", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/deactivate", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/delete", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/held", "automation", nil, definers},
		{"GET /automations/{id}/transfer", "automation", nil, "login/change/403/403/403/200"},
		{"GET /automations/{id}/history", "automation", nil, definers},
		{"GET /selections/{id}/history", "selection", nil, definers},
		{"GET /selections/{id}/transfer", "selection", nil, "login/change/403/403/403/200"},
		{"GET /selections", "", nil, definers},
		{"GET /selections/new", "", nil, definers},
		{"GET /selections/{id}", "selection", nil, definers},
		{"GET /selections/{id}/edit", "selection", nil, "login/change/403/403/403/200"},
		{"GET /selections/{id}/delete", "selection", nil, "login/change/403/403/403/200"},
		{"GET /catalogue", "", nil, definers},
		{"GET /runs", "", nil, definers},
		{"GET /runs/{id}", "run", nil, definers},
		{"GET /runs/{id}/live", "run", nil, definers},
		{"GET /runs/{id}/people.csv", "run", nil, definers},
		{"GET /runs/{id}/approve", "waiting run", nil, "login/change/403/403/403/409"},
		{"GET /runs/{id}/send-again", "run", nil, definers},
		{"GET /runs/{id}/send-rest", "waiting run", nil, "login/change/403/403/403/409"},
		{"GET /runs/{id}/undo", "waiting run", nil, "login/change/403/403/403/200"},
		{"GET /runs/{id}/cancel", "waiting run", nil, "login/change/403/403/403/200"},
		{"GET /deliveries/{id}", "delivery", nil, "login/change/403/404/404/200"},
		{"GET /events", "", nil, definers},
		{"GET /events/new", "", nil, definers},
		{"GET /events/{id}", "event", nil, definers},
		{"GET /users", "", nil, definers},
		{"GET /users/suggest", "", nil, definers},
		{"GET /users/new", "", nil, definers},
		{"GET /users/import", "", nil, definers},
		{"GET /users/import/sample.csv", "", nil, definers},
		{"GET /report", "", nil, definers},
		{"GET /report.csv", "", nil, definers},
		{"GET /mail", "", nil, definers},
		{"GET /mail/templates/{language}", "", nil, definers},
		{"GET /mail/templates/{language}/html", "", nil, definers},
		{"GET /setup/mail", "", nil, "login/change/403/403/403/200"},
		{"GET /pause", "", nil, "login/change/403/403/403/200"},
		{"GET /resume", "", nil, "login/change/403/403/403/200"},
		{"GET /account", "", nil, all},
		{"GET /account/tokens/{token}/revoke", "boss", nil, "login/change/404/404/404/404"},
		{"GET /help", "", nil, all},
		{"GET /help/passwords", "", nil, "200/200/200/200/200/200"},
		{"GET /login", "", nil, "200/change/on/on/on/on"},
		{"GET /forgot-password", "", nil, "200/change/200/200/200/200"},
		{"GET /change-password", "", nil, "login/200/200/200/200/200"},
		{"GET /.well-known/change-password", "", nil, "login/change/change/change/change/change"},
		{"GET /setup", "", nil, "404/change/404/404/404/404"},
		{"GET /static/{file}", "", nil, "200/200/200/200/200/200"},
	}
}

func renamed(form url.Values) url.Values {
	form = maps.Clone(form)
	form.Set("name", "Another")
	form.Set("version", "1")
	return form
}

// doings are what is asked for by writing, except what is done to people.
func doings() []asked {
	draft := url.Values{"name": {"Mine"}, "time_zone": {"UTC"}, "go": {"save"}, "owner_id": {"somebody"}, "built_in": {"password_send"}, "status": {"active"}}
	condition := url.Values{"name": {"Mine"}, "expression": {"true"}, "shown": {"true"}, "go": {"save"}, "owner_id": {"somebody"}}
	const notTheirs = "login/change/403/403/403/on"
	return []asked{
		{"POST /automations/new", "", draft, "login/change/403/on/on/on"},
		{"GET /directories", "", nil, "login/change/403/404/404/404"}, // there is no directory here
		{"GET /directories/{name}", "", nil, "login/change/403/404/404/404"},
		{"POST /directories/{name}/import", "", nil, "login/change/403/403/404/404"},
		{"POST /directories/{name}/test", "", nil, "login/change/403/403/404/404"},
		{"GET /directories/{name}/release", "", nil, "login/change/403/403/403/404"},
		{"POST /directories/{name}/release", "", url.Values{"events": {"1"}}, "login/change/403/403/403/404"},
		{"POST /automations/reach", "", draft, definers},
		{"POST /automations/{id}/edit", "automation", renamed(draft), notTheirs},
		{"POST /automations/{id}/activate", "automation", nil, notTheirs},
		{"POST /automations/{id}/trial", "automation", nil, notTheirs},
		{"POST /automations/{id}/deactivate", "automation", nil, notTheirs},
		{"POST /automations/{id}/copy", "automation", nil, "login/change/403/on/on/on"},
		{"POST /automations/{id}/delete", "automation", nil, notTheirs},
		{"POST /automations/{id}/held/approve", "automation", url.Values{"count": {"2"}, "until": {"2026-11-22T13:00:00Z"}}, "login/change/403/403/403/409"},
		{"POST /automations/{id}/held/cancel", "automation", url.Values{"until": {"2026-11-22T13:00:00Z"}}, notTheirs},
		{"POST /automations/{id}/transfer", "automation", nil, "login/change/403/403/403/422"},
		{"POST /selections/{id}/transfer", "selection", nil, "login/change/403/403/403/422"},
		{"POST /selections/new", "", condition, "login/change/403/on/on/on"},
		{"POST /selections/preview", "", condition, definers},
		{"POST /selections/{id}/edit", "selection", renamed(condition), notTheirs},
		{"POST /selections/{id}/delete", "selection", nil, notTheirs},
		{"POST /runs/{id}/approve", "waiting run", url.Values{"count": {"2"}}, "login/change/403/403/403/409"},
		{"POST /runs/{id}/send-again", "waiting run", nil, "login/change/403/409/409/409"}, // it has not ended
		{"POST /runs/{id}/stop", "waiting run", nil, "login/change/403/403/403/409"},
		{"POST /runs/{id}/send-rest", "waiting run", nil, "login/change/403/403/403/409"},
		{"POST /runs/{id}/undo", "waiting run", nil, notTheirs},
		{"POST /runs/{id}/cancel", "waiting run", nil, notTheirs},
		{"POST /deliveries/{id}/retry", "delivery", nil, "login/change/403/404/404/409"},
		{"POST /events/new", "", url.Values{"name": {"leak"}}, "login/change/403/on/on/on"},
		{"POST /events/preview", "", url.Values{"name": {"leak"}}, definers},
		{"POST /users/new", "", filled("role", "administrator"), "login/change/403/403/403/on"},
		{"POST /users/new", "", filled("role", "operator", "address", "o@example.org"), "login/change/403/403/on/on"},
		{"POST /users/new", "", filled("role", "member", "address", "m@example.org"), "login/change/403/on/on/on"},
		{"POST /users/several", "", url.Values{"act": {"send"}, "user": {"1", "2"}}, definers}, // it asks
		{"POST /users/several", "", url.Values{"act": {"send"}, "user": {"1", "2"}, "confirmed": {"yes"}}, "login/change/403/409/409/409"},
		{"POST /users/several", "", url.Values{"act": {"block"}, "user": {"1", "2"}, "confirmed": {"yes"}}, definers}, // there are none
		{"POST /users/several", "", url.Values{"act": {"attribute"}, "all": {"yes"}}, definers},
		{"POST /users/import", "", nil, "login/change/403/400/400/400"},
		{"POST /users/import/apply", "", url.Values{"kept": {"YWRkcmVzcyxyb2xlCmFAZXhhbXBsZS5vcmcsbWFuYWdlcgo"}}, "login/change/403/403/403/on"}, // a Manager
		{"POST /mail/test", "", url.Values{"address": {"a@example.org"}}, "login/change/403/403/403/200"},
		{"POST /setup/mail", "", url.Values{"address": {"a@example.org"}}, "login/change/403/403/403/200"},
		{"POST /pause", "", nil, "login/change/403/403/403/on"},
		{"POST /resume", "", nil, "login/change/403/403/403/on"},
		{"POST /account", "", url.Values{"role": {"administrator"}, "status": {"active"}, "version": {"1"}}, "login/change/on/on/on/on"},
		{"POST /account/shortcuts", "", nil, "login/change/on/on/on/on"},
		{"POST /account/sessions/end", "", url.Values{"session": {"not-mine"}}, "login/change/404/404/404/404"},
		{"POST /account/tokens", "", url.Values{"name": {"mine"}, "expires_in_days": {"90"}}, "login/change/409/409/409/409"},
		{"POST /account/tokens/{token}/revoke", "boss", nil, "login/change/404/404/404/404"},
		{"POST /account/tokens/{token}/confirm", "boss", nil, "login/change/404/404/404/404"},
		{"POST /login", "", nil, "401/change/401/401/401/401"},
		{"POST /forgot-password", "", nil, "200/change/200/200/200/200"},
		{"POST /change-password", "", nil, "login/422/422/422/422/422"},
		{"POST /change-password/check", "", url.Values{"new_password": {"x"}}, "login/200/200/200/200/200"},
		{"POST /setup", "", nil, "404/change/404/404/404/404"},
		{"POST /setup/check", "", nil, "404/change/404/404/404/404"},
		{"POST /theme", "", nil, "on/on/on/on/on/on"},
		{"POST /logout", "", nil, "login/login/login/login/login/login"},
	}
}

// onPeople is all that is done to a system user, by those for whom want says
// whether they may.
func onPeople(of, want string) []asked {
	reading, writing := "login/change/403/"+fmt.Sprintf(want, "200"), "login/change/403/"+fmt.Sprintf(want, "on")
	viewing := strings.Replace(reading, "/403/403", "/403/200", 1) // equals are seen and left alone
	rows := []asked{
		{"GET /users/{id}", of, nil, viewing},
		{"GET /users/{id}/history", of, nil, viewing},
		{"POST /users/{id}/tokens", of, url.Values{"name": {"mine"}, "expires_in_days": {"90"}}, reading},
	}
	for _, page := range []string{"edit", "block", "delete", "send-password", "tokens/{token}/revoke"} {
		rows = append(rows, asked{"GET /users/{id}/" + page, of, nil, reading})
	}
	for _, deed := range []string{"block", "restore", "delete", "send-password", "tokens/{token}/confirm", "tokens/{token}/revoke"} {
		rows = append(rows, asked{"POST /users/{id}/" + deed, of, nil, writing})
	}
	rows = append(rows, asked{"POST /users/{id}/confirm-address", of, nil, strings.ReplaceAll(writing, "on", "409")}) // no address waits
	rows = append(rows, asked{"GET /users/{id}/hand-on", of, nil, viewing},
		asked{"POST /users/{id}/hand-on", of, nil, strings.ReplaceAll(viewing, "200", "422")})
	return append(rows, asked{"POST /users/{id}/edit", of, filled("address", of+"@example.org"), writing})
}
