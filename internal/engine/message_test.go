package engine_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

const desk = "alerts@desk.example"

// notifies adds an automation that tells recipients about external events.
func (h *harness) notifies(recipients []string, change ...func(*rekey.Automation)) rekey.Automation {
	h.t.Helper()
	return h.automation(rekey.SendParams{}, append([]func(*rekey.Automation){func(a *rekey.Automation) {
		a.Name, a.JobType = "Locked "+newID(), rekey.NotifyAddress
		a.JobParams = rekey.NotifyParams{Recipients: recipients, Subject: "{event}: {count}", Text: "At {time}, {automation} saw:\n{people}\nend"}.JSON()
	}}, change...)...)
}

// messages returns the deliveries of a run by subject.
func (h *harness) messages(run rekey.Run) map[string]rekey.Delivery {
	h.t.Helper()
	list, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{RunID: run.ID, MaxRank: rekey.RankAdministrator, Limit: 100})
	h.must(err)
	found := map[string]rekey.Delivery{}
	for _, d := range list {
		found[d.Subject] = d
	}
	return found
}

func TestMessageTellsWhatHappenedAndHasNoPassword(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		ada := h.person("ada@example.org")
		grace := h.person("grace@example.org", func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		h.notifies([]string{desk, ada.ID, "ADA@example.org", grace.ID, "x@elsewhere.example", newID()})
		run := h.happen(ada, grace)
		h.work()

		got := h.messages(run)
		for subject, want := range map[string]rekey.Delivery{
			desk:                  {State: rekey.DeliverySent},
			ada.Address:           {State: rekey.DeliverySent},
			grace.Address:         {State: rekey.DeliverySkipped, Reason: rekey.ReasonBlocked},
			"x@elsewhere.example": {State: rekey.DeliverySkipped, Reason: rekey.ReasonNotListed},
		} {
			if d := got[subject]; d.State != want.State || d.Reason != want.Reason || d.UserID != "" || d.Verifier != "" || !d.Message() {
				t.Errorf("%s: %+v", subject, d)
			}
		}
		if len(got) != 5 || h.runOf(run.EventID).State != rekey.RunFinished {
			t.Errorf("%d deliveries, run %s", len(got), h.runOf(run.EventID).State)
		}
		mails := h.peer.Messages()
		if len(mails) != 2 {
			t.Fatalf("%d mails", len(mails))
		}
		for _, m := range mails {
			mail := mailtest.Parse(t, m.Data)
			if mail.Subject != "siem.credential_leaked: 2" || !strings.Contains(mail.Text, "At 2026-03-02 09:00 UTC, Locked") || mail.HTML != "" {
				t.Errorf("subject %q, text %q", mail.Subject, mail.Text)
			}
			if !strings.Contains(mail.Text, "<ada@example.org>") || !strings.Contains(mail.Text, "<grace@example.org>") {
				t.Errorf("it does not name the people: %q", mail.Text)
			}
		}
		if u := h.user(ada.ID); u.PasswordVersion != ada.PasswordVersion {
			t.Error("the message touched a password")
		}
	})
}

// The desk is mailed at most six times in an hour. What comes after that waits, and goes as
// one mail.
// What one owner may view is not told for another, and each limit is an address's own.
func TestMessageNamesOnlyWhomItsOwnerMayView(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	operator := h.person("operator@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	owned := func(a *rekey.Automation) { a.OwnerID = operator.ID }
	h.notifies([]string{desk, boss.ID, ada.ID}, owned)
	run := h.happen(ada, boss)
	h.work()
	if d := h.messages(run)[boss.Address]; d.Reason != rekey.ReasonNotViewable {
		t.Errorf("to a person whom the owner may not view: %s %s", d.State, d.Reason)
	}
	mails := h.peer.Messages()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	mail := mailtest.Parse(t, mails[0].Data)
	if strings.Contains(mail.Text, "boss@") || !strings.Contains(mail.Text, "<ada@example.org>\n+ 1\nend") || mail.Subject != "siem.credential_leaked: 2" {
		t.Errorf("%q: %q", mail.Subject, mail.Text)
	}
}

// ISSUE locks addresses in the order of the ids of their messages. Two runs that locked them
// in another order would wait for each other.
func TestMessagesOfARunAreInTheOrderOfTheirAddresses(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.notifies([]string{"c@desk.example", "a@desk.example", "b@desk.example"})
	run := h.happen()
	h.work()
	list, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{RunID: run.ID, MaxRank: rekey.RankAdministrator, Limit: 10})
	h.must(err)
	var subjects []string
	for _, d := range list {
		subjects = append(subjects, d.Subject)
	}
	if len(subjects) != 3 || !slices.IsSorted(subjects) {
		t.Errorf("planned as %q", subjects)
	}
}

