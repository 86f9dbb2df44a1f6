package console_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"rekey/internal/admin"

	"rekey"
)

// filledIn has something in every field of the editor.
func (o *office) filledIn() url.Values {
	return url.Values{
		"name": {"Kiosks <b>"}, "description": {"\nTwo\nlines & more"}, "event_type": {rekey.External}, "event_filter.system_user": {o.member.Address},
		"event_filter.name.operator": {"starts_with"}, "event_filter.name.value": {"siem."},
		"event_filter.source.operator": {"matches"}, "event_filter.source.value": {"^/siem$"},
		"job_type": {rekey.SendNewPassword}, "job_params.system_user": {o.member.Address}, "job_params.use_event_parameter": {"on"},
		"job_params.old_password": {"revoke"}, "job_params.note": {"First\nsecond"}, "selection_id": {""}, "job_params.include_api_users": {"on"},
		"delay": {"yes"}, "delay.unit": {"weeks"}, "delay.value": {"3"},
		"time_frame.start": {"2026-12-01T08:00"}, "time_frame.end": {"2027-12-01T18:30"}, "time_zone": {"America/New_York"},
		"time_frame.days": {"tuesday", "sunday"}, "time_frame.hours.from": {"22:00"}, "time_frame.hours.to": {"06:00"}, "confirm_api_users": {"7"}, "naming": {o.member.Address},
	}
}

// press sends the form of a page as a browser would, with a button.
func (v *visitor) press(page seen, path, button string, changes url.Values) seen {
	v.o.t.Helper()
	form := controls(v.o.t, page.body)
	maps.Copy(form, changes)
	form.Set("go", button)
	return v.post(path, form)
}

func TestNoWayThroughTheStepsLosesAField(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	sel, err := o.Admin.CreateSelection(t.Context(), o.operator, rekey.Selection{Name: "Kiosks", Expression: "true"})
	o.ok(err)
	wanted := o.filledIn()
	wanted.Set("selection_id", sel.ID)
	for _, way := range [][]string{
		{"event", "job", "frame", "event"}, {"frame", "job", "event", "job"}, {"job", "job", "preview", "frame", "frame"}, {"frame", "event", "frame", "preview", "job"},
	} {
		page := v.get("/automations/new")
		opened := controls(t, page.body)
		form := maps.Clone(opened)
		maps.Copy(form, wanted)
		form.Set("go", way[0])
		page = v.post("/automations/new", form)
		for _, button := range way[1:] {
			page = v.press(page, "/automations/new", button, nil)
		}
		got := controls(t, page.shows(http.StatusOK).body)
		for name, values := range wanted {
			for i := range values {
				if i < len(got[name]) {
					got[name][i] = strings.ReplaceAll(got[name][i], "\r\n", "\n")
				}
			}
			if strings.Join(values, "") != strings.Join(got[name], "") {
				t.Errorf("%v: %s is %q, want %q", way, name, got[name], values)
			}
		}
		if got.Get("was") != opened.Get("was") || got.Get("version") != "0" {
			t.Errorf("%v: what was opened is forgotten", way)
		}
		page.lacks("<b>,").shows(http.StatusOK, `data-unsaved="true"`)
	}
}

func TestSavedAutomationIsWhatWasTyped(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	page := v.press(v.get("/automations/new"), "/automations/new", "frame", o.filledIn())
	saved := v.press(page, "/automations/new", "save", url.Values{"confirm_api_users": {"0"}, "job_params.system_user": {"typed in vain"}})
	id, notice, _ := strings.Cut(strings.TrimPrefix(saved.Header.Get("Location"), "/automations/"), "?")
	if saved.StatusCode != http.StatusSeeOther || notice != "notice=automation-drafted" {
		t.Fatalf("got %s to %s\n%s", saved.Status, saved.Header.Get("Location"), saved.body)
	}
	a, err := o.Admin.Automation(t.Context(), o.operator, id)
	o.ok(err)
	want := a
	want.Name, want.NameKey, want.Description, want.OwnerID = "Kiosks <b>", "kiosks <b>", "Two\nlines & more", o.operator.ID
	want.EventType, want.Status, want.Version, want.TimeZone = rekey.External, rekey.AutomationDraft, 1, "America/New_York"
	want.EventFilter = rekey.EventFilter{
		Name: rekey.TextFilter{Operator: rekey.OpStartsWith, Value: "siem."}, Source: rekey.TextFilter{Operator: rekey.OpMatches, Value: "^/siem$"},
	}
	want.JobType, want.SelectionID = rekey.SendNewPassword, ""
	want.Delay = rekey.Delay{Unit: rekey.Weeks, Value: 3}
	want.TimeFrame = rekey.TimeFrame{
		Start: time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC), End: time.Date(2027, 12, 1, 23, 30, 0, 0, time.UTC), Days: []rekey.Weekday{rekey.Tuesday, rekey.Sunday},
		Hours: rekey.DayHours{From: "22:00", To: "06:00"},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got  %+v\nwant %+v", a, want)
	}
	var p rekey.SendParams
	o.ok(json.Unmarshal(a.JobParams, &p))
	if p != (rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce, IncludeAPIUsers: true, Note: "First\nsecond"}) {
		t.Errorf("got %+v", p)
	}
	// Opened again and saved untouched, it stays as it is.
	again := v.press(v.get("/automations/"+id+"/edit"), "/automations/"+id+"/edit", "save", url.Values{"confirm_api_users": {"0"}})
	again.leads("/automations/" + id)
	if b, err := o.Admin.Automation(t.Context(), o.operator, id); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("saved untouched, it is\n%+v, before\n%+v", b, a)
	}
}

