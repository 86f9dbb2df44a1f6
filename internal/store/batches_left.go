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

// A delivery can end in its batch, whose worker then checks what is left. It can
// also end elsewhere: its user chose a password or was blocked, another run revoked
// theirs, or the run was cancelled. Nobody would then check the batch before its
// next attempt is due. So the transaction that ends deliveries elsewhere notes
// their batches and checks them at its end.

// batchKey names a batch.
type batchKey struct {
	runID  string
	number int
}

// left notes that a delivery ends outside its batch. The batch does not wait for
// deliveries that are sent.
func (tx *Tx) left(from place, now time.Time) {
	if from.state == rekey.DeliverySent {
		return
	}
	if tx.leaving == nil {
		tx.leaving = map[batchKey]time.Time{}
	}
	tx.leaving[batchKey{from.runID, from.batch}] = now
}

// closeLeft checks the batches that deliveries have left, in a fixed order, so that
// two transactions do not deadlock.
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

// lookAgain closes a batch if nothing is left in it. It makes a job for the batch
// if the rest is due later than the ended delivery was: the existing job comes too
// early and makes no other. If a worker is busy with the batch, that worker does
// both.
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

// passTurn makes a job for the next waiting batch of a run.
func (tx *Tx) passTurn(ctx context.Context, runID string, now time.Time) error {
	number, err := tx.NextBatch(ctx, runID, now)
	if err == nil && number > 0 {
		tx.Enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: runID, Batch: number})
	}
	return err
}
