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
