package store

import (
	"context"
	"slices"
	"time"

	"rekey"
	"rekey/internal/engine"
)

const runColumns = `id, automation_id, event_id, acts_for, asked_by, state, reason, detail, due_at,
	created_at, started_at, finished_at, updated_at`

func (s Queries) runs(ctx context.Context, where string, args ...any) ([]rekey.Run, error) {
	var list []rekey.Run
	err := s.each(ctx, `SELECT `+runColumns+` FROM runs `+where, args, func(r rows) error {
		var run rekey.Run
		err := r.Scan(&run.ID, &run.AutomationID, &run.EventID, &run.ActsFor, &run.AskedBy, &run.State, &run.Reason, &run.Detail,
			moment{&run.DueAt}, moment{&run.CreatedAt}, moment{&run.StartedAt}, moment{&run.FinishedAt}, moment{&run.UpdatedAt})
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

// RunQuery narrows and pages a list of runs.
type RunQuery struct {
	AutomationID string
	EventID      string
	State        rekey.RunState
	Before       string // the last id of the page before, which is of later runs
	After        string // the first id of the page that follows
	Limit        int
}

func (q RunQuery) filter() (w where) {
	w.given(`automation_id = ?`, q.AutomationID)
	w.given(`event_id = ?`, q.EventID)
	w.given(`state = ?`, string(q.State))
	return w
}

// Runs lists runs from the latest on.
func (s Queries) Runs(ctx context.Context, q RunQuery) ([]rekey.Run, error) {
	w := q.filter()
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
func (s Queries) CountRuns(ctx context.Context, q RunQuery, limit int) (int, error) {
	return s.countUpTo(ctx, `runs`, q.filter(), limit)
}

// InsertRun stores a new run, for which its caller makes a job.
func (tx *Tx) InsertRun(ctx context.Context, r rekey.Run) error {
	return tx.write(ctx, `INSERT INTO runs (`+runColumns+`, enqueued_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$10,$10)`,
		r.ID, r.AutomationID, r.EventID, r.ActsFor, string(r.AskedBy), string(r.State), string(r.Reason), r.Detail,
		micros(r.DueAt), micros(r.CreatedAt), micros(r.StartedAt), micros(r.FinishedAt))
}

// StartRun moves a run from waiting or held to the state of r and reports
// whether it was still there to be moved.
func (tx *Tx) StartRun(ctx context.Context, r rekey.Run) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state=$2, reason=$3, detail=$4, started_at=$5, finished_at=$6, updated_at=$7
		WHERE id=$1 AND state IN ('waiting', 'held')`,
		r.ID, string(r.State), string(r.Reason), r.Detail, micros(r.StartedAt), micros(r.FinishedAt), micros(r.UpdatedAt))
	return n == 1, err
}

// ReopenRun moves a run that has ended back to sending, for a delivery that is
// tried again by hand.
func (tx *Tx) ReopenRun(ctx context.Context, runID string, now time.Time) error {
	return tx.write(ctx, `UPDATE runs SET state='sending', finished_at=0, updated_at=$2 WHERE id=$1`, runID, micros(now))
}

// CancelRun ends a run that is waiting, held or sending: what has no password
// yet will get none, and nothing that was begun is tried again.
func (tx *Tx) CancelRun(ctx context.Context, id string, reason rekey.Reason, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state='cancelled', reason=$2, finished_at=$3, updated_at=$3
		WHERE id=$1 AND state IN ('waiting', 'held', 'sending')`, id, string(reason), micros(now))
	if err != nil || n == 0 {
		return false, err
	}
	if err := tx.cancelCounted(ctx, id, reason, now); err != nil {
		return false, err
	}
	err = tx.write(ctx, `UPDATE deliveries SET state='cancelled', reason=$2, sealed=NULL, updated_at=$3
		WHERE run_id=$1 AND state IN ('queued', 'deferred')`, id, string(reason), micros(now))
	if err != nil {
		return false, err
	}
	// A batch with an attempt under way is still looked at, to end it.
	return true, tx.write(ctx, `UPDATE batches SET next_at=NULL WHERE run_id=$1 AND NOT EXISTS (
		SELECT 1 FROM deliveries d WHERE d.run_id = batches.run_id AND d.batch = batches.number AND d.state = 'issued')`, id)
}

// cancelCounted counts what is about to be cancelled. How much that is, the run
// knows: there may be half a million.
func (tx *Tx) cancelCounted(ctx context.Context, runID string, reason rekey.Reason, now time.Time) error {
	if err := tx.writeCounts(ctx); err != nil {
		return err
	}
	kept := tallies{}
	if err := tx.one(ctx, `SELECT tallies FROM runs WHERE id = $1`, []any{runID}, jsonText{&kept}); err != nil {
		return err
	}
	for _, t := range kept.list() {
		if t.State == rekey.DeliveryQueued || t.State == rekey.DeliveryDeferred {
			tx.moved(runID, outcome{t.State, t.Reason}, outcome{rekey.DeliveryCancelled, reason}, t.Count, now)
		}
	}
	return nil
}

// CancelWaiting cancels all runs of an automation that wait for their due time,
// because it is not active any more, and returns how many.
func (tx *Tx) CancelWaiting(ctx context.Context, automationID string, reason rekey.Reason, now time.Time) (int64, error) {
	return tx.changes(ctx, `UPDATE runs SET state='cancelled', reason=$2, finished_at=$3, updated_at=$3
		WHERE automation_id=$1 AND state IN ('waiting', 'held')`, automationID, string(reason), micros(now))
}

// WaitingRuns counts the runs of an automation that CancelWaiting would cancel.
func (s Queries) WaitingRuns(ctx context.Context, automationID string) (n int64, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM runs WHERE automation_id = $1 AND state IN ('waiting', 'held')`, []any{automationID}, &n)
	return n, err
}

// LostRuns returns, and marks as enqueued now, runs that fell due before a
// moment and had no job made for them since then, and those that were held
// until their automation's owner may act again, who now may.
func (tx *Tx) LostRuns(ctx context.Context, before, now time.Time, limit int) ([]engine.Job, error) {
	var jobs []engine.Job
	err := tx.each(ctx, `UPDATE runs SET enqueued_at = $2 WHERE id IN (SELECT id FROM runs
		WHERE state IN ('waiting', 'held') AND due_at <= $1 AND enqueued_at <= $1 AND (state = 'waiting' OR EXISTS (
			SELECT 1 FROM automations a JOIN system_users u ON u.id = a.owner_id WHERE a.id = runs.automation_id AND u.status = 'active'))
		ORDER BY due_at LIMIT $3) RETURNING id`,
		[]any{micros(before), micros(now), limit}, func(r rows) error {
			job := engine.Job{Kind: engine.JobExecute}
			err := r.Scan(&job.RunID)
			jobs = append(jobs, job)
			return err
		})
	return jobs, err
}

// LostBatches returns, and marks as enqueued now, batches in which something
// fell due before a moment and that had no job made for them since then.
func (tx *Tx) LostBatches(ctx context.Context, before, now time.Time, limit int) ([]engine.Job, error) {
	var jobs []engine.Job
	err := tx.each(ctx, `UPDATE batches SET enqueued_at = $2 WHERE (run_id, number) IN (SELECT run_id, number FROM batches
		WHERE next_at IS NOT NULL AND next_at <= $1 AND enqueued_at <= $1 ORDER BY next_at LIMIT $3) RETURNING run_id, number`,
		[]any{micros(before), micros(now), limit}, func(r rows) error {
			job := engine.Job{Kind: engine.JobDeliver}
			err := r.Scan(&job.RunID, &job.Batch)
			jobs = append(jobs, job)
			return err
		})
	return jobs, err
}

// CloseBatch notes when there is something to do in the batch again. If there
// is nothing left, next is the zero time, and the run is finished once that is
// so for all its batches.
func (tx *Tx) CloseBatch(ctx context.Context, runID string, batch int, now time.Time) (next time.Time, err error) {
	var left int
	err = tx.one(ctx, `SELECT COUNT(*), COALESCE(MIN(CASE state WHEN 'queued' THEN 0 WHEN 'deferred' THEN next_attempt ELSE claim_until END), 0)
		FROM deliveries WHERE run_id = $1 AND batch = $2 AND state IN ('queued', 'issued', 'deferred')`,
		[]any{runID, batch}, &left, moment{&next})
	if err != nil {
		return next, err
	}
	if left > 0 {
		if next.IsZero() { // at once
			next = now
		}
		return next, tx.PostponeBatch(ctx, runID, batch, next)
	}
	err = tx.write(ctx, `UPDATE batches SET next_at = NULL WHERE run_id = $1 AND number = $2`, runID, batch)
	if err != nil {
		return next, err
	}
	return next, tx.write(ctx, `UPDATE runs SET state = 'finished', finished_at = $2, updated_at = $2
		WHERE id = $1 AND state = 'sending' AND NOT EXISTS (SELECT 1 FROM batches WHERE run_id = $1 AND next_at IS NOT NULL)`,
		runID, micros(now))
}

// PostponeBatch notes when the batch is to be looked at again.
func (tx *Tx) PostponeBatch(ctx context.Context, runID string, batch int, until time.Time) error {
	return tx.write(ctx, `UPDATE batches SET next_at = $3 WHERE run_id = $1 AND number = $2 AND next_at IS NOT NULL`,
		runID, batch, micros(until))
}
