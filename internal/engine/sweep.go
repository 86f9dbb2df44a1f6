package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rekey"
)

// SweepEvery is how often a sweep looks for lost work.
const SweepEvery = time.Minute

// LapseAfter is how long a run is held for approval.
const LapseAfter = 7 * 24 * time.Hour

// Sweep starts the runs of schedules and the reminders that are due, and makes tasks for due runs, batches and notices that
// got no task during grace, oldest first. It also ends runs that nobody approved and
// scrambles that nobody repeats, expires mailed passwords and erases verifiers. At the start
// of the server grace is zero, because nobody works on anything yet.
func (e *Engine) Sweep(ctx context.Context, grace time.Duration) error {
	if _, err := e.drain(ctx, func(tx Tx) (int, error) {
		return tx.LapseRuns(ctx, e.now().Add(-LapseAfter), e.now(), sweepLimit)
	}); err != nil {
		return err
	}
	if _, err := e.drain(ctx, func(tx Tx) (int, error) { return e.reach(ctx, tx) }); err != nil {
		return err
	}
	before := e.now().Add(-grace)
	mark := before.Add(max(grace, time.Microsecond))
	// Each transaction marks what it finds with a moment later than before, so that
	// the next transaction does not find it again.
	for _, find := range []func(Tx) ([]Task, error){
		// Work that has begun comes first.
		func(tx Tx) ([]Task, error) { return tx.Lost(ctx, TaskDeliver, before, mark, sweepLimit) },
		func(tx Tx) ([]Task, error) { return tx.Lost(ctx, TaskExecute, before, mark, sweepLimit) },
	} {
		if _, err := e.drain(ctx, func(tx Tx) (int, error) {
			jobs, err := find(tx)
			slices.SortFunc(jobs, func(a, b Task) int { return cmp.Or(strings.Compare(a.RunID, b.RunID), a.Batch-b.Batch) })
			tx.Enqueue(jobs...)
			return len(jobs), err
		}); err != nil {
			return err
		}
	}
	if _, err := e.drain(ctx, func(tx Tx) (int, error) { return e.remind(ctx, tx) }); err != nil {
		return err
	}
	if err := e.store.Update(ctx, func(tx Tx) error {
		jobs, err := tx.Lost(ctx, TaskNotice, before, e.now(), sweepLimit) // the next sweep finds more
		tx.Enqueue(jobs...)
		return err
	}); err != nil {
		return err
	}
	if _, err := e.drain(ctx, func(tx Tx) (int, error) { return tx.EraseExpired(ctx, e.now(), sweepLimit) }); err != nil {
		return err
	}
	// One that was begun before its delivery ended may still be on its way.
	until := e.now().Add(-2 * scrambleTime)
	if _, err := e.drain(ctx, func(tx Tx) (int, error) { return tx.EndScrambles(ctx, until, e.now(), sweepLimit) }); err != nil {
		return err
	}
	_, err := e.drain(ctx, func(tx Tx) (int, error) { return e.expire(ctx, tx) })
	return err
}

// drain repeats a step, each time in a transaction, until it finds less than
// sweepLimit. It returns the total.
func (e *Engine) drain(ctx context.Context, step func(Tx) (int, error)) (found int, err error) {
	for {
		var n int
		err := e.store.Update(ctx, func(tx Tx) (err error) {
			n, err = step(tx)
			return err
		})
		if err != nil {
			return found, err
		}
		if found += n; n < sweepLimit {
			return found, nil
		}
	}
}

// expire ends sent deliveries that have expired, and records events for them. The
// passwords do not wait for this: rekey.Credential computes which of them log in.
func (e *Engine) expire(ctx context.Context, tx Tx) (int, error) {
	expired, err := tx.Expire(ctx, e.now(), sweepLimit)
	if err != nil {
		return 0, err
	}
	for _, d := range expired {
		event := rekey.Event{Type: rekey.PasswordExpired, Users: []string{d.UserID}, Time: d.ValidUntil}
		if _, err := e.Record(ctx, tx, event); err != nil {
			return 0, err
		}
	}
	return len(expired), nil
}
