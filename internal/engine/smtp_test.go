package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// people adds some.
func (h *harness) people(n int) []rekey.SystemUser {
	list := make([]rekey.SystemUser, n)
	for i := range list {
		list[i] = h.person(fmt.Sprintf("person%d@example.org", i))
	}
	return list
}

// What the mail server has answered is nowhere else: asked again, it would take
// the same mail twice.
func TestAcceptanceIsRecordedOnceTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.onStep = func(s engine.Step) {
		if s == engine.StepAnswered {
			h.away.Store(2)
		}
	}
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	if n := len(h.peer.Messages()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestTemporaryRefusalIsTriedAgainWithTheSameMail(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "451 4.3.0 try later", Record: true}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	if h.opens(ada, h.mailed(ada.Address)[0]) {
		t.Error("a password logs in although the server definitely refused its mail")
	}
	h.pass(59 * time.Second)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.pass(time.Second)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	messages := h.peer.Messages()
	if len(messages) != 2 || !bytes.Equal(messages[0].Data, messages[1].Data) {
		t.Error("the second attempt sent other bytes")
	}
}

func TestPermanentFailureKeepsOldPasswordAndTouchesNobodyElse(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person7@", Reply: "550 5.1.1 no such user"}}})
	h.automation(rekey.SendParams{})
	people := h.people(50)
	run := h.happen(people...)
	h.work()
	for i, u := range people {
		if i == 7 {
			h.want(run, u, rekey.DeliveryFailed, rekey.ReasonRefused)
			d := h.delivery(run, u)
			if !h.inForce(u) || d.ReplyCode != 550 || d.Sealed != nil {
				t.Errorf("in force %v, reply %d, sealed %d bytes", h.inForce(u), d.ReplyCode, len(d.Sealed))
			}
			continue
		}
		h.want(run, u, rekey.DeliverySent, "")
	}
	h.wantRun(run, rekey.RunFinished, "")
}

func TestTransportThatRefusesChargesNobody(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]mailtest.Script{
		"550 at MAIL FROM":    {Rules: []mailtest.Rule{{On: "MAIL", Reply: "550 5.7.1 not from you"}}},
		"554 in the greeting": {Greeting: "554 no service"},
		"421 in the greeting": {Greeting: "421 busy"},
		"no greeting":         {Rules: []mailtest.Rule{{On: "CONNECT", Drop: mailtest.DropBefore}}},
		"530 at RCPT":         {Rules: []mailtest.Rule{{On: "RCPT", Reply: "530 5.7.1 Authentication required"}}},
		"relaying at RCPT":    {Rules: []mailtest.Rule{{On: "RCPT", Reply: "554 5.7.1 <someone@example.org>: Relay access denied"}}},
		"send as at DATA":     {Rules: []mailtest.Rule{{On: "DATA", Reply: "550 5.7.60 SMTP; Client does not have permissions to send as this sender"}}},
		"send as at the dot":  {Rules: []mailtest.Rule{{On: "DOT", Reply: "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, script)
			h.automation(rekey.SendParams{})
			people := h.people(3)
			run := h.happen(people...)
			h.work()
			for range 10 {
				h.pass(time.Minute)
				h.work()
			}
			for _, u := range people {
				d := h.delivery(run, u)
				if !d.State.Unfinished() || d.Attempts != 0 || !h.inForce(u) {
					t.Errorf("%s: state %s, charged %d times, old password in force %v", u.Address, d.State, d.Attempts, h.inForce(u))
				}
				if name != "no greeting" && (d.ReplyCode < 400 || d.ReplyText == "") {
					t.Errorf("%s: what the server said is not kept: %d %s", u.Address, d.ReplyCode, d.ReplyText)
				}
			}
			if h.mailer.Health().State == engine.TransportUp {
				t.Error("the transport counts as up")
			}
			h.peer.SetScript(mailtest.Script{})
			h.pass(2 * time.Minute)
			h.work()
			for _, u := range people {
				h.want(run, u, rekey.DeliverySent, "")
			}
		})
	}
}

func TestOneWhoIsRefusedForTheTransportKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "554 5.7.1 <ada@example.org>: Relay access denied"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonTransport)
	others := h.people(3)
	theirs := h.happen(others...)
	for range 120 {
		h.pass(5 * time.Second)
		h.work()
	}
	for _, u := range others {
		h.want(theirs, u, rekey.DeliverySent, "")
	}
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	if d := h.delivery(run, ada); h.mailer.Health().State != engine.TransportUp || d.Attempts == 0 || d.Attempts > 6 {
		t.Errorf("the transport is %s, ada was tried %d times", h.mailer.Health().State, d.Attempts)
	}
}

func TestFirstMailLogsInWhenItsReplyWasLostAndTheRetryIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{
		{On: "DOT", Times: 1, Record: true, Drop: mailtest.DropBefore},
		{On: "DOT", Reply: "550 5.7.1 seen before"},
	}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonUnanswered)
	mailed := h.mailed(ada.Address)
	if len(mailed) != 1 || !h.opens(ada, mailed[0]) || !h.inForce(ada) {
		t.Fatal("while it is not known, both passwords should log in")
	}
	h.pass(30 * time.Minute)
	h.work()
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
	if !h.opens(ada, mailed[0]) || !h.inForce(ada) {
		t.Error("the first mail may have arrived: its password, and the old one, should log in")
	}
	h.pass(engine.Lifetime)
	if h.opens(ada, mailed[0]) {
		t.Error("it logs in after its time")
	}
}

