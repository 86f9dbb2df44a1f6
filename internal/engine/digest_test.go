package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func digestOf(u rekey.SystemUser) string { return "digest-" + u.ID }

// approver adds a Manager who reads English.
func (h *harness) approver(address string) rekey.SystemUser {
	return h.person(address, func(u *rekey.SystemUser) { u.Role, u.Language = rekey.RoleManager, "en" })
}

// heldAutomation adds an automation of an Operator that holds each run for more than one
// person, and holds one.
func (h *harness) heldAutomation() (a rekey.Automation, owner rekey.SystemUser) {
	h.t.Helper()
	a = h.automation(rekey.SendParams{Ceiling: 1})
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	return a, h.user(a.OwnerID)
}

// hold holds a run of each automation there is.
func (h *harness) hold() {
	h.t.Helper()
	receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{h.external(h.person(newID()+"@example.org"), h.person(newID()+"@example.org"))}, rekey.Authority{})
	h.must(err)
	if len(receipts) != 1 {
		h.t.Fatal("the event was not taken")
	}
	h.work()
}

// minutes lets time pass, with jobs and sweeps.
func (h *harness) minutes(n int) {
	h.t.Helper()
	for range n {
		h.pass(time.Minute)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
	}
}

// news returns the news in the digest of somebody.
func (h *harness) news(u rekey.SystemUser) engine.QueuedNotice {
	h.t.Helper()
	n, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeDigest)
	h.must(err)
	return n
}

func TestOwnerIsToldOfWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "451 4.2.2 mailbox full"}}})
	a := h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.happen(ada)
	for range 30 {
		h.work()
		h.pass(time.Hour)
	}
	if n := len(h.mailedTo(h.user(a.OwnerID).Address)); n != 1 {
		t.Errorf("the owner was told %d times, want once", n)
	}
}

func TestOwnerIsToldOfFailuresOnceInAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}})
	a := h.automation(rekey.SendParams{})
	owner := h.user(a.OwnerID)
	people := h.people(6)
	told := func() int { return len(h.mailedTo(owner.Address)) }
	h.happen(people[:2]...)
	h.work()
	h.pass(time.Minute)
	h.work()
	notices := h.mailedTo(owner.Address)
	if len(notices) != 1 || !strings.Contains(notices[0].Text, a.Name) || !strings.Contains(notices[0].Text, "2") {
		t.Fatalf("the owner was sent %d notices", len(notices))
	}
	h.happen(people[2:]...)
	h.work()
	h.pass(2 * time.Minute)
	h.work()
	if told() != 1 {
		t.Error("the owner was told twice within an hour")
	}
	h.pass(time.Hour)
	h.work()
	if notices = h.mailedTo(owner.Address); len(notices) != 2 || !strings.Contains(notices[1].Text, "4") {
		t.Errorf("the owner was told %d times in an hour, and not of all four that failed after the first time", len(notices))
	}
	if told() == 2 && notices[0].MessageID == notices[1].MessageID {
		t.Error("both mails have the same Message-ID, so the second may be dropped")
	}
	h.pass(2 * time.Hour)
	h.work()
	h.must(h.SendNotice(h.ctx, digestOf(owner)))
	if told() != 2 {
		t.Error("the owner was told of nothing new")
	}
}

// meanwhile is a mailer while whose notices are sent something else happens.
type meanwhile struct {
	engine.Mailer
	happens func()
}

func (m meanwhile) SendNotice(ctx context.Context, n engine.Notice) engine.Outcome {
	m.happens()
	return m.Mailer.SendNotice(ctx, n)
}

func TestOwnerIsToldOnceInAnHourWhateverNodesDoMeanwhile(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}}, func(t *testing.T, h *harness, second *store.DB) {
		owner := h.user(h.automation(rekey.SendParams{}).OwnerID)
		people := h.people(5)
		h.happen(people[:2]...)
		h.work()
		h.pass(time.Minute)
		h.loseJobs()
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		config := h.config
		config.Mailer = meanwhile{h.mailer, func() {
			h.pass(time.Second)
			h.happen(people[2:4]...)
			h.work()
			h.must(other.SendNotice(h.ctx, digestOf(owner)))
		}}
		h.must(engine.New(config).SendNotice(h.ctx, digestOf(owner)))
		h.must(other.SendNotice(h.ctx, digestOf(owner))) // one job too many
		h.happen(people[4])
		h.work()
		h.minutes(30)
		if n := len(h.mailedTo(owner.Address)); n != 1 {
			t.Fatalf("the owner was told %d times within an hour", n)
		}
		h.minutes(32)
		if notices := h.mailedTo(owner.Address); len(notices) != 2 || !strings.Contains(notices[1].Text, "3") {
			t.Errorf("the owner was told %d times, and not of all three that failed after the first time", len(notices))
		}
	})
}

