package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func TestOwnerIsToldOfWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "451 4.2.2 mailbox full"}}})
	a := h.automation(engine.SendParams{})
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
	a := h.automation(engine.SendParams{})
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
	owner := h.user(h.automation(engine.SendParams{}).OwnerID)
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
