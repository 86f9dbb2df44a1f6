package store

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// undoPart does the next part of the undo of a run, as an Administrator would.
func (f *fixture) undoPart(runID string, now time.Time, limit int) (to rekey.Run, ended []rekey.Delivery) {
	f.t.Helper()
	f.write(func(tx *Tx) (err error) {
		to, ended, err = undoPart(f, tx, runID, now, limit)
		return err
	})
	return to, ended
}

func undoPart(f *fixture, tx *Tx, runID string, now time.Time, limit int) (to rekey.Run, ended []rekey.Delivery, err error) {
	run, err := tx.Run(f.ctx, runID)
	if err != nil {
		return run, nil, err
	}
	to, ended, moved, err := tx.EndPart(f.ctx, run, now, limit, func(p rekey.Undoing) rekey.Undone {
		return p.Decide(rekey.Authority{UserID: "by", Rank: rekey.RankAdministrator}, now)
	})
	if err == nil && !moved {
		err = errUndone
	}
	return to, ended, err
}

func (f *fixture) undo(runID string, now time.Time) {
	f.t.Helper()
	f.write(func(tx *Tx) error {
		first, err := tx.UndoRun(f.ctx, runID, "by", now)
		same(f.t, first, true)
		return err
	})
}

func (f *fixture) undoneAs(runID string, u rekey.Undone) (ids []string) {
	f.t.Helper()
	list, err := f.Deliveries(f.ctx, rekey.DeliveryQuery{RunID: runID, Undone: u, MaxRank: rekey.RankAdministrator, Limit: 10})
	f.ok(err)
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}

var undoTests = map[string]func(*testing.T, *fixture){
	"AnUndoIsNotedOnceAndFoundAgainAlsoDuringAPause": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunFinished, func(r *rekey.Run) { r.FinishedAt = noon })
		f.write(func(tx *Tx) error { _, err := tx.PutPause(f.ctx, rekey.Pause{At: noon}); return err })
		f.undo(run.ID, at(time.Minute))
		f.write(func(tx *Tx) error {
			first, err := tx.UndoRun(f.ctx, run.ID, "another", at(time.Hour))
			same(t, first, false)
			return err
		})
		stored := f.storedRun(run.ID)
		same(t, []any{stored.UndoneBy, stored.UndoneAt, stored.State, stored.Phase, stored.FinishedAt}, []any{"by", at(time.Minute), rekey.RunFinished, rekey.PhaseEnd, noon})
		f.write(func(tx *Tx) error {
			jobs, err := tx.LostRuns(f.ctx, at(time.Hour), at(time.Hour), 10)
			same(t, jobs, []engine.Task{{Kind: engine.TaskExecute, RunID: run.ID}})
			return err
		})
	},
	"PartsOfAnUndoEndCancelAndKeep": func(t *testing.T, f *fixture) {
		ada, newcomer, bo := f.user(), f.user(), f.user()
		f.chooses(ada, "", "chosen", at(-time.Hour))
		f.chooses(bo, "", "chosen", at(-time.Hour))
		run, list := f.queued(ada, newcomer, bo)
		for i, u := range []rekey.SystemUser{ada, newcomer} {
			d := begun(list[i], f.stored(u), noon)
			f.issue(d)
			f.settle(accepted(d, noon))
		}
		f.write(func(tx *Tx) error { return tx.Opened(f.ctx, list[1].ID, noon) })
		f.undo(run.ID, at(time.Minute))
		people, last, err := f.Undoing(f.ctx, run.ID, "", 10)
		f.ok(err)
		same(t, []any{len(people), last}, []any{2, ""})

		to, ended := f.undoPart(run.ID, at(time.Minute), 1)
		same(t, []any{to.Phase, to.Place, to.UndoneEnded, len(ended), ended[0].UserID}, []any{rekey.PhaseEnd, list[0].ID, 1, 1, ada.ID})
		f.undoPart(run.ID, at(time.Minute), 1)
		f.undoPart(run.ID, at(time.Minute), 1)
		to, ended = f.undoPart(run.ID, at(time.Minute), 1)
		same(t, []any{to.Phase, len(ended)}, []any{rekey.RunPhase(""), 0})
		stored := f.storedRun(run.ID)
		same(t, []any{stored.State, stored.Reason, stored.UndoneEnded, stored.UndoneKept}, []any{rekey.RunCancelled, rekey.ReasonUndone, 1, 1})

		d := f.delivery(list[0].ID)
		same(t, []any{d.State, d.Reason, d.Undone, d.Verifier, d.EndedAt}, []any{rekey.DeliverySuperseded, rekey.ReasonUndone, rekey.UndoneEnded, "", at(time.Minute)})
		d = f.delivery(list[1].ID)
		same(t, []any{d.State, d.Undone, d.OpenedAt, d.Live(at(time.Hour))}, []any{rekey.DeliverySent, rekey.UndoneNoChosen, noon, true})
		d = f.delivery(list[2].ID)
		same(t, []any{d.State, d.Reason, d.Undone}, []any{rekey.DeliveryCancelled, rekey.ReasonUndone, rekey.Undone("")})
		same(t, f.credential(ada).InForce(at(time.Minute)), true)

		same(t, f.undoneAs(run.ID, rekey.UndoneEnded), []string{list[0].ID})
		same(t, f.undoneAs(run.ID, rekey.UndoneKept), []string{list[1].ID})
		same(t, f.undoneAs(run.ID, rekey.UndoneNoChosen), []string{list[1].ID})
		same(t, f.undoneAs(run.ID, rekey.UndoneBegun), nil)
	},
	"OneOfTwoNodesDoesAPartOfAnUndo": func(t *testing.T, f *fixture) {
		ada := f.user()
		f.chooses(ada, "", "chosen", at(-time.Hour))
		d := f.sent(ada, noon)
		f.undo(d.RunID, at(time.Minute))
		seen := f.storedRun(d.RunID)
		f.undoPart(d.RunID, at(time.Minute), 10)
		f.write(func(tx *Tx) error {
			_, ended, moved, err := tx.EndPart(f.ctx, seen, at(time.Hour), 10, func(rekey.Undoing) rekey.Undone { return rekey.UndoneEnded })
			same(t, []any{moved, len(ended)}, []any{false, 0})
			return err
		})
		same(t, f.storedRun(d.RunID).UndoneEnded, 1)
	},
	"AnAcceptanceAfterTheUndoIsRecorded": func(t *testing.T, f *fixture) {
		ada := f.user()
		f.chooses(ada, "", "chosen", at(-time.Hour))
		d := f.issued(ada, noon)
		f.undo(d.RunID, at(time.Minute))
		f.undoPart(d.RunID, at(time.Minute), 10)
		inDay := func() int {
			h, err := f.Histories(f.ctx, []string{ada.ID}, "", "", at(time.Hour))
			f.ok(err)
			return h[ada.ID].InDay
		}
		same(t, inDay(), 1) // it may have been sent
		f.settle(accepted(d, at(2*time.Minute)))
		got := f.delivery(d.ID)
		same(t, []any{got.State, got.AcceptedAt, got.Live(at(time.Hour)), inDay()}, []any{rekey.DeliveryCancelled, at(2 * time.Minute), false, 1})
	},
	"WhatARevocationIsToMailIsKeptAndGoesOn": func(t *testing.T, f *fixture) {
		ada := f.user()
		f.chooses(ada, "", "chosen", at(-time.Hour))
		d := f.issued(ada, noon, func(d *rekey.Delivery) { d.OldPassword = rekey.RevokeAtOnce })
		f.write(func(tx *Tx) error { return tx.Revoke(f.ctx, map[string]string{ada.ID: d.ID}, noon) })
		f.undo(d.RunID, at(time.Minute))
		f.undoPart(d.RunID, at(time.Minute), 10)
		got := f.delivery(d.ID)
		same(t, []any{got.State, got.Undone}, []any{rekey.DeliveryIssued, rekey.UndoneRevoked})
	},
}

