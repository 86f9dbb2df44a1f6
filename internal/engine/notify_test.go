package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

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
	run := h.happen(people[:2]...)
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
	h.pass(2 * time.Hour)
	h.must(h.Notify(h.ctx, run.ID))
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
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<person", Reply: "550 5.1.1 no such user"}}})
	owner := h.user(h.automation(rekey.SendParams{}).OwnerID)
	people := h.people(5)
	run := h.happen(people[:2]...)
	h.work()
	h.pass(time.Minute)
	h.loseJobs()
	config := h.config
	config.Mailer = meanwhile{h.mailer, func() {
		h.pass(time.Second)
		h.happen(people[2:4]...)
		h.work()
	}}
	h.must(engine.New(config).Notify(h.ctx, run.ID))
	h.must(h.Notify(h.ctx, run.ID)) // one job too many
	h.happen(people[4])
	for range 30 {
		h.work()
		h.pass(time.Minute)
	}
	if n := len(h.mailedTo(owner.Address)); n != 1 {
		t.Fatalf("the owner was told %d times within an hour", n)
	}
	h.pass(time.Hour)
	h.work()
	if notices := h.mailedTo(owner.Address); len(notices) != 2 || !strings.Contains(notices[1].Text, "3") {
		t.Errorf("the owner was told %d times, and not of all three that failed after the first time", len(notices))
	}
}

func TestOwnerAndApproversAreToldOfHeldRunsOnceInAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{Ceiling: 1})
	owner := h.user(a.OwnerID)
	h.change(owner.ID, func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	role := func(r rekey.Role, kind rekey.UserType) func(*rekey.SystemUser) {
		return func(u *rekey.SystemUser) { u.Role, u.Type, u.Language = r, kind, "en" }
	}
	approver := h.person("approver@example.org", role(rekey.RoleManager, rekey.TypeUI))
	saver := h.person("saver@example.org", role(rekey.RoleManager, rekey.TypeUI))
	a.UpdatedBy = saver.ID
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
	program := h.person("program@example.org", role(rekey.RoleManager, rekey.TypeAPI))
	member := h.person("member@example.org")
	for range 3 {
		h.happen(h.person(newID()+"@example.org"), h.person(newID()+"@example.org"))
	}
	h.work()
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
	h.happen(h.person("late@example.org"), h.person("later@example.org"))
	h.work()
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
