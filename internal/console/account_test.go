package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/console/words"
)

func TestMembersSeeTheirAccountAndNothingElse(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.member)
	v.get("/account").shows(http.StatusOK, o.member.Address, "Member", "This session", `name="first_name"`, "Keyboard shortcuts").
		lacks(`href="/users"`, `href="/automations"`, `action="/users"`, `id="tokens"`)
	for _, path := range []string{"/users", "/users/suggest?q=a", "/users/import", "/users/new", "/users/" + o.member.ID} {
		v.get(path).shows(http.StatusForbidden)
	}
}

func TestHintsOfTheProfileAreInTheLanguageOfItsReader(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, l := range words.Languages()[1:] {
		page := o.as(o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Language = l.Tag() })).get("/account").shows(http.StatusOK, `<html lang="`+l.Tag()+`"`)
		for _, hint := range regexp.MustCompile(`<(?:p class="form-hint"|label)[^>]*>([^<]+)`).FindAllStringSubmatch(page.body, -1) {
			if text := html.UnescapeString(strings.TrimSpace(hint[1])); l.Say(text) != text || regexp.MustCompile(`\b(the|are|is|in it|of)\b`).MatchString(text) {
				t.Errorf("%s: %q is English", l.Tag(), text)
			}
		}
	}
	// Those who define automations read English until the console has languages.
	o.as(o.person(rekey.RoleOperator, func(u *rekey.SystemUser) { u.Language = "fr" })).get("/account").shows(http.StatusOK, `<html lang="en"`, "Time zone")
}

func TestOwnProfileIsChangedAndNothingBesides(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.member)
	v.post("/account", filled("version", "1", "first_name", "", "language", "!", "time_zone", "Mars/Olympus")).
		shows(http.StatusUnprocessableEntity, `id="language-error"`, `id="time_zone-error"`, "Mars/Olympus", "Hopper")
	v.post("/account", filled("version", "1", "first_name", "<script>", "role", "administrator", "type", "api", "time_zone", "Asia/Tokyo")).leads("/account")
	v.get("/account?notice=account-saved").shows(http.StatusOK, "Your profile is saved.", "&lt;script&gt;", "JST").lacks("<script> Hopper")
	if u := o.read(o.member.ID); u.Role != rekey.RoleMember || u.Type != rekey.TypeUI || u.Address != o.member.Address || u.FirstName != "<script>" {
		t.Errorf("stored %+v", u)
	}
	v.post("/account", filled("version", "1", "last_name", "Byron")).
		shows(http.StatusPreconditionFailed, "Your account was changed in the meantime", `value="Byron"`, `name="version" value="2"`)
}

var endOne = regexp.MustCompile(`name="session" value="([^"]{20,})"`)

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	o := open(t)
	v, second, third := o.as(o.member), o.as(o.member), o.as(o.member)
	other := o.as(o.operator)
	page := v.get("/account").shows(http.StatusOK, "This session", "End the 2 other sessions", "127.0.0.1")
	ids := endOne.FindAllStringSubmatch(page.body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d sessions can be ended, want 2", len(ids))
	}
	other.post("/account/sessions/end", url.Values{"session": {ids[0][1]}}).shows(http.StatusNotFound)
	v.post("/account/sessions/end", url.Values{"session": {ids[0][1]}}).leads("/account")
	v.get("/account").shows(http.StatusOK, "End the other session")
	v.post("/account/sessions/end", url.Values{"session": {"others"}}).leads("/account")
	v.get("/account").shows(http.StatusOK).lacks("End the other", "End the session</button>", "End the session<span")
	second.get("/account").leads("/login")
	third.get("/account").leads("/login")
	other.get("/account").shows(http.StatusOK)
}

func TestOwnTokenOfAHybridUserIsShownOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	hybrid := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	v := o.as(hybrid)
	v.post("/account/tokens", url.Values{"name": {""}, "expires_in_days": {"90"}}).shows(http.StatusUnprocessableEntity, "Enter what the token is for.")
	made := v.post("/account/tokens", url.Values{"name": {"laptop"}, "expires_in_days": {"90"}}).shows(http.StatusOK, "cannot show it again")
	if !tokenText.MatchString(made.body) {
		t.Fatal("there is no token")
	}
	page := v.get("/account").shows(http.StatusOK, "laptop")
	if tokenText.MatchString(page.body) {
		t.Error("the token is shown again")
	}
	_, rest, _ := strings.Cut(page.body, `href="/account/tokens/`)
	id, _, _ := strings.Cut(rest, "/")
	o.as(o.member).post("/account/tokens/"+id+"/revoke", nil).shows(http.StatusNotFound)
	o.as(o.root).post("/account/tokens/"+id+"/revoke", nil).shows(http.StatusNotFound) // not their own
	o.restored()
	v = o.as(hybrid)
	v.get("/account").shows(http.StatusOK, "not confirmed after a restore")
	o.as(o.member).post("/account/tokens/"+id+"/confirm", nil).shows(http.StatusNotFound)
	v.post("/account/tokens/"+id+"/confirm", nil).leads("/account")
	v.get("/account").lacks("not confirmed after a restore")
	v.get("/account/tokens/"+id+"/revoke").shows(http.StatusOK, "Revoke &#39;laptop&#39;")
	v.post("/account/tokens/"+id+"/revoke", nil).leads("/account")
	v.get("/account").lacks("laptop")
	o.as(o.member).post("/account/tokens", url.Values{"name": {"mine"}, "expires_in_days": {"90"}}).shows(http.StatusConflict, "Only API and Hybrid users")
}

func TestBrowserKeepsThemeAndShortcuts(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.member)
	v.get("/account").shows(http.StatusOK, "data-shortcuts", `value="system" checked`)
	v.post("/account/shortcuts", url.Values{"shortcuts": {"off"}}).leads("/account")
	v.get("/account").shows(http.StatusOK, "Shortcuts are off.").lacks("data-shortcuts")
	v.post("/account/shortcuts", url.Values{"shortcuts": {"on"}}).leads("/account")
	v.get("/account").shows(http.StatusOK, "data-shortcuts")
	v.post("/theme", url.Values{"theme": {"dark"}, "from": {"/account"}}).leads("/account")
	v.get("/account").shows(http.StatusOK, `data-bs-theme="dark"`, `value="dark" checked`)
	v.post("/theme", url.Values{"theme": {"system"}, "from": {"/account"}}).leads("/account")
	v.get("/account").shows(http.StatusOK, `value="system" checked`).lacks(`data-bs-theme="dark"`)
}
