package console_test

import (
	"crypto/rand"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/password"
	"rekey/internal/store"
)

var (
	keptField = regexp.MustCompile(`<input type="hidden" name="kept" value="([^"]+)">`)
	asField   = regexp.MustCompile(`<input type="hidden" name="as" value="([^"]+)">`)
)

// kept sends a form of u's page after the session has ended, and returns the fields of
// the log-in page that comes back.
func (v *visitor) kept(u rekey.SystemUser, path string, typed url.Values) url.Values {
	v.o.t.Helper()
	page := v.get(strings.TrimSuffix(strings.Replace(path, "/events/preview", "/events/new", 1), "/tokens"))
	as := asField.FindStringSubmatch(page.body)
	if as == nil || as[1] != u.ID {
		v.o.t.Fatalf("%s: the form is not for %s: %v", path, u.ID, as)
	}
	v.o.pass(time.Hour)
	typed.Set("as", u.ID)
	answer := v.post(path, typed).shows(http.StatusUnauthorized, `action="/login"`, "Your session has ended.", "What you typed is kept for an hour.")
	sealed := keptField.FindStringSubmatch(answer.body)
	if sealed == nil {
		v.o.t.Fatalf("%s: the log-in page carries no form", path)
	}
	for _, values := range typed {
		if len(values[0]) > 8 && strings.Contains(answer.body, values[0]) && values[0] != u.ID {
			v.o.t.Errorf("%s: the log-in page shows %q", path, values[0])
		}
	}
	return url.Values{"kept": {html.UnescapeString(sealed[1])}, "address": {u.Address}, "password": {typedPassword}}
}

const typedPassword = typed // the fields are called typed here

// mailed puts a mailed password into the database, as if its mail was under way.
func (o *office) mailed(u rekey.SystemUser) string {
	o.t.Helper()
	g, err := password.Generate(rand.Reader, nil)
	o.ok(err)
	id := uuid.Must(uuid.NewV7()).String()
	d := rekey.Delivery{ID: id, RunID: "run-" + id, UserID: u.ID, Number: 1, Batch: 1, State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: o.now()}
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error {
		if err := tx.Plan(o.t.Context(), []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Attempting, d.IssuedAt, d.ValidUntil = rekey.DeliveryIssued, true, o.now(), o.now().Add(72*time.Hour)
		if d.Verifier, err = o.Access.Mailed.Make(g, d.ID); err != nil {
			return err
		}
		_, err := tx.Issue(o.t.Context(), []rekey.Delivery{d})
		return err
	}))
	return g.Reveal()
}

func TestFormOfAnEndedSessionIsShownAgainAndNotCarriedOut(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.root, "Locked out", true, onExternal)
	hybrid := o.person(rekey.RoleAdministrator, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	stored := func() string {
		var all []string
		users, err := entries(o.Admin.Users(t.Context(), o.root, rekey.UserQuery{}, admin.Place{}))
		o.ok(err)
		for _, u := range users {
			all = append(all, u.FirstName+u.Address)
		}
		automations, err := entries(o.Admin.Automations(t.Context(), o.root, rekey.AutomationQuery{}, admin.Place{}))
		o.ok(err)
		for _, a := range automations {
			all = append(all, a.Name+a.Description)
		}
		selections, err := entries(o.Admin.Selections(t.Context(), o.root, "", admin.Place{}))
		o.ok(err)
		for _, s := range selections {
			all = append(all, s.Name+s.Expression)
		}
		events, err := entries(o.Admin.Events(t.Context(), o.root, rekey.External, admin.Place{}))
		o.ok(err)
		for _, e := range events {
			all = append(all, e.Name)
		}
		tokens, err := o.Admin.Tokens(t.Context(), hybrid, hybrid.ID)
		o.ok(err)
		for _, token := range tokens {
			all = append(all, token.Name)
		}
		return strings.Join(all, "\n")
	}
	for _, c := range []struct {
		path, page string // page is "" for the same path
		typed      url.Values
		shows      []string
	}{
		{"/automations/new", "", url.Values{"name": {"Care & attention"}, "description": {"Typed <with> care"}, "step": {"event"}, "version": {"0"}, "go": {"save"}}, []string{`value="Care &amp; attention"`, "Typed &lt;with&gt; care"}},
		{"/automations/new", "", url.Values{"name": {"Old ones"}, "event_type": {"external"}, "job_type": {"send_new_password"}, "job_params.old_password": {"revoke"}, "step": {"job"}, "version": {"0"}, "go": {"save"}}, []string{`value="revoke" checked`}},
		{"/automations/" + a.ID + "/edit", "", url.Values{"name": {"Another name"}, "step": {"event"}, "version": {"1"}, "go": {"activate"}}, []string{`value="Another name"`}},
		{"/selections/new", "", url.Values{"name": {"Pensive people"}, "expression": {"user.role == 'member'"}, "shown": {"user.role == 'member'"}, "side": {"cel"}, "go": {"save"}}, []string{`value="Pensive people"`}},
		{"/users/new", "", url.Values{"address": {"grace@example.org"}, "first_name": {"Graceful"}, "type": {"ui"}, "role": {"member"}, "go": {"save"}}, []string{`value="grace@example.org"`, `value="Graceful"`}},
		{"/users/" + o.member.ID + "/edit", "", url.Values{"address": {o.member.Address}, "first_name": {"Augusta"}, "type": {"ui"}, "role": {"member"}, "version": {"1"}, "go": {"save"}}, []string{`value="Augusta"`, `name="version" value="1"`}},
		{"/events/new", "", url.Values{"name": {"siem.seen"}, "users": {o.member.Address}, "data": {`{"ticket": "4711"}`}}, []string{`value="siem.seen"`, "4711"}},
		{"/events/preview", "/events/new", url.Values{"name": {"siem.unseen"}}, []string{`value="siem.unseen"`}},
		{"/account", "", url.Values{"first_name": {"Augusta"}, "version": {"1"}}, []string{`value="Augusta"`}},
		{"/account/tokens", "/account", url.Values{"name": {"for the laptop"}, "expires_in_days": {"30"}}, []string{`value="for the laptop"`, `value="30" selected`}},
		{"/pause", "", url.Values{"reason": {"the wrong file"}}, []string{`value="the wrong file"`}},
	} {
		before := stored()
		v := o.as(hybrid)
		form := v.kept(hybrid, c.path, c.typed)
		page := c.page
		if page == "" {
			page = c.path
		}
		if to := v.post("/login", form).leads(page).Header.Get("Location"); to != page+"?kept=1" {
			t.Errorf("%s: led to %s", c.path, to)
		}
		for range 2 { // it can be reloaded
			v.get(page+"?kept=1").shows(http.StatusOK, append(c.shows, "Nothing was saved, because your session had ended.", `method="post"`)...)
		}
		v.get(page).lacks("Nothing was saved")
		if c.path == "/account" { // once it is sent, it is gone
			v.post(c.path, url.Values{"version": {"77"}}).shows(http.StatusPreconditionFailed)
			v.get(page + "?kept=1").lacks("Nothing was saved")
		}
		if after := stored(); after != before {
			t.Errorf("%s was carried out:\n%s", c.path, after)
		}
		if paused, err := o.Admin.Pause(t.Context(), o.root); err != nil || paused.On() {
			t.Errorf("%s: paused %v, %v", c.path, paused.On(), err)
		}
	}
}

