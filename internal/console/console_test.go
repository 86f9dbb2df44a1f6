package console

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/access"
)

// example is a path that a route's pattern matches.
func (f *fixture) example(r route) string {
	path := strings.TrimSuffix(r.path, "{$}")
	if strings.Contains(path, "{file}") {
		return staticPath(f.t, "rekey.css")
	}
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "none")
}

// wanted is the page that a request to a route leads to after the log-in: itself or, if
// it sends a form, the page of the form.
func (f *fixture) wanted(r route) string {
	path, pattern := f.example(r), r.path
	if r.to == toVisitors {
		return ""
	}
	for r.method == "POST" && !slices.ContainsFunc(f.console.routes, func(o route) bool { return o.method == "GET" && o.path == pattern }) {
		path, pattern = path[:strings.LastIndex(path, "/")], pattern[:strings.LastIndex(pattern, "/")]
	}
	return strings.TrimSuffix(path, "/")
}

func TestMailedPasswordReachesNothingButTheChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeHybrid)
	if to := f.logIn(u, f.mail(u)); to != changePath {
		t.Fatalf("log-in with the mailed password leads to %s", to)
	}
	open := map[string]bool{
		"GET /change-password": true, "POST /change-password": true, "POST /change-password/check": true,
		"GET /.well-known/change-password": true, "GET /static/{file}": true, "POST /theme": true, "GET /help/passwords": true,
		"POST /logout": true, // the way out; it ends the session, so it is not tried here
	}
	for _, r := range f.console.routes {
		if open[r.method+" "+r.path] {
			continue
		}
		var form url.Values
		if r.method == "POST" {
			form = url.Values{"address": {u.Address}, "password": {chosen}}
		}
		f.send(r.method, f.example(r), form).leadsTo(t, with(changePath, "next", f.wanted(r)))
	}
	f.get(changePath).shows(t, http.StatusOK, "The password from the mail opens only this page", "25 November 2026, 14:00 CET", u.Address)
}

func TestStrangerReachesOnlyWhatIsForVisitors(t *testing.T) {
	t.Parallel()
	f := setup(t)
	open := map[string]bool{
		"GET /login": true, "POST /login": true, "POST /logout": true, "GET /forgot-password": true, "POST /forgot-password": true,
		"GET /setup": true, "POST /setup": true, "POST /setup/check": true, // for whoever holds a link
		"GET /static/{file}": true, "POST /theme": true, "GET /help/passwords": true,
	}
	for _, r := range f.console.routes {
		if open[r.method+" "+r.path] {
			continue
		}
		var form url.Values
		if r.method == "POST" {
			form = url.Values{}
		}
		f.send(r.method, f.example(r), form).leadsTo(t, with(logInPath, "next", f.wanted(r)))
	}
}

func TestChosenPasswordOpensTheStart(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	if to := f.logIn(u, chosen); to != "/" {
		t.Errorf("log-in leads to %s", to)
	}
	f.get("/").shows(t, http.StatusOK, "Account", "Ada Byron", u.Address, "This is your first log-in.") // a Member
	f.get("/login").leadsTo(t, "/")
	f.pass(time.Hour)
	f.get("/").leadsTo(t, logInPath+"?notice=ended") // idle for too long
	f.logIn(u, chosen)
	f.get("/").shows(t, http.StatusOK, "22 November 2026, 14:00 CET")
}

func TestOneFailureTextForEveryReason(t *testing.T) {
	t.Parallel()
	f := setup(t)
	active := f.user(rekey.TypeUI)
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	program := f.user(rekey.TypeAPI)
	var first string
	for _, try := range []url.Values{
		{"address": {active.Address}, "password": {"quite another thing"}},
		{"address": {"nobody@example.org"}, "password": {chosen}},
		{"address": {blocked.Address}, "password": {chosen}},
		{"address": {program.Address}, "password": {chosen}},
		{"address": {"rubbish"}, "password": {"x"}},
		{},
	} {
		got := f.send("POST", "/login", try)
		got.shows(t, http.StatusUnauthorized, "The log-in failed.")
		text := strings.ReplaceAll(got.body, ` value="`+try.Get("address")+`"`, "")
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%v: another page than for the first reason", try)
		}
		if got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%v: a cookie was set", try)
		}
	}
}

