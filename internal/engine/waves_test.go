package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
	"rekey/internal/suite"
)

// inWaves are parameters that send to the first people, and then to as many an hour.
func inWaves(first rekey.Portion, then int) rekey.SendParams {
	return rekey.SendParams{Ceiling: 100_000, OldPassword: rekey.KeepUntilChanged, Waves: rekey.Waves{First: first, Then: then}}
}

// stored is a run as it is now.
func (h *harness) stored(run rekey.Run) rekey.Run {
	h.t.Helper()
	run, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	return run
}

// sendAll lets hours pass, with a sweep in each, until a run is no longer being sent. It
// returns how many hours that took.
func (h *harness) sendAll(run rekey.Run) (hours int) {
	h.t.Helper()
	for h.stored(run).State == rekey.RunSending {
		if hours++; hours > 500 {
			h.t.Fatal("the run does not come to its end")
		}
		h.pass(time.Hour)
		h.must(h.Sweep(h.ctx, 0))
		h.work()
	}
	return hours
}

// wantOnePasswordEach checks that each person was mailed one password; an identical copy of
// the mail may have come as well.
func (h *harness) wantOnePasswordEach(people []rekey.SystemUser) {
	h.t.Helper()
	mails := map[string]map[string]bool{}
	for _, m := range h.peer.Messages() {
		for _, to := range m.To {
			if mails[to] == nil {
				mails[to] = map[string]bool{}
			}
			mails[to][string(m.Data)] = true
		}
	}
	for _, u := range people {
		if n := len(mails[u.Address]); n != 1 {
			h.t.Errorf("%s was mailed %d passwords", u.Address, n)
		}
	}
}

// refusing makes n members. The mail server refuses those for whom refused returns true.
func (h *harness) refusing(n int, refused func(int) bool) []rekey.SystemUser {
	h.t.Helper()
	people := h.crowd(n)
	for i, u := range people {
		if refused(i) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Address = fmt.Sprintf("refused%d@example.org", i) })
			people[i] = h.user(u.ID)
		}
	}
	return people
}

func TestRunInWavesStopsItselfAndGoesOnWhenToldTo(t *testing.T) {
	t.Parallel()
	script := mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<refused", Reply: "550 5.1.1 no such user"}}}
	onBoth(t, script, func(t *testing.T, h *harness, _ *store.DB) {
		n := suite.Times(1_000, 10_000)
		first := n / 20
		people := h.refusing(n, func(i int) bool { return i >= first && i%25 < 2 }) // 8 %, from the second wave on
		a := h.everybody(inWaves("5%", n/5))
		run := h.happen()
		h.work()
		if h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: int64(first), rekey.DeliveryHeld: int64(n - first), rekey.DeliverySkipped: 1}); h.stored(run).State != rekey.RunSending {
			t.Fatalf("after its first wave the run is %s", h.stored(run).State)
		}
		h.pass(59 * time.Minute)
		h.must(h.Sweep(h.ctx, 0))
		h.work()
		if got := len(h.peer.Messages()); got != first {
			t.Fatalf("%d mails before the hour is over, want %d", got, first)
		}
		h.pass(time.Minute)
		h.work()
		h.wantRun(run, rekey.RunHeld, rekey.ReasonStopped)
		stopped := h.stored(run)
		if !strings.HasSuffix(stopped.Detail, " refused, stops above 5%") || stopped.Outcomes.Refused < rekey.MinRefused || stopped.Outcomes.Refused > 15 {
			t.Errorf("it stops with %q, after %+v", stopped.Detail, stopped.Outcomes)
		}
		sent := len(h.peer.Messages())
		h.wantStates(run, map[rekey.DeliveryState]int64{
			rekey.DeliverySent: int64(sent), rekey.DeliveryFailed: int64(stopped.Outcomes.Refused), rekey.DeliveryHeld: int64(stopped.Waiting()), rekey.DeliverySkipped: 1,
		})
		if all := sent + stopped.Outcomes.Refused + stopped.Waiting(); all != n {
			t.Errorf("%d of %d people are accounted for", all, n)
		}
		h.pass(time.Minute)
		h.work()
		if told := h.mailedTo(h.user(a.OwnerID).Address); len(told) != 1 || !strings.Contains(strings.Join(strings.Fields(told[0].Text), " "), "stopped itself, because too many of its mails were refused") {
			t.Errorf("the owner was told %d times: %+v", len(told), told)
		}
		h.idle(24 * time.Hour)
		if got := len(h.peer.Messages()) - len(h.mailedTo(h.user(a.OwnerID).Address)); got != sent {
			t.Errorf("%d mails while it is stopped, want %d", got, sent)
		}
		h.peer.SetScript(mailtest.Script{})
		h.approve(run)
		h.sendAll(run)
		h.wantRun(run, rekey.RunFinished, "")
		refused := h.stored(run).Outcomes.Refused
		if refused != stopped.Outcomes.Refused {
			t.Errorf("%d were refused at last, want %d", refused, stopped.Outcomes.Refused)
		}
		h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: int64(n - refused), rekey.DeliveryFailed: int64(refused), rekey.DeliverySkipped: 1})
		mailed := 0
		for _, u := range people {
			mailed += len(h.mailedTo(u.Address))
		}
		if mailed != n-refused {
			t.Errorf("%d mails to %d people", mailed, n-refused)
		}
	})
}