func TestKeptFormIsShownToItsUserInItsBrowserOnly(t *testing.T) {
	t.Parallel()
	o := open(t)
	typed := func() url.Values { return url.Values{"first_name": {"Augusta Ada"}, "version": {"1"}} }
	const secret, page = `value="Augusta Ada"`, "/account?kept=1"

	v := o.as(o.member)
	form := v.kept(o.member, "/account", typed())
	form.Set("address", o.operator.Address)
	if to := v.post("/login", form).leads("/").Header.Get("Location"); to != "/?notice=kept-gone" {
		t.Errorf("another user is led to %s", to)
	}
	v.get("/?notice=kept-gone").shows(http.StatusOK, "belongs to another account").lacks(secret)
	v.get(page).shows(http.StatusOK).lacks(secret)

	v = o.as(o.member)
	form = v.kept(o.member, "/account", typed())
	other := o.stranger()
	other.post("/login", form).leads("/")
	other.get(page).shows(http.StatusOK).lacks(secret)

	v = o.as(o.member)
	form = v.kept(o.member, "/account", typed())
	o.pass(time.Hour)
	v.post("/login", form).leads("/")
	v.get(page).shows(http.StatusOK).lacks(secret)

	v = o.as(o.member)
	form = v.kept(o.member, "/account", typed())
	for _, forged := range []string{"x", "1.", "1.AAAA", form.Get("kept")[:40], strings.Replace(form.Get("kept"), ".", ".A", 1), "2" + form.Get("kept")} {
		v.post("/login", url.Values{"address": form["address"], "password": form["password"], "kept": {forged}}).leads("/")
		v.get(page).shows(http.StatusOK).lacks(secret)
	}
	// Only with the session that has it, and on the page it was for.
	v.post("/login", form).leads("/account")
	v.get("/help?kept=1").shows(http.StatusOK).lacks(secret)
	o.as(o.member).get(page).shows(http.StatusOK).lacks(secret)
	v.get(page).shows(http.StatusOK, secret)
}

func TestKeptFormOutlivesAForcedChange(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.member)
	form := v.kept(o.member, "/account", url.Values{"first_name": {"Augusta Ada"}, "version": {"1"}})
	mailed := o.mailed(o.member)
	form.Set("password", "quite another thing")
	again := v.post("/login", form).shows(http.StatusUnauthorized, "The log-in failed.")
	if keptField.FindStringSubmatch(again.body) == nil {
		t.Fatal("a wrong password loses what was typed")
	}
	form.Set("password", mailed)
	to := v.post("/login", form).leads("/change-password").Header.Get("Location")
	v.get(to).shows(http.StatusOK, `name="next" value="/account?kept=1"`)
	to = v.post("/change-password", url.Values{"new_password": {"velvet-anchor-9-thistle"}, "next": {"/account?kept=1"}}).leads("/account").Header.Get("Location")
	v.get(to).shows(http.StatusOK, `value="Augusta Ada"`)
}

func TestWhatIsNotKeptLeadsToItsPage(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.stranger()
	for name, typed := range map[string]url.Values{
		"a page that names no user": {"first_name": {"Augusta"}},
		"far too long":              {"first_name": {strings.Repeat("x", 70<<10)}, "as": {o.member.ID}},
	} {
		got := v.post("/account", typed).leads("/login")
		if next := got.Header.Get("Location"); !strings.Contains(next, "next=%2Faccount") {
			t.Errorf("%s: led to %s", name, next)
		}
	}
	// Passwords are never kept, whatever the form.
	page := v.post("/account", url.Values{"version": {"1"}, "first_name": {"Augusta"}, "new_password": {"velvet-anchor-9-thistle"}, "as": {o.member.ID}}).shows(http.StatusUnauthorized)
	form := url.Values{"kept": {html.UnescapeString(keptField.FindStringSubmatch(page.body)[1])}, "address": {o.member.Address}, "password": {typedPassword}}
	v.post("/login", form).leads("/account")
	v.get("/account?kept=1").shows(http.StatusOK, "Augusta").lacks("velvet-anchor")
}
