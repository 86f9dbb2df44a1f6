package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// TestJobThatComesTooEarlyWaitsForTheDueTime has the queue's clock a minute
// ahead of the engine's, as that of a database may be.
func TestJobThatComesTooEarlyWaitsForTheDueTime(t *testing.T) {
	t.Parallel()
	const delay, ahead = 5 * time.Minute, time.Minute
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Minutes, Value: int(delay / time.Minute)} })
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	due := h.now().Add(delay)
	h.pass(delay - ahead)
	h.loseJobs()
	h.must(h.Execute(h.ctx, run.ID))
	h.wantRun(run, rekey.RunWaiting, "")
	if _, again := h.jobAt(due); again {
		t.Error("the job is back as soon as the queue takes it for due")
	}
	job, later := h.jobAt(due.Add(ahead))
	if !later {
		t.Fatal("the job does not come back when the run is due")
	}
	h.pass(ahead)
	h.must(h.run(job))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

// TestClockThatWasSetBackDelaysNothingBeyondTheSweep sets the clock back by an
// hour when a run is due.
func TestClockThatWasSetBackDelaysNothingBeyondTheSweep(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 2} })
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.pass(time.Hour)
	h.must(h.Execute(h.ctx, run.ID))
	h.pass(time.Hour + 2*engine.SweepEvery)
	h.loseJobs()
	h.must(h.Sweep(h.ctx, engine.SweepEvery))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}
