package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestPathIsOneOfOurOwn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/":                              "/",
		"/runs?show=failed&page=2":       "/runs?show=failed&page=2",
		"/runs/1#people":                 "/runs/1",
		"/users?search=m%C3%BCller":      "/users?search=m%C3%BCller",
		"/users/a%2Fb":                   "/users/a%2Fb",
		"/automations/":                  "/automations/",
		"/users?search=https://evil.org": "/users?search=https://evil.org",

		"":                             "",
		"runs":                         "",
		"//evil.org":                   "",
		"///evil.org":                  "",
		"/\\evil.org":                  "",
		"\\\\evil.org":                 "",
		"/runs\\..\\..\\evil.org":      "",
		"/%5cevil.org":                 "",
		"/%5Cevil.org":                 "",
		"/%2fevil.org":                 "",
		"/%2F%2Fevil.org":              "",
		"/./evil.org":                  "",
		"/.//evil.org":                 "",
		"/runs/..//evil.org":           "",
		"/runs/%2e%2e//evil.org":       "",
		"/\t/evil.org":                 "",
		"/%09/evil.org":                "",
		"/\n/evil.org":                 "",
		"/%0d%0aSet-Cookie:%20a=b":     "",
		"/runs\r\nX: y":                "",
		"/\x00":                        "",
		"/%00":                         "",
		" /runs":                       "",
		"\t//evil.org":                 "",
		"https://evil.org/":            "",
		"https:evil.org":               "",
		"https:/evil.org":              "",
		"javascript:alert(1)":          "",
		"data:text/html,x":             "",
		"/\u202eevil":                  "/%E2%80%AEevil",
		"/\xff":                        "",
		"/%zz":                         "",
		"//user@evil.org":              "",
		"/" + strings.Repeat("x", 2e3): "",
	} {
		if got := localPath(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLogInLeadsToWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for wanted, next := range map[string]string{
		"/":                             "",
		"/account":                      "/account",
		"/account?notice=account-saved": "/account?notice=account-saved",
		"/help?a=b&c=d":                 "/help?a=b&c=d",
		"/change-password":              "/change-password",
	} {
		f.browser = newBrowser(t)
		location := with(logInPath, "next", next)
		f.get(wanted).leadsTo(t, location)
		page := f.get(location)
		page.shows(t, http.StatusOK, `name="password"`)
		form := hiddenOf(page)
		if form.Get("next") != next {
			t.Errorf("%s: the page carries %q", wanted, form.Get("next"))
		}
		form.Set("address", u.Address)
		form.Set("password", "quite another thing")
		if again := f.send("POST", "/login", form); hiddenOf(again).Get("next") != next {
			t.Errorf("%s: after a wrong password the page forgets where to go", wanted)
		}
		form.Set("password", chosen)
		want := next
		if want == "" {
			want = "/"
		}
		f.send("POST", "/login", form).leadsTo(t, want)
		f.get(location).leadsTo(t, want) // already logged in, as in another tab
	}
}

func TestForgottenPasswordKeepsWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	const link, back = `href="/forgot-password?next=%2fhelp%3fa%3db"`, `href="/login?next=%2fhelp%3fa%3db"`
	f.get("/login?next=/help%3Fa%3Db").shows(t, http.StatusOK, link)
	page := f.get("/forgot-password?next=/help%3Fa%3Db")
	page.shows(t, http.StatusOK, back)
	form := hiddenOf(page)
	form.Set("address", u.Address)
	f.send("POST", "/forgot-password", form).shows(t, http.StatusOK, back)
	for _, next := range []string{"//evil.org", "https://evil.org", "/%5cevil.org"} {
		pages := f.get(with("/forgot-password", "next", next)).body
		pages += f.send("POST", "/forgot-password", url.Values{"address": {u.Address}, "next": {next}}).body
		if strings.Contains(pages, "evil") {
			t.Errorf("%s is on the page", next)
		}
	}
}

// Only a page that was opened is a place to come back to. What a page loads is none.
func TestOnlyWhatWasOpenedIsWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for into, want := range map[string]string{
		"": "/login?next=%2Fhelp", "document": "/login?next=%2Fhelp",
		"image": "/login", "empty": "/login", "iframe": "/login", "script": "/login", "embed": "/login",
	} {
		f.send("GET", "/help", nil, "Sec-Fetch-Dest", into).leadsTo(t, want)
	}
	f.send("GET", "/help", nil, "HX-Request", "true").leadsTo(t, "/login")
	f.send("GET", "/help", nil, "Accept", "text/event-stream").leadsTo(t, "/login")
}

func TestNobodyIsLedToAnotherSite(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for _, next := range []string{"//evil.org", "/\\evil.org", "/%5cevil.org", "https://evil.org", "/%09/evil.org", "/login?next=//evil.org", "/logout"} {
		f.browser = newBrowser(t)
		if page := f.get(with(logInPath, "next", next)); strings.Contains(page.body, "evil") {
			t.Errorf("%s is on the page", next)
		}
		f.send("POST", "/login", url.Values{"address": {u.Address}, "password": {chosen}, "next": {next}}).leadsTo(t, "/")
		f.get(with(logInPath, "next", next)).leadsTo(t, "/")
		f.send("POST", changePath, url.Values{"current_password": {chosen}, "new_password": {chosen2}, "next": {next}}).leadsTo(t, "/?notice=password-changed")
		f.send("POST", changePath, url.Values{"current_password": {chosen2}, "new_password": {chosen}, "next": {next}}).leadsTo(t, "/?notice=password-changed")
	}
}

func TestForcedChangeLeadsToWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.get("/help?a=b").leadsTo(t, "/login?next=%2Fhelp%3Fa%3Db")
	got := f.send("POST", "/login", url.Values{"address": {u.Address}, "password": {f.mail(u)}, "next": {"/help?a=b"}})
	got.leadsTo(t, "/change-password?next=%2Fhelp%3Fa%3Db")
	form := hiddenOf(f.get(got.Header.Get("Location")))
	form.Set("new_password", "short")
	form = hiddenOf(f.send("POST", changePath, form))
	form.Set("new_password", chosen2)
	f.send("POST", changePath, form).leadsTo(t, "/help?a=b&notice=password-changed")
}

var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
	mainPart    = regexp.MustCompile(`(?s)<main.*</main>`)
)

// hiddenOf are the hidden fields of the forms of a page, as a browser would send them.
func hiddenOf(a answer) url.Values {
	form := url.Values{}
	for _, match := range hiddenField.FindAllStringSubmatch(mainPart.FindString(a.body), -1) {
		form.Set(match[1], html.UnescapeString(match[2]))
	}
	return form
}

func TestEndOfASessionSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mailed bool
		ends   func(f *fixture, u rekey.SystemUser)
		notice string
		says   string
	}{
		"time":                        {false, func(f *fixture, _ rekey.SystemUser) { f.pass(time.Hour) }, "ended", "Your session has ended."},
		"password changed elsewhere":  {false, changedElsewhere, "password-ended", "Your password was changed or revoked"},
		"choice completed elsewhere":  {true, changedElsewhere, "password-ended", "Your password was changed or revoked"},
		"the mailed password expired": {true, func(f *fixture, u rekey.SystemUser) { f.expire(u) }, "mailed-ended", "The password from the mail no longer works"},
		"the user is blocked": {false, func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		}, "ended", "Your session has ended."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			u := f.user(rekey.TypeUI)
			typed := chosen
			if c.mailed {
				typed = f.mail(u)
			}
			f.logIn(u, typed)
			c.ends(f, u)
			got := f.get("/help")
			got.leadsTo(t, "/login?next=%2Fhelp&notice="+c.notice)
			f.get(got.Header.Get("Location")).shows(t, http.StatusOK, c.says)
			f.get("/help").leadsTo(t, "/login?next=%2Fhelp") // it is said once
		})
	}
}

func changedElsewhere(f *fixture, u rekey.SystemUser) {
	before := f.browser
	f.browser = newBrowser(f.t)
	f.logIn(u, chosen)
	f.send("POST", changePath, url.Values{"current_password": {chosen}, "new_password": {chosen2}}).leadsTo(f.t, "/?notice=password-changed")
	f.browser = before
}

// Two tabs of one browser share its session.
func TestOtherTabSaysWhatHappened(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada, bob := f.user(rekey.TypeUI), f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.FirstName = "Bob" })
	f.logIn(ada, chosen)
	profile := hiddenOf(f.get("/account"))
	profile.Set("first_name", "Countess")

	// Another user logged in.
	f.send("POST", "/logout", url.Values{})
	f.logIn(bob, chosen)
	before := f.read(bob)
	f.send("POST", "/account", profile).shows(t, http.StatusConflict, "This page belongs to another account. You are now logged in as "+bob.Address+", so nothing was done.")
	f.send("POST", "/account/sessions/end", url.Values{"session": {"others"}, "as": profile["as"]}).shows(t, http.StatusConflict, "another account")
	f.send("POST", changePath, url.Values{"as": profile["as"], "current_password": {chosen}, "new_password": {chosen2}}).shows(t, http.StatusConflict, "another account")
	if got := f.read(bob); got.FirstName != "Bob" || got.PasswordVersion != before.PasswordVersion {
		t.Errorf("Bob is now %+v", got)
	}

	// One has logged out.
	f.send("POST", "/logout", url.Values{})
	got := f.get("/account")
	got.leadsTo(t, "/login?next=%2Faccount&notice=elsewhere")
	f.get(got.Header.Get("Location")).shows(t, http.StatusOK, "You may have logged out in another window.", `class="note warn"`)
	f.send("POST", "/account/sessions/end", url.Values{"session": {"others"}, "as": profile["as"]}).leadsTo(t, "/login?next=%2Faccount&notice=elsewhere")

	// The password was chosen.
	f.logIn(ada, f.mail(ada))
	form := hiddenOf(f.get(changePath))
	form.Set("new_password", chosen2)
	f.send("POST", changePath, form).leadsTo(t, "/?notice=password-changed")
	version := f.read(ada).PasswordVersion
	f.send("POST", changePath, form).shows(t, http.StatusConflict, "You have already changed your password in another window.")
	if f.read(ada).PasswordVersion != version {
		t.Error("the second form changed it again")
	}
}

// Each form that changes something says whom it was made for.
func TestEachFormSaysWhomItIsFor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeHybrid, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	f.logIn(u, chosen)
	forms := regexp.MustCompile(`(?s)<form [^>]*>.{0,80}`)
	found := 0
	for _, r := range f.console.routes {
		if r.method != "GET" || r.path == "/static/{file}" || r.path == "/setup" || strings.HasSuffix(r.path, "/live") {
			continue
		}
		path := strings.Replace(f.example(r), "/users/none", "/users/"+u.ID, 1)
		for _, form := range forms.FindAllString(f.get(path).body, -1) {
			if !strings.Contains(form, `method="post"`) {
				continue
			}
			found++
			if !strings.Contains(form, `><input type="hidden" name="as" value="`+u.ID+`">`) {
				t.Errorf("%s: %s", path, form)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d forms", found)
	}
}
