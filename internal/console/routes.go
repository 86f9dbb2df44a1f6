package console

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/static"
	"rekey/internal/console/view"
	"rekey/internal/mail"
	"rekey/internal/server"
	"rekey/internal/userfile"
)

// Config holds what a Console needs.
type Config struct {
	Access   *access.Service
	Sessions *access.Sessions
	Admin    *admin.Service
	Mail     *mail.Mailer
	// Keys seals the forms that are kept through a log-in.
	Keys Keys
	// System is the name of this installation. Default: "Rekey".
	System string
	// Language is the BCP 47 tag for readers when the pages speak neither their own
	// language nor their browser's. Default: English.
	Language string
	// TimeZone is for users who have none of their own. Default: UTC.
	TimeZone string
	Clock    func() time.Time // default: time.Now
	Imports  *userfile.Turns  // shared with the API; required
	// ReadSample reads a sample event as the API reads one that is posted; required.
	ReadSample func([]byte) (map[string]any, error)
	Logger     *slog.Logger // default: none
}

// Console serves the pages.
type Console struct {
	Config

	zone    *time.Location
	routes  []route
	again   map[string]shownAgain
	watches watches
}

// New returns a Console, or an error if its templates or settings are broken.
func New(config Config) (*Console, error) {
	if config.System == "" {
		config.System = "Rekey"
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Console{Config: config, zone: time.UTC}
	var err error
	if config.TimeZone != "" {
		if c.zone, err = rekey.LoadZone(config.TimeZone); err != nil {
			return nil, err
		}
	}
	if err = view.Parsed(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.routes, c.again = c.table(), c.formsAgain()
	return c, nil
}

// audience says who may open a route.
type audience int

const (
	// toMembers is for sessions with the chosen password. Sessions with a mailed
	// password are sent to the change of password, and all others to the log-in.
	toMembers audience = iota
	// toVisitors is for everybody except sessions with a mailed password.
	toVisitors
	// toDefiners is for users who may define automations: rank 1 and up.
	toDefiners
	// toAdministrators is for rank 3.
	toAdministrators
	// toChangers is for all sessions, with either password.
	toChangers
	// toAll is for anyone, such as static files and the log-out.
	toAll
)

type route struct {
	method string
	path   string // a pattern of http.ServeMux
	to     audience
	verb   func(http.ResponseWriter, *http.Request) error
}

// table lists every route.
func (c *Console) table() []route { //nolint:funlen // one table, to be read as one
	return []route{
		{"GET", "/{$}", toMembers, c.showHome},

		{"GET", "/automations", toDefiners, c.listAutomations},
		{"GET", "/automations/new", toDefiners, c.newAutomation},
		{"POST", "/automations/new", toDefiners, c.createAutomation},
		{"POST", "/automations/reach", toDefiners, c.reachAutomation},
		{"GET", "/automations/{id}", toDefiners, c.showAutomation},
		{"GET", "/automations/{id}/edit", toDefiners, c.editAutomation},
		{"POST", "/automations/{id}/edit", toDefiners, c.saveAutomation},
		{"GET", "/automations/{id}/activate", toDefiners, c.askActivateAutomation},
		{"POST", "/automations/{id}/activate", toDefiners, c.activateAutomation},
		{"GET", "/automations/{id}/trial", toDefiners, c.askTryAutomation},
		{"POST", "/automations/{id}/trial", toDefiners, c.tryAutomation},
		{"GET", "/automations/{id}/deactivate", toDefiners, c.askDeactivateAutomation},
		{"POST", "/automations/{id}/deactivate", toDefiners, c.deactivateAutomation},
		{"POST", "/automations/{id}/copy", toDefiners, c.copyAutomation},
		{"GET", "/automations/{id}/history", toDefiners, c.showAutomationHistory},
		{"GET", "/automations/{id}/held", toDefiners, c.showHeld},
		{"POST", "/automations/{id}/held/approve", toDefiners, c.approveHeld},
		{"POST", "/automations/{id}/held/cancel", toDefiners, c.cancelHeld},
		{"GET", "/automations/{id}/transfer", toDefiners, c.askTransferAutomation},
		{"POST", "/automations/{id}/transfer", toDefiners, c.transferAutomation},
		{"GET", "/automations/{id}/delete", toDefiners, c.askDeleteAutomation},
		{"POST", "/automations/{id}/delete", toDefiners, c.deleteAutomation},

		{"GET", "/selections", toDefiners, c.listSelections},
		{"GET", "/selections/new", toDefiners, c.newSelection},
		{"POST", "/selections/new", toDefiners, c.createSelection},
		{"POST", "/selections/preview", toDefiners, c.previewSelection},
		{"GET", "/selections/{id}", toDefiners, c.showSelection},
		{"GET", "/selections/{id}/edit", toDefiners, c.editSelection},
		{"POST", "/selections/{id}/edit", toDefiners, c.saveSelection},
		{"GET", "/selections/{id}/history", toDefiners, c.showSelectionHistory},
		{"GET", "/selections/{id}/transfer", toDefiners, c.askTransferSelection},
		{"POST", "/selections/{id}/transfer", toDefiners, c.transferSelection},
		{"GET", "/selections/{id}/delete", toDefiners, c.askDeleteSelection},
		{"POST", "/selections/{id}/delete", toDefiners, c.deleteSelection},
		{"GET", "/catalogue", toDefiners, c.showCatalogue},

		{"GET", "/runs", toDefiners, c.listRuns},
		{"GET", "/runs/{id}", toDefiners, c.showRun},
		{"GET", "/runs/{id}/live", toDefiners, c.watchRun},
		{"GET", "/runs/{id}/people.csv", toDefiners, c.downloadPeople},
		{"GET", "/runs/{id}/approve", toDefiners, c.askApproveRun},
		{"POST", "/runs/{id}/approve", toDefiners, c.approveRun},
		{"GET", "/runs/{id}/send-again", toDefiners, c.askSendAgain},
		{"POST", "/runs/{id}/send-again", toDefiners, c.sendAgain},
		{"POST", "/runs/{id}/stop", toDefiners, c.stopRun},
		{"GET", "/runs/{id}/send-rest", toDefiners, c.askSendRest},
		{"POST", "/runs/{id}/send-rest", toDefiners, c.sendRest},
		{"GET", "/runs/{id}/undo", toDefiners, c.askUndoRun},
		{"POST", "/runs/{id}/undo", toDefiners, c.undoRun},
		{"GET", "/runs/{id}/cancel", toDefiners, c.askCancelRun},
		{"POST", "/runs/{id}/cancel", toDefiners, c.cancelRun},
		{"GET", "/deliveries/{id}", toDefiners, c.showDelivery},
		{"POST", "/deliveries/{id}/retry", toDefiners, c.retryDelivery},

		{"GET", "/events", toDefiners, c.listEvents},
		{"GET", "/events/new", toDefiners, c.newEvent},
		{"POST", "/events/new", toDefiners, c.postEvent},
		{"POST", "/events/preview", toDefiners, c.previewEvent},
		{"GET", "/events/{id}", toDefiners, c.showEvent},

		{"GET", "/users", toDefiners, c.listUsers},
		{"GET", "/users/suggest", toDefiners, c.suggestUsers},
		{"GET", "/users/new", toDefiners, c.newUser},
		{"POST", "/users/new", toDefiners, c.createUser},
		{"GET", "/users/import", toDefiners, c.newImport},
		{"POST", "/users/import", toDefiners, c.previewImport},
		{"GET", "/users/import/sample.csv", toDefiners, c.sampleImport},
		{"POST", "/users/import/apply", toDefiners, c.applyImport},
		{"POST", "/users/several", toDefiners, c.doSeveral},
		{"GET", "/users/{id}", toDefiners, c.showUser},
		{"GET", "/users/{id}/history", toDefiners, c.showUserHistory},
		{"GET", "/users/{id}/edit", toDefiners, c.editUser},
		{"POST", "/users/{id}/edit", toDefiners, c.saveUser},
		{"GET", "/users/{id}/block", toDefiners, c.askBlockUser},
		{"POST", "/users/{id}/block", toDefiners, c.blockUser},
		{"POST", "/users/{id}/restore", toDefiners, c.restoreUser},
		{"POST", "/users/{id}/confirm-address", toDefiners, c.confirmAddress},
		{"GET", "/users/{id}/hand-on", toDefiners, c.askHandOn},
		{"POST", "/users/{id}/hand-on", toDefiners, c.handOn},
		{"GET", "/users/{id}/delete", toDefiners, c.askDeleteUser},
		{"POST", "/users/{id}/delete", toDefiners, c.deleteUser},
		{"GET", "/users/{id}/send-password", toDefiners, c.askSendPassword},
		{"POST", "/users/{id}/send-password", toDefiners, c.sendPassword},
		{"POST", "/users/{id}/tokens", toDefiners, c.createUserToken},
		{"GET", "/users/{id}/tokens/{token}/revoke", toDefiners, c.askRevokeUserToken},
		{"POST", "/users/{id}/tokens/{token}/revoke", toDefiners, c.revokeUserToken},
		{"POST", "/users/{id}/tokens/{token}/confirm", toDefiners, c.confirmUserToken},

		{"GET", "/directories", toDefiners, c.listDirectories},
		{"GET", "/directories/{name}", toDefiners, c.showDirectory},
		{"POST", "/directories/{name}/import", toDefiners, c.importDirectory},
		{"POST", "/directories/{name}/test", toDefiners, c.testDirectory},
		{"GET", "/directories/{name}/release", toAdministrators, c.askRelease},
		{"POST", "/directories/{name}/release", toAdministrators, c.release},

		{"GET", "/report", toDefiners, c.showReport},
		{"GET", "/report.csv", toDefiners, c.downloadReport},
		{"GET", "/mail", toDefiners, c.showMail},
		{"GET", "/mail/templates/{language}", toDefiners, c.showTemplate},
		{"GET", "/mail/templates/{language}/html", toDefiners, c.showTemplateHTML},
		{"POST", "/mail/test", toAdministrators, c.sendTestMail},
		{"GET", "/pause", toAdministrators, c.askPause},
		{"POST", "/pause", toAdministrators, c.pause},
		{"GET", "/resume", toAdministrators, c.askResume},
		{"POST", "/resume", toAdministrators, c.resume},
		{"GET", "/setup/mail", toAdministrators, c.showSetUpMail},
		{"POST", "/setup/mail", toAdministrators, c.testSetUpMail},

		{"GET", "/account", toMembers, c.showAccount},
		{"POST", "/account", toMembers, c.saveAccount},
		{"POST", "/account/shortcuts", toMembers, c.switchShortcuts},
		{"POST", "/account/sessions/end", toMembers, c.endSessions},
		{"POST", "/account/tokens", toMembers, c.createToken},
		{"GET", "/account/tokens/{token}/revoke", toMembers, c.askRevokeToken},
		{"POST", "/account/tokens/{token}/revoke", toMembers, c.revokeToken},
		{"POST", "/account/tokens/{token}/confirm", toMembers, c.confirmToken},

		{"GET", "/help", toMembers, c.showHelp},
		{"GET", "/help/passwords", toAll, c.showPasswordHelp},

		{"GET", "/login", toVisitors, c.showLogIn},
		{"POST", "/login", toVisitors, c.logIn},
		{"POST", "/logout", toAll, c.logOut},
		{"GET", "/forgot-password", toVisitors, c.showForgot},
		{"POST", "/forgot-password", toVisitors, c.forgot},

		{"GET", "/change-password", toChangers, c.showChange},
		{"POST", "/change-password", toChangers, c.change},
		{"POST", "/change-password/check", toChangers, c.checkChange},
		{"GET", "/.well-known/change-password", toChangers, c.findChange},

		{"GET", "/setup", toVisitors, c.showSetUp},
		{"POST", "/setup", toVisitors, c.setUp},
		{"POST", "/setup/check", toVisitors, c.checkSetUp},

		{"POST", "/theme", toAll, c.switchTheme},
		{"GET", "/static/{file}", toAll, c.asset},
	}
}

// Handler serves the pages, and a "not found" page for every other path. It needs
// internal/server in front, which sets headers and checks origins.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range c.routes {
		mux.HandleFunc(r.method+" "+r.path, c.admit(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, c.noRoute(w, r)) })
	pages := c.Sessions.Handler(mux, c.fail)
	// A route for everybody needs no session, and must not renew one.
	return guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, static.Prefix) {
			mux.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}))
}

