package engine_test

import (
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func TestTenHeldRunsMakeOneMailAndOneMoreWaitsForTheHour(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		h.heldAutomation()
		approver := h.approver("approver@example.org")
		for range 10 {
			h.hold()
			h.pass(5 * time.Second)
		}
		h.minutes(10)
		told := func() []mailtest.Mail { return h.mailedTo(approver.Address) }
		if mails := told(); len(mails) != 1 || !strings.Contains(mails[0].Subject, "10 runs of") {
			t.Fatalf("the approver got %d mails", len(mails))
		}
		h.hold()
		h.minutes(49)
		if n := len(told()); n != 1 {
			t.Fatalf("the approver got %d mails within an hour", n)
		}
		h.minutes(5)
		if mails := told(); len(mails) != 2 || !strings.Contains(mails[1].Subject, "11 runs of") {
			t.Errorf("the approver got %d mails after an hour", len(mails))
		}
	})
}

func TestOneMailTellsNewsOfSeveralKindsAndAutomationsToEachReaderTheirOwn(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}})
	failing := h.automation(rekey.SendParams{})
	fails := h.people(1)
	h.happen(fails...)
	h.work()
	owner := h.user(failing.OwnerID) // an Administrator
	holds, other := h.heldAutomation()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		failing.Status = rekey.AutomationInactive
		return tx.UpdateAutomation(h.ctx, failing, failing.Version, "")
	}))
	h.hold()
	h.pass(time.Minute)
	h.work()
	mails := h.mailedTo(owner.Address)
	if len(mails) != 1 {
		t.Fatalf("the owner got %d mails", len(mails))
	}
	want := []string{"A run of “" + holds.Name + "” waits for approval.", "It would send 2 new passwords.", "https://rekey.example.org/automations/" + holds.ID + "/held",
		"A delivery of “" + failing.Name + "” failed.", "https://rekey.example.org/mail?state=failed"}
	for _, body := range []string{mails[0].Text, mails[0].HTML} {
		last := 0
		for _, text := range want {
			at := strings.Index(body, text)
			if at < last {
				t.Errorf("%q is missing, or too early, in: %s", text, body)
			}
			last = at
		}
	}
	if !strings.Contains(mails[0].Subject, holds.Name+"” waits for approval, and one more thing") || strings.Contains(mails[0].Text, "Another person") {
		t.Errorf("the subject is %q", mails[0].Subject)
	}
	if mails := h.mailedTo(other.Address); len(mails) != 1 || strings.Contains(mails[0].Text, failing.Name) || !strings.Contains(mails[0].Text, "Another person") {
		t.Errorf("the other owner was told: %+v", mails)
	}
}

func TestADigestShowsTwentyLinesAndCountsTheRest(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	for range 25 {
		h.heldAutomation()
	}
	approver := h.approver("approver@example.org")
	h.hold()
	h.pass(time.Minute)
	h.work()
	mails := h.mailedTo(approver.Address)
	if len(mails) != 1 {
		t.Fatalf("the approver got %d mails", len(mails))
	}
	if n := strings.Count(mails[0].Text, "waits for approval."); n != 20 || !strings.Contains(mails[0].Text, "And 5 more:") || !strings.Contains(mails[0].Subject, "and 24 more things") {
		t.Errorf("%d lines: %s %s", n, mails[0].Subject, mails[0].Text)
	}
}

// What a reader may know is decided when the mail is written.
func TestADigestTellsOnlyWhatStillHolds(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(h *harness, a rekey.Automation, approver rekey.SystemUser){
		"the approver lost their rank": func(h *harness, _ rekey.Automation, approver rekey.SystemUser) {
			h.change(approver.ID, func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })
		},
		"the owner has a higher rank by now": func(h *harness, a rekey.Automation, _ rekey.SystemUser) {
			h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
		},
		"the approver is blocked": func(h *harness, _ rekey.Automation, approver rekey.SystemUser) {
			h.change(approver.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		},
		"the run was cancelled": func(h *harness, a rekey.Automation, _ rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelHeld(h.ctx, a.ID, rekey.ReasonCancelledByHand, h.now(), h.now())
				return err
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			a, _ := h.heldAutomation()
			approver := h.approver("approver@example.org")
			h.hold()
			meanwhile(h, a, approver)
			h.minutes(5)
			if n := len(h.mailedTo(approver.Address)); n != 0 {
				t.Fatalf("the approver got %d mails", n)
			}
			if n := h.news(approver); n.EndedAt.IsZero() || len(n.News) > 0 {
				t.Errorf("the digest did not end: %+v", n)
			}
		})
	}
}

func TestAFormerOwnerIsNotToldOfFailures(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}})
	a := h.automation(rekey.SendParams{})
	owner := h.user(a.OwnerID)
	h.happen(h.people(1)...)
	h.work()
	a.OwnerID = h.approver("new@example.org").ID
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return tx.UpdateAutomation(h.ctx, a, a.Version, "")
	}))
	h.minutes(3)
	if n := len(h.mailedTo(owner.Address)); n != 0 {
		t.Errorf("the former owner got %d mails", n)
	}
}

func TestAFailureThatWasTakenBackIsNotTold(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Times: 1, Reply: "550 5.1.1 no such user"}}})
	owner := h.user(h.automation(rekey.SendParams{}).OwnerID)
	people := h.people(1)
	run := h.happen(people...)
	h.work()
	d := h.delivery(run, people[0])
	if d.State != rekey.DeliveryFailed || len(h.news(owner).News) != 1 {
		t.Fatalf("the delivery is %s", d.State)
	}
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		d.NextAttempt, d.UpdatedAt, d.Reason = h.now().Add(time.Hour), h.now(), rekey.ReasonTransport
		return tx.Reprieve(h.ctx, []rekey.Delivery{d})
	}))
	h.minutes(5)
	if n := len(h.mailedTo(owner.Address)); n != 0 {
		t.Errorf("the owner got %d mails", n)
	}
}

// A digest with nothing to tell does not count as the mail of the hour.
func TestADigestThatWasNotSentKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a, _ := h.heldAutomation()
	approver := h.approver("approver@example.org")
	h.hold()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := tx.CancelHeld(h.ctx, a.ID, rekey.ReasonCancelledByHand, h.now(), h.now())
		return err
	}))
	h.minutes(2)
	h.hold()
	h.minutes(2)
	if n := len(h.mailedTo(approver.Address)); n != 1 {
		t.Errorf("the approver got %d mails", n)
	}
}