func TestCompletedChangeOpensEverything(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed := f.mail(u)
	f.logIn(u, mailed)
	before := f.cookie()
	got := f.send("POST", changePath, url.Values{"current_password": {" " + mailed + " \n"}, "new_password": {chosen2}})
	got.leadsTo(t, "/?notice=password-changed")
	if f.cookie() == before {
		t.Error("the session's token was not renewed")
	}
	f.get("/account?notice=password-changed").shows(t, http.StatusOK, "Your new password is set.")
	f.browser = newBrowser(t)
	f.send("POST", "/login", url.Values{"address": {u.Address}, "password": {mailed}}).shows(t, http.StatusUnauthorized)
	f.logIn(u, chosen2)
}

func (f *fixture) cookie() string {
	at, err := url.Parse(f.server.URL)
	f.ok(err)
	for _, c := range f.browser.Jar.Cookies(at) {
		return c.Value
	}
	return ""
}

func TestChangeEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	other := f.browser
	f.browser = newBrowser(t)
	f.logIn(u, chosen)
	f.send("POST", changePath, url.Values{"current_password": {chosen}, "new_password": {chosen2}}).leadsTo(t, "/?notice=password-changed")
	f.get("/account").shows(t, http.StatusOK)
	f.browser = other
	f.get("/").leadsTo(t, logInPath+"?notice=password-ended")
}

func TestProgramsPasswordIsChosenOnThePageAndOpensNothingHere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	mailed := f.mail(u)
	f.logIn(u, mailed)
	f.get(changePath).shows(t, http.StatusOK, "the password that your program will use to call the API")
	got := f.send("POST", changePath, url.Values{"current_password": {mailed}, "new_password": {chosen2}})
	got.leadsTo(t, "/login?notice=password-changed-api")
	f.get("/").leadsTo(t, logInPath)
	f.get("/login?notice=password-changed-api").shows(t, http.StatusOK, "Put it into the program")
}

func TestChangeSaysWhatIsWrongBesideTheField(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	got := f.send("POST", changePath, url.Values{"current_password": {chosen}, "new_password": {"short"}})
	got.shows(t, http.StatusUnprocessableEntity, `<title>Error: `, `role="alert" tabindex="-1" autofocus`, `<a href="#new_password">`,
		`id="new_password-error"`, `id="new_password-hint"`, `aria-describedby="new_password-hint new_password-error rules"`, `aria-invalid="true"`)
	got = f.send("POST", changePath, url.Values{"current_password": {"quite another thing"}, "new_password": {chosen2}})
	got.shows(t, http.StatusUnprocessableEntity, "This is not your current password.", `id="current_password-error"`)
	got = f.send("POST", changePath, url.Values{"current_password": {chosen}, "new_password": {chosen2}, "repeated_password": {"something else"}})
	got.shows(t, http.StatusUnprocessableEntity, "The two new passwords differ. Type the same password twice.")
	f.browser = newBrowser(t)
	f.logIn(u, chosen) // nothing was changed
}

func TestRulesAreTickedWithoutEchoingThePassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, f.mail(u))
	got := f.send("POST", changePath+"/check", url.Values{"new_password": {"ada-byron-is-here"}})
	got.shows(t, http.StatusOK, `{"name":"length","text":"12 to 128 characters","satisfied":true}`, `{"name":"personal",`)
	if !strings.Contains(got.body, `address or “Rekey”","satisfied":false`) {
		t.Errorf("the user's own name is not noticed: %s", got.body)
	}
}

func TestForgotAnswersEveryAddressAlike(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	known := f.send("POST", "/forgot-password", url.Values{"address": {u.Address}})
	known.shows(t, http.StatusOK, "Check your mailbox")
	unknown := f.send("POST", "/forgot-password", url.Values{"address": {"nobody@example.org"}})
	if unknown.body != known.body || unknown.StatusCode != known.StatusCode {
		t.Error("the answers differ")
	}
	if f.events.Load() != 2 {
		t.Errorf("%d events: not the same work was done for both", f.events.Load())
	}
	for range 3 {
		f.send("POST", "/forgot-password", url.Values{"address": {"nobody@example.org"}})
	}
	got := f.send("POST", "/forgot-password", url.Values{"address": {"nobody@example.org"}})
	got.shows(t, http.StatusTooManyRequests, "Too many attempts")
	if got.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
}

func TestLoggedOutIsLoggedOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	f.send("GET", "/logout", nil).shows(t, http.StatusMethodNotAllowed)
	f.get("/account").shows(t, http.StatusOK)
	kept := f.cookie()
	f.send("POST", "/logout", url.Values{}).leadsTo(t, "/login?notice=logged-out")
	f.send("GET", "/", nil, "Cookie", "rekey="+kept).leadsTo(t, logInPath+"?notice=ended")
	f.send("POST", "/logout", url.Values{}).leadsTo(t, "/login?notice=logged-out") // twice is no error
}

func TestFirstAdministratorIsSetUpOnThePage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.access.MakeSetupLink(t.Context(), "")
	f.ok(err)
	f.get("/setup?token="+token.Reveal()).shows(t, http.StatusOK, "Set up the first Administrator", `autocomplete="given-name"`)
	form := url.Values{"token": {token.Reveal()}, "address": {"ada@example.org"}, "first_name": {"Ada"}, "last_name": {"Byron"}, "new_password": {"ada-byron"}}
	f.send("POST", "/setup", form).shows(t, http.StatusUnprocessableEntity, `value="ada@example.org"`, `id="new_password-error"`)
	f.send("POST", "/setup/check", form).shows(t, http.StatusOK, `"satisfied":false`)
	form.Set("new_password", chosen)
	f.send("POST", "/setup", form).leadsTo(t, "/setup/mail")
	f.get("/change-password").shows(t, http.StatusOK, "ada@example.org") // they have come in
	found, err := f.db.FindUsers(t.Context(), []string{"ada@example.org"})
	f.ok(err)
	if u := found["ada@example.org"]; u.Role != rekey.RoleAdministrator || u.Type != rekey.TypeHybrid {
		t.Errorf("made %+v", u)
	}
	f.browser = newBrowser(t)
	f.get("/setup?token="+token.Reveal()).shows(t, http.StatusNotFound, "was used before")
	f.send("POST", "/setup", form).shows(t, http.StatusNotFound)
	f.send("POST", "/setup/check", form).shows(t, http.StatusNotFound)
}

func TestSetUpOffersTheZoneOfTheBrowserIfThereIsSuchAZone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, err := f.access.MakeSetupLink(t.Context(), "")
	f.ok(err)
	for zone, want := range map[string]bool{"Asia/Tokyo": true, "Nowhere/Land": false, "Local": false} {
		page := f.send("GET", "/setup?token="+token.Reveal(), nil, "Cookie", "rekey-zone="+zone)
		if got := strings.Contains(page.body, `<option value="`+zone+`" selected>`); got != want || strings.Contains(page.body, zone) != want {
			t.Errorf("%s is chosen: %t", zone, got)
		}
	}
}

func TestAdministratorIsRecoveredOnThePage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	token, err := f.access.MakeSetupLink(t.Context(), u.ID)
	f.ok(err)
	got := f.get("/setup?token=" + token.Reveal())
	got.shows(t, http.StatusOK, "Choose a new password", u.Address)
	if strings.Contains(got.body, `name="address"`) {
		t.Error("the address can be changed")
	}
	f.send("POST", "/setup", url.Values{"token": {token.Reveal()}, "new_password": {chosen2}}).leadsTo(t, "/?notice=password-changed")
	f.browser = newBrowser(t)
	f.logIn(u, chosen2)
}

func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.FirstName = `<script>alert("x")</script>` })
	f.logIn(u, chosen)
	got := f.get("/account")
	got.shows(t, http.StatusOK, "&lt;script&gt;")
	if strings.Contains(got.body, "<script>alert") {
		t.Error("a name became script")
	}
	f.browser = newBrowser(t)
	got = f.send("POST", "/login", url.Values{"address": {`"><script>alert(1)</script>`}, "password": {"x"}})
	if strings.Contains(got.body, "<script>alert") {
		t.Error("what was typed became script")
	}
}

func TestNewRefusesAnUnknownTimeZone(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Access: (*access.Service)(nil), TimeZone: "Mars/Olympus"}); rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Errorf("got %v", err)
	}
}
