package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func (h *harness) pause() {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := tx.PutPause(h.ctx, rekey.Pause{At: h.now(), By: "root@example.org"})
		return err
	}))
}

func (h *harness) resume() rekey.Resumed {
	h.t.Helper()
	done, err := h.Resume(h.ctx)
	h.must(err)
	return done
}

// idle lets time pass in which all jobs run that there are.
func (h *harness) idle(d time.Duration) {
	h.t.Helper()
	const steps = 8
	for range steps {
		h.pass(d / steps)
		h.must(h.Sweep(h.ctx, engine.SweepEvery))
		h.work()
	}
}

// wantNewPassword checks that somebody has got one mail, which is valid for the
// whole time from now on and opens the door.
func (h *harness) wantNewPassword(u rekey.SystemUser, mails int) {
	h.t.Helper()
	all := h.mailed(u.Address)
	if len(all) != mails {
		h.t.Fatalf("%d mails, want %d", len(all), mails)
	}
	h.pass(engine.Lifetime - time.Hour)
	defer h.pass(time.Hour - engine.Lifetime)
	if !h.opens(u, all[len(all)-1]) {
		h.t.Error("the mailed password does not log in until its time is over")
	}
}

func TestNothingIsPlannedOrMailedWhilePaused(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada, grace := h.person("ada@example.org"), h.person("grace@example.org")
	first := h.happen(ada)
	h.must(h.Execute(h.ctx, first.ID)) // planned, not issued
	h.pause()
	second := h.happen(grace)
	h.idle(48 * time.Hour)
	h.want(first, ada, rekey.DeliveryQueued, "")
	h.wantRun(second, rekey.RunWaiting, "")
	if n := h.peer.Opened(); n != 0 {
		t.Errorf("%d connections to the mail server", n)
	}
	h.resume()
	h.work()
	h.want(first, ada, rekey.DeliverySent, "")
	h.want(second, grace, rekey.DeliverySent, "")
	h.wantNewPassword(ada, 1)
	h.wantNewPassword(grace, 1)
	if got := h.peer.Messages()[0].To[0]; got != ada.Address {
		t.Errorf("%s came first, want the one who waited longest", got)
	}
}

// A pause needs no message from node to node: it holds from its commit on.
func TestPauseHoldsOnEveryNodeFromItsCommitOn(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		h.automation(rekey.SendParams{})
		ada, grace := h.person("ada@example.org"), h.person("grace@example.org")
		planned, waiting := h.happen(ada), h.happen(grace)
		h.must(h.Execute(h.ctx, planned.ID))
		h.pause()
		h.must(other.Deliver(h.ctx, planned.ID, 1))
		h.must(other.Execute(h.ctx, waiting.ID))
		h.want(planned, ada, rekey.DeliveryQueued, "")
		h.wantRun(waiting, rekey.RunWaiting, "")
		if _, err := other.Resume(h.ctx); err != nil {
			t.Fatal(err)
		}
		h.must(h.Deliver(h.ctx, planned.ID, 1))
		h.want(planned, ada, rekey.DeliverySent, "")
	})
}

// Between the commit of ISSUE and the envelope only the look at the claim is left.
func TestPauseKeepsBackWhatIsIssuedAndResumeMakesItAnew(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		t.Run(string(old), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.automation(rekey.SendParams{OldPassword: old})
			ada := h.person("ada@example.org")
			h.onStep = func(s engine.Step) {
				if s == engine.StepIssued {
					h.pause()
				}
			}
			run := h.happen(ada)
			h.work()
			h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonPaused)
			h.onStep = func(engine.Step) {}
			version := h.user(ada.ID).PasswordVersion
			h.idle(48 * time.Hour)
			if n := len(h.mailed(ada.Address)); n != 0 {
				t.Fatalf("%d mails while paused", n)
			}
			if done := h.resume(); done != (rekey.Resumed{Requeued: 1}) {
				t.Errorf("resume has done %+v", done)
			}
			h.work()
			h.want(run, ada, rekey.DeliverySent, "")
			h.wantNewPassword(ada, 1)
			if got := h.user(ada.ID).PasswordVersion; got != version {
				t.Error("what was revoked is revoked once more, with the sessions and tokens since")
			}
		})
	}
}

