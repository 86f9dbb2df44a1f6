package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// A delivery comes to its end either in its batch, whose worker then looks at
// what is left, or elsewhere: its user chose a password, was blocked, or had
// theirs revoked by another run; the run was cancelled. Nobody would look at the
// batch then before the next attempt was due. So whatever ends deliveries
// elsewhere says which batches they leave, and these are looked at in the same
// transaction.

// batchKey names a batch.
type batchKey struct {
	runID  string
	number int
}

// left notes that a delivery comes to its end elsewhere than in its batch. One
// that was sent is not waited for there any more.
func (tx *Tx) left(from place, now time.Time) {
	if from.state == rekey.DeliverySent {
		return
	}
	if tx.leaving == nil {
		tx.leaving = map[batchKey]time.Time{}
	}
	tx.leaving[batchKey{from.runID, from.batch}] = now
}

// closeLeft looks at the batches that deliveries have left, in order, so that two
// who do so do not wait for each other.
func (tx *Tx) closeLeft(ctx context.Context) error {
	leaving := tx.leaving
	tx.leaving = nil
	for _, k := range slices.SortedFunc(maps.Keys(leaving), func(a, b batchKey) int {
		return cmp.Or(strings.Compare(a.runID, b.runID), cmp.Compare(a.number, b.number))
	}) {
		if err := tx.lookAgain(ctx, k, leaving[k]); err != nil {
			return err
		}
	}
	return nil
}

// lookAgain closes a batch if nothing is left in it, and makes a job for it if
// what is left is due later than what has left it: the job that there is comes
// too early, and makes no other. A worker who is at it does both by itself.
func (tx *Tx) lookAgain(ctx context.Context, k batchKey, now time.Time) error {
	if err := tx.lockRow(ctx, `batches WHERE run_id = $1 AND number = $2`, k.runID, k.number); err != nil {
		return err
	}
	var at, enqueued time.Time
	err := tx.one(ctx, `SELECT next_at, enqueued_at FROM batches WHERE run_id = $1 AND number = $2 AND next_at IS NOT NULL`,
		[]any{k.runID, k.number}, moment{&at}, moment{&enqueued})
	if errors.Is(err, sql.ErrNoRows) {
		return nil // closed, or not opened yet
	}
	if err != nil {
		return err
	}
	left, underWay, next, err := tx.leftIn(ctx, k.runID, k.number)
	hadTurn := !enqueued.IsZero()
	switch {
	case err != nil:
		return err
	case left == 0:
		if err := tx.endBatch(ctx, k.runID, k.number, now); err != nil || !hadTurn {
			return err
		}
		return tx.passTurn(ctx, k.runID, now)
	case underWay > 0 || !hadTurn || !next.After(at):
		return nil
	}
	tx.Enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: k.runID, Batch: k.number, At: next})
	return tx.PostponeBatch(ctx, k.runID, k.number, next)
}

// passTurn makes a job for the next batch of a run whose turn has not come.
func (tx *Tx) passTurn(ctx context.Context, runID string, now time.Time) error {
	number, err := tx.NextBatch(ctx, runID, now)
	if err == nil && number > 0 {
		tx.Enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: runID, Batch: number})
	}
	return err
}
