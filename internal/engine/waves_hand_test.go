package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func TestStoppedAndSentAtOnceByHand(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(120)
	h.automation(inWaves("10", 10))
	run := h.happen(people...)
	h.work()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		stopped, err := tx.StopRun(h.ctx, h.stored(run), rekey.ReasonStoppedByHand, "", h.now())
		if !stopped {
			t.Error("it was not stopped")
		}
		return err
	}))
	h.idle(5 * time.Hour)
	h.wantRun(run, rekey.RunHeld, rekey.ReasonStoppedByHand)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: 10, rekey.DeliveryHeld: 110})
	h.approve(run)
	h.work()
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: 20, rekey.DeliveryHeld: 100})
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := tx.SendRest(h.ctx, run.ID, h.now())
		return err
	}))
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestWhatSomebodyAsksForInPersonHasNoWaves(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(3)
	h.automation(inWaves("1", 1), func(a *rekey.Automation) { a.EventType, a.BuiltIn = rekey.PasswordSendRequested, "send" })
	run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{people[0].ID, people[1].ID, people[2].ID}})
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestTrialOfWavesEndsAllAtOnce(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(30)
	h.automation(inWaves("10", 10), func(a *rekey.Automation) { a.Status = rekey.AutomationTrial })
	run := h.happen(people...)
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryWouldBeSent: 30})
}

func TestWaveThatAPauseDelaysIntoQuietHoursWaitsForTheirEnd(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(20)
	h.automation(inWaves("10", 10), func(a *rekey.Automation) { a.TimeFrame.Hours = rekey.DayHours{From: "08:00", To: "11:00"} })
	run := h.happen(people...) // at 9:00
	h.work()
	h.pause()
	h.pass(3 * time.Hour)
	h.resume()
	for when, passes := range []time.Duration{0, 19*time.Hour + 59*time.Minute, time.Minute} { // 12:00, 7:59, 8:00
		h.pass(passes)
		h.must(h.Sweep(h.ctx, 0))
		h.work()
		if n, want := len(h.peer.Messages()), []int{10, 10, 20}[when]; n != want {
			t.Errorf("look %d: %d mails, want %d", when, n, want)
		}
	}
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestCeilingIsJudgedOnceForAllWaves(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	params := inWaves("10", 10)
	params.Ceiling = 29
	a := h.automation(params)
	people := h.people(30)
	run := h.happen(people...)
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
	h.approve(run)
	h.work()
	if n := len(h.peer.Messages()); n != 10 {
		t.Errorf("%d mails after the approval, want those of the first wave", n)
	}
	h.sendAll(run)
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
	other := h.happen(h.person("late@example.org"))
	h.work()
	h.wantRun(other, rekey.RunFinished, "")
	if n := h.lately(a); n > 29 {
		t.Errorf("%d people count", n)
	}
}