// A scramble in doubt is given up while an undo looks at the same person: the undo waits, or
// the scramble does. Otherwise the undo would see neither the password that is still there
// nor that it may be gone.
func TestUndoAndAScrambleInDoubtDoNotMeet(t *testing.T) {
	t.Parallel()
	for _, undoFirst := range []bool{true, false} {
		f, other := nodes(t)
		u := f.there()
		mailed := f.sent(u, noon, func(d *rekey.Delivery) { d.OldPassword = rekey.KeepUntilChanged })
		revoking := f.issued(u, noon, func(d *rekey.Delivery) { d.OldPassword = rekey.RevokeAtOnce })
		f.writes(revoking, rekey.WriteScramble, "first", "", time.Time{})
		f.write(func(tx *Tx) error {
			_, err := tx.CancelRun(f.ctx, revoking.RunID, rekey.ReasonCancelledByHand, noon)
			if err != nil {
				return err
			}
			return tx.write(f.ctx, `UPDATE deliveries SET state = 'cancelled', verifier = '', ended_at = $2 WHERE id = $1`, revoking.ID, micros(noon))
		})
		f.undo(mailed.RunID, at(time.Minute))
		undo := func(tx *Tx) error { _, _, err := undoPart(f, tx, mailed.RunID, at(time.Minute), 10); return err }
		end := func(tx *Tx) error { _, err := tx.EndScrambles(f.ctx, at(time.Hour), at(2*time.Hour), 10); return err }
		want := rekey.UndoneDirectory
		if undoFirst {
			f.together(other, undo, end)
		} else {
			want = rekey.UndoneRevoked
			f.together(other, end, undo)
		}
		if d := f.delivery(mailed.ID); d.Undone != want || !d.Live(at(2*time.Minute)) {
			t.Errorf("undo first %v: got %q, want %q; the delivery is %s", undoFirst, d.Undone, want, d.State)
		}
	}
}
