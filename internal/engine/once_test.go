package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/seal"
	"rekey/internal/store"
)

func TestSameEventPostedAHundredTimesAtOnceGivesOnePassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	event := h.external(ada)
	var posts sync.WaitGroup
	first := make(chan rekey.Event, 100)
	for range 100 {
		posts.Go(func() {
			receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{event}, rekey.Authority{})
			if err != nil {
				t.Error(err)
				return
			}
			if !receipts[0].Repeat {
				first <- receipts[0].Event
			}
		})
	}
	posts.Wait()
	if len(first) != 1 {
		t.Fatalf("%d of 100 equal events were taken for the first", len(first))
	}
	run := h.runOf((<-first).ID)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	if n := len(h.mailed(ada.Address)); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

func TestEventWithAKnownIDAndOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	event := h.external()
	_, err := h.AcceptEvents(h.ctx, []rekey.Event{event}, rekey.Authority{})
	h.must(err)
	fresh := h.external()
	event.Digest = []byte("other")
	if _, err = h.AcceptEvents(h.ctx, []rekey.Event{fresh, event}, rekey.Authority{}); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Fatalf("got %v, want a conflict", err)
	}
	receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{fresh}, rekey.Authority{})
	h.must(err)
	if receipts[0].Repeat {
		t.Error("a member of the refused batch was stored")
	}
}

func TestJobThatComesTwiceDoesNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	for range 3 {
		h.must(h.Execute(h.ctx, run.ID))
	}
	for range 3 {
		h.must(h.Deliver(h.ctx, run.ID, 1))
	}
	h.work()
	if n := len(h.mailed(ada.Address)); n != 1 || len(h.deliveries(run)) != 1 {
		t.Errorf("%d mails, %d deliveries; want one each", n, len(h.deliveries(run)))
	}
}

func TestWorkersAtOnceSendOneMail(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	var people []rekey.SystemUser
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		people = append(people, h.person(name+"@example.org"))
	}
	run := h.happen(people...)
	h.must(h.Execute(h.ctx, run.ID))
	var workers sync.WaitGroup
	for range 5 {
		workers.Go(func() { h.must(h.Deliver(h.ctx, run.ID, 1)) })
	}
	workers.Wait()
	if n := len(h.peer.Messages()); n != len(people) {
		t.Errorf("%d mails for %d people", n, len(people))
	}
}

// TestStoppedWorker stops a worker between the mail server's answer and its
// record, which is what being killed there looks like to everybody else.
func TestStoppedWorkerIsFollowedByOneThatSendsTheSameBytes(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Note: "first"})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.must(h.Execute(h.ctx, run.ID))
	answered, released, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var stopped atomic.Bool
	h.onStep = func(s engine.Step) {
		if s == engine.StepAnswered && stopped.CompareAndSwap(false, true) {
			close(answered)
			<-released
		}
	}
	go func() { ended <- h.Deliver(h.ctx, run.ID, 1) }()
	<-answered
	h.want(run, ada, rekey.DeliveryIssued, "")
	first := h.mailed(ada.Address)
	if len(first) != 1 || !h.opens(ada, first[0]) {
		t.Fatal("the password that was mailed before the stop does not log in")
	}
	if !h.inForce(ada) {
		t.Error("the old password rests although no acceptance is recorded")
	}
	// What the mail says is changed before the next attempt.
	h.change(ada.ID, func(u *rekey.SystemUser) { u.FirstName, u.Language = "Grace", "de" })
	h.pass(4 * time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	messages := h.peer.Messages()
	if len(messages) != 2 || !bytes.Equal(messages[0].Data, messages[1].Data) {
		t.Fatalf("%d mails, want the same one twice", len(messages))
	}
	if !h.opens(ada, first[0]) {
		t.Error("the password does not log in after the second attempt")
	}
	close(released)
	h.must(<-ended)
	h.want(run, ada, rekey.DeliverySent, "")
}

// TestSleeperLosesItsClaim lets a worker stop right before it sends, for longer
// than its lease, while another does the work.
func TestSleeperLosesItsClaim(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "CONNECT", Times: 1, Wait: released}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.must(h.Execute(h.ctx, run.ID))
	slept := make(chan error, 1)
	go func() { slept <- h.Deliver(h.ctx, run.ID, 1) }()
	h.peer.WaitForOpen(1)
	h.pass(4 * time.Minute)
	h.must(h.Deliver(h.ctx, run.ID, 1))
	h.want(run, ada, rekey.DeliverySent, "")
	h.choose(ada, "new")
	close(released)
	h.must(<-slept)
	if n := len(h.peer.Messages()); n != 1 {
		t.Errorf("%d mails, the one who slept sent one too", n)
	}
	h.want(run, ada, rekey.DeliveryDone, "")
	if !h.inForce(ada) {
		t.Error("the one who slept put the chosen password to rest")
	}
}

func TestSweepBringsBackWhatTheQueueLost(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	lose := func() {
		h.loseJobs()
		h.pass(2 * time.Minute)
		h.must(h.Sweep(h.ctx, time.Minute))
	}
	lose()
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	lose()
	h.must(h.run(h.mustJob(engine.TaskDeliver)))
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	lose()
	h.must(h.run(h.mustJob(engine.TaskDeliver)))
	h.want(run, ada, rekey.DeliverySent, "")
	lose()
	if job, ok := h.nextJob(); ok {
		t.Errorf("the sweep made a job although nothing is left: %v", job)
	}
}

