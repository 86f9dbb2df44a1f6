package store

import (
	"context"
	"math"
	"slices"
	"time"

	"rekey"
)

// newRunColumns are set when a run comes into being, runColumns are all.
const (
	newRunColumns = `id, automation_id, event_id, acts_for, asked_by, state, reason, detail, due_at,
	created_at, started_at, finished_at, updated_at`
	runColumns = newRunColumns + `, phase, place, candidates, looked, reached, spent, approved_by, automation_version`
)

func (s Queries) runs(ctx context.Context, where string, args ...any) ([]rekey.Run, error) {
	var list []rekey.Run
	err := s.each(ctx, `SELECT `+runColumns+` FROM runs `+where, args, func(r rows) error {
		var run rekey.Run
		err := r.Scan(&run.ID, &run.AutomationID, &run.EventID, &run.ActsFor, &run.AskedBy, &run.State, &run.Reason, &run.Detail,
			moment{&run.DueAt}, moment{&run.CreatedAt}, moment{&run.StartedAt}, moment{&run.FinishedAt}, moment{&run.UpdatedAt},
			&run.Phase, &run.Place, &run.Candidates, &run.Looked, &run.Recipients, &run.Spent, &run.ApprovedBy, &run.AutomationVersion)
		list = append(list, run)
		return err
	})
	return list, err
}

// Run returns a run by its id.
func (s Queries) Run(ctx context.Context, id string) (rekey.Run, error) {
	list, err := s.runs(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "There is no such run.")
	}
	if err != nil {
		return rekey.Run{}, err
	}
	return list[0], nil
}

func runFilter(q rekey.RunQuery) (w where) {
	w.given(`automation_id = ?`, q.AutomationID)
	w.given(`event_id = ?`, q.EventID)
	w.given(`state = ?`, string(q.State))
	w.given(`reason = ?`, string(q.Reason))
	return w
}

