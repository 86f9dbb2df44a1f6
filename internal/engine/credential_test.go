package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func TestMailedPasswordLogsIn(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()

	h.want(run, ada, rekey.DeliverySent, "")
	h.wantRun(run, rekey.RunFinished, "")
	passwords := h.mailed(ada.Address)
	if len(passwords) != 1 || !h.opens(ada, passwords[0]) {
		t.Fatalf("of %d mailed passwords the first does not log in", len(passwords))
	}
	if d := h.delivery(run, ada); d.Sealed != nil {
		t.Error("the sealed letter was not erased when its mail was accepted")
	}
}

func TestReplacedPasswordRestsFromAcceptanceAndComesBack(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.ReplaceWhenSent})
	ada := h.person("ada@example.org")
	h.onStep = func(s engine.Step) {
		if (s == engine.StepIssued || s == engine.StepAnswered) && !h.inForce(ada) {
			t.Errorf("the old password rests already at %q", s)
		}
	}
	run := h.happen(ada)
	h.work()
	if h.inForce(ada) {
		t.Error("the old password is still in force after the acceptance")
	}
	h.pass(engine.Lifetime)
	if !h.inForce(ada) {
		t.Error("the old password did not come back when the mailed one expired unused")
	}
	if h.opens(ada, h.mailed(ada.Address)[0]) {
		t.Error("the mailed password logs in after its time")
	}
	h.must(h.Sweep(h.ctx, 0))
	h.want(run, ada, rekey.DeliveryExpired, "")
}

func TestKeptPasswordStaysInForceUntilTheChange(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	mailed := h.mailed(ada.Address)[0]
	if !h.inForce(ada) || !h.opens(ada, mailed) {
		t.Fatal("both passwords should log in until the change")
	}
	h.choose(ada, "new")
	if h.opens(ada, mailed) {
		t.Error("the mailed password logs in after the change")
	}
	h.want(run, ada, rekey.DeliveryDone, "")
}

func TestRevokedPasswordEndsWhenTheNewOneIsIssued(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 later"}}})
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	ada := h.person("ada@example.org")
	version := ada.PasswordVersion
	h.happen(ada)
	h.work()
	if h.inForce(ada) {
		t.Error("the revoked password is in force although the new one was issued")
	}
	if h.user(ada.ID).PasswordVersion == version {
		t.Error("the password version was not raised, so sessions go on")
	}
	h.pass(4 * 24 * time.Hour)
	if h.inForce(ada) {
		t.Error("the revoked password came back")
	}
}

func TestRevocationWaitsForATransportThatIsDown(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Greeting: "554 no service"})
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryQueued, "")
	if !h.inForce(ada) {
		t.Fatal("the password was revoked although nothing could be sent")
	}
	h.peer.SetScript(mailtest.Script{})
	h.pass(2 * time.Minute)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestRevocationTakesThePlaceOfAnUnfinishedDelivery(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
	first := h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	slow := h.happen(ada)
	h.work()
	h.want(slow, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)

	h.deactivate(first)
	h.automation(rekey.SendParams{})
	second := h.happen(ada)
	h.work()
	h.want(second, ada, rekey.DeliverySkipped, rekey.ReasonAlreadyBeing)

	h.deactivateAll()
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	third := h.happen(ada)
	h.work()
	h.want(slow, ada, rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent)
	h.want(third, ada, rekey.DeliverySent, "")
	h.pass(time.Hour)
	h.work()
	if n := len(h.mailed(ada.Address)); n != 1 {
		t.Errorf("%d mails were accepted, want the one that revoked", n)
	}
}

func TestLaterAcceptanceEndsTheEarlierMail(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	first := h.happen(ada)
	h.work()
	h.pass(time.Hour)
	h.happen(ada)
	h.work()
	h.want(first, ada, rekey.DeliverySuperseded, rekey.ReasonReplaced)
	passwords := h.mailed(ada.Address)
	if h.opens(ada, passwords[0]) || !h.opens(ada, passwords[1]) {
		t.Error("only the later mailed password should log in")
	}
}

// The reader is faster than the record of the acceptance. Whichever password the
// change was completed with, the record says that the mail went out.
func TestCompletedChangeBeatsALateAcceptance(t *testing.T) {
	t.Parallel()
	for _, mailed := range []bool{true, false} {
		h := setup(t, mailtest.Script{})
		h.automation(rekey.SendParams{})
		ada := h.person("ada@example.org")
		var run rekey.Run
		h.onStep = func(s engine.Step) {
			if s != engine.StepAnswered {
				return
			}
			if !h.opens(ada, h.mailed(ada.Address)[0]) {
				t.Error("the mailed password does not log in before its acceptance is recorded")
			}
			via := ""
			if mailed {
				via = h.delivery(run, ada).ID
			}
			h.chooseVia(ada, via, "new")
			h.wantRun(run, rekey.RunFinished, "") // at once
		}
		run = h.happen(ada)
		h.work()
		if mailed {
			h.want(run, ada, rekey.DeliveryDone, "")
		} else {
			h.want(run, ada, rekey.DeliveryCancelled, rekey.ReasonChosenMeanwhile)
		}
		if !h.inForce(ada) {
			t.Error("the late acceptance put the newly chosen password to rest")
		}
		if d := h.delivery(run, ada); d.ReplyCode != 250 || d.AcceptedAt.IsZero() {
			t.Errorf("reply code %d was recorded, accepted %v; want 250", d.ReplyCode, d.AcceptedAt)
		}
		figures, err := h.db.Hourly(h.ctx, monday)
		h.must(err)
		if n := figures[monday.Truncate(time.Hour)].Sent; n != 1 {
			t.Errorf("%d mails are counted as sent, want 1", n)
		}
	}
}

// A delivery that was never mailed is never recorded as done, and its run does
// not wait for what will not come.
func TestDeferredDeliveryEndsWithAChangeAndSoDoesItsRun(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada := h.person("ada@example.org")
	first := h.happen(ada)
	h.work()
	h.pass(time.Hour)
	h.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
	second := h.happen(ada)
	h.work()
	h.want(second, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.chooseVia(ada, h.delivery(first, ada).ID, "new")
	h.want(first, ada, rekey.DeliveryDone, "")
	h.want(second, ada, rekey.DeliveryCancelled, rekey.ReasonChosenMeanwhile)
	h.wantRun(second, rekey.RunFinished, "")
	if d := h.delivery(second, ada); !d.AcceptedAt.IsZero() || d.ReplyCode != 451 || d.Sealed != nil {
		t.Errorf("on record is %+v", d)
	}
}