func TestWhoeverWaitsForTheirWaveGetsAPasswordOtherwise(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		n := suite.Times(1_000, 10_000)
		people := h.crowd(n)
		h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) { a.EventType = rekey.PasswordResetRequested })
		h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.EventType, a.BuiltIn = rekey.PasswordSendRequested, "send" })
		h.everybody(inWaves("100", 100))
		run := h.happen()
		h.work()
		h.pass(30 * time.Minute)
		asks, byHand, lastly := people[150], people[250], people[n-1]
		for event, u := range map[string]rekey.SystemUser{rekey.PasswordResetRequested: asks, rekey.PasswordSendRequested: byHand} {
			other := h.record(rekey.Event{Type: event, Users: []string{u.ID}})
			h.work()
			h.want(other, u, rekey.DeliverySent, "")
			h.choose(u, "chosen by "+u.ID)
		}
		other := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{lastly.ID}}) // who chooses none is mailed again
		h.work()
		h.want(other, lastly, rekey.DeliverySent, "")
		hours := h.sendAll(run)
		h.wantRun(run, rekey.RunFinished, "")
		h.want(run, asks, rekey.DeliverySkipped, rekey.ReasonIn)
		h.want(run, byHand, rekey.DeliverySkipped, rekey.ReasonIn)
		if h.delivery(run, lastly).AcceptedAt.IsZero() {
			t.Error("who has not chosen was left out")
		}
		if want := n/100 - 1; hours != want {
			t.Errorf("it took %d hours, want %d", hours, want)
		}
		h.wantOnePasswordEach(people[:n-1])
	})
}

func TestWavesBeginOnceWhateverBreaksBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		const n = 130
		people := h.crowd(n)
		a := h.everybody(inWaves("10", 60)) // more than one part
		run := h.happen()
		h.loseJobs()
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		for tries := 0; h.stored(run).State != rekey.RunFinished; tries++ {
			if tries > 300 {
				t.Fatalf("the run is still %+v", h.stored(run))
			}
			ctx, crash := context.WithCancel(h.ctx)
			h.onStep = func(engine.Step) {
				if rand.IntN(3) == 0 {
					crash()
				}
			}
			h.pass(5 * time.Minute)
			_ = h.Sweep(h.ctx, 0)
			for job, ok := h.nextJob(); ok; job, ok = h.nextJob() {
				if rand.IntN(2) == 0 {
					_ = other.Execute(h.ctx, run.ID) // another node does the same
				}
				if job.Kind == engine.TaskDeliver {
					_ = h.Deliver(ctx, job.RunID, job.Batch)
				} else {
					_ = h.Execute(ctx, job.RunID)
				}
			}
			crash()
			h.loseJobs()
		}
		h.onStep = func(engine.Step) {}
		h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: n, rekey.DeliverySkipped: 1})
		h.wantOnePasswordEach(people)
		if took := h.now().Sub(monday); took < 2*time.Hour {
			t.Errorf("three waves took only %s", took)
		}
		if lately := h.lately(a); lately > n {
			t.Errorf("the run counts as %d people", lately)
		}
	})
}

func TestNodesThatBeginAWaveAtTheSameMomentBeginItOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		people := h.crowd(40)
		h.everybody(inWaves("10", 10))
		run := h.happen()
		h.work()
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		for range 3 {
			h.pass(time.Hour)
			done := make(chan error, 2)
			go func() { done <- other.Execute(h.ctx, run.ID) }()
			go func() { done <- h.Execute(h.ctx, run.ID) }()
			for range 2 {
				if err := <-done; err != nil {
					t.Log(err) // the next sweep repeats it
				}
			}
			h.must(h.Sweep(h.ctx, 0))
			h.work()
			if n := len(h.peer.Messages()); n%10 != 0 {
				t.Fatalf("%d mails", n)
			}
		}
		h.wantRun(run, rekey.RunFinished, "")
		h.wantOneMailEach(people)
	})
}

