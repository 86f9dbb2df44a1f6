package store

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// cancelAtOnce is how many deliveries are cancelled in the same transaction as
// their run. More are ended part by part.
const cancelAtOnce = 1_000

// toBeEnded is the condition for deliveries that end with their run. A begun
// attempt goes on, and so does a delivery that has revoked a password: its user has
// no other one.
const toBeEnded = `(d.state IN ('held', 'queued', 'deferred') AND NOT ` + hasRevoked + `)`

// CancelRun ends a run that has not ended. Deliveries without a password get none,
// and begun ones are not tried again unless they have revoked a password.
func (tx *Tx) CancelRun(ctx context.Context, id string, reason rekey.Reason, now time.Time) (bool, error) {
	if err := tx.writeCounts(ctx); err != nil {
		return false, err
	}
	kept := tallies{}
	n, err := tx.changes(ctx, `UPDATE runs SET state='cancelled', reason=$2, finished_at=$3, updated_at=$3, phase='', place=''
		WHERE id=$1 AND `+unended, id, string(reason), micros(now))
	if err == nil && n == 1 {
		err = tx.one(ctx, `SELECT tallies FROM runs WHERE id = $1`, []any{id}, jsonText{&kept})
	}
	if err != nil || n == 0 {
		return false, err
	}
	var ending int64
	for _, t := range kept.list(nil) {
		if t.State == rekey.DeliveryHeld || t.State == rekey.DeliveryQueued || t.State == rekey.DeliveryDeferred {
			ending += t.Count
		}
	}
	if ending > cancelAtOnce {
		tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: id})
		if err := tx.write(ctx, `UPDATE runs SET phase='end', enqueued_at=$2 WHERE id=$1`, id, micros(now)); err != nil {
			return false, err
		}
	} else if err := tx.cancelUnsent(ctx, reason, now, `d.run_id = $1`, id); err != nil {
		return false, err
	}
	return true, tx.closeBatches(ctx, id)
}

// cancelUnsent cancels what has not begun of the deliveries that where chooses.
func (tx *Tx) cancelUnsent(ctx context.Context, reason rekey.Reason, now time.Time, where string, args ...any) error {
	ending, err := tx.places(ctx, where+` AND `+toBeEnded, args...)
	if err != nil || len(ending) == 0 {
		return err
	}
	ids := make([]string, len(ending))
	for i, p := range ending {
		ids[i] = p.id
		tx.moved(p.runID, p.outcome, outcome{rekey.DeliveryCancelled, reason}, 1, now)
		tx.left(p, now)
	}
	return tx.write(ctx, `UPDATE deliveries SET state='cancelled', reason=$2, sealed=NULL, updated_at=$3
		WHERE `+tx.q.in("id", 1), texts(ids), string(reason), micros(now))
}

// closeBatches closes the batches of a run. It leaves those open that have an
// attempt under way, or a delivery that goes on or is yet to be ended. A batch
// without a job has neither.
func (tx *Tx) closeBatches(ctx context.Context, runID string) error {
	if err := tx.write(ctx, `UPDATE batches SET next_at=NULL WHERE run_id=$1 AND enqueued_at=0`, runID); err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE batches SET next_at=NULL WHERE run_id=$1 AND next_at IS NOT NULL AND NOT EXISTS (
		SELECT 1 FROM deliveries d WHERE d.run_id = batches.run_id AND d.batch = batches.number AND (d.state IN ('issued', 'deferred') OR `+hasRevoked+`))`, runID)
}

// CancelWaiting cancels all runs of an automation that have sent nothing yet, or have a
// wave to come, because it is not active any more, and returns how many. The sweep ends their
// deliveries. A run that was held and then approved has some, although it has sent
// nothing.
func (tx *Tx) CancelWaiting(ctx context.Context, automationID string, reason rekey.Reason, now time.Time) (int64, error) {
	return tx.changes(ctx, `UPDATE runs SET state='cancelled', reason=$2, finished_at=$3, updated_at=$3,
		phase = CASE WHEN reached > 0 OR phase <> '' OR wave_at > 0 THEN 'end' ELSE '' END, place='',
		enqueued_at = CASE WHEN reached > 0 OR phase <> '' OR wave_at > 0 THEN 0 ELSE enqueued_at END
		WHERE automation_id=$1 AND state IN ('waiting', 'planning', 'held', 'sending') AND (state <> 'sending' OR wave_at > 0)`, automationID, string(reason), micros(now))
}

// WaitingRuns counts the runs of an automation that CancelWaiting would cancel.
func (s Queries) WaitingRuns(ctx context.Context, automationID string) (n int64, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM runs WHERE automation_id = $1 AND state IN ('waiting', 'planning', 'held')`, []any{automationID}, &n)
	if err != nil {
		return 0, err
	}
	var waves int64
	err = s.one(ctx, `SELECT COUNT(*) FROM runs WHERE automation_id = $1 AND `+wavesToCome, []any{automationID}, &waves)
	return n + waves, err
}
