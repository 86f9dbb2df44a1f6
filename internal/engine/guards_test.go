package engine_test

import (
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func TestChecksAreRecordedInTheirOrder(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	manager := h.person("manager@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	h.automation(rekey.SendParams{}, h.selected(`user.attributes.team == "blue" && int(user.attributes.level) > 0`), func(a *rekey.Automation) { a.OwnerID = manager.ID })
	blue := func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "blue", "level": "1"} }
	cases := []struct {
		user   rekey.SystemUser
		reason rekey.Reason
	}{
		{h.person("blocked@example.org", func(u *rekey.SystemUser) { u.Status, u.Type = rekey.UserBlocked, rekey.TypeAPI }), rekey.ReasonBlocked},
		{h.person("api@example.org", func(u *rekey.SystemUser) { u.Type, u.Role = rekey.TypeAPI, rekey.RoleAdministrator }), rekey.ReasonAPIUser},
		{h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator }), rekey.ReasonNotOwners},
		{h.person("peer@example.org", blue, func(u *rekey.SystemUser) { u.Role = rekey.RoleManager }), rekey.ReasonNotOwners},
		{manager, rekey.ReasonNotOwners},
		{h.person("red@example.org", func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "red"} }), rekey.ReasonNotSelected},
		{h.person("teamless@example.org"), rekey.ReasonNotSelected},
		{h.person("unclear@example.org", func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "blue", "level": "high"} }), rekey.ReasonNotEvaluated},
		{h.person("hybrid@example.org", blue, func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid }), ""},
		{h.person("ui@example.org", blue), ""},
	}
	event := h.external()
	event.Users = append(event.Users, "nobody@example.org")
	for _, c := range cases {
		event.Users = append(event.Users, c.user.ID, c.user.Address) // named twice, taken once
	}
	run := h.post(event)
	h.work()
	list := h.deliveries(run)
	if len(list) != len(cases)+1 {
		t.Fatalf("%d deliveries, want one for each of %d candidates", len(list), len(cases)+1)
	}
	if list[0].Reason != rekey.ReasonNotSystemUser || list[0].Subject != "nobody@example.org" {
		t.Errorf("the unknown one is recorded as %q", list[0].Reason)
	}
	for _, c := range cases {
		state := rekey.DeliverySkipped
		if c.reason == "" {
			state = rekey.DeliverySent
		}
		h.want(run, c.user, state, c.reason)
	}
	if n := len(h.peer.Messages()); n != 2 {
		t.Errorf("%d mails were sent, want 2", n)
	}
}

// TestDelayedRunIsCalculatedWhenItExecutes lets people change during a delay of
// two days across a clock change.
func TestDelayedRunIsCalculatedWhenItExecutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		when time.Time
		due  time.Time
	}{
		{"Europe/Berlin", time.Date(2026, 3, 28, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2026, 10, 24, 7, 0, 0, 0, time.UTC), time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 3, 7, 14, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 10, 31, 13, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 14, 0, 0, 0, time.UTC)},
	} {
		t.Run(c.zone+" "+c.when.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.pass(c.when.Sub(h.now()))
			h.automation(rekey.SendParams{}, h.selected(`user.language != "fr"`), func(a *rekey.Automation) {
				a.Delay, a.TimeZone = rekey.Delay{Unit: rekey.Days, Value: 2}, c.zone
			})
			stays := h.person("stays@example.org")
			api := h.person("api@example.org")
			blocked := h.person("blocked@example.org")
			leaves := h.person("leaves@example.org")
			joins := h.person("joins@example.org", func(u *rekey.SystemUser) { u.Language = "fr" })
			run := h.happen(stays, api, blocked, leaves, joins)
			if !run.DueAt.Equal(c.due) {
				t.Fatalf("due at %s, want %s", run.DueAt, c.due)
			}
			h.pass(c.due.Sub(c.when) - time.Second)
			h.work()
			h.wantRun(run, rekey.RunWaiting, "")

			h.change(api.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
			h.change(blocked.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
			h.change(leaves.ID, func(u *rekey.SystemUser) { u.Language = "fr" })
			h.change(joins.ID, func(u *rekey.SystemUser) { u.Language = "de" })
			h.pass(time.Second)
			h.work()
			h.want(run, stays, rekey.DeliverySent, "")
			h.want(run, joins, rekey.DeliverySent, "")
			h.want(run, api, rekey.DeliverySkipped, rekey.ReasonAPIUser)
			h.want(run, blocked, rekey.DeliverySkipped, rekey.ReasonBlocked)
			h.want(run, leaves, rekey.DeliverySkipped, rekey.ReasonNotSelected)
		})
	}
}

