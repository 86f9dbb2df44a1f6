package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/store"
)

// after is the filled form of an automation that waits for the end of another one.
func (o *office) after(before string) url.Values {
	form := o.filledIn()
	for _, name := range []string{"event_filter.system_user", "job_params.system_user", "time_frame.start", "time_frame.end", "time_frame.days"} {
		form.Del(name)
	}
	form.Set("name", "Later")
	form.Set("event_type", rekey.AutomationFinished)
	form.Set("event_filter.automation", before)
	form.Set("job_params.use_event_parameter", "on")
	return form
}

func TestChainIsSavedAsItWasChosen(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	first := o.automation(o.operator, "Earlier", false)
	page := v.press(v.get("/automations/new"), "/automations/new", "event", o.after(first.ID))
	page.shows(http.StatusOK, `<option value="`+first.ID+`" selected>Earlier</option>`, "Automation has finished")
	saved := v.press(page, "/automations/new", "save", url.Values{"confirm_api_users": {"0"}})
	if saved.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", saved.Status, saved.body)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(saved.Header.Get("Location"), "/automations/"), "?")
	a, err := o.Admin.Automation(t.Context(), o.operator, id)
	o.ok(err)
	if want := (rekey.EventFilter{Automation: first.ID}); a.EventFilter != want {
		t.Errorf("saved %+v, want %+v", a.EventFilter, want)
	}
	v.get("/automations/"+id).shows(http.StatusOK, "When Earlier has finished")
	v.get("/automations/"+id+"/edit").shows(http.StatusOK, `<option value="`+first.ID+`" selected>Earlier</option>`).lacks(`<option value="` + id + `"`)
	_, err = o.Admin.DeleteAutomation(t.Context(), o.operator, first.ID, 0)
	o.ok(err)
	v.get("/automations/"+id).shows(http.StatusOK, "When a deleted automation has finished")
	v.get("/automations/"+id+"/edit").shows(http.StatusOK, `<option value="`+first.ID+`" selected>A deleted automation</option>`)
}

func TestChainWithoutAnAutomationCannotBeActivated(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	page := v.press(v.get("/automations/new"), "/automations/new", "frame", o.after(""))
	page = v.press(page, "/automations/new", "activate", url.Values{"confirm_api_users": {"0"}})
	page.shows(http.StatusUnprocessableEntity, "Choose the automation that must have finished.")
}

func TestEventOfAChainSaysWhatRanBefore(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.automation(o.root, "Leak <1>", true, onExternal)
	run := o.happen(o.root, "siem.leak", o.member.ID)[0]
	e := rekey.Event{
		ID: uuid.NewString(), Type: rekey.AutomationFinished, Automation: first.ID, Source: rekey.InternalSource, SourceID: run.ID + " 2",
		Chain: rekey.Chain{Automations: []string{uuid.NewString(), first.ID}, Part: 2}, Time: time.Now(), Received: time.Now(), Digest: []byte{1},
	}
	o.ok(o.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.InsertEvent(t.Context(), e)
		return err
	}))
	o.as(o.operator).get("/events/"+e.ID).shows(http.StatusOK, "a deleted automation → Leak &lt;1&gt;", `href="/runs/`+run.ID+`"`)
	o.as(o.operator).get("/events/"+run.EventID).shows(http.StatusOK, "siem.leak").lacks("Finished before")
}