func TestMessageNamesTwentyPeopleAtMost(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	var people []rekey.SystemUser
	for n := range 23 {
		people = append(people, h.person("p"+strconv.Itoa(n)+"@example.org"))
	}
	h.notifies([]string{desk})
	h.happen(people...)
	h.work()
	if text := mailtest.Parse(t, h.peer.Messages()[0].Data).Text; strings.Count(text, "@example.org>") != 20 || !strings.Contains(text, "\n+ 3\n") {
		t.Errorf("%q", text)
	}
}

// A message and a password for the same person do not hold each other up.
func TestMessagesAndPasswordsDoNotHinderEachOther(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		ada := h.person("ada@example.org")
		h.automation(rekey.SendParams{})
		told := h.notifies([]string{ada.ID, desk}, func(a *rekey.Automation) { a.EventType = rekey.UserWasBlocked; a.EventFilter = rekey.EventFilter{} })
		sent := h.happen(ada)
		message := h.record(rekey.Event{Type: rekey.UserWasBlocked, Users: []string{ada.ID}, Time: h.now(), Received: h.now()})
		h.work()
		if d := h.messages(sent)[ada.ID]; d.State != rekey.DeliverySent || d.Verifier == "" {
			t.Errorf("the password: %s %s", d.State, d.Reason)
		}
		if d := h.messages(message)[ada.Address]; d.State != rekey.DeliverySent || message.AutomationID != told.ID {
			t.Errorf("the message: %s %s", d.State, d.Reason)
		}
	})
}

// Each attempt sends the same bytes, and a refusal can be retried by hand.
func TestMessageIsTriedAgainWithTheSameBytes(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "451 4.3.0 try later", Record: true}, {On: "DOT", Times: 1, Reply: "550 5.7.1 no", Record: true}}})
	ada := h.person("ada@example.org")
	h.notifies([]string{desk})
	run := h.happen(ada)
	h.work()
	h.change(ada.ID, func(u *rekey.SystemUser) { u.FirstName = "Other" })
	h.pass(time.Minute)
	h.work()
	mails := h.peer.Messages()
	if len(mails) != 2 || !bytes.Equal(mails[0].Data, mails[1].Data) {
		t.Fatalf("%d mails, or not the same", len(mails))
	}
	d := h.messages(run)[desk]
	if d.State != rekey.DeliveryFailed || d.Reason != rekey.ReasonRefused {
		t.Fatalf("%s %s", d.State, d.Reason)
	}
	again, err := h.Retry(h.ctx, d.ID, rekey.Authority{Rank: rekey.RankAdministrator})
	h.must(err)
	h.work()
	if d := h.messages(run)[desk]; again.Number != 2 || !again.Message() || d.State != rekey.DeliverySent || len(h.peer.Messages()) != 3 {
		t.Errorf("retried: %+v", d)
	}
	if _, err := h.Retry(h.ctx, d.ID, rekey.Authority{Rank: rekey.RankAdministrator}); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("the first one is retried again: %v", err)
	}
}

// A retry goes only where the automation still writes to.
func TestMessageIsNotRetriedToWhomTheAutomationNoLongerWrites(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "550 5.1.1 no"}}})
	a := h.notifies([]string{desk})
	run := h.happen()
	h.work()
	a.JobParams = rekey.NotifyParams{Recipients: []string{h.person("ada@example.org").ID}, Subject: "s", Text: "t"}.JSON()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
	if _, err := h.Retry(h.ctx, h.messages(run)[desk].ID, rekey.Authority{Rank: rekey.RankAdministrator}); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Error(err)
	}
	h.work()
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("%d mails", n)
	}
}

// A trial is not told in the mail of another automation.
// Whether a message may go is looked at when it goes.
// A digest that is delayed keeps the messages that it tells, also over a pause.
// carrying is a desk whose next mail takes along a message of another automation, and is
// refused as reply says. It returns the run of that mail and that of the other message.
// What a mail takes along is told in another one if that mail ends without being accepted.
// Whatever is left of its text, a message never becomes a mail about a password.
func TestMessageThatSaysNothingIsStillAMessage(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.notifies([]string{desk}, func(a *rekey.Automation) {
		a.JobParams = rekey.NotifyParams{Recipients: []string{desk}, Subject: "{event}", Text: "{people}"}.JSON()
	})
	h.happen()
	h.work()
	content, err := h.mailer.Compose(engine.Occasion{Message: true, Subject: "x"})
	h.must(err)
	if mail := mailtest.Parse(t, h.peer.Messages()[0].Data); mail.HTML != "" || mail.Text != "–\n" || strings.Contains(string(content), "password") {
		t.Errorf("%q: %q", mail.Subject, mail.Text)
	}
}