func TestAttemptsEndAfterADayAndTheOldPasswordStays(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "451 4.2.2 mailbox full"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	for range 30 {
		h.work()
		h.pass(time.Hour)
	}
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonGaveUp)
	if !h.inForce(ada) {
		t.Error("the old password is not in force")
	}
	if d := h.delivery(run, ada); d.Attempts < 20 || d.Attempts > 40 {
		t.Errorf("%d attempts in a day", d.Attempts)
	}
}

func TestServerThatIsDownForAWhileLosesNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Greeting: "554 down"})
	h.automation(rekey.SendParams{})
	people := h.people(5)
	run := h.happen(people...)
	for range 4 {
		h.work()
		h.pass(20 * time.Second)
	}
	h.peer.SetScript(mailtest.Script{CloseAfter: 3})
	h.pass(time.Minute)
	h.work()
	for _, u := range people {
		h.want(run, u, rekey.DeliverySent, "")
		if n := len(h.mailed(u.Address)); n != 1 {
			t.Errorf("%s was mailed %d times", u.Address, n)
		}
	}
}

func TestReplyThatQuotesTheMessageLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Reply: "554 5.7.1 spam: {message}", Record: true}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
	secret, reply := h.mailed(ada.Address)[0], h.delivery(run, ada).ReplyText
	for group := range strings.SplitSeq(secret, "-") {
		if strings.Contains(reply, group) {
			t.Error("the stored reply quotes the password")
		}
	}
	if len(reply) == 0 || len(reply) > 200 {
		t.Errorf("%d characters of the reply were stored", len(reply))
	}
}

func TestTenEqualRefusalsPauseTheTransportAndAreDeferred(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.7.1 you are on a list"}}})
	h.automation(rekey.SendParams{})
	people := h.people(30)
	run := h.happen(people...)
	h.work()
	for _, u := range people {
		if d := h.delivery(run, u); d.State != rekey.DeliveryDeferred {
			t.Fatalf("%s is %s, %s", u.Address, d.State, d.Reason)
		}
	}
	h.peer.SetScript(mailtest.Script{})
	for range 10 {
		h.pass(time.Minute)
		h.work()
	}
	for _, u := range people {
		h.want(run, u, rekey.DeliverySent, "")
	}
}

func TestNineEqualRefusalsAreTheRecipients(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.1.1 no such user"}}})
	h.automation(rekey.SendParams{})
	people := h.people(9)
	run := h.happen(people...)
	h.work()
	for _, u := range people {
		h.want(run, u, rekey.DeliveryFailed, rekey.ReasonRefused)
	}
}

func TestRetryByHandIsANewDeliveryWithANewPassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "550 5.1.1 no such user", Record: true}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	failed := h.delivery(run, ada)
	again, err := h.Retry(h.ctx, failed.ID, rekey.SystemAuthority())
	h.must(err)
	if again.Number != 2 || again.RunID != run.ID {
		t.Errorf("number %d in run %s", again.Number, again.RunID)
	}
	h.wantRun(run, rekey.RunSending, "")
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.wantRun(run, rekey.RunFinished, "")
	mailed := h.mailed(ada.Address)
	if mailed[0] == mailed[1] || h.opens(ada, mailed[0]) || !h.opens(ada, mailed[1]) {
		t.Error("the retry should have a new password, and only that one should log in")
	}
	if _, err := h.Retry(h.ctx, again.ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("a delivery that was sent was tried again: %v", err)
	}
}

func TestRetryByHandGoesThroughAllChecks(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "550 5.1.1 no such user"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	failed := h.delivery(run, ada)
	h.change(ada.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	again, err := h.Retry(h.ctx, failed.ID, rekey.SystemAuthority())
	h.must(err)
	if again.State != rekey.DeliverySkipped || again.Reason != rekey.ReasonAPIUser {
		t.Errorf("the retry is %s, %s", again.State, again.Reason)
	}
}

func TestRunOverSeveralBatchesFinishesWhenAllAreSent(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 100})
	people := h.people(2*engine.BatchSize + 5)
	run := h.happen(people...)
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	for _, d := range h.deliveries(run) {
		if d.State != rekey.DeliverySent {
			t.Errorf("the delivery to %s is %s", d.Address, d.State)
		}
	}
	if n := len(h.peer.Messages()); n != len(people) {
		t.Errorf("%d mails for %d people", n, len(people))
	}
}

func TestTenEqualRefusalsInRunsOfTheirOwnAreTakenBack(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.7.1 you are on a list"}}})
	h.automation(rekey.SendParams{})
	people := h.people(10)
	runs := make([]rekey.Run, len(people))
	for i, u := range people {
		runs[i] = h.happen(u)
		h.work()
		if i < 9 {
			h.want(runs[i], u, rekey.DeliveryFailed, rekey.ReasonRefused)
		}
	}
	for i, u := range people {
		h.want(runs[i], u, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	}
	if h.mailer.Down(h.now()).IsZero() {
		t.Error("the transport was not paused")
	}
	h.peer.SetScript(mailtest.Script{})
	for range 5 {
		h.pass(time.Minute)
		h.work()
	}
	for i, u := range people {
		h.want(runs[i], u, rekey.DeliverySent, "")
		h.wantRun(runs[i], rekey.RunFinished, "")
	}
}

func TestRefusalsOfOneRecipientAreNotEverybodys(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "550 5.1.1 no such user"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	for range 12 {
		run := h.happen(ada)
		h.work()
		h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
	}
}