// Fail shows the page of an error that kept a request from the console.
func (c *Console) Fail(w http.ResponseWriter, r *http.Request, err error) {
	guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, err) })).ServeHTTP(w, r)
}

// admit serves a route to its audience, and redirects everybody else.
func (c *Console) admit(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		request := server.From(r.Context())
		request.Route = route.method + " " + route.path // the session's handler passes a copy of r on
		e, in := access.EntryFrom(r.Context())
		if in {
			request.Note(slog.String("user_id", e.User.ID))
		}
		var madeFor string
		if route.method == http.MethodPost && route.to != toAll && route.to != toVisitors {
			madeFor = form.ReadMadeFor(r)
		}
		var err error
		switch {
		case route.to == toAll:
			err = route.verb(w, r)
		case in && madeFor != "" && madeFor != e.User.ID:
			c.refuseOther(w, r, e.User)
		case in && e.MustChange() && route.to != toChangers:
			err = c.leadToChange(w, r, route, madeFor)
		case !in && route.to != toVisitors:
			err = c.leadToLogIn(w, r, route, madeFor)
		case route.to == toDefiners && !e.User.Authority().MayDefine(),
			route.to == toAdministrators && !e.User.Authority().MayAdminister():
			err = errNotOffered
		default:
			err = c.serve(w, r, route)
		}
		if err != nil {
			c.fail(w, r, err)
		}
	}
}

// serve answers a request of the audience of a route, or shows the form that its session
// keeps for the page.
func (c *Console) serve(w http.ResponseWriter, r *http.Request, route route) error {
	if shown, err := c.showKept(w, r); shown || err != nil {
		return err
	}
	if route.method == http.MethodPost && c.again[route.path].verb != nil && c.Sessions.Kept(r.Context()) != "" {
		if err := c.Sessions.Keep(r.Context(), ""); err != nil { // it is sent now
			return err
		}
	}
	return route.verb(w, r)
}

// noRoute answers a path that is unknown, or that has no such method.
func (c *Console) noRoute(w http.ResponseWriter, r *http.Request) error {
	var methods []string
	for _, route := range c.routes {
		if route.path == r.URL.Path && !slices.Contains(methods, route.method) {
			methods = append(methods, route.method)
		}
	}
	if len(methods) == 0 {
		return errNoPage
	}
	return wrongMethod(w, methods)
}

func (c *Console) asset(w http.ResponseWriter, r *http.Request) error {
	if !static.Serve(w, r, r.PathValue("file")) {
		return errNoPage
	}
	return nil
}
