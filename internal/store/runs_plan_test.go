package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// held is a run with deliveries to users that wait for approval.
func (f *fixture) held(users ...rekey.SystemUser) (rekey.Run, []rekey.Delivery) {
	f.t.Helper()
	run := f.run(rekey.RunWaiting)
	list := make([]rekey.Delivery, len(users))
	for i, u := range users {
		list[i] = rekey.Delivery{ID: f.id(), RunID: run.ID, UserID: u.ID, Subject: u.ID, Number: 1, Batch: 1,
			State: rekey.DeliveryHeld, OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon}
	}
	holding := run
	holding.State, holding.Reason, holding.Recipients, holding.StartedAt = rekey.RunHeld, rekey.ReasonCeiling, len(users), noon
	f.write(func(tx *Tx) error {
		if _, err := tx.MoveRun(f.ctx, run, holding); err != nil {
			return err
		}
		return tx.PlanPart(f.ctx, list)
	})
	return f.storedRun(run.ID), list
}

var planningTests = map[string]func(*testing.T, *fixture){
	"WhatIsHeldKeepsNobodyOutAndIsReleased": func(t *testing.T, f *fixture) {
		one, two := f.user(), f.user()
		run, list := f.held(one, two)
		f.queued(one) // has another, which is unfinished
		found, err := f.Held(f.ctx, run.ID, "", 10)
		same(t, ids(got(t, found, err), func(d rekey.Delivery) string { return d.ID }), []string{list[0].ID, list[1].ID})
		found, err = f.Held(f.ctx, run.ID, list[0].ID, 10)
		same(t, len(got(t, found, err)), 1)
		list[0].State, list[0].Reason = rekey.DeliverySkipped, rekey.ReasonAlreadyBeing
		list[1].State = rekey.DeliveryQueued
		f.write(func(tx *Tx) error { return tx.Release(f.ctx, list) })
		same(t, f.delivery(list[0].ID).Reason, rekey.ReasonAlreadyBeing)
		same(t, f.delivery(list[1].ID).State, rekey.DeliveryQueued)
		tallies, _, err := f.Tallies(f.ctx, []string{run.ID}, rekey.RankAdministrator)
		same(t, len(got(t, tallies, err)[run.ID]), 2)
	},
	"ARunIsApprovedOnce": func(t *testing.T, f *fixture) {
		run, _ := f.held(f.user())
		for _, want := range []bool{true, false} {
			f.write(func(tx *Tx) error {
				approved, err := tx.ApproveRun(f.ctx, run.ID, "ada", at(time.Minute))
				same(t, approved, want)
				return err
			})
		}
		approved := f.storedRun(run.ID)
		same(t, approved.State, rekey.RunPlanning)
		same(t, approved.Phase, rekey.PhaseRelease)
		same(t, approved.ApprovedBy, "ada")
		same(t, []int{approved.Candidates, approved.Recipients}, []int{1, 0})
	},
	"WhatNobodyApprovesLapsesAndIsEnded": func(t *testing.T, f *fixture) {
		run, list := f.held(f.user(), f.user())
		lapse := func(before time.Time) (n int) {
			f.write(func(tx *Tx) (err error) { n, err = tx.LapseRuns(f.ctx, before, at(time.Hour), 10); return err })
			return n
		}
		same(t, lapse(at(-time.Second)), 0)
		same(t, lapse(noon), 1)
		same(t, f.storedRun(run.ID).Phase, rekey.PhaseEnd)
		f.write(func(tx *Tx) error {
			jobs, err := tx.LostRuns(f.ctx, at(time.Hour), at(2*time.Hour), 10)
			same(t, jobs, []engine.Task{{Kind: engine.TaskExecute, RunID: run.ID}})
			return err
		})
		f.write(func(tx *Tx) error {
			to, _, moved, err := tx.EndPart(f.ctx, f.storedRun(run.ID), at(time.Hour), 1, nil)
			same(t, to.Place, list[0].ID)
			same(t, moved, true)
			return err
		})
		same(t, f.delivery(list[0].ID).State, rekey.DeliveryCancelled)
		same(t, f.delivery(list[1].ID).State, rekey.DeliveryHeld)
	},
	"BatchesAreOpenedTogetherAndTakeTurns": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunSending)
		f.write(func(tx *Tx) error { return tx.OpenBatches(f.ctx, run.ID, 1, 5, 3, noon) })
		lost := func() (numbers []int) {
			f.write(func(tx *Tx) error {
				jobs, err := tx.LostBatches(f.ctx, at(time.Minute), at(time.Minute), 10)
				for _, job := range jobs {
					numbers = append(numbers, job.Batch)
				}
				return err
			})
			return numbers
		}
		same(t, len(lost()), 3)
		for _, want := range []int{4, 5, 0} {
			f.write(func(tx *Tx) error {
				next, err := tx.NextBatch(f.ctx, run.ID, at(time.Second))
				same(t, next, want)
				return err
			})
		}
	},
	"PeopleReachedAreCountedForAnHour": func(t *testing.T, f *fixture) {
		reach := func(n int, now time.Time) (lately int) {
			f.write(func(tx *Tx) (err error) { lately, err = tx.AddRecipients(f.ctx, "a", n, now); return err })
			return lately
		}
		same(t, reach(3, noon), 3)
		same(t, reach(2, at(59*time.Minute)), 5)
		same(t, reach(-1, at(59*time.Minute)), 4)
		same(t, reach(1, at(61*time.Minute)), 2)
	},
	"WhoIsPassedOverIsCountedByRank": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunPlanning)
		for range 2 {
			f.write(func(tx *Tx) error {
				return tx.PassOver(f.ctx, run.ID, map[engine.Passed]int{
					{Reason: rekey.ReasonNotSelected, Rank: 0}: 2, {Reason: rekey.ReasonNotSelected, Rank: 2}: 1,
				})
			})
		}
		tallies, hidden, err := f.Tallies(f.ctx, []string{run.ID}, rekey.RankOperator)
		same(t, got(t, tallies, err)[run.ID], []rekey.Tally{{State: rekey.DeliverySkipped, Reason: rekey.ReasonNotSelected, Count: 4}})
		same(t, hidden[run.ID], int64(2))
	},
	"PeopleAreWalkedThroughByTheirIDs": func(t *testing.T, f *fixture) {
		one, two := f.user(), f.user()
		boss := f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
		id := func(u rekey.SystemUser) string { return u.ID }
		list, err := f.UsersAfter(f.ctx, "", rekey.RankOperator, 10)
		same(t, ids(got(t, list, err), id), []string{one.ID, two.ID})
		list, err = f.UsersAfter(f.ctx, one.ID, rekey.RankAdministrator, 10)
		same(t, ids(got(t, list, err), id), []string{two.ID, boss.ID})
		n, err := f.CountUsersUpTo(f.ctx, rekey.RankOperator)
		same(t, got(t, n, err), 2)
	},
	"ALargeRunIsCancelledInParts": func(t *testing.T, f *fixture) {
		users := make([]rekey.SystemUser, cancelAtOnce+1)
		for i := range users {
			users[i] = rekey.SystemUser{ID: f.id()}
		}
		run, list := f.held(users...)
		f.write(func(tx *Tx) error {
			_, err := tx.CancelRun(f.ctx, run.ID, rekey.ReasonCancelledByHand, noon)
			return err
		})
		same(t, f.storedRun(run.ID).Phase, rekey.PhaseEnd)
		same(t, f.delivery(list[0].ID).State, rekey.DeliveryHeld)
	},
}
