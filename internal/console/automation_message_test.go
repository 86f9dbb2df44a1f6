package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"rekey"
	"rekey/internal/app"
)

// A message is written, sent and shown as one: no page calls it a password.
func TestMessageIsWrittenInTheEditorAndShownOnItsPages(t *testing.T) {
	t.Parallel()
	o := open(t, func(c *app.Config) { c.NotifyDomains = []string{"desk.example"} })
	v := o.as(o.root)
	ada := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.FirstName, u.LastName = "Ada", "Byron" })
	a := o.automation(o.root, "Desk", false, onExternal)
	at := "/automations/" + a.ID + "/edit"
	typed := url.Values{
		"job_type": {rekey.NotifyAddress}, "job_params.recipients": {ada.Address + "\nalerts@elsewhere.example"},
		"job_params.subject": {"{event}"}, "job_params.text": {"{people} {nobody}"},
	}
	v.press(v.get(at), at, "activate", typed).shows(http.StatusUnprocessableEntity,
		"&#39;alerts@elsewhere.example&#39; is neither a system user nor an address in desk.example.", "There is no placeholder {nobody}.")
	typed.Set("job_params.recipients", ada.Address+"\nAlerts@desk.example")
	typed.Set("job_params.text", "{event}\n{people}")
	v.press(v.get(at), at, "preview", typed).shows(http.StatusOK, "Gets the message", "Ada Byron", "Alerts@desk.example").lacks("Replay the last 90 days")
	v.press(v.get(at), at, "activate", typed).leads("/automations/" + a.ID)
	if got := o.stored(a.ID); !slices.Equal(got.NotifyParams().Recipients, []string{ada.ID, "alerts@desk.example"}) || got.SelectionID != "" {
		t.Errorf("stored: %s, selection %q", got.JobParams, got.SelectionID)
	}
	v.get("/automations/"+a.ID).shows(http.StatusOK, "send", "Ada Byron and alerts@desk.example", "a message", "Subject").lacks("API users", "a new password")
	v.get(at).shows(http.StatusOK, ada.Address)
	v.get("/automations").shows(http.StatusOK, "message to Ada Byron and alerts@desk.example")

	run := o.rests(o.happen(o.root, "siem.leak", ada.ID)[0].ID, finished)
	v.get("/runs/"+run.ID).shows(http.StatusOK, "alerts@desk.example", "The mail server has accepted the message.").lacks("are in", "Send again", "expired unused")
	for _, d := range o.deliveries(run.ID) {
		v.get("/deliveries/"+d.ID).shows(http.StatusOK, "Message to "+d.Address, "The mail server has accepted the message.").lacks("Old password", "New password for")
	}
	v.get("/").shows(http.StatusOK).lacks("of 2 are in")
}
