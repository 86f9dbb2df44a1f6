package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
)

// within gives an automation a time frame around the moment the tests begin.
func within(change func(*rekey.TimeFrame)) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.TimeFrame = rekey.TimeFrame{Start: monday.Add(-time.Hour), End: monday.Add(24 * time.Hour)}
		change(&a.TimeFrame)
	}
}

func TestEventOutsideTheTimeFrameStartsNoRun(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, within(func(*rekey.TimeFrame) {}))
	ada := h.person("ada@example.org")
	// What counts is when it took place, not when it came.
	for _, at := range []time.Time{monday.Add(-2 * time.Hour), monday.Add(25 * time.Hour)} {
		e := h.external(ada)
		e.Time = at
		receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{e}, rekey.Authority{})
		h.must(err)
		runs, err := h.db.Runs(h.ctx, rekey.RunQuery{EventID: receipts[0].Event.ID, Limit: 10})
		h.must(err)
		if len(runs) != 0 {
			t.Errorf("the event at %v started %d runs", at, len(runs))
		}
	}
	h.pass(25 * time.Hour)
	e := h.external(ada)
	e.Time = monday
	run := h.post(e)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestRunDueAfterTheEndIsCancelledAndSaysWhy(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, within(func(f *rekey.TimeFrame) { f.End = monday.Add(2 * time.Hour) }),
		func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 2} })
	ada := h.person("ada@example.org")
	intime := h.happen(ada)
	h.pass(time.Second)
	late := h.happen(h.person("bob@example.org"))
	h.wantRun(late, rekey.RunCancelled, rekey.ReasonAfterEnd)
	if !late.FinishedAt.Equal(h.now()) || !late.DueAt.Equal(h.now().Add(2*time.Hour)) {
		t.Errorf("it is due %v and ended %v", late.DueAt, late.FinishedAt)
	}
	h.pass(24 * time.Hour)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	// What was due in time executes, though late.
	h.want(intime, ada, rekey.DeliverySent, "")
	h.wantRun(late, rekey.RunCancelled, rekey.ReasonAfterEnd)
}

func TestRunWaitsForTheNextExecutionDay(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) {
		a.TimeFrame.Days = []rekey.Weekday{rekey.Monday, rekey.Wednesday}
	})
	ada := h.person("ada@example.org")
	h.pass(24 * time.Hour) // Tuesday
	run := h.happen(ada)
	if !run.DueAt.Equal(h.now().Add(24 * time.Hour)) {
		t.Errorf("due %v", run.DueAt)
	}
	h.pass(23 * time.Hour)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.wantRun(run, rekey.RunWaiting, "")
	h.pass(time.Hour)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestRunWaitsForTheHours(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) {
		a.TimeZone = "UTC"
		a.TimeFrame.Hours = rekey.DayHours{From: h.now().Add(time.Hour).UTC().Format("15:04"), To: h.now().Add(2 * time.Hour).UTC().Format("15:04")}
	})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.pass(time.Hour - time.Minute)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.wantRun(run, rekey.RunWaiting, "")
	h.pass(time.Minute)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}
