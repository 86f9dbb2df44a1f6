package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// shortLease is short enough to be waited for, and leaves a busy machine many
// seconds for each step: a job lets go after a sixth of it, claims are renewed
// after a third, and no mail is begun after two thirds.
const shortLease = 15 * time.Second

// leased is an engine whose claims hold for so long only.
func leased(t *testing.T, rules ...mailtest.Rule) *harness {
	t.Helper()
	h := setup(t, mailtest.Script{Rules: rules})
	h.config.Lease = shortLease
	h.Engine = engine.New(h.config)
	return h
}

// eventually waits for what happens beside the test.
func (h *harness) eventually(what string, happened func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); {
		if time.Now().After(deadline) {
			h.t.Fatal("waited in vain for " + what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (h *harness) state(run rekey.Run, u rekey.SystemUser) rekey.DeliveryState {
	return h.delivery(run, u).State
}

// dots is how many messages went to the mail server, answered or not.
func (h *harness) dots() (n int) {
	for _, command := range h.peer.Commands() {
		if command == "." {
			n++
		}
	}
	return n
}

func TestSlowReplyIsWaitedForWithoutAJobAndWithoutACopy(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	h := leased(t, mailtest.Rule{On: "DOT", Times: 1, Wait: answer})
	h.automation(rekey.SendParams{})
	ada, bo := h.person("ada@example.org"), h.person("bo@example.org")
	run := h.happen(ada)
	h.work() // returns although ada's mail has no answer
	h.want(run, ada, rekey.DeliveryIssued, "")
	other := h.happen(bo)
	h.work()
	h.want(other, bo, rekey.DeliverySent, "")
	for range 2 { // the claim is renewed, so that nobody sends a copy
		h.pass(shortLease * 2 / 3)
		h.eventually("the renewal", func() bool { return h.delivery(run, ada).ClaimUntil.After(h.now().Add(shortLease / 2)) })
		h.must(h.Sweep(h.ctx, 0))
		h.work()
	}
	if n := h.dots(); n != 2 {
		t.Errorf("%d messages went out, want ada's and bo's", n)
	}
	close(answer)
	h.eventually("the acceptance", func() bool { return h.state(run, ada) == rekey.DeliverySent })
	h.eventually("the run's end", func() bool {
		r, err := h.db.Run(h.ctx, run.ID)
		return err == nil && r.State == rekey.RunFinished
	})
	if d := h.delivery(run, ada); d.Attempts != 0 || d.Doubtful {
		t.Errorf("charged %d, doubtful %v", d.Attempts, d.Doubtful)
	}
}

func TestRestOfABatchDoesNotWaitForTheSlow(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	h := leased(t, mailtest.Rule{On: "DOT", Times: 8, Wait: answer}) // as many as there are connections
	h.automation(rekey.SendParams{})
	people := h.people(20)
	run := h.happen(people...)
	job := h.mustJob(engine.TaskExecute)
	h.must(h.run(job))
	h.must(h.run(h.mustJob(engine.TaskDeliver)))
	states := map[rekey.DeliveryState]int{}
	for _, u := range people {
		states[h.state(run, u)]++
	}
	if states[rekey.DeliveryIssued] != 8 || states[rekey.DeliveryDeferred] != 12 {
		t.Errorf("the deliveries are %v, want 8 on their way and 12 handed on", states)
	}
	if job, ok := h.nextJob(); !ok || job.Kind != engine.TaskDeliver {
		t.Error("nobody is to see to the others")
	} else {
		close(answer)
		h.must(h.run(job))
	}
	h.eventually("all", func() bool {
		h.work()
		return !slices.ContainsFunc(people, func(u rekey.SystemUser) bool { return h.state(run, u) != rekey.DeliverySent })
	})
	h.wantOneMailEach(people)
}

func TestStopGivesUpWhatTheServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	h := leased(t, mailtest.Rule{On: "DOT", Record: true, Wait: make(chan struct{})})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryIssued, "")
	over, cancel := context.WithCancel(h.ctx)
	cancel()
	h.Stop(over)
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonUnanswered)
	if d := h.delivery(run, ada); !d.Doubtful || d.NextAttempt.Before(h.now().Add(30*time.Minute)) {
		t.Errorf("doubtful %v, next attempt %s", d.Doubtful, d.NextAttempt)
	}
}

func TestServerThatNeverAnswersGetsFewCopies(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Record: true, Drop: mailtest.DropBefore}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	for range 59 {
		h.pass(time.Minute)
		h.work()
	}
	if n := len(h.mailedTo(ada.Address)); n != 2 {
		t.Errorf("%d copies in an hour, want 2", n)
	}
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonUnanswered)
	for range 24 * 4 {
		h.pass(15 * time.Minute)
		h.work()
	}
	if n := len(h.mailedTo(ada.Address)); n < 4 || n > 10 {
		t.Errorf("%d copies in a day", n)
	}
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonGaveUp)
	if !h.opens(ada, h.mailed(ada.Address)[0]) || !h.inForce(ada) {
		t.Error("the mail may have arrived: its password, and the old one, should log in")
	}
}

func TestJobThatEndsBetweenIssueAndSendTriesNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.people(3)
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	run := h.happen(people...)
	job, _ := h.nextJob()
	h.must(h.Execute(h.ctx, job.RunID))
	ctx, end := context.WithCancel(h.ctx)
	h.onStep = func(s engine.Step) {
		if s == engine.StepIssued {
			end()
		}
	}
	_ = h.Deliver(ctx, run.ID, 1) // the error of the job's end
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	h.onStep = func(engine.Step) {}
	h.pass(time.Hour)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}
