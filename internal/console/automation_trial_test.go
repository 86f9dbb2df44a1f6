package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

func TestTrialIsStartedOnItsPageAndItsRunsSayThatNothingWasSent(t *testing.T) {
	t.Parallel()
	o := open(t)
	api := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	a := o.automation(o.operator, "Leaked", true, onExternal)
	at := "/automations/" + a.ID
	v := o.as(o.operator)
	v.get("/automations").shows(http.StatusOK, `href="`+at+`/trial"`, "Start a trial …")
	v.get(at).shows(http.StatusOK, `href="`+at+`/trial"`)
	v.get(at+"/trial").shows(http.StatusOK, "sends nothing and changes nothing", "Start the trial")
	v.post(at+"/trial", url.Values{}).leads(at)
	v.get(at).shows(http.StatusOK, "In trial</span>", "It is in trial: nothing is sent.", "No event has started a trial yet.", `href="`+at+`/activate"`, `href="`+at+`/deactivate"`).
		lacks("Start a trial")
	run := o.happen(o.root, "leak", o.member.ID, api.ID)[0]
	o.rests(run.ID, finished)
	v.get("/runs").shows(http.StatusOK, "Trial</span>", "Trial: nothing was sent. 1 person would have been sent a new password. 1 uses the API.")
	v.get("/runs?trial=only").shows(http.StatusOK, "1 run<", `<option value="only" selected>`)
	v.get("/runs?trial=none").shows(http.StatusOK, "No runs match")
	page := v.get("/runs/"+run.ID).shows(http.StatusOK, "Trial: nothing was sent. 1 person would have been sent a new password.", "Skipped: 1 uses the API.", "Would be sent")
	page.lacks("Retry: send", "Nobody got a new password")
	v.get("/runs/"+run.ID+"?show=would").shows(http.StatusOK, o.member.Address, "1 delivery<")
	for _, d := range o.deliveries(run.ID) {
		if d.State == rekey.DeliveryWouldBeSent {
			v.get("/deliveries/"+d.ID).shows(http.StatusOK, "The run is a trial: no password was generated.", "The run is a trial, so nothing more is sent in it.")
		}
	}
	v.get(at).shows(http.StatusOK, "It tried 1 run, from", "would have sent 1 new password.", `href="/runs?automation=`+a.ID+`&amp;trial=only"`)
	v.get(at+"/activate").shows(http.StatusOK, "It is in trial now.", "It tried 1 run, from", "would have sent 1 new password.")
	v.post(at+"/activate", url.Values{}).leads(at)
	v.get(at).shows(http.StatusOK, "Active</span>").lacks("It is in trial")
	if mails := o.mail.Messages(); len(mails) != 0 {
		t.Errorf("a trial sent %d mails", len(mails))
	}
}

func TestTrialThatWouldBeHeldSaysSo(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Leaked", false, onExternal, sends(rekey.SendParams{UseEventParameter: true, Ceiling: 1}))
	_, err := o.Admin.TryAutomation(t.Context(), o.operator, a.ID, 0)
	o.ok(err)
	run := o.happen(o.root, "leak", o.member.ID, o.person(rekey.RoleMember).ID)[0]
	o.rests(run.ID, finished)
	v := o.as(o.operator)
	v.get("/runs").shows(http.StatusOK, "Trial: would be held</span>", "The run would be held for approval: 2 people, ceiling 1.")
	v.get("/runs/"+run.ID).shows(http.StatusOK, "The run would be held for approval: 2 people, ceiling 1.").lacks("/approve")
	v.get("/automations/"+a.ID).shows(http.StatusOK, "1 run would be held for approval, for 2 people in all.")
	v.get("/automations/" + a.ID + "/held").lacks("ceiling 1")
}

func TestEditorSavesAndStartsATrialTogether(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	page := v.press(v.get("/automations/new").shows(http.StatusOK, "Save and try"), "/automations/new", "trial", url.Values{"name": {"Tried"}})
	page.shows(http.StatusUnprocessableEntity, "Choose an event type from the catalogue.")
	page = v.press(v.press(page, "/automations/new", "job", url.Values{"event_type": {rekey.UserCreated}}), "/automations/new", "trial", url.Values{"target": {"event"}, "job_params.use_event_parameter": {"on"}})
	saved := strings.Split(page.Header.Get("Location"), "?")
	if len(saved) != 2 || saved[1] != "notice=automation-trying" {
		t.Fatalf("got %s to %v\n%s", page.Status, saved, page.body)
	}
	edit := saved[0] + "/edit"
	page = v.get(edit).shows(http.StatusOK, "This automation is in trial: its runs send nothing.", "Save and activate").lacks("Save and try")
	v.press(page, edit, "save", url.Values{"description": {"Still tried"}}).leads(saved[0])
	v.get(saved[0]).shows(http.StatusOK, "In trial</span>", "Still tried")
}
