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
	v.get("/mail").shows(http.StatusOK, "Not tried yet", "Everything was sent", `value="`+o.root.Address+`"`)
	v.post("/mail/test", url.Values{"address": {"nobody@example.org"}, "language": {"de"}}).
		shows(http.StatusOK, "The mail server took the message", "Up", `value="nobody@example.org"`)
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
}

func TestFirstStepIsOfferedWhereNothingIsAutomated(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.as(o.operator).get("/").shows(http.StatusOK, "Nothing is automated yet", `href="/automations"`).lacks("Needs attention")
}
