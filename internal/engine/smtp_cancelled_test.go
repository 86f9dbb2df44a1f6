package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func TestCancelledRunTriesNothingAgain(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	var run rekey.Run
	h.onStep = func(s engine.Step) {
		if s == engine.StepAnswered {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
		}
	}
	run = h.happen(ada)
	h.work()
	h.pass(2 * time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.want(run, ada, rekey.DeliveryCancelled, rekey.ReasonCancelledByHand)
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonCancelledByHand)
	if n := len(h.peer.Messages()); n != 0 || !h.inForce(ada) {
		t.Errorf("%d mails after the cancellation, old password in force %v", n, h.inForce(ada))
	}
	if _, err := h.Retry(h.ctx, h.delivery(run, ada).ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("a delivery of a cancelled run was tried again: %v", err)
	}
}

func TestEqualRefusalIsTakenBackThatAnotherWorkerHasNotWrittenYet(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.7.1 you are on a list"}}})
	h.automation(rekey.SendParams{})
	people := h.people(10)
	first, second := h.happen(people[0]), h.happen(people[1:]...)
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	answered := false
	h.onStep = func(s engine.Step) { answered = answered || s == engine.StepAnswered }
	h.onUpdate = func() {
		if answered { // and not written
			h.onStep, h.onUpdate = func(engine.Step) {}, func() {}
			h.must(h.Deliver(h.ctx, second.ID, 1))
		}
	}
	h.must(h.Deliver(h.ctx, first.ID, 1))
	h.want(first, people[0], rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.wantStates(second, map[rekey.DeliveryState]int64{rekey.DeliveryDeferred: 9})
	h.wantRun(first, rekey.RunSending, "")
}
