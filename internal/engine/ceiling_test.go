package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// approve lets a run go that is held.
func (h *harness) approve(run rekey.Run) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		approved, err := tx.ApproveRun(h.ctx, run.ID, "approver", h.now())
		if err == nil && !approved {
			h.t.Error("the run was not held for approval")
		}
		return err
	}))
}

// wantStates checks how many deliveries of a run are in which state.
func (h *harness) wantStates(run rekey.Run, want map[rekey.DeliveryState]int64) {
	h.t.Helper()
	tallies, _, err := h.db.Tallies(h.ctx, []string{run.ID}, rekey.RankAdministrator)
	h.must(err)
	got := map[rekey.DeliveryState]int64{}
	for _, t := range tallies[run.ID] {
		got[t.State] += t.Count
	}
	if len(got) != len(want) {
		h.t.Errorf("the run has %v, want %v", got, want)
		return
	}
	for state, n := range want {
		if got[state] != n {
			h.t.Errorf("%d deliveries are %s, want %d", got[state], state, n)
		}
	}
}

func TestRunAboveTheCeilingIsHeldAndTouchesNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 2})
	people := h.people(3)
	run := h.happen(people...)
	h.work()
	h.must(h.Sweep(h.ctx, 0))
	if _, found := h.nextJob(); found {
		t.Error("the sweep takes it for lost")
	}
	h.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryHeld: 3})
	if n := len(h.peer.Messages()); n != 0 {
		t.Fatalf("%d mails were sent by a run that is held", n)
	}
	other := h.automation(rekey.SendParams{SystemUser: people[0].ID}, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "other"}
	})
	event := h.external()
	event.Name = "other"
	h.want(h.postFor(event, other), people[0], rekey.DeliverySent, "")
}

// postFor posts an event, works, and returns the run of one automation.
func (h *harness) postFor(e rekey.Event, a rekey.Automation) rekey.Run {
	h.t.Helper()
	receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{e}, rekey.Authority{})
	h.must(err)
	h.work()
	runs, err := h.db.Runs(h.ctx, rekey.RunQuery{EventID: receipts[0].Event.ID, AutomationID: a.ID, Limit: 1})
	h.must(err)
	if len(runs) != 1 {
		h.t.Fatalf("the event started %d runs of the automation", len(runs))
	}
	return runs[0]
}

func TestApprovedRunReachesWhoStillPassesAllChecksAndNobodyElse(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 2, EverybodyInSelection: true}, h.selected(`user.role == "member" && user.language == "en"`))
	english := func(u *rekey.SystemUser) { u.Language = "en" }
	ada, bob := h.person("ada@example.org", english), h.person("bob@example.org", english)
	cleo, dan := h.person("cleo@example.org", english), h.person("dan@example.org", english)
	run := h.happen()
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
	h.change(bob.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.change(cleo.ID, func(u *rekey.SystemUser) { u.Language = "de" })
	eve := h.person("eve@example.org", english)
	h.approve(run)
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.want(run, ada, rekey.DeliverySent, "")
	h.want(run, dan, rekey.DeliverySent, "")
	h.want(run, bob, rekey.DeliverySkipped, rekey.ReasonBlocked)
	h.want(run, cleo, rekey.DeliverySkipped, rekey.ReasonNotSelected)
	if n := len(h.mailed(eve.Address)); n != 0 {
		t.Error("somebody was reached who was not on the list that was approved")
	}
}

func TestCeilingCountsTheRunsOfAnHour(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 3})
	people := h.people(6)
	first := h.happen(people[:2]...)
	h.work()
	h.wantRun(first, rekey.RunFinished, "")
	second := h.happen(people[2:4]...)
	h.work()
	h.wantRun(second, rekey.RunHeld, rekey.ReasonCeiling)
	third := h.happen(people[4]) // what is held does not count
	h.work()
	h.wantRun(third, rekey.RunFinished, "")
	h.pass(62 * time.Minute)
	later := h.happen(people[5])
	h.work()
	h.wantRun(later, rekey.RunFinished, "")
}

func TestCeilingDoesNotHoldWhatPeopleAskFor(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 1, OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) { a.EventType = rekey.PasswordResetRequested })
	for _, u := range h.people(3) {
		run := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{u.ID}})
		h.work()
		h.wantRun(run, rekey.RunFinished, "")
	}
}

