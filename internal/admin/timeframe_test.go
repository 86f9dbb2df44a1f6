package admin_test

import (
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

var workdays = rekey.Weekdays[:5]

func TestBadTimeFrameIsRefusedByFieldInADraftToo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	bad := rekey.TimeFrame{Start: monday, End: monday, Days: []rekey.Weekday{"someday"}}
	for _, a := range []rekey.Automation{{Name: "Later", TimeFrame: bad}, draft(func(a *rekey.Automation) { a.TimeFrame = bad })} {
		_, err := o.CreateAutomation(o.ctx, o.operator, a, false)
		o.refused(err, rekey.CodeInvalid, "time_frame.days", "time_frame.end")
	}
}

func TestTimeFrameThatComesToNothingIsWarnedAbout(t *testing.T) {
	t.Parallel()
	o := setup(t)
	friday := monday.AddDate(0, 0, 4)
	hours := rekey.Delay{Unit: rekey.Hours, Value: 2}
	for name, test := range map[string]struct {
		event string
		frame rekey.TimeFrame
		delay rekey.Delay
		want  string
	}{
		"always":                      {"", rekey.TimeFrame{}, hours, ""},
		"an end":                      {"", rekey.TimeFrame{End: friday}, rekey.Delay{}, ""},
		"an end and a delay":          {"", rekey.TimeFrame{End: friday}, hours, "time_frame.end"},
		"over":                        {"", rekey.TimeFrame{End: monday.Add(-time.Second)}, hours, "time_frame.end"},
		"to the end of Friday":        {"", rekey.TimeFrame{End: time.Date(2026, 3, 6, 23, 59, 0, 0, time.UTC), Days: workdays}, rekey.Delay{}, ""},
		"to Saturday, 0:00":           {"", rekey.TimeFrame{End: time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), Days: workdays}, rekey.Delay{}, ""},
		"to Sunday":                   {"", rekey.TimeFrame{End: friday.AddDate(0, 0, 2), Days: workdays}, rekey.Delay{}, "time_frame.end"},
		"to Monday, 9:00":             {"", rekey.TimeFrame{End: monday.AddDate(0, 0, 7), Days: workdays}, rekey.Delay{}, "time_frame.end"},
		"one day":                     {"", rekey.TimeFrame{Start: friday, End: friday.Add(time.Hour), Days: workdays}, rekey.Delay{}, ""},
		"locked out":                  {rekey.UserLocked, rekey.TimeFrame{Days: workdays}, rekey.Delay{}, "Somebody who is locked out on Saturday waits until Monday."},
		"locked out on one day":       {rekey.UserLocked, rekey.TimeFrame{Days: []rekey.Weekday{rekey.Sunday}}, rekey.Delay{}, "Somebody who is locked out on Monday waits until Sunday."},
		"locked out, every day":       {rekey.UserLocked, rekey.TimeFrame{Days: rekey.Weekdays}, rekey.Delay{}, ""},
		"a password was forgotten":    {rekey.PasswordResetRequested, rekey.TimeFrame{Days: workdays}, rekey.Delay{}, "Somebody who has forgotten their password on Saturday waits until Monday."},
		"of nothing urgent":           {rekey.UserCreated, rekey.TimeFrame{Days: workdays}, rekey.Delay{}, ""},
		"days from Tuesday to Friday": {rekey.UserLocked, rekey.TimeFrame{Days: workdays[1:]}, rekey.Delay{}, "Somebody who is locked out on Saturday waits until Tuesday."},
		"locked out at night":         {rekey.UserLocked, rekey.TimeFrame{Hours: rekey.DayHours{From: "08:00", To: "18:00"}}, rekey.Delay{}, "Somebody who is locked out outside these hours waits until they begin."},
		"forgotten at night":          {rekey.PasswordResetRequested, rekey.TimeFrame{Hours: rekey.DayHours{From: "08:00", To: "18:00"}}, rekey.Delay{}, ""},
		"an end outside the hours":    {"", rekey.TimeFrame{End: friday, Hours: rekey.DayHours{From: "22:00", To: "06:00"}}, rekey.Delay{}, "time_frame.end"},
	} {
		a := draft(func(a *rekey.Automation) {
			a.TimeFrame, a.Delay, a.TimeZone = test.frame, test.delay, "UTC"
			if test.event != "" {
				a.EventType = test.event
			}
		})
		var got []string
		for _, w := range o.Warnings(o.ctx, a) {
			got = append(got, w.Field, w.Message)
		}
		if test.want == "" && len(got) > 0 || test.want != "" && !slices.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestPreviewSaysWhenAnEventNowWouldComeToNothing(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for field, frame := range map[string]rekey.TimeFrame{
		"time_frame.start": {Start: monday.Add(time.Hour)},
		"time_frame.end":   {End: monday.Add(time.Hour), Days: []rekey.Weekday{rekey.Tuesday}},
	} {
		p, err := o.PreviewAutomation(o.ctx, o.manager, draft(func(a *rekey.Automation) { a.TimeFrame = frame }), nil)
		o.must(err)
		if !slices.ContainsFunc(p.Warnings, func(w rekey.Warning) bool { return w.Field == field }) {
			t.Errorf("%+v: warnings are %v", frame, p.Warnings)
		}
	}
}

func TestSendingNowIsRefusedOutsideTheTimeFrame(t *testing.T) {
	t.Parallel()
	o := setup(t)
	send, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	_, err = o.UpdateAutomation(o.ctx, o.root, send.ID, 0, func(a *rekey.Automation) error {
		a.TimeFrame.Start = monday.Add(time.Hour)
		return nil
	})
	o.must(err)
	o.unchanged(func() {
		_, err = o.SendPassword(o.ctx, o.manager, o.member.ID)
		o.refused(err, rekey.CodeConflict)
	})
}

func TestAutomationsAreListedByTheStatusOfNow(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager, func(a *rekey.Automation) { a.TimeFrame.End = monday.Add(time.Hour) })
	listed := func(status rekey.AutomationStatus) bool {
		list, err := entries(o.Automations(o.ctx, o.operator, rekey.AutomationQuery{Status: status, OwnerID: o.manager.ID}, admin.Place{}))
		o.must(err)
		return len(list) == 1 && list[0].ID == a.ID
	}
	if !listed(rekey.AutomationActive) || listed(rekey.AutomationDone) {
		t.Error("it is not listed as active")
	}
	o.at = o.at.Add(2 * time.Hour)
	if listed(rekey.AutomationActive) || !listed(rekey.AutomationDone) {
		t.Error("it is not listed as done")
	}
}
