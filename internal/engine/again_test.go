package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// again is a run to whose people is sent again, by a person with the right to do so.
type again struct {
	*harness
	boss   rekey.SystemUser
	byHand rekey.Automation // which does it
	first  rekey.Run
}

// revokedFirst revokes the passwords of people in a run, and mails them new ones.
func revokedFirst(t *testing.T, ceiling int, people ...string) (again, []rekey.SystemUser) {
	t.Helper()
	a := again{harness: setup(t, mailtest.Script{})}
	a.boss = a.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	a.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	a.byHand = a.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce, Ceiling: ceiling}, toWhoIsAskedFor)
	list := make([]rekey.SystemUser, len(people))
	for i, address := range people {
		list[i] = a.person(address)
	}
	a.first = a.happen(list...)
	a.work()
	return a, list
}

// sends lets the boss send again to people.
func (a again) sends(people ...rekey.SystemUser) rekey.Run {
	a.t.Helper()
	e := rekey.Event{Type: rekey.PasswordSendRequested, Automation: a.byHand.ID, AgainOf: a.first.ID, PostedBy: a.boss.ID}
	for _, u := range people {
		e.Users = append(e.Users, u.ID)
	}
	return a.record(e)
}

func TestSendingAgainKeepsAndSkipsWhoIsInWhenPlannedAndWhenIssued(t *testing.T) {
	t.Parallel()
	a, people := revokedFirst(t, 0, "early@example.org", "late@example.org", "never@example.org")
	early, late, never := people[0], people[1], people[2]
	a.pass(5 * time.Hour)
	run := a.sends(early, late, never)
	a.choose(early, "own")
	a.must(a.run(a.mustJob(engine.TaskExecute)))
	a.want(run, early, rekey.DeliverySkipped, rekey.ReasonIn)
	a.want(run, late, rekey.DeliveryQueued, "")
	a.choose(late, "own") // it is planned already
	a.work()
	a.want(run, early, rekey.DeliverySkipped, rekey.ReasonIn)
	a.want(run, late, rekey.DeliverySkipped, rekey.ReasonIn)
	a.want(run, never, rekey.DeliverySent, "")
	if d := a.delivery(run, never); d.OldPassword != rekey.KeepUntilChanged || d.AskedBy != rekey.AskedByOther {
		t.Errorf("the old password: %s, asked for by %q", d.OldPassword, d.AskedBy)
	}
	for _, u := range []rekey.SystemUser{early, late} {
		if !a.inForce(u) {
			t.Errorf("%s has chosen a password, and it does not log in", u.Address)
		}
	}
}

func TestSendingAgainMailsNobodyTwiceInFourHoursOrFourTimesInADay(t *testing.T) {
	t.Parallel()
	a, people := revokedFirst(t, 0, "ada@example.org", "grace@example.org")
	for _, step := range []struct {
		wait   time.Duration
		state  rekey.DeliveryState
		reason rekey.Reason
	}{
		{4*time.Hour - time.Minute, rekey.DeliverySkipped, rekey.ReasonSentLately},
		{2 * time.Minute, rekey.DeliverySent, ""},
		{time.Hour, rekey.DeliverySkipped, rekey.ReasonSentLately},
		{4 * time.Hour, rekey.DeliverySent, ""},
		{5 * time.Hour, rekey.DeliverySkipped, rekey.ReasonThreeInADay},
	} {
		a.pass(step.wait)
		run := a.sends(people...)
		a.work()
		for _, u := range people {
			a.want(run, u, step.state, step.reason)
		}
	}
}

func TestSendingAgainIsHeldAboveTheCeiling(t *testing.T) {
	t.Parallel()
	a, people := revokedFirst(t, 1, "ada@example.org", "grace@example.org")
	a.pass(5 * time.Hour)
	run := a.sends(people...)
	a.work()
	a.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
	run = a.sends(people[0])
	a.work()
	a.want(run, people[0], rekey.DeliverySent, "")
}

func TestSendingAgainActsWithTheAuthorityOfWhoAsks(t *testing.T) {
	t.Parallel()
	a, people := revokedFirst(t, 0, "ada@example.org", "grace@example.org")
	a.pass(5 * time.Hour)
	a.change(people[0].ID, func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	a.change(people[1].ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	a.calls(people[1])
	run := a.sends(people...)
	a.work()
	a.want(run, people[0], rekey.DeliverySkipped, rekey.ReasonNotOwners)
	a.want(run, people[1], rekey.DeliverySkipped, rekey.ReasonAPIUser)
}