// A message without an answer may be in a mailbox. Its password stays, and when
// no more attempt may be made another one is: the old one may be revoked.
func TestResumeLeavesWhatMayHaveBeenMailedAndFollowsItUp(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
		t.Run(string(old), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Record: true, Drop: mailtest.DropBefore}}})
			h.automation(rekey.SendParams{OldPassword: old})
			ada := h.person("ada@example.org")
			run := h.happen(ada)
			h.work()
			h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonUnanswered)
			h.pause()
			h.idle(48 * time.Hour)
			if done := h.resume(); done != (rekey.Resumed{Followed: 1}) {
				t.Errorf("resume has done %+v", done)
			}
			if !h.opens(ada, h.mailed(ada.Address)[0]) {
				t.Error("the password that may have been mailed does not log in")
			}
			h.work()
			h.want(run, ada, rekey.DeliverySent, "")
			h.wantNewPassword(ada, 2)
			h.wantRun(run, rekey.RunFinished, "")
		})
	}
}

func TestResumeSoonGoesOnWithTheSameBytes(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Record: true, Drop: mailtest.DropBefore}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.happen(ada)
	h.work()
	h.pause()
	h.idle(2 * time.Hour)
	h.resume()
	h.work()
	if all := h.peer.Messages(); len(all) != 2 || string(all[0].Data) != string(all[1].Data) {
		t.Errorf("%d messages, want two that are the same", len(all))
	}
}

func TestResumeCancelsRequestsOfLongAgo(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
		a.EventType, a.EventFilter = rekey.PasswordResetRequested, rekey.EventFilter{}
	})
	ada, grace := h.person("ada@example.org"), h.person("grace@example.org")
	h.pause()
	old := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}, Time: h.now()})
	h.idle(3 * time.Hour)
	young := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{grace.ID}, Time: h.now()})
	h.idle(90 * time.Minute)
	if done := h.resume(); done != (rekey.Resumed{Cancelled: 1}) {
		t.Errorf("resume has done %+v", done)
	}
	h.work()
	h.wantRun(old, rekey.RunCancelled, rekey.ReasonAskedLongAgo)
	h.want(young, grace, rekey.DeliverySent, "")
}

func TestResumeThatBreaksOffCanBeCalledAgain(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.happen(ada)
	h.pause()
	h.work()
	h.away.Store(1)
	if _, err := h.Resume(h.ctx); err == nil {
		t.Fatal("no error without a database")
	}
	if pause, err := h.db.Pause(h.ctx); err != nil || !pause.On() {
		t.Fatalf("the pause is over: %v", err)
	}
	h.resume()
	h.work()
	h.wantNewPassword(ada, 1)
}

func TestOwnerIsToldOfFailuresAfterThePause(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "550 no such user"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.happen(ada)
	h.work()
	h.pause()
	h.idle(2 * time.Hour)
	if n := len(h.peer.Messages()); n != 0 {
		t.Fatalf("%d mails while paused", n)
	}
	h.resume()
	h.idle(10 * time.Minute)
	if n := len(h.peer.Messages()); n != 1 {
		t.Errorf("%d mails after the pause, want the one to the owner", n)
	}
}

// An event that happened before the restore of a backup may have been carried out
// after the backup was made: nobody knows.
func TestEventFromBeforeABlindRestoreMailsNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.config.Restored = h.now()
	h.Engine = engine.New(h.config)
	h.automation(rekey.SendParams{})
	ada, grace := h.person("ada@example.org"), h.person("grace@example.org")
	e := h.external(ada)
	e.Time = h.now().Add(-time.Hour)
	old := h.post(e)
	h.pass(time.Second)
	fresh := h.happen(grace)
	h.work()
	h.wantRun(old, rekey.RunCancelled, rekey.ReasonRestored)
	h.want(fresh, grace, rekey.DeliverySent, "")
	if n := len(h.mailed(ada.Address)); n != 0 {
		t.Errorf("%d mails for an event from before", n)
	}
}
