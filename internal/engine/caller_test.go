package engine_test

import (
	"fmt"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// calls notes a call of the API by password.
func (h *harness) calls(u rekey.SystemUser) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.TouchPasswordCall(h.ctx, u.ID, h.now()) }))
}

// caller adds a Hybrid user who calls the API by password.
func (h *harness) caller(address string) rekey.SystemUser {
	h.t.Helper()
	u := h.person(address, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
	h.calls(u)
	return u
}

func toWhoAsks(a *rekey.Automation) {
	a.EventType, a.OwnerID, a.BuiltIn = rekey.PasswordResetRequested, "", "password_reset"
}

func toWhoIsAskedFor(a *rekey.Automation) {
	a.EventType, a.OwnerID, a.BuiltIn = rekey.PasswordSendRequested, "", "password_send"
}

// Nothing that somebody changes in a built-in automation keeps a Hybrid user who
// asked in person from the mail, or their programs from the old password.
func TestHybridCallerWhoAskedInPersonIsMailedAndKeepsTheOldPassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	noCallers := h.selected(`!user.uses_api`)
	n := 0
	mailed := func(event rekey.Event, change ...func(*rekey.Automation)) func(rekey.SendParams) {
		return func(params rekey.SendParams) {
			t.Helper()
			a := h.automation(params, change...)
			defer h.deactivate(a)
			n++
			ada, program := h.caller(fmt.Sprintf("ada%d@example.org", n)), h.person(fmt.Sprintf("program%d@example.org", n), func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
			event.Users = []string{ada.ID}
			run := h.record(event)
			h.work()
			h.want(run, ada, rekey.DeliverySent, "")
			if d := h.delivery(run, ada); d.OldPassword != rekey.KeepUntilChanged || !h.inForce(ada) {
				t.Errorf("%+v: %s, in force: %t", params, d.OldPassword, h.inForce(ada))
			}
			event.Users = []string{program.ID}
			if run = h.record(event); !params.IncludeAPIUsers {
				h.work()
				h.want(run, program, rekey.DeliverySkipped, rekey.ReasonAPIUser)
			}
		}
	}
	forgot := rekey.Event{Type: rekey.PasswordResetRequested}
	send := rekey.Event{Type: rekey.PasswordSendRequested, PostedBy: boss.ID}
	mailed(forgot, toWhoAsks)(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	mailed(forgot, toWhoAsks, noCallers)(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		mailed(send, toWhoIsAskedFor)(rekey.SendParams{OldPassword: old})
		mailed(send, toWhoIsAskedFor, noCallers)(rekey.SendParams{OldPassword: old})
		mailed(send, toWhoIsAskedFor)(rekey.SendParams{OldPassword: old, IncludeAPIUsers: true})
	}
}

func TestHybridCallerWhoDidNotAskIsLeftAlone(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.caller("ada@example.org")
	keep := rekey.SendParams{OldPassword: rekey.KeepUntilChanged}
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	other := h.person("other@example.org")
	for name, c := range map[string]struct {
		event  rekey.Event
		params rekey.SendParams
		change func(*rekey.Automation)
	}{
		"an automation":            {rekey.Event{Type: rekey.UserRestored, Users: []string{ada.ID}}, keep, func(a *rekey.Automation) { a.EventType = rekey.UserRestored }},
		"a lock":                   {rekey.Event{Type: rekey.UserLocked, Users: []string{ada.ID}}, keep, func(a *rekey.Automation) { a.EventType = rekey.UserLocked }},
		"an expired mail":          {rekey.Event{Type: rekey.PasswordExpired, Users: []string{ada.ID}}, keep, func(a *rekey.Automation) { a.EventType = rekey.PasswordExpired }},
		"another automation's ask": {rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{ada.ID}, PostedBy: boss.ID}, keep, func(a *rekey.Automation) { a.EventType = rekey.PasswordSendRequested }},
		"somebody else's ask": {rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{other.ID}},
			rekey.SendParams{OldPassword: rekey.KeepUntilChanged, SystemUser: ada.ID}, toWhoAsks},
	} {
		a := h.automation(c.params, c.change)
		run := h.record(c.event)
		h.work()
		if d := h.delivery(run, ada); d.State != rekey.DeliverySkipped || d.Reason != rekey.ReasonAPIUser {
			t.Errorf("%s: %s %s", name, d.State, d.Reason)
		}
		h.deactivate(a)
	}
}

// An Administrator ends the password of a Hybrid account that was taken over by
// an automation that says so.
func TestRevocationThatNobodyAskedForFollowsItsAutomation(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce, IncludeAPIUsers: true})
	ada := h.caller("ada@example.org")
	h.want(h.revoke(ada), ada, rekey.DeliverySent, "")
	if h.inForce(ada) {
		t.Error("the old password works")
	}
}

// Somebody calls the API for the first time after they were asked for.
func TestWhoBecomesACallerKeepsTheOldPasswordToo(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
		for _, at := range []engine.Step{engine.StepPlanned, engine.StepRecorded} {
			if old == rekey.RevokeAtOnce && at == engine.StepRecorded {
				continue // it was revoked with the first attempt
			}
			t.Run(string(old)+", "+string(at), func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
				h.automation(rekey.SendParams{OldPassword: old}, toWhoIsAskedFor)
				boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
				ada := h.person("ada@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid })
				h.onStep = func(s engine.Step) {
					if s == at {
						h.calls(ada)
					}
				}
				run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{ada.ID}, PostedBy: boss.ID})
				h.work()
				h.pass(time.Hour)
				h.work()
				h.want(run, ada, rekey.DeliverySent, "")
				if d := h.delivery(run, ada); d.OldPassword != rekey.KeepUntilChanged || !h.inForce(ada) {
					t.Errorf("%s, in force: %t", d.OldPassword, h.inForce(ada))
				}
			})
		}
	}
}

// Only the deliveries of a run that revoke take the place of unfinished ones,
// also of those that were planned while the run was.
func TestRunThatRevokesAndKeepsDoesEachWhereItHolds(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.ReplaceWhenSent, IncludeAPIUsers: true})
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, toWhoIsAskedFor)
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	ada, bo := h.caller("ada@example.org"), h.person("bo@example.org")
	other := h.happen(ada, bo)
	planOther := h.mustJob(engine.TaskExecute)
	run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{ada.ID, bo.ID}, PostedBy: boss.ID})
	h.onUpdate = func() {
		h.onUpdate = func() {}
		h.must(h.run(planOther))
	}
	h.work()
	h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonAlreadyBeing)
	h.want(run, bo, rekey.DeliverySent, "")
	h.want(other, ada, rekey.DeliverySent, "")
	if d := h.delivery(other, bo); d.State != rekey.DeliverySuperseded {
		t.Errorf("%s %s", d.State, d.Reason)
	}
}

func TestPreviewSaysThatAHybridCallerKeepsTheOldPassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{OldPassword: rekey.ReplaceWhenSent}, toWhoIsAskedFor)
	ada, bo := h.caller("ada@example.org"), h.person("bo@example.org")
	decisions, err := h.Preview(h.ctx, a, rekey.SystemAuthority(), []string{ada.Address, bo.ID})
	h.must(err)
	if len(decisions) != 2 || decisions[0].Reason != "" || decisions[0].OldPassword != rekey.KeepUntilChanged || decisions[1].OldPassword != rekey.ReplaceWhenSent {
		t.Errorf("%+v", decisions)
	}
}
