package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
)

// several is an automation by which a person sends to several at once.
func several(t *testing.T, params rekey.SendParams, people ...string) (again, []rekey.SystemUser) {
	t.Helper()
	a := again{harness: setup(t, mailtest.Script{})}
	a.boss = a.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	a.byHand = a.automation(params, toWhoIsAskedFor)
	list := make([]rekey.SystemUser, len(people))
	for i, address := range people {
		list[i] = a.person(address)
	}
	return a, list
}

// names lets the boss send to people by one event.
func (a again) names(people ...rekey.SystemUser) rekey.Run {
	a.t.Helper()
	e := rekey.Event{Type: rekey.PasswordSendRequested, PostedBy: a.boss.ID}
	for _, u := range people {
		e.Users = append(e.Users, u.ID)
	}
	return a.record(e)
}

func TestOfSeveralNobodyGetsTwoMailsInFourHoursOrFourInADay(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.KeepUntilChanged, rekey.ReplaceWhenSent} {
		t.Run(string(old), func(t *testing.T) {
			t.Parallel()
			a, people := several(t, rekey.SendParams{OldPassword: old}, "ada@example.org", "grace@example.org")
			for i, step := range []struct {
				wait   time.Duration
				state  rekey.DeliveryState
				reason rekey.Reason
			}{
				{0, rekey.DeliverySent, ""},
				{4*time.Hour - time.Minute, rekey.DeliverySkipped, rekey.ReasonSentLately},
				{2 * time.Minute, rekey.DeliverySent, ""},
				{5 * time.Hour, rekey.DeliverySent, ""},
				{5 * time.Hour, rekey.DeliverySkipped, rekey.ReasonThreeInADay},
			} {
				a.pass(step.wait)
				for _, u := range people {
					a.choose(u, "own")
				}
				would, err := a.PreviewSeveral(t.Context(), a.byHand, a.boss.Authority(), []string{people[0].ID, people[1].ID})
				a.must(err)
				run := a.names(people...)
				a.work()
				for j, u := range people {
					a.want(run, u, step.state, step.reason)
					if would[j].Reason != step.reason {
						t.Errorf("step %d: the preview says %q, the run %q", i, would[j].Reason, step.reason)
					}
				}
			}
			run := a.names(people[0]) // one by one there is no such limit
			a.work()
			a.want(run, people[0], rekey.DeliverySent, "")
		})
	}
}

func TestSendingToSeveralIsHeldAboveTheCeiling(t *testing.T) {
	t.Parallel()
	a, people := several(t, rekey.SendParams{Ceiling: 1}, "ada@example.org", "grace@example.org")
	run := a.names(people...)
	a.work()
	a.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
}
