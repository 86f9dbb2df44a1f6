package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// deferredTogether has three people in one batch put off for one, two and three
// quarters of a minute beyond the first one.
func deferredTogether(t *testing.T) (h *harness, run rekey.Run, people []rekey.SystemUser) {
	t.Helper()
	h = setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
	c, waits := h.config, 0
	c.Jitter = func() float64 { waits++; return float64(waits) / 4 }
	h.Engine = engine.New(c)
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	people = h.people(3)
	run = h.happen(people...)
	h.work()
	for i, u := range people { // in the order in which they are tried again
		for j := range people[i+1:] {
			if h.delivery(run, people[i+1+j]).NextAttempt.Before(h.delivery(run, u).NextAttempt) {
				people[i], people[i+1+j] = people[i+1+j], people[i]
				u = people[i]
			}
		}
	}
	h.peer.SetScript(mailtest.Script{})
	return h, run, people
}

// ways in which a delivery comes to its end elsewhere than in its batch.
var ends = map[string]func(*harness, rekey.SystemUser){
	"a change": func(h *harness, u rekey.SystemUser) { h.choose(u, "new") },
	"a block or another address": func(h *harness, u rekey.SystemUser) {
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.EndMailed(h.ctx, u.ID, rekey.ReasonAddressChanged, h.now()) }))
	},
	"a deletion": func(h *harness, u rekey.SystemUser) {
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteUser(h.ctx, u.ID, "", h.now()) }))
	},
	"a revocation by another run": func(h *harness, u rekey.SystemUser) {
		h.deactivateAll()
		h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
		h.happen(u)
		for {
			job, ok := h.nextJob()
			if !ok {
				return
			}
			h.must(h.run(job))
		}
	},
}

// The one whose attempt comes first ends elsewhere: the others are tried when they
// are due, and not when the sweep finds them.
func TestTheOthersOfABatchAreTriedInTimeWhenTheFirstEndsElsewhere(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, run, people := deferredTogether(t)
			first := h.delivery(run, people[0]).NextAttempt
			end(h, people[0])
			h.pass(first.Sub(h.now()))
			h.work() // the job for the first, who has gone
			for _, u := range people[1:] {
				h.pass(h.delivery(run, u).NextAttempt.Sub(h.now()))
				h.work()
				h.want(run, u, rekey.DeliverySent, "")
			}
			h.wantRun(run, rekey.RunFinished, "")
		})
	}
}

// A run does not say that it is sending when nothing is left to be sent.
func TestARunEndsAtOnceWhenItsLastDeliveryEndsElsewhere(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, run, people := deferredTogether(t)
			for i, u := range people {
				if name == "a revocation by another run" && i > 0 {
					ends["a change"](h, u)
				} else {
					end(h, u)
				}
			}
			h.wantRun(run, rekey.RunFinished, "")
		})
	}
}

// The job comes while the first is refused by a guard, so that no mail is sent: the
// others are not forgotten.
func TestABatchInWhichNothingIsSentIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	h, run, people := deferredTogether(t)
	h.change(people[0].ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	for i, u := range people {
		h.pass(h.delivery(run, u).NextAttempt.Sub(h.now()))
		h.work()
		if i > 0 {
			h.want(run, u, rekey.DeliverySent, "")
		}
	}
	h.want(run, people[0], rekey.DeliveryCancelled, rekey.ReasonAPIUser)
}

// The queue's clock may be a little ahead: the job that comes too early makes
// another.
func TestAJobThatComesALittleTooEarlyMakesAnother(t *testing.T) {
	t.Parallel()
	h, run, people := deferredTogether(t)
	h.pass(h.delivery(run, people[0]).NextAttempt.Sub(h.now()) - time.Second)
	h.loseJobs()
	h.must(h.Deliver(h.ctx, run.ID, 1))
	h.want(run, people[0], rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.pass(2 * time.Second)
	h.work()
	h.want(run, people[0], rekey.DeliverySent, "")
}
