package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"rekey"
)

func TestEditorReadsAndKeepsAReminder(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	a := o.automation(o.operator, "Quarterly", false, onExternal, sends(rekey.SendParams{UseEventParameter: true, Remind: "30%"}))
	at := "/automations/" + a.ID + "/edit"
	wants := func(want rekey.Portion) {
		t.Helper()
		var p rekey.SendParams
		o.ok(json.Unmarshal(o.stored(a.ID).JobParams, &p))
		if p.Remind != want {
			t.Errorf("got %q, want %q", p.Remind, want)
		}
	}
	v.press(v.get(at), at, "job", url.Values{}).shows(http.StatusOK, "After half of the time", "After 30% of the time")
	v.press(v.get(at), at, "save", url.Values{"name": {"Each quarter"}}).leads("/automations/" + a.ID)
	wants("30%")
	v.press(v.get(at), at, "save", url.Values{"job_params.remind": {"50%"}}).leads("/automations/" + a.ID)
	wants("50%")
	v.get("/automations/"+a.ID).shows(http.StatusOK, "Whoever has not used it after half of its time is reminded once.")
	v.press(v.get(at), at, "activate", url.Values{"job_params.remind": {"95%"}}).shows(http.StatusUnprocessableEntity, "Give a share of the time from 10% to 90%")
	v.press(v.get(at), at, "save", url.Values{"job_params.remind": {""}}).leads("/automations/" + a.ID)
	wants("")
}

func TestEditorOffersNoReminderForWhatAStrangerSetsOff(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.automation(o.operator, "Locked out", false, sends(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged}), func(a *rekey.Automation) {
		a.EventType = rekey.UserLocked
	})
	v, at := o.as(o.operator), "/automations/"+a.ID+"/edit"
	v.press(v.get(at), at, "job", url.Values{}).shows(http.StatusOK, "A stranger can cause this event, so nobody is reminded.").lacks("After half of the time")
}
