package console

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/console/words"
	"rekey/internal/password"
	"rekey/internal/store"
)

// Whoever came in with a mailed password reads the page in their own language;
// whoever never had one of their own is welcomed.
func TestChangePageSpeaksToItsReader(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const (
		choose  = "The password from the mail opens only this page. Choose your own password to continue."
		welcome = "Welcome! Choose your own password"
	)
	for _, l := range words.Languages() {
		in := func(u *rekey.SystemUser) { u.Language = l.Tag() + "-CH" }
		first := rekey.SystemUser{
			ID: f.newID(), Address: "first-" + l.Tag() + "@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember,
			Status: rekey.UserActive, Language: l.Tag(), CreatedAt: f.clock(),
		}
		f.ok(first.Validate())
		caller := f.user(rekey.TypeHybrid, in)
		f.update(func(tx *store.Tx) error {
			if err := tx.InsertUser(t.Context(), first); err != nil {
				return err
			}
			return tx.TouchPasswordCall(t.Context(), caller.ID, f.clock())
		})
		for _, c := range []struct {
			reader rekey.SystemUser
			says   []string
		}{
			{first, []string{"<h1>" + l.Say(welcome) + "</h1>", l.Say("Welcome to %s. Your account is ready. The password from the mail opens only this page. Choose your own password, and log in with it from now on.", "Rekey")}},
			{f.user(rekey.TypeUI, in), []string{"<h1>" + l.Say("Choose your own password") + "</h1>", l.Say(choose)}},
			{f.user(rekey.TypeAPI, in), []string{l.Say("The password from the mail opens only this page. Choose the password that your program will use to call the API.")}},
			{caller, []string{l.Say(choose), l.Say("Programs have called the API with your account and password in the last 90 days. After you choose a new password, their calls fail until you change their configuration.")}},
		} {
			f.logIn(c.reader, f.mail(c.reader))
			page := f.get(changePath)
			page.body = html.UnescapeString(page.body)
			page.shows(t, http.StatusOK, append([]string{
				`<html lang="` + l.Tag() + `"`, l.Say("Set the new password"), l.Say("New password"), l.Say("Your password needs:"), l.Say("Skip to the content"),
				l.Say("Log out"), l.Say("Show"), l.Say("Must not contain your name, address or “Rekey”"), c.reader.Address,
			}, c.says...)...)
			f.send("POST", "/logout", nil)
		}
	}
}

func TestEachRuleOfThePoliciesIsSaidInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages()[1:] {
		for _, policy := range []password.Policy{password.Modern, password.Classic} {
			for _, rule := range policy.Rules(rekey.Secret{}, password.Subject{System: "Acme Back Office"}) {
				if l.Say(rule.Text) == rule.Text {
					t.Errorf("%s: the rule %q is in English", l.Tag(), rule.Text)
				}
			}
			for _, typed := range []string{"x", "\x00", "password", "Password1!", "rekey-acme-back-office-ada", strings.Repeat("x", 200)} {
				err := policy.Check(t.Context(), rekey.NewSecret(typed), password.Subject{FirstName: "Ada-Maria", System: "Acme Back Office"}, password.History{}, time.Time{})
				for _, message := range errorsOf(err) {
					if l.Say(message) == message {
						t.Errorf("%s: the error %q is in English", l.Tag(), message)
					}
				}
			}
		}
	}
}

func errorsOf(err error) (list []string) {
	known, ok := errors.AsType[*rekey.Error](err)
	if !ok {
		return nil
	}
	for _, f := range known.Fields {
		list = append(list, f.Message)
	}
	return list
}

func TestForcedChangeAsksForTheNewPasswordOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, f.mail(u))
	page := f.get(changePath)
	page.shows(t, http.StatusOK, `name="new_password"`)
	if strings.Contains(page.body, `name="current_password"`) {
		t.Error("it asks for the mailed password again")
	}
	refused := f.send("POST", changePath, url.Values{"new_password": {"Rekey-1"}})
	refused.shows(t, http.StatusUnprocessableEntity, "Use 12 to 128 characters; this has 7.", "Leave out your name, your address and “Rekey”.",
		`data-rule="text" data-satisfied="true"`, `data-rule="length" data-satisfied="false"`, `data-rule="personal" data-satisfied="false"`,
		"Type the new password again", `name="repeated_password"`)
	if strings.Contains(refused.body, `name="current_password"`) {
		t.Error("it asks for the mailed password after a refusal")
	}
	f.send("POST", changePath, url.Values{"new_password": {chosen2}}).leadsTo(t, "/?notice=password-changed")
	f.browser = newBrowser(t)
	f.logIn(u, chosen2)
}

func TestForcedChangeAsksAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed := f.mail(u)
	f.logIn(u, mailed)
	f.pass(16 * time.Minute)
	f.get(changePath).shows(t, http.StatusOK, `name="current_password"`, "Password from the mail")
	f.send("POST", changePath, url.Values{"new_password": {chosen2}}).
		shows(t, http.StatusUnprocessableEntity, "Enter the password from the mail again", `id="current_password-error"`)
	f.send("POST", changePath, url.Values{"current_password": {mailed}, "new_password": {chosen2}}).leadsTo(t, "/?notice=password-changed")
}

func TestChosenPasswordIsGivenToChangeIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.logIn(u, chosen)
	f.get(changePath).shows(t, http.StatusOK, `name="current_password"`)
	f.send("POST", changePath, url.Values{"new_password": {chosen2}}).shows(t, http.StatusUnprocessableEntity, "This is not your current password.")
}

// What Members and visitors see has no English in it for those who read another
// language.
func TestPagesOfMembersSpeakTheirLanguage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, l := range words.Languages()[1:] {
		f.browser = newBrowser(t)
		accepts := []string{"Accept-Language", l.Tag() + "-CH, en;q=0.5"}
		u := f.user(rekey.TypeHybrid, func(u *rekey.SystemUser) { u.Language = l.Tag() })
		wrong := url.Values{"address": {"ghost@example.org"}, "password": {"quite another thing"}}
		pages := []answer{
			f.send("GET", "/login", nil, accepts...), f.send("GET", "/login?notice=logged-out", nil, accepts...), f.send("POST", "/login", wrong, accepts...),
			f.send("GET", "/forgot-password", nil, accepts...), f.send("POST", "/forgot-password", wrong, accepts...), f.send("GET", "/help/passwords", nil, accepts...),
			f.send("GET", "/nowhere", nil, accepts...), f.send("DELETE", "/login", nil, accepts...), f.send("GET", "/setup?token=none", nil, accepts...),
			f.send("POST", "/login", url.Values{"address": {strings.Repeat("x", 20_000)}}, accepts...),
			f.send("POST", "/login", wrong, append([]string{"Sec-Fetch-Site", "cross-site"}, accepts...)...),
		}
		f.logIn(u, f.mail(u))
		pages = append(pages, f.get(changePath), f.send("POST", changePath, url.Values{"new_password": {"short"}, "repeated_password": {"shirt"}}),
			f.send("POST", changePath, url.Values{"new_password": {"short"}}), f.get("/help/passwords"))
		f.send("POST", "/logout", nil)
		f.logIn(u, chosen)
		pages = append(pages, f.get("/"), f.get("/account?notice=account-saved"), f.get("/help"), f.get("/help/passwords"), f.get(changePath), f.get("/nowhere"), f.get("/users"),
			f.send("POST", changePath, url.Values{"current_password": {"quite another thing"}, "new_password": {chosen2}}),
			f.send("POST", "/account", url.Values{"version": {"1"}, "first_name": {"www.example.org"}, "language": {"!"}, "time_zone": {"Mars/Olympus"}}),
			f.send("POST", "/account", url.Values{"version": {"77"}}),
			f.send("POST", "/account/sessions/end", url.Values{"session": {"none"}}),
			f.send("POST", "/account/tokens", url.Values{"name": {""}, "expires_in_days": {"90"}}), f.send("POST", "/account/tokens", url.Values{"name": {"x"}, "expires_in_days": {"0"}}),
			f.get("/account/tokens/none/revoke"),
		)
		for _, page := range pages {
			body := html.UnescapeString(page.body)
			if !strings.Contains(body, `<html lang="`+l.Tag()+`"`) {
				t.Errorf("%s %s: the page says that it is in another language than %s", page.Request.Method, page.Request.URL, l.Tag())
			}
			for _, english := range words.Keys() {
				if len(english) > 10 && l.Say(english) != english && strings.Contains(body, english) {
					t.Errorf("%s %s in %s: %q is English", page.Request.Method, page.Request.URL, l.Tag(), english)
				}
			}
		}
	}
}
