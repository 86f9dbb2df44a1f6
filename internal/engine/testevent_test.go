package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func as(role rekey.Role) func(*rekey.SystemUser) {
	return func(u *rekey.SystemUser) { u.Role = role }
}

// try posts a test event in somebody's name and returns the run that it starts.
func (h *harness) try(poster rekey.SystemUser, users ...rekey.SystemUser) rekey.Run {
	h.t.Helper()
	e := rekey.Event{Type: rekey.External, Name: "siem.credential_leaked", PostedBy: poster.ID}
	for _, u := range users {
		e.Users = append(e.Users, u.ID)
	}
	return h.record(e)
}

// The automations are an Administrator's, who might send everybody a password.
func TestTestEventLendsNobodyTheRankOfAnAutomationsOwner(t *testing.T) {
	t.Parallel()
	for name, fixed := range map[string]bool{"those it names": false, "a fixed target": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			operator := h.person("operator@example.org", as(rekey.RoleOperator))
			boss := h.person("boss@example.org", as(rekey.RoleAdministrator))
			params := rekey.SendParams{}
			if fixed {
				params.SystemUser = boss.ID
			}
			h.automation(params)
			run := h.try(operator, boss)
			h.work()
			h.want(run, boss, rekey.DeliverySkipped, rekey.ReasonNotPosters)
			h.wantRun(run, rekey.RunFinished, "")
			if len(h.peer.Messages()) != 0 || h.delivery(run, boss).Verifier != "" || !h.inForce(boss) {
				t.Error("the administrator was touched all the same")
			}
			// The same event from an integration does what the owner may do.
			h.want(h.sent(boss), boss, rekey.DeliverySent, "")
		})
	}
}

// sent is the run of an event from outside, worked off.
func (h *harness) sent(users ...rekey.SystemUser) rekey.Run {
	h.t.Helper()
	run := h.happen(users...)
	h.work()
	return run
}

func TestTestEventReachesWhomBothOwnerAndPosterMay(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	boss := h.person("boss@example.org", as(rekey.RoleAdministrator))
	manager := h.person("manager@example.org", as(rekey.RoleManager))
	peer := h.person("peer@example.org", as(rekey.RoleManager))
	ada := h.person("ada@example.org")
	a := h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.OwnerID = manager.ID })
	run := h.try(boss, ada, peer)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.want(run, peer, rekey.DeliverySkipped, rekey.ReasonNotOwners) // the poster lends nothing either
	h.deactivate(a)

	h.automation(rekey.SendParams{})
	run = h.try(boss, boss)
	h.work()
	h.want(run, boss, rekey.DeliverySkipped, rekey.ReasonNotPosters) // nobody's own
}

// What the poster may do is looked at each time: they lose their rank, or are
// gone, after the run was planned.
func TestPosterOfATestEventIsAskedAtEveryStep(t *testing.T) {
	t.Parallel()
	lose := func(h *harness, poster rekey.SystemUser) { h.change(poster.ID, as(rekey.RoleMember)) }
	block := func(h *harness, poster rekey.SystemUser) {
		h.change(poster.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	}
	for name, c := range map[string]struct {
		step   engine.Step
		happen func(*harness, rekey.SystemUser)
		state  rekey.DeliveryState
		reason rekey.Reason
	}{
		"demoted before issue":       {engine.StepPlanned, lose, rekey.DeliverySkipped, rekey.ReasonNotPosters},
		"blocked before issue":       {engine.StepPlanned, block, rekey.DeliverySkipped, rekey.ReasonOwnerBlocked},
		"demoted before the attempt": {engine.StepBatchEnded, lose, rekey.DeliveryCancelled, rekey.ReasonNotPosters},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
			h.automation(rekey.SendParams{})
			operator, ada := h.person("operator@example.org", as(rekey.RoleOperator)), h.person("ada@example.org")
			h.onStep = func(s engine.Step) {
				if s == c.step {
					h.onStep = func(engine.Step) {}
					c.happen(h, operator)
				}
			}
			run := h.try(operator, ada)
			h.work()
			h.pass(time.Hour)
			h.work()
			h.want(run, ada, c.state, c.reason)
			if len(h.peer.Messages()) != 0 || !h.inForce(ada) {
				t.Error("she was touched all the same")
			}
		})
	}
}

func TestRetryOfATestEventAsksForThePosterToo(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	operator, boss := h.person("operator@example.org", as(rekey.RoleOperator)), h.person("boss@example.org", as(rekey.RoleAdministrator))
	run := h.try(operator, boss)
	h.work()
	d, err := h.Retry(h.ctx, h.delivery(run, boss).ID, rekey.SystemAuthority())
	h.must(err)
	if d.State != rekey.DeliverySkipped || d.Reason != rekey.ReasonNotPosters {
		t.Errorf("tried again it is %s, %q", d.State, d.Reason)
	}
}

func TestTestEventOfSomebodyBlockedStartsNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	operator, ada := h.person("operator@example.org", as(rekey.RoleOperator)), h.person("ada@example.org")
	run := h.try(operator, ada)
	h.change(operator.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.work()
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonOwnerBlocked)
}