// Runs lists runs from the latest on.
func (s Queries) Runs(ctx context.Context, q rekey.RunQuery) ([]rekey.Run, error) {
	w := runFilter(q)
	w.given(`id < ?`, q.Before)
	w.given(`id > ?`, q.After)
	back := q.After != ""
	clause, args := w.page(inOrder([]string{"id"}, !back), q.Limit)
	list, err := s.runs(ctx, clause, args...)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// CountRuns counts the runs on a list, up to a limit: one more than that says
// that there are more.
func (s Queries) CountRuns(ctx context.Context, q rekey.RunQuery, limit int) (int, error) {
	return s.countUpTo(ctx, `runs`, runFilter(q), limit)
}

// InsertRun stores a new run, for which its caller makes a job.
func (tx *Tx) InsertRun(ctx context.Context, r rekey.Run) error {
	return tx.write(ctx, `INSERT INTO runs (`+newRunColumns+`, enqueued_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$10,$10)`,
		r.ID, r.AutomationID, r.EventID, r.ActsFor, string(r.AskedBy), string(r.State), string(r.Reason), r.Detail,
		micros(r.DueAt), micros(r.CreatedAt), micros(r.StartedAt), micros(r.FinishedAt))
}

// MoveRun takes a run from where it was read to where it is now, and reports
// whether it was still there: in that state, phase and place, and sending not
// paused. For the sweep it has a job.
func (tx *Tx) MoveRun(ctx context.Context, from, to rekey.Run) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state=$2, reason=$3, detail=$4, started_at=$5, finished_at=$6, updated_at=$7, enqueued_at=$7,
		phase=$8, place=$9, candidates=$10, looked=$11, reached=$12, spent=$13,
		automation_version = CASE WHEN automation_version = 0 THEN $14 ELSE automation_version END
		WHERE id=$1 AND state=$15 AND phase=$16 AND place=$17 AND `+notPaused,
		to.ID, string(to.State), string(to.Reason), to.Detail, micros(to.StartedAt), micros(to.FinishedAt), micros(to.UpdatedAt),
		string(to.Phase), to.Place, to.Candidates, to.Looked, to.Recipients, int64(min(to.Spent, math.MaxInt64)), to.AutomationVersion,
		string(from.State), string(from.Phase), from.Place)
	return n == 1, err
}

// CarryRuns has the runs of an automation that are not planned to their end go on
// by a new version of it, which differs in its owner alone.
func (tx *Tx) CarryRuns(ctx context.Context, automationID string, from, to int64) error {
	return tx.write(ctx, `UPDATE runs SET automation_version = $3
		WHERE automation_id = $1 AND automation_version = $2 AND state IN ('planning', 'held')`, automationID, from, to)
}

// ReopenRun moves a run that has ended back to sending, for a delivery that is
// tried again by hand. One that was cancelled stays so.
func (tx *Tx) ReopenRun(ctx context.Context, runID string, now time.Time) error {
	return tx.write(ctx, `UPDATE runs SET state='sending', finished_at=0, updated_at=$2
		WHERE id=$1 AND state IN ('sending', 'finished', 'failed')`, runID, micros(now))
}

// CloseBatch notes when there is something to do in the batch again. If there
// is nothing left, next is the zero time, and the run is finished once that is
// so for all its batches.
func (tx *Tx) CloseBatch(ctx context.Context, runID string, batch int, now time.Time) (next time.Time, err error) {
	// Of two of which one closes the batch and one opens it again, the second
	// must see what the first has done.
	if err := tx.lockRow(ctx, `batches WHERE run_id = $1 AND number = $2`, runID, batch); err != nil {
		return next, err
	}
	left, _, next, err := tx.leftIn(ctx, runID, batch)
	if err != nil {
		return next, err
	}
	if left == 0 {
		return next, tx.endBatch(ctx, runID, batch, now)
	}
	if next.IsZero() { // at once
		next = now
	}
	return next, tx.PostponeBatch(ctx, runID, batch, next)
}

// leftIn counts what is left to be done in a batch, and of that what is under
// way. next is when the first of it is due: the zero time if that is at once, or
// if nothing is left.
func (tx *Tx) leftIn(ctx context.Context, runID string, batch int) (left, underWay int, next time.Time, err error) {
	err = tx.one(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'issued'),
			COALESCE(MIN(CASE state WHEN 'deferred' THEN next_attempt WHEN 'issued' THEN claim_until ELSE 0 END), 0)
		FROM deliveries WHERE run_id = $1 AND batch = $2 AND (state IN ('queued', 'issued', 'deferred') OR `+behind+`)`,
		[]any{runID, batch}, &left, &underWay, moment{&next})
	return left, underWay, next, err
}

// endBatch closes a batch in which nothing is left, and with the last one of a
// run that sends finishes the run.
func (tx *Tx) endBatch(ctx context.Context, runID string, batch int, now time.Time) error {
	// Of two that close the last two batches, one must see that the other has.
	if err := tx.lockRow(ctx, `runs WHERE id = $1`, runID); err != nil {
		return err
	}
	err := tx.write(ctx, `UPDATE batches SET next_at = NULL WHERE run_id = $1 AND number = $2`, runID, batch)
	if err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE runs SET state = 'finished', finished_at = $2, updated_at = $2
		WHERE id = $1 AND state = 'sending' AND NOT EXISTS (SELECT 1 FROM batches WHERE run_id = $1 AND next_at IS NOT NULL)`,
		runID, micros(now))
}

// lockRow has others who lock the same row wait until the transaction ends.
func (tx *Tx) lockRow(ctx context.Context, row string, args ...any) error {
	clause := tx.q.locking("FOR UPDATE")
	if clause == "" {
		return nil
	}
	return tx.write(ctx, `SELECT FROM `+row+clause, args...)
}

// PostponeBatch notes when the batch is to be looked at again.
func (tx *Tx) PostponeBatch(ctx context.Context, runID string, batch int, until time.Time) error {
	return tx.write(ctx, `UPDATE batches SET next_at = $3 WHERE run_id = $1 AND number = $2 AND next_at IS NOT NULL`,
		runID, batch, micros(until))
}