func TestHeldRunLapsesAfterSevenDays(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 1})
	people := h.people(2)
	run := h.happen(people...)
	h.work()
	h.pass(engine.LapseAfter - time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
	h.pass(2 * time.Minute)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonNotApproved)
	h.want(run, people[0], rekey.DeliveryCancelled, rekey.ReasonNotApproved)
	for _, u := range people {
		if n := len(h.mailedTo(u.Address)); n != 0 {
			t.Errorf("%d mails were sent to %s", n, u.Address)
		}
	}
}

func TestHeldRunOfABlockedOwnerWaitsForBoth(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{Ceiling: 1})
	people := h.people(2)
	run := h.happen(people...)
	h.work()
	h.approve(run)
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.work()
	h.wantRun(run, rekey.RunHeld, rekey.ReasonOwnerBlocked)
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: 2})
}

func TestNothingIsTriedAgainInARunThatIsHeld(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{Ceiling: 1})
	people := h.people(2)
	blocked := h.person("blocked@example.org", func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	run := h.happen(append(people, blocked)...)
	h.work()
	if _, err := h.Retry(h.ctx, h.delivery(run, blocked).ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("got %v", err)
	}
	h.wantRun(run, rekey.RunHeld, rekey.ReasonCeiling)
}

func TestRunCountsInTheHourInWhichItIsLetGo(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]rekey.OldPassword{"sure": rekey.KeepUntilChanged, "held until it is known": rekey.RevokeAtOnce} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.crowd(60)
			a := h.everybody(rekey.SendParams{Ceiling: 65, OldPassword: revoke})
			run := h.happen()
			ctx, crash := context.WithCancel(h.ctx)
			h.onStep = func(engine.Step) { crash() }
			if err := h.Execute(ctx, run.ID); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			h.onStep = func(engine.Step) {}
			h.pass(2 * time.Hour)
			h.work()
			h.wantRun(run, rekey.RunFinished, "")
			if lately := h.lately(a); lately != 60 {
				t.Errorf("%d count when it is let go, want 60", lately)
			}
			h.pass(62 * time.Minute)
			if lately := h.lately(a); lately != 0 {
				t.Errorf("%d count an hour later, want none", lately)
			}
		})
	}
}

// lately is how many the runs of an automation have reached in the last hour.
func (h *harness) lately(a rekey.Automation) (people int) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) (err error) {
		people, err = tx.AddRecipients(h.ctx, a.ID, 0, h.now())
		return err
	}))
	return people
}

func TestRetryByHandStaysBelowTheCeiling(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 2, Reply: "550 5.1.1 no such user"}}})
	a := h.automation(rekey.SendParams{Ceiling: 3})
	people := h.people(3)
	run := h.happen(people[:2]...)
	h.work()
	manager := rekey.Authority{Rank: rekey.RankManager}
	_, err := h.Retry(h.ctx, h.delivery(run, people[0]).ID, manager)
	h.must(err)
	failed := h.delivery(run, people[1])
	if _, err = h.Retry(h.ctx, failed.ID, manager); rekey.CodeOf(err) != rekey.CodeConflict || !strings.Contains(err.Error(), "ceiling of 3") {
		t.Errorf("got %v", err)
	}
	if n := h.lately(a); n != 3 {
		t.Errorf("%d count, and one that was refused does not", n)
	}
	_, err = h.Retry(h.ctx, failed.ID, rekey.Authority{Rank: rekey.RankAdministrator})
	h.must(err)
	h.work()
	h.want(run, people[1], rekey.DeliverySent, "")
}

func TestRunThatIsCancelledMeanwhileIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "550 5.1.1 no such user"}, {On: "RCPT", Reply: "451 later"}}})
	h.automation(rekey.SendParams{}, h.selected(`true`))
	people := h.people(2)
	run := h.happen(people...)
	h.work()
	failed := people[0]
	if h.delivery(run, failed).State != rekey.DeliveryFailed {
		failed = people[1]
	}
	h.onMatch = func() { // before it is planned
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
			return err
		}))
	}
	if _, err := h.Retry(h.ctx, h.delivery(run, failed).ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("got %v", err)
	}
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonCancelledByHand)
}