func TestNobodysPasswordIsRevokedBeforeTheirWave(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(30)
	params := inWaves("10", 10)
	params.OldPassword = rekey.RevokeAtOnce
	h.automation(params)
	run := h.happen(people...)
	for wave := 1; wave <= 3; wave++ {
		h.work()
		revoked := 0
		for _, u := range people {
			if !h.inForce(u) {
				revoked++
				h.want(run, u, rekey.DeliverySent, "")
			} else {
				h.want(run, u, rekey.DeliveryHeld, rekey.ReasonWaits)
			}
		}
		if revoked != 10*wave {
			t.Errorf("%d passwords are revoked after wave %d", revoked, wave)
		}
		h.pass(time.Hour)
	}
	h.wantRun(run, rekey.RunFinished, "")
}

func TestWavesEndWithTheirRunTheirAutomationAndItsTimeFrame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reason rekey.Reason
		end    func(*harness, rekey.Automation, rekey.Run)
	}{
		"cancelled": {rekey.ReasonCancelledByHand, func(h *harness, _ rekey.Automation, run rekey.Run) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
		}},
		"deactivated": {rekey.ReasonAutomationInactive, func(h *harness, a rekey.Automation, _ rekey.Run) {
			h.deactivate(a)
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				n, err := tx.CancelWaiting(h.ctx, a.ID, rekey.ReasonAutomationInactive, h.now())
				if n != 1 {
					h.t.Errorf("%d runs were cancelled", n)
				}
				return err
			}))
		}},
		"deactivated unseen": {rekey.ReasonAutomationInactive, func(h *harness, a rekey.Automation, _ rekey.Run) { h.deactivate(a) }},
		"changed": {rekey.ReasonAutomationChanged, func(h *harness, a rekey.Automation, _ rekey.Run) {
			a.Name, a.Version = "Changed", a.Version+1
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version-1, "") }))
		}},
		"end of the time frame": {rekey.ReasonAfterEnd, func(*harness, rekey.Automation, rekey.Run) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			people := h.people(30)
			a := h.automation(inWaves("10", 10), func(a *rekey.Automation) { a.TimeFrame.End = monday.Add(90 * time.Minute) })
			run := h.happen(people...)
			h.work()
			sent := int64(10)
			if c.reason == rekey.ReasonAfterEnd {
				h.pass(time.Hour)
				h.work()
				sent = 20
			}
			c.end(h, a, run)
			h.idle(4 * time.Hour)
			h.wantRun(run, rekey.RunCancelled, c.reason)
			h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: sent, rekey.DeliveryCancelled: 30 - sent})
			if n := len(h.peer.Messages()); n != int(sent) {
				t.Errorf("%d mails, want %d", n, sent)
			}
		})
	}
}

func TestWavesKeepPauseAndQuietHours(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(40)
	h.automation(inWaves("10", 10), func(a *rekey.Automation) { a.TimeFrame.Hours = rekey.DayHours{From: "08:00", To: "11:00"} })
	run := h.happen(people...) // at 9:00
	sent := func(when string, want int) {
		t.Helper()
		h.must(h.Sweep(h.ctx, 0))
		h.work()
		if n := len(h.peer.Messages()); n != want {
			t.Errorf("%s: %d mails, want %d", when, n, want)
		}
	}
	sent("the first wave", 10)
	h.pause()
	h.pass(70 * time.Minute)
	sent("paused", 10)
	h.resume()
	sent("resumed at 10:10", 20)
	h.pass(time.Hour)
	sent("in quiet hours", 20)
	h.pass(20*time.Hour + 49*time.Minute)
	sent("at 7:59", 20)
	h.pass(time.Minute)
	sent("at 8:00", 30)
	h.pass(time.Hour)
	sent("at 9:00", 40)
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestWavesWaitForABlockedOwnerAndGoOnAtTheirMoment(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(30)
	a := h.automation(inWaves("10", 10))
	run := h.happen(people...)
	h.work()
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.pass(time.Hour)
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonOwnerBlocked)
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	if n := len(h.peer.Messages()); n != 20 {
		t.Errorf("%d mails", n)
	}
	h.sendAll(run)
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}