func TestDraftIsSavedIncompleteAndActivatedOnlyWhole(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	page := v.press(v.get("/automations/new"), "/automations/new", "activate", url.Values{"name": {" "}})
	page.shows(http.StatusUnprocessableEntity, "Give the automation a name.", "Choose an event type from the catalogue.",
		"Choose who gets the new password: people named by the event, or one system user.", `href="#name"`, `formaction="/automations/new#job_params.system_user"`, `aria-invalid="true"`)
	page = v.press(page, "/automations/new", "save", url.Values{"name": {"Later"}})
	page.leads("/automations/" + strings.TrimPrefix(strings.Split(page.Header.Get("Location"), "?")[0], "/automations/"))
	edit := strings.Split(page.Header.Get("Location"), "?")[0] + "/edit"
	page = v.press(v.get(edit), edit, "job", url.Values{"event_type": {rekey.UserCreated}})
	page = v.press(page, edit, "activate", url.Values{"delay": {"yes"}, "delay.value": {"2.5"}})
	page.shows(http.StatusUnprocessableEntity, "Give a whole number from 1 to 9,999.", "Choose who gets the new password", `value="2.5"`)
	page = v.press(page, edit, "activate", url.Values{"delay.value": {"2"}, "job_params.system_user": {o.member.Address}})
	page.leads(strings.TrimSuffix(edit, "/edit"))
	a, err := o.Admin.Automation(t.Context(), o.operator, strings.TrimSuffix(strings.TrimPrefix(edit, "/automations/"), "/edit"))
	if err != nil || a.Status != rekey.AutomationActive || a.Version != 2 || a.Delay != (rekey.Delay{Unit: rekey.Hours, Value: 2}) {
		t.Errorf("got %+v, %v", a, err)
	}
	taken := v.press(v.get("/automations/new"), "/automations/new", "save", url.Values{"name": {"LATER"}})
	taken.shows(http.StatusConflict, "Another automation already has the name &#39;Later&#39;.")
}

func TestStrangersEventTakesNothingAway(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	// Straight from the step that does not show the old password.
	early := v.press(v.get("/automations/new?recipe=new-colleague"), "/automations/new", "activate", url.Values{"event_type": {rekey.UserLocked}})
	early.leads(strings.Split(early.Header.Get("Location"), "?")[0])
	page := v.press(v.get("/automations/new"), "/automations/new", "job", url.Values{"name": {"Locked"}, "event_type": {rekey.UserLocked}})
	page.shows(http.StatusOK, "A stranger can cause this event", `value="replace" disabled`, `value="keep" checked`, "System user is locked")
	v.press(page, "/automations/new", "activate", url.Values{"job_params.use_event_parameter": {"on"}})
	list, err := entries(o.Admin.Automations(t.Context(), o.operator, rekey.AutomationQuery{EventType: rekey.UserLocked}, admin.Place{}))
	o.ok(err)
	if len(list) != 2 {
		t.Errorf("got %+v", list)
	}
	for _, a := range list {
		if string(a.JobParams) != `{"use_event_parameter":true,"old_password":"keep"}` {
			t.Errorf("%s: %s", a.Name, a.JobParams)
		}
	}
}

// The clock shows some moments twice: what nobody has touched stays as it was.
func TestMomentThatNobodyTouchedStays(t *testing.T) {
	t.Parallel()
	o := open(t)
	end := time.Date(2027, 10, 31, 0, 30, 7, 0, time.UTC) // 02:30:07 in Berlin, for the first time
	a := o.automation(o.operator, "Until winter", false, func(a *rekey.Automation) { a.TimeZone, a.TimeFrame.End = "Europe/Berlin", end })
	path := "/automations/" + a.ID
	v := o.as(o.operator)
	v.press(v.get(path+"/edit"), path+"/edit", "save", url.Values{"name": {"Until the clock is set back"}}).leads(path)
	if b := o.stored(a.ID); !b.TimeFrame.End.Equal(end) || b.Version != 2 {
		t.Errorf("the end is %s, was %s", b.TimeFrame.End, end)
	}
	v.press(v.press(v.get(path+"/edit"), path+"/edit", "frame", nil), path+"/edit", "save", url.Values{"time_frame.end": {"soon"}}).
		shows(http.StatusUnprocessableEntity, "Give a date and a time, such as 2026-12-01 08:00.", `value="soon"`)
}

func TestEditorKeepsEverybodyAndTheCeiling(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	a := o.automation(o.operator, "Quarterly", false, onExternal, sends(rekey.SendParams{EverybodyInSelection: true, OldPassword: rekey.ReplaceWhenSent, Ceiling: 900}))
	at := "/automations/" + a.ID + "/edit"
	v.press(v.get(at), at, "save", url.Values{"name": {"Each quarter"}}).leads("/automations/" + a.ID)
	var p rekey.SendParams
	o.ok(json.Unmarshal(o.stored(a.ID).JobParams, &p))
	if p != (rekey.SendParams{EverybodyInSelection: true, OldPassword: rekey.ReplaceWhenSent, Ceiling: 900}) {
		t.Errorf("got %+v", p)
	}
	wrong := v.press(v.get(at+"?step=job"), at, "save", url.Values{"job_params.ceiling": {"many"}})
	wrong.shows(http.StatusUnprocessableEntity, "Give a number of people from 1 to 10,000,000.", "Everybody in the selection")
}