func TestSweepLeavesFreshWorkToItsJobs(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	h.happen(h.person("ada@example.org"))
	h.loseJobs()
	h.must(h.Sweep(h.ctx, time.Minute))
	if job, ok := h.nextJob(); ok {
		t.Errorf("the sweep made a second job for what has just been enqueued: %v", job)
	}
}

// noteJob is a second, trivial job type: adding one touches nothing else.
const noteJob = "note"

func init() {
	engine.RegisterJobType(engine.JobType{
		JobType: rekey.JobType{Name: noteJob, Label: "Note (S)", Designation: rekey.SystemRelated, Offered: true},
		CheckParams: func(params json.RawMessage, _ rekey.EventType) error {
			if string(params) != `{}` {
				return rekey.Invalid("job_params", "A note has no parameters.")
			}
			return nil
		},
		Plan: func(_ context.Context, _ *engine.Engine, x engine.Execution) (engine.Plan, error) {
			return engine.Plan{Detail: "noted " + x.Event.Name}, nil
		},
	})
}

func TestAnotherJobTypeIsOneFile(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.JobType, a.JobParams = noteJob, json.RawMessage(`{}`) })
	run := h.happen()
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	got, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	if got.Detail != "noted siem.credential_leaked" {
		t.Errorf("the run says %q", got.Detail)
	}
}

func TestRotatedKeysLeavePendingAndMailedPasswordsWorking(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<bo@", Times: 1, Reply: "451 later"}}})
	h.automation(rekey.SendParams{})
	ada, bo := h.person("ada@example.org"), h.person("bo@example.org")
	run := h.happen(ada, bo)
	h.work()
	h.must(seal.Rotate(h.keys.Path()))
	h.must(h.keys.Reload())
	if !h.opens(ada, h.mailed(ada.Address)[0]) {
		t.Error("a password that was mailed before the rotation does not log in")
	}
	h.pass(time.Minute)
	h.work()
	h.want(run, bo, rekey.DeliverySent, "")
	if !h.opens(bo, h.mailed(bo.Address)[0]) {
		t.Error("a password that was pending during the rotation does not log in")
	}
}

// TestRunsThatDecideAtOnce lets one run be planned while another has decided
// and not yet stored its plan.
func TestRunsThatDecideAtOnceGiveOneDelivery(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, h.selected("true"))
	ada := h.person("ada@example.org")
	late, early := h.happen(ada), h.happen(ada)
	var nested bool
	h.onMatch = func() {
		if !nested {
			nested = true
			h.must(h.Execute(h.ctx, early.ID))
		}
	}
	h.must(h.Execute(h.ctx, late.ID))
	h.want(late, ada, rekey.DeliverySkipped, rekey.ReasonAlreadyBeing)
	h.work()
	h.want(early, ada, rekey.DeliverySent, "")
	h.wantRun(late, rekey.RunFinished, "")
}

// TestLateAnswer has two workers on one delivery, of whom the second comes to
// another end than the first.
func TestAnswerOfAWorkerThatLostItsClaimChangesNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "250 taken", Record: true}, {On: "DOT", Reply: "550 seen before"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.must(h.Execute(h.ctx, run.ID))
	answered, released, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var stopped atomic.Bool
	h.onStep = func(s engine.Step) {
		if s == engine.StepAnswered && stopped.CompareAndSwap(false, true) {
			close(answered)
			<-released
		}
	}
	go func() { ended <- h.Deliver(h.ctx, run.ID, 1) }()
	<-answered
	h.pass(4 * time.Minute)
	h.must(h.Deliver(h.ctx, run.ID, 1))
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
	close(released)
	h.must(<-ended)
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
	if !h.inForce(ada) || !h.opens(ada, h.mailed(ada.Address)[0]) {
		t.Error("both passwords should log in")
	}
}

// Whoever ends a delivery while it is being issued, on another node, has the
// last word: nothing is sent for it, and nobody loses a password for it.
func TestWhatEndsWhileItIsIssuedIsNotSent(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
		t.Run(string(old), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.automation(rekey.SendParams{OldPassword: old})
			ada, eve := h.person("ada@example.org"), h.person("eve@example.org")
			h.onIssue = func(tx *store.Tx) { h.must(tx.EndMailed(h.ctx, eve.ID, rekey.ReasonBlocked, h.now())) }
			run := h.happen(ada, eve)
			h.work()
			h.want(run, ada, rekey.DeliverySent, "")
			h.want(run, eve, rekey.DeliveryCancelled, rekey.ReasonBlocked)
			if n := len(h.mailed(eve.Address)); n != 0 {
				t.Errorf("%d mails, want none", n)
			}
			if c, err := h.db.Credential(h.ctx, eve.ID); err != nil || c.Chosen == "" || len(c.Mailed) != 0 {
				t.Errorf("what is left to log in with is %+v, %v", c, err)
			}
		})
	}
}