// TestGuardsAreLookedAtAgain changes people after planning, before issue.
func TestGuardsAreLookedAtAgainWhenThePasswordIsIssued(t *testing.T) {
	t.Parallel()
	for reason, change := range map[rekey.Reason]func(*rekey.SystemUser){
		rekey.ReasonAPIUser:   func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI },
		rekey.ReasonBlocked:   func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked },
		rekey.ReasonNotOwners: func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator },
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			manager := h.person("manager@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
			h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.OwnerID = manager.ID })
			ada := h.person("ada@example.org")
			h.onStep = func(s engine.Step) {
				if s == engine.StepPlanned {
					h.change(ada.ID, change)
				}
			}
			run := h.happen(ada)
			h.work()
			h.want(run, ada, rekey.DeliverySkipped, reason)
			if d := h.delivery(run, ada); d.Verifier != "" || d.Sealed != nil {
				t.Error("a password was made all the same")
			}
			if len(h.peer.Messages()) != 0 {
				t.Error("a mail was sent all the same")
			}
			h.wantRun(run, rekey.RunFinished, "")
		})
	}
}

func TestGuardsAreLookedAtAgainBeforeARetry(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "451 later"}}})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.change(ada.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	h.pass(time.Hour)
	h.work()
	h.want(run, ada, rekey.DeliveryCancelled, rekey.ReasonAPIUser)
	if !h.inForce(ada) {
		t.Error("the API user's password is not in force")
	}
}

func TestAPIUserIsReachedOnlyWhereTheJobSaysSo(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{IncludeAPIUsers: true})
	api := h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	run := h.happen(api)
	h.work()
	h.want(run, api, rekey.DeliverySent, "")
}

func TestRunOfAnAutomationThatIsNotActiveIsCancelled(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 1} })
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.deactivate(a)
	h.pass(time.Hour)
	h.work()
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonAutomationInactive)
}

func TestRunOfABlockedOwnerIsHeldUntilTheyAreRestored(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	run := h.happen(ada)
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonOwnerBlocked)
	h.pass(2 * time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonOwnerBlocked)

	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
	h.pass(2 * time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestSelectionThatCannotBeCalculatedTouchesNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, h.selected(`user.no_such_field`))
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.wantRun(run, rekey.RunFailed, rekey.ReasonSelectionBroken)
	if len(h.peer.Messages()) != 0 || !h.inForce(ada) {
		t.Error("somebody was touched all the same")
	}
}

func TestAutomationsStopAfterThreeMailsInADay(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	for range 3 {
		h.happen(ada)
		h.work()
		h.pass(time.Minute)
		h.choose(ada, "new")
		h.pass(time.Minute)
	}
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonThreeInADay)
	h.pass(24 * time.Hour)
	run = h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestAutomationsStopAfterThreeMailsThatNobodyUsed(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	for range 3 {
		h.happen(ada)
		h.work()
		h.pass(48 * time.Hour)
	}
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonThreeUnused)
	h.choose(ada, "new")
	h.pass(time.Minute)
	run = h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestSomebodyWhoAsksIsSentOneMailInAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
		a.EventType, a.OwnerID = rekey.PasswordResetRequested, ""
	})
	ada := h.person("ada@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	ask := func() rekey.Run {
		run := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}})
		h.work()
		return run
	}
	h.want(ask(), ada, rekey.DeliverySent, "")
	h.pass(14 * time.Minute)
	h.want(ask(), ada, rekey.DeliverySkipped, rekey.ReasonTooOften)
	for range 2 {
		h.pass(20 * time.Minute)
		h.want(ask(), ada, rekey.DeliverySent, "")
	}
	h.pass(20 * time.Minute)
	h.want(ask(), ada, rekey.DeliverySkipped, rekey.ReasonTooOften)
}

