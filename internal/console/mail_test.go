package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rekey"
)

func TestTestMessageSaysWhatTheMailServerSaid(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.root)
	v.get("/mail").shows(http.StatusOK, "Not tried yet", "Nothing to correct", `value="`+o.root.Address+`"`)
	v.post("/mail/test", url.Values{"address": {"nobody@example.org"}, "language": {"de"}}).
		shows(http.StatusOK, "The mail server accepted the message", "Up", `value="nobody@example.org"`)
	if got := o.mail.Messages(); len(got) != 1 || got[0].To[0] != "nobody@example.org" {
		t.Errorf("what arrived: %v", got)
	}
	v.post("/mail/test", url.Values{"address": {"ada"}, "language": {"de"}}).
		shows(http.StatusUnprocessableEntity, `id="address-error"`, `value="ada"`)
}

func TestOnlyAdministratorsSendTestMessages(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.manager)
	v.get("/mail").shows(http.StatusOK, "Mail server").lacks("Test message", `action="/mail/test"`)
	v.post("/mail/test", url.Values{"address": {o.root.Address}}).shows(http.StatusForbidden)
	v.get("/setup/mail").shows(http.StatusForbidden)
	if got := o.mail.Messages(); len(got) != 0 {
		t.Errorf("what arrived: %v", got)
	}
}

func TestWhatFailedIsListedAlsoForThoseWhoAreGone(t *testing.T) {
	t.Parallel()
	o := open(t)
	unlucky := o.person(rekey.RoleMember, named("Grace", "Hopper"))
	o.refuses(unlucky)
	a := o.automation(o.root, "Leak", true, onExternal)
	run := o.happen(o.root, "leak", unlucky.ID)[0]
	o.rests(run.ID, finished)
	v := o.as(o.manager)
	v.get("/mail?state=failed").shows(http.StatusOK, "1 delivery", "Grace Hopper", ": 550 5.1.1 mailbox unknown &lt;script&gt;", `href="/runs/`+run.ID+`"><bdi>Leak<`)
	o.ok(o.Admin.DeleteUser(t.Context(), o.root, unlucky.ID, 0))
	_, err := o.Admin.DeleteAutomation(t.Context(), o.root, a.ID, 0)
	o.ok(err)
	v.get("/mail?state=failed").shows(http.StatusOK, "1 delivery", unlucky.Address, "<bdi>A deleted automation<").lacks("Grace", "/users/"+unlucky.ID)
}

func TestTemplateIsShownAsItsReaderSeesIt(t *testing.T) {
	t.Parallel()
	o := open(t)
	root := o.person(rekey.RoleAdministrator, func(u *rekey.SystemUser) { u.FirstName = "<script>alert(1)</script>" })
	v := o.as(root)
	page := v.get("/mail/templates/de?old_password=revoke").shows(http.StatusOK, "SAMPLE-SAMPLE-SAMPLE-SAMPLE", "&lt;script&gt;")
	frame := regexp.MustCompile(`<iframe[^>]* src="([^"]+)"`).FindStringSubmatch(page.body)
	if frame == nil {
		t.Fatalf("the page frames no mail:\n%s", page.body)
	}
	letter := v.get(html.UnescapeString(frame[1])).shows(http.StatusOK, "SAMPLE-SAMPLE-SAMPLE-SAMPLE", "&lt;script&gt;").lacks("<script")
	policy := letter.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox; default-src 'none';") || strings.Contains(policy, "unsafe-inline") || letter.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("the mail is shown under %q", policy)
	}
	v.get("/mail/templates/tlh").shows(http.StatusNotFound)
	first := v.get("/mail/templates/fr?chosen=never&reader=ui").shows(http.StatusOK, "Bienvenue sur Rekey", "New colleague", `<option value="never" selected>`).
		lacks("Votre ancien mot de passe")
	frame = regexp.MustCompile(`<iframe[^>]* src="([^"]+)"`).FindStringSubmatch(first.body)
	v.get(html.UnescapeString(frame[1])).shows(http.StatusOK, "Bienvenue sur Rekey")
	v.get("/mail/templates/en?chosen=sometimes").shows(http.StatusOK, `<option value="set" selected>`)
}

func TestFirstStepIsOfferedWhereNothingIsAutomated(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.operator).get("/").shows(http.StatusOK, "No automations yet", `href="/automations"`).lacks("Needs attention")
}
