package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

func (f *fixture) storedRun(id string) rekey.Run {
	f.t.Helper()
	r, err := f.Run(f.ctx, id)
	f.ok(err)
	return r
}

// nextAt is when a batch is looked at again, -1 if never.
func (f *fixture) nextAt(runID string) (at time.Time, open bool) {
	f.t.Helper()
	var n int64
	f.ok(f.one(f.ctx, `SELECT COALESCE(next_at, -1) FROM batches WHERE run_id = $1`, []any{runID}, &n))
	return time.UnixMicro(n).UTC(), n >= 0
}

var runTests = map[string]func(*testing.T, *fixture){
	"ARunIsStoredAsMeant": func(t *testing.T, f *fixture) {
		r := f.run(rekey.RunHeld, func(r *rekey.Run) {
			r.ActsFor, r.AskedBy, r.Reason, r.Detail = "ada", rekey.AskedByOther, rekey.ReasonOwnerBlocked, "why"
			r.StartedAt, r.FinishedAt = at(time.Second), at(time.Minute)
		})
		same(t, f.storedRun(r.ID), r)
		_, err := f.Run(f.ctx, "none")
		wantCode(t, err, rekey.CodeNotFound)
	},
	"AnAutomationRunsOnceForAnEvent": func(t *testing.T, f *fixture) {
		r := f.run(rekey.RunWaiting)
		again := r
		again.ID = f.id()
		if err := f.Update(f.ctx, func(tx *Tx) error { return tx.InsertRun(f.ctx, again) }); err == nil {
			t.Error("a second run of the automation for the event was stored")
		}
	},
	"RunsAreListedFromTheLatestOn": func(t *testing.T, f *fixture) {
		one := f.run(rekey.RunWaiting)
		two := f.run(rekey.RunHeld, func(r *rekey.Run) { r.AutomationID = "other" })
		for _, test := range []struct {
			query rekey.RunQuery
			want  []rekey.Run
		}{
			{rekey.RunQuery{Limit: 10}, []rekey.Run{two, one}}, {rekey.RunQuery{Limit: 1}, []rekey.Run{two}}, {rekey.RunQuery{Limit: 10, Before: two.ID}, []rekey.Run{one}},
			{rekey.RunQuery{Limit: 10, State: rekey.RunHeld}, []rekey.Run{two}}, {rekey.RunQuery{Limit: 10, AutomationID: "automation"}, []rekey.Run{one}},
			{rekey.RunQuery{Limit: 10, EventID: two.EventID}, []rekey.Run{two}},
		} {
			list, err := f.Runs(f.ctx, test.query)
			same(t, got(t, list, err), test.want)
		}
		of, err := f.RunsOf(f.ctx, one.EventID, "none")
		same(t, got(t, of, err), []rekey.Run{one})
		of, err = f.RunsOf(f.ctx, two.EventID, one.EventID)
		same(t, got(t, of, err), []rekey.Run{one, two})
	},
	"RunsAreCalledAfterAutomationAndEvent": func(t *testing.T, f *fixture) {
		a := f.automation("Locked out")
		inside := f.event(func(e *rekey.Event) { e.Type, e.Name, e.SourceID = rekey.UserLocked, "", "inside" })
		outside := f.event(func(e *rekey.Event) { e.Type, e.Name, e.SourceID = rekey.External, "siem.leak", "outside" })
		one := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.AutomationID, r.EventID = a.ID, inside.ID })
		two := f.run(rekey.RunHeld, func(r *rekey.Run) { r.AutomationID, r.EventID = "deleted", outside.ID })
		automations, events, err := f.RunTitles(f.ctx, two.ID, one.ID, "none")
		same(t, got(t, automations, err), map[string]string{one.ID: "Locked out", two.ID: ""})
		same(t, events, map[string]rekey.Event{one.ID: {Type: rekey.UserLocked}, two.ID: {Type: rekey.External, Name: "siem.leak"}})
	},
	"ARunIsMovedOnlyFromWhereItWasRead": func(t *testing.T, f *fixture) {
		r := f.run(rekey.RunWaiting)
		move := func(from, to rekey.Run) (moved bool) {
			f.write(func(tx *Tx) (err error) { moved, err = tx.MoveRun(f.ctx, from, to); return err })
			return moved
		}
		planning := r
		planning.State, planning.Phase, planning.Place, planning.StartedAt, planning.UpdatedAt = rekey.RunPlanning, rekey.PhaseHold, "500", at(time.Minute), at(time.Minute)
		planning.AutomationVersion = 3
		planning.Candidates, planning.Looked, planning.Recipients, planning.Spent = 1200, 500, 400, 77
		same(t, move(r, planning), true)
		same(t, f.storedRun(r.ID), planning)
		further := planning
		further.Place, further.Looked = "1000", 1000
		for _, elsewhere := range []func(*rekey.Run){
			func(r *rekey.Run) { r.State = rekey.RunWaiting },
			func(r *rekey.Run) { r.Phase = rekey.PhasePlan },
			func(r *rekey.Run) { r.Place = "0" },
		} {
			from := planning
			elsewhere(&from)
			same(t, move(from, further), false)
		}
		same(t, f.storedRun(r.ID), planning)
		same(t, move(planning, further), true)
		same(t, move(planning, further), false)
	},
	"ACancelledRunSendsNothingMore": func(t *testing.T, f *fixture) {
		queued, deferred, under := f.user(), f.user(), f.user()
		run, list := f.queued(queued, deferred, under)
		later, flying := begun(list[1], deferred, noon), begun(list[2], under, noon)
		later.State, later.Attempting, later.Doubtful, later.NextAttempt, later.Claim = rekey.DeliveryDeferred, false, true, at(time.Minute), ""
		f.issue(later, flying)
		cancel := func() (done bool) {
			f.write(func(tx *Tx) (err error) {
				done, err = tx.CancelRun(f.ctx, run.ID, rekey.ReasonCancelledByHand, at(time.Second))
				return err
			})
			return done
		}
		same(t, cancel(), true)
		same(t, cancel(), false)
		same(t, f.storedRun(run.ID).State, rekey.RunCancelled)
		for i, want := range []rekey.DeliveryState{rekey.DeliveryCancelled, rekey.DeliveryCancelled, rekey.DeliveryIssued} {
			d := f.delivery(list[i].ID)
			same(t, d.State, want)
			if want == rekey.DeliveryCancelled && (d.Sealed != nil || d.Reason != rekey.ReasonCancelledByHand) {
				t.Errorf("%+v", d)
			}
		}
		if !f.delivery(later.ID).Live(at(time.Hour)) {
			t.Error("what may have been mailed does not work any more (I2)")
		}
		// The attempt under way is looked at once more, even if its job is lost.
		if _, open := f.nextAt(run.ID); !open {
			t.Error("nobody looks at the attempt under way any more")
		}
		f.write(func(tx *Tx) error {
			_, err := tx.Settle(f.ctx, []rekey.Delivery{accepted(flying, at(time.Minute))})
			return err
		})
		f.write(func(tx *Tx) error { _, err := tx.CloseBatch(f.ctx, run.ID, 1, at(time.Minute)); return err })
		if _, open := f.nextAt(run.ID); open {
			t.Error("its batch stays open")
		}
		same(t, f.storedRun(run.ID).State, rekey.RunCancelled)
	},
	"ACancelledRunWithNothingUnderWayIsClosed": func(t *testing.T, f *fixture) {
		run, _ := f.queued(f.user())
		f.write(func(tx *Tx) error {
			_, err := tx.CancelRun(f.ctx, run.ID, rekey.ReasonCancelledByHand, noon)
			return err
		})
		if _, open := f.nextAt(run.ID); open {
			t.Error("its batch stays open")
		}
	},
	"RunsThatWaitAreCancelledWithTheirAutomation": func(t *testing.T, f *fixture) {
		waiting, held, sending := f.run(rekey.RunWaiting), f.run(rekey.RunHeld), f.run(rekey.RunSending)
		other := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.AutomationID = "other" })
		n, err := f.WaitingRuns(f.ctx, "automation")
		same(t, got(t, n, err), 2)
		f.write(func(tx *Tx) (err error) {
			n, err = tx.CancelWaiting(f.ctx, "automation", rekey.ReasonAutomationInactive, at(time.Minute))
			return err
		})
		same(t, n, 2)
		for id, want := range map[string]rekey.RunState{
			waiting.ID: rekey.RunCancelled, held.ID: rekey.RunCancelled, sending.ID: rekey.RunSending, other.ID: rekey.RunWaiting,
		} {
			same(t, f.storedRun(id).State, want)
		}
	},
	"ATrialStaysOne": func(t *testing.T, f *fixture) {
		a := f.automation("Tried", func(a *rekey.Automation) { a.Status = rekey.AutomationTrial })
		first := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.AutomationID, r.Trial = a.ID, true })
		later, active := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.AutomationID = a.ID }), f.run(rekey.RunWaiting)
		move := func(r rekey.Run, trial bool) {
			to := r
			to.Trial, to.UpdatedAt = trial, at(time.Second)
			f.write(func(tx *Tx) error { moved, err := tx.MoveRun(f.ctx, r, to); same(t, moved, true); return err })
		}
		move(first, false)
		move(later, true)
		move(active, false)
		for _, run := range []rekey.Run{first, later, active} {
			same(t, f.storedRun(run.ID).Trial, run.ID != active.ID)
		}
		for filter, want := range map[rekey.TrialFilter][]string{
			rekey.OnlyTrials: {later.ID, first.ID}, rekey.NoTrials: {active.ID}, "": {active.ID, later.ID, first.ID},
		} {
			runs, err := f.Runs(f.ctx, rekey.RunQuery{Trial: filter, Limit: 10})
			same(t, ids(got(t, runs, err), func(r rekey.Run) string { return r.ID }), want)
			n, err := f.CountRuns(f.ctx, rekey.RunQuery{Trial: filter}, 10)
			same(t, got(t, n, err), len(want))
		}
		depth, err := f.Depth(f.ctx)
		same(t, got(t, depth, err)["runs"], 1)
		waiting, _, err := f.Backlog(f.ctx, at(time.Hour), 10)
		same(t, got(t, waiting, err), 1)
		due := func(status rekey.AutomationStatus) (due bool) {
			f.write(func(tx *Tx) error {
				stored, err := tx.Automation(f.ctx, a.ID)
				if err != nil {
					return err
				}
				stored.Status = status
				if err := tx.UpdateAutomation(f.ctx, stored, stored.Version, ""); err != nil {
					return err
				}
				due, err = tx.RunsDue(f.ctx, a.ID, at(time.Hour))
				return err
			})
			return due
		}
		same(t, due(rekey.AutomationTrial), true)
		same(t, due(rekey.AutomationActive), false) // a trial does not keep the schedule from its next run
	},
	"ARunThatWasApprovedEndsWithItsHeldDeliveries": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunHeld, func(r *rekey.Run) { r.Reason = rekey.ReasonCeiling })
		f.write(func(tx *Tx) error {
			approved, err := tx.ApproveRun(f.ctx, run.ID, "approver", at(time.Second))
			same(t, got(t, approved, err), true)
			_, err = tx.CancelWaiting(f.ctx, "automation", rekey.ReasonAutomationInactive, at(time.Minute))
			return err
		})
		same(t, f.storedRun(run.ID).Phase, rekey.PhaseEnd)
	},
	"HeldRunsOfAnAutomationAreLetGoOrEndTogether": func(t *testing.T, f *fixture) {
		owner := f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
		a := f.automation("Many", func(a *rekey.Automation) { a.OwnerID = owner.ID })
		held := func(reason rekey.Reason, version int64, reached int, when time.Duration) rekey.Run {
			run := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.AutomationID = a.ID })
			to := run
			to.State, to.Reason, to.Recipients, to.AutomationVersion, to.UpdatedAt = rekey.RunHeld, reason, reached, version, at(when)
			f.write(func(tx *Tx) error { moved, err := tx.MoveRun(f.ctx, run, to); same(t, moved, true); return err })
			return run
		}
		first, second := held(rekey.ReasonCeiling, 3, 19, time.Second), held(rekey.ReasonCeiling, 3, 2, 2*time.Second)
		old, stopped := held(rekey.ReasonCeiling, 2, 5, 3*time.Second), held(rekey.ReasonOwnerBlocked, 0, 0, 4*time.Second)
		late := held(rekey.ReasonCeiling, 3, 7, time.Minute)
		counted, err := f.HeldRuns(f.ctx, a.ID, 3, at(30*time.Second))
		same(t, got(t, counted, err), rekey.HeldRuns{Runs: 2, People: 21, Outdated: 1, Stopped: 1, Until: at(4 * time.Second)})
		byReason, err := f.HeldByReason(f.ctx)
		same(t, got(t, byReason, err), map[string]int{"above_ceiling": 4, "owner_blocked": 1, "stopped_itself": 0, "stopped_by_hand": 0})
		depth, err := f.Depth(f.ctx)
		same(t, got(t, depth, err)["runs"], 0)
		states := func() (list []rekey.RunState) {
			for _, run := range []rekey.Run{first, second, old, stopped, late} {
				list = append(list, f.storedRun(run.ID).State)
			}
			return list
		}
		f.write(func(tx *Tx) error {
			n, err := tx.ApproveRuns(f.ctx, a.ID, 3, "approver", at(30*time.Second), at(time.Hour))
			same(t, n, 2)
			return err
		})
		same(t, states(), []rekey.RunState{rekey.RunPlanning, rekey.RunPlanning, rekey.RunHeld, rekey.RunHeld, rekey.RunHeld})
		same(t, f.storedRun(first.ID).Candidates, 19)
		f.write(func(tx *Tx) error {
			if err := tx.CarryRuns(f.ctx, a.ID, 2, 3); err != nil {
				return err
			}
			return tx.ResumeRuns(f.ctx, owner.ID, at(time.Hour))
		})
		same(t, f.storedRun(old.ID).AutomationVersion, 3)
		f.write(func(tx *Tx) error {
			n, err := tx.CancelHeld(f.ctx, a.ID, rekey.ReasonCancelledByHand, at(30*time.Second), at(time.Hour))
			same(t, n, 2)
			return err
		})
		same(t, states(), []rekey.RunState{rekey.RunPlanning, rekey.RunPlanning, rekey.RunCancelled, rekey.RunCancelled, rekey.RunHeld})
		approvers, err := f.Approvers(f.ctx, 1, 10)
		same(t, ids(got(t, approvers, err), func(u rekey.SystemUser) string { return u.ID }), []string{owner.ID})
	},
	"ACancelledRunIsNotReopened": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunCancelled, func(r *rekey.Run) { r.FinishedAt = noon })
		f.write(func(tx *Tx) error { return tx.ReopenRun(f.ctx, run.ID, at(time.Hour)) })
		same(t, f.storedRun(run.ID).State, rekey.RunCancelled)
	},
	"ARunIsReopenedForARetryByHand": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunFinished, func(r *rekey.Run) { r.FinishedAt = noon })
		f.write(func(tx *Tx) error { return tx.ReopenRun(f.ctx, run.ID, at(time.Hour)) })
		run.State, run.FinishedAt, run.UpdatedAt, run.Reopened = rekey.RunSending, time.Time{}, at(time.Hour), true
		same(t, f.storedRun(run.ID), run)
		sending := f.run(rekey.RunSending)
		f.write(func(tx *Tx) error { return tx.ReopenRun(f.ctx, sending.ID, at(time.Hour)) })
		same(t, f.storedRun(sending.ID).Reopened, false) // it has not ended before
	},
	"ARunThatIsDueAndHasNoJobIsFoundOnce": func(t *testing.T, f *fixture) {
		due := f.run(rekey.RunWaiting)
		second := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.DueAt = at(time.Second) })
		f.run(rekey.RunHeld) // nobody who may act owns its automation
		f.run(rekey.RunWaiting, func(r *rekey.Run) { r.DueAt = at(time.Hour) })
		f.run(rekey.RunSending)
		lost := func(before, now time.Duration, limit int) (jobs []engine.Task) {
			f.write(func(tx *Tx) (err error) { jobs, err = tx.LostRuns(f.ctx, at(before), at(now), limit); return err })
			return jobs
		}
		same(t, lost(-1, time.Minute, 10), nil)
		same(t, lost(time.Minute, 2*time.Minute, 1), []engine.Task{{Kind: engine.TaskExecute, RunID: due.ID}})
		same(t, lost(time.Minute, 2*time.Minute, 10), []engine.Task{{Kind: engine.TaskExecute, RunID: second.ID}})
		same(t, lost(time.Minute, 2*time.Minute, 10), nil)
		same(t, len(lost(2*time.Minute, 3*time.Minute, 10)), 2)
	},
	"ABatchThatIsDueAndHasNoJobIsFoundOnce": func(t *testing.T, f *fixture) {
		run, _ := f.queued(f.user())
		later, _ := f.queued(f.user())
		f.write(func(tx *Tx) error { return tx.PostponeBatch(f.ctx, later.ID, 1, at(time.Hour)) })
		lost := func(before, now time.Duration) (jobs []engine.Task) {
			f.write(func(tx *Tx) (err error) { jobs, err = tx.LostBatches(f.ctx, at(before), at(now), 10); return err })
			return jobs
		}
		same(t, lost(-1, 0), nil)
		same(t, lost(time.Minute, 2*time.Minute), []engine.Task{{Kind: engine.TaskDeliver, RunID: run.ID, Batch: 1}})
		same(t, lost(time.Minute, 2*time.Minute), nil)
		same(t, len(lost(time.Hour, 2*time.Hour)), 2)
	},
}
