package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rekey"
)

// onSchedule is the filled form of an automation that begins at a start and is repeated.
func (o *office) onSchedule(start, repeat string) url.Values {
	form := o.filledIn()
	for _, name := range []string{"event_filter.system_user", "job_params.system_user", "time_frame.start", "time_frame.end", "time_frame.days"} {
		form.Del(name)
	}
	form.Set("event_type", rekey.ScheduleReached)
	form.Set("event_filter.schedule.start", start)
	form.Set("event_filter.schedule.rule", repeat)
	form.Set("job_params.use_event_parameter", "everybody")
	return form
}

func TestScheduleIsSavedAsItWasChosen(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	const monday = "2027-03-01T08:00"
	for _, test := range []struct{ start, repeat, rule, words string }{
		{monday, "once", "", "Once, on Monday, 1 March 2027, at 08:00"},
		{monday, "day", "FREQ=DAILY", "Every day at 08:00"},
		{monday, "workdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every week on Monday to Friday at 08:00"},
		{monday, "week", "FREQ=WEEKLY", "Every week on Monday at 08:00"},
		{monday, "month", "FREQ=MONTHLY", "Every month on day 1 at 08:00"},
		{monday, "month-weekday", "FREQ=MONTHLY;BYDAY=+1MO", "Every month on the first Monday at 08:00"},
		{"2027-03-29T08:00", "month-weekday", "FREQ=MONTHLY;BYDAY=-1MO", "Every month on the last Monday at 08:00"},
		{monday, "month-end", "FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day at 08:00"},
		{monday, "quarter", "FREQ=MONTHLY;INTERVAL=3", "Every 3 months on day 1 at 08:00"},
		{monday, "quarter-weekday", "FREQ=MONTHLY;INTERVAL=3;BYDAY=+1MO", "Every 3 months on the first Monday at 08:00"},
		{monday, "quarter-end", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", "Every 3 months on the last day at 08:00"},
		{monday, "year", "FREQ=YEARLY", "Every year on 1 March at 08:00"},
		{monday, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "Every 2 weeks on Monday at 08:00"},
	} {
		form := o.onSchedule(test.start, test.repeat)
		form.Set("name", "On "+test.start+" "+test.repeat)
		page := v.press(v.get("/automations/new"), "/automations/new", "frame", form)
		saved := v.press(page, "/automations/new", "save", url.Values{"confirm_api_users": {"0"}})
		if saved.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s\n%s", test.repeat, saved.Status, saved.body)
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(saved.Header.Get("Location"), "/automations/"), "?")
		a, err := o.Admin.Automation(t.Context(), o.operator, id)
		o.ok(err)
		if want := (rekey.EventFilter{Schedule: rekey.Schedule{Start: test.start, Rule: test.rule}}); a.EventFilter != want {
			t.Errorf("%s: saved %+v, want %+v", test.repeat, a.EventFilter, want)
		}
		v.get("/automations/"+id).shows(http.StatusOK, test.words+" (America/New_York)")
		opened := controls(t, v.get("/automations/"+id+"/edit").body)
		if got := opened.Get("event_filter.schedule.rule"); got != test.repeat || opened.Get("event_filter.schedule.start") != test.start {
			t.Errorf("%s: opened again as %q from %s", test.repeat, got, opened.Get("event_filter.schedule.start"))
		}
	}
}

func TestEditorShowsTheNextMomentsOfASchedule(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	form := o.onSchedule("2027-03-01T08:00", "month-weekday")
	form.Set("time_zone", "UTC")
	page := v.press(v.get("/automations/new"), "/automations/new", "event", form)
	page.shows(http.StatusOK, "The next times:", `<option value="month-weekday" selected>Every month on the first Monday</option>`)
	if n := strings.Count(page.body, `<li><time`); n != 5 {
		t.Errorf("%d moments are shown, want 5", n)
	}
	page = v.press(page, "/automations/new", "job", nil)
	page.shows(http.StatusOK, "Everybody in the selection").lacks("People named by the event")
}

func TestScheduleWithoutAStartIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	form := o.onSchedule("", "month")
	page := v.press(v.get("/automations/new"), "/automations/new", "activate", form)
	page.shows(http.StatusUnprocessableEntity, "Say when the schedule starts.", "say when it happens first")
	form.Set("event_filter.schedule.start", "2027-02-30T08:00")
	v.press(v.get("/automations/new"), "/automations/new", "save", form).shows(http.StatusUnprocessableEntity, "Give a date and a time of day in the years 2000 to 2999")
}