// Whatever is put into a digest while it is looked at, it is told: also when there was
// nothing to tell until then.
func TestNewsThatComesWhileADigestEndsIsTold(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}}, func(t *testing.T, h *harness, second *store.DB) {
		a := h.automation(rekey.SendParams{})
		owner := h.user(a.OwnerID)
		people := h.people(2)
		h.happen(people[0])
		h.work()
		h.minutes(60)
		other := h.node(second, func(s engine.Store) engine.Store {
			return reads{s, func() {
				h.happen(people[1])
				h.work()
			}}
		})
		h.loseJobs()
		h.pass(2 * time.Minute)
		if n := h.news(owner); len(n.News) > 0 || !n.EndedAt.IsZero() || n.NextAt.After(h.now()) {
			t.Fatalf("the digest is not about to end: %+v", n)
		}
		h.must(other.SendNotice(h.ctx, digestOf(owner)))
		h.minutes(5)
		if n := len(h.mailedTo(owner.Address)); n != 2 {
			t.Errorf("the owner was told %d times, want twice", n)
		}
	})
}

// reads is a store in which something happens when a user is read outside a transaction.
type reads struct {
	engine.Store
	happens func()
}

func (r reads) User(ctx context.Context, id string) (rekey.SystemUser, error) {
	r.happens()
	return r.Store.User(ctx, id)
}

func TestOwnerAndApproversAreToldOfHeldRunsOnceInAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a, owner := h.heldAutomation()
	approver, saver := h.approver("approver@example.org"), h.approver("saver@example.org")
	a.UpdatedBy = saver.ID
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
	program := h.person("program@example.org", func(u *rekey.SystemUser) { u.Role, u.Type = rekey.RoleManager, rekey.TypeAPI })
	member := h.person("member@example.org")
	for range 3 {
		h.hold()
	}
	h.pass(time.Minute)
	h.work()
	told := func(u rekey.SystemUser) []mailtest.Mail { return h.mailedTo(u.Address) }
	if n := len(told(program)) + len(told(member)); n != 0 {
		t.Errorf("%d notices went to who may not approve, or reads no mail", n)
	}
	for _, u := range []rekey.SystemUser{owner, approver, saver} {
		mails := told(u)
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "3 runs of") || !strings.Contains(mails[0].Text, "In all, they would send 6 new passwords.") || !strings.Contains(mails[0].Text, "/automations/"+a.ID+"/held") {
			t.Fatalf("%s was told %d times: %+v", u.Address, len(mails), mails)
		}
	}
	if !strings.Contains(told(saver)[0].Text, "Another person or an Administrator must approve it") || !strings.Contains(told(saver)[0].Text, "because you saved this automation last") {
		t.Errorf("who saved it last is told: %s", told(saver)[0].Text)
	}
	if !strings.Contains(told(owner)[0].Text, "Another person or an Administrator must approve it") || strings.Contains(told(approver)[0].Text, "Another person or an Administrator must approve it") {
		t.Error("the mails do not say who has to approve")
	}
	h.pass(time.Second)
	h.hold()
	h.pass(2 * time.Minute)
	h.work()
	if len(told(approver)) != 1 {
		t.Error("they were told twice within an hour")
	}
	h.pass(time.Hour)
	h.work()
	if mails := told(approver); len(mails) != 2 || !strings.Contains(mails[1].Text, "In all, they would send 8 new passwords.") {
		t.Errorf("they were told %d times after an hour", len(mails))
	}
	h.pass(2 * time.Hour)
	h.work()
	if len(told(approver)) != 2 {
		t.Error("they were told of nothing new")
	}
}

func TestWhoeverCouldNotBeToldIsToldLaterAndTheOthersOnce(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<slow@", Times: 1, Reply: "451 4.7.1 greylisted"}}})
	a := h.automation(rekey.SendParams{Ceiling: 1})
	slow := h.person("slow@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	h.happen(h.person("one@example.org"), h.person("two@example.org"))
	for range 10 {
		h.work()
		h.pass(time.Minute)
	}
	for _, u := range []rekey.SystemUser{slow, h.user(a.OwnerID)} {
		if n := len(h.mailedTo(u.Address)); n != 1 {
			t.Errorf("%s was told %d times, want once", u.Address, n)
		}
	}
}

func TestTwoNodesSendADigestOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		h.heldAutomation()
		approver := h.approver("approver@example.org")
		h.hold()
		h.loseJobs()
		h.pass(time.Minute)
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		config := h.config
		config.Mailer = meanwhile{h.mailer, func() { h.must(other.SendNotice(h.ctx, digestOf(approver))) }}
		h.must(engine.New(config).SendNotice(h.ctx, digestOf(approver)))
		h.must(other.SendNotice(h.ctx, digestOf(approver)))
		h.minutes(50)
		if n := len(h.mailedTo(approver.Address)); n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
}

func TestAnAttemptThatTookTooLongDoesNotSettleTheNextOne(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<old@", Times: 1, Reply: "550 5.1.1 no such user"}}}, func(t *testing.T, h *harness, second *store.DB) {
		u := h.ofStaff()
		h.tell(u, time.Time{})
		last, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged)
		h.must(err)
		config := h.config
		config.Mailer = meanwhile{h.mailer, func() {
			h.pass(2 * engine.Lease)
			h.must(second.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.ClaimNotice(h.ctx, last.ID, h.now(), h.now().Add(engine.Lease))
				return err
			}))
		}}
		h.must(engine.New(config).SendNotice(h.ctx, last.ID))
		if n, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged); err != nil || !n.EndedAt.IsZero() || !n.NextAt.Equal(h.now().Add(engine.Lease)) {
			t.Error(fmt.Errorf("the second attempt is overwritten: %+v %w", n, err))
		}
	})
}
