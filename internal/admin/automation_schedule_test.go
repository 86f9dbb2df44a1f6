package admin_test

import (
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
)

// quarterly sends to everybody in a selection at 10:00 each third month; it is 9:00 now.
func (o *office) quarterly(change ...func(*rekey.Automation)) rekey.Automation {
	o.t.Helper()
	sel := o.selection(o.operator, `user.role == "member"`)
	return draft(append([]func(*rekey.Automation){func(a *rekey.Automation) {
		a.EventType, a.SelectionID, a.TimeZone = rekey.ScheduleReached, sel.ID, "UTC"
		a.EventFilter.Schedule = rekey.Schedule{Start: monday.Format("2006-01-02") + "T10:00", Rule: "FREQ=MONTHLY;INTERVAL=3"}
		a.JobParams = params(rekey.SendParams{EverybodyInSelection: true})
	}}, change...)...)
}

// wantNext checks when the schedule of a stored automation comes next, as it is read and as
// it was returned.
func (o *office) wantNext(returned rekey.Automation, want time.Time) {
	o.t.Helper()
	stored, err := o.db.Automation(o.ctx, returned.ID)
	o.must(err)
	if !stored.NextAt.Equal(want) || !returned.NextAt.Equal(want) {
		o.t.Errorf("comes next at %v, returned as %v; want %v", stored.NextAt, returned.NextAt, want)
	}
	found, err := o.Automations(o.ctx, o.operator, rekey.AutomationQuery{Status: stored.StatusAt(o.now())}, admin.Place{})
	o.must(err)
	if !slices.ContainsFunc(found.Entries, func(a rekey.Automation) bool { return a.ID == stored.ID }) {
		o.t.Errorf("it is not listed as %s", stored.StatusAt(o.now()))
	}
}

func TestScheduleGoesOnFromTheMomentOfEachChange(t *testing.T) {
	t.Parallel()
	o := setup(t)
	saved, err := o.CreateAutomation(o.ctx, o.operator, o.quarterly(), false)
	o.must(err)
	o.wantNext(saved.Automation, time.Time{})
	id := saved.Automation.ID
	saved, err = o.ActivateAutomation(o.ctx, o.operator, id, 0)
	o.must(err)
	today := monday.Add(time.Hour)
	o.wantNext(saved.Automation, today)

	o.at = o.at.Add(2 * time.Hour) // no node has run at 10:00
	saved, err = o.UpdateAutomation(o.ctx, o.operator, id, 0, func(a *rekey.Automation) error { a.Description = "For the kiosks"; return nil })
	o.must(err)
	o.wantNext(saved.Automation, today) // what has come is not lost
	saved, err = o.UpdateAutomation(o.ctx, o.operator, id, 0, func(a *rekey.Automation) error { a.TimeZone = "Europe/Berlin"; return nil })
	o.must(err)
	o.wantNext(saved.Automation, today.AddDate(0, 3, 0).Add(-2*time.Hour)) // summer time in Berlin
	saved, err = o.DeactivateAutomation(o.ctx, o.operator, id, 0)
	o.must(err)
	o.wantNext(saved.Automation, time.Time{})

	o.at = o.at.Add(120 * 24 * time.Hour)
	saved, err = o.ActivateAutomation(o.ctx, o.operator, id, 0)
	o.must(err)
	o.wantNext(saved.Automation, today.AddDate(0, 6, 0).Add(-2*time.Hour)) // nothing is made up for
	copied, err := o.CopyAutomation(o.ctx, o.operator, id, "")
	o.must(err)
	o.wantNext(copied.Automation, time.Time{})
}

func TestScheduleThatIsOverIsDone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	once := o.quarterly(func(a *rekey.Automation) { a.EventFilter.Schedule.Rule = "" })
	saved, err := o.CreateAutomation(o.ctx, o.operator, once, true)
	o.must(err)
	o.wantNext(saved.Automation, monday.Add(time.Hour))
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		_, err := tx.MoveSchedule(o.ctx, saved.Automation, time.Time{})
		return err
	}))
	saved.Automation.NextAt = time.Time{}
	o.wantNext(saved.Automation, time.Time{})
	if got := saved.Automation.StatusAt(o.now()); got != rekey.AutomationDone {
		t.Errorf("shown as %s", got)
	}
	ended := o.quarterly(func(a *rekey.Automation) { a.TimeFrame.End = monday.Add(time.Minute) })
	saved, err = o.CreateAutomation(o.ctx, o.operator, ended, true)
	o.must(err)
	o.wantNext(saved.Automation, time.Time{})
}

func TestScheduleIsCheckedWhereItIsSaved(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for name, test := range map[string]struct {
		change   func(*rekey.Automation)
		activate bool
		fields   []string
	}{
		"none yet, in a draft":     {func(a *rekey.Automation) { a.EventFilter.Schedule = rekey.Schedule{} }, false, nil},
		"none":                     {func(a *rekey.Automation) { a.EventFilter.Schedule = rekey.Schedule{} }, true, []string{"event_filter.schedule.start"}},
		"a wrong one":              {func(a *rekey.Automation) { a.EventFilter.Schedule.Rule = "FREQ=HOURLY" }, false, []string{"event_filter.schedule.rule"}},
		"on another event":         {func(a *rekey.Automation) { a.EventType = rekey.External }, false, []string{"event_filter.schedule"}},
		"people named by nobody":   {func(a *rekey.Automation) { a.JobParams = params(rekey.SendParams{UseEventParameter: true}) }, true, []string{"job_params.use_event_parameter"}},
		"filtered by a user":       {func(a *rekey.Automation) { a.EventFilter.User = o.member.ID }, false, []string{"event_filter.system_user"}},
		"everybody, but no choice": {func(a *rekey.Automation) { a.SelectionID = "" }, true, []string{"selection_id"}},
	} {
		t.Log(name)
		_, err := o.CreateAutomation(o.ctx, o.operator, o.quarterly(test.change), test.activate)
		if test.fields == nil {
			o.must(err)
			continue
		}
		o.refused(err, rekey.CodeInvalid, test.fields...)
	}
}

func TestPreviewOfAScheduleIsForItsNextMoment(t *testing.T) {
	t.Parallel()
	o := setup(t)
	p, err := o.PreviewAutomation(o.ctx, o.operator, o.quarterly(), nil)
	o.must(err)
	if !p.DueAt.Equal(monday.Add(time.Hour)) || len(p.Reached) != 1 {
		t.Errorf("due %v, reaches %d", p.DueAt, len(p.Reached))
	}
	over := o.quarterly(func(a *rekey.Automation) { a.EventFilter.Schedule = rekey.Schedule{Start: "2020-01-01T08:00"} })
	p, err = o.PreviewAutomation(o.ctx, o.operator, over, nil)
	o.must(err)
	warned := slices.ContainsFunc(o.Warnings(o.ctx, over), func(w rekey.Warning) bool { return w.Field == "event_filter.schedule.start" })
	if !p.DueAt.IsZero() || !warned {
		t.Errorf("due %v, warned %v", p.DueAt, warned)
	}
}