func TestRequestActsWithTheAuthorityOfWhoeverAsked(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.EventType, a.OwnerID, a.BuiltIn = rekey.PasswordSendRequested, "", "send" })
	manager := h.person("manager@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	ada := h.person("ada@example.org")
	run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{ada.ID, boss.ID}, PostedBy: manager.ID})
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.want(run, boss, rekey.DeliverySkipped, rekey.ReasonNotOwners)
}

func TestAnotherAutomationOnARequestActsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	manager := h.person("manager@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, func(a *rekey.Automation) {
		a.EventType, a.OwnerID = rekey.PasswordSendRequested, manager.ID
	})
	boss := h.person("boss@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	other := h.person("other@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{other.ID}, PostedBy: boss.ID})
	h.work()
	h.want(run, other, rekey.DeliverySkipped, rekey.ReasonNotOwners)
	if run.AskedBy != rekey.AskedByNobody {
		t.Error("the limits on what is sent unasked do not apply to the run")
	}
}

func TestPreviewSaysWhoAndWhyNotAndTouchesNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	api := h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	decisions, err := h.Preview(h.ctx, a, h.user(a.OwnerID).Authority(), []string{ada.Address, api.ID})
	h.must(err)
	if len(decisions) != 2 || decisions[0].Reason != "" || decisions[1].Reason != rekey.ReasonAPIUser {
		t.Errorf("preview says %v", decisions)
	}
	runs, err := h.db.Runs(h.ctx, rekey.RunQuery{Limit: 1})
	h.must(err)
	if len(runs) != 0 {
		t.Error("the preview started a run")
	}
}

func TestMailSaysYourAccountOnlyToThoseWhomTheEventNames(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	watch := h.person("watch@example.org")
	locked := func(a *rekey.Automation) { a.EventType = rekey.UserLocked }
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, locked)
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged, SystemUser: watch.ID}, locked)
	ada := h.person("ada@example.org")
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := h.Record(h.ctx, tx, rekey.Event{Type: rekey.UserLocked, Users: []string{ada.ID}})
		return err
	}))
	h.work()
	const yours = "your account was locked"
	if text := h.mailedTo(ada.Address)[0].Text; !strings.Contains(text, yours) {
		t.Errorf("the mail to the one who was locked says: %s", text)
	}
	if text := h.mailedTo(watch.Address)[0].Text; strings.Contains(text, yours) {
		t.Errorf("the mail to somebody else says: %s", text)
	}
}

func TestRevocationIsDoneOnceInAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	ada := h.person("ada@example.org")
	h.want(h.revoke(ada), ada, rekey.DeliverySent, "")
	h.pass(59 * time.Minute)
	h.want(h.revoke(ada), ada, rekey.DeliverySkipped, rekey.ReasonRevokedRecently)
	h.pass(2 * time.Minute)
	h.want(h.revoke(ada), ada, rekey.DeliverySent, "")
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return tx.EndMailed(h.ctx, ada.ID, rekey.ReasonAddressChanged, h.now())
	}))
	h.want(h.revoke(ada), ada, rekey.DeliverySent, "") // or she would have no way in
}

// revoke lets an event happen to somebody and does the work.
func (h *harness) revoke(u rekey.SystemUser) rekey.Run {
	h.t.Helper()
	run := h.happen(u)
	h.work()
	return run
}
