package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rekey"
)

// pauseSetting is the name of the setting that holds the pause. Without it there is
// none.
const pauseSetting = "pause"

// notPaused is the condition that sending is not paused. It is part of each
// statement that finds or takes work (MoveRun, Due, Revokes, LostRuns,
// LostBatches), and Claimed checks it right before each message. So a pause holds
// on all nodes from its commit on, without messages between them. Jobs that run
// meanwhile find no work and make no other jobs; Resume makes them again.
const notPaused = `NOT EXISTS (SELECT 1 FROM settings WHERE name = '` + pauseSetting + `')`

// Pause returns the current pause, or the zero value.
func (s Queries) Pause(ctx context.Context) (p rekey.Pause, err error) {
	value, err := s.Setting(ctx, pauseSetting)
	if err != nil || value == nil {
		return p, err
	}
	if err := json.Unmarshal(value, &p); err != nil {
		return p, fmt.Errorf("read the pause: %w", err)
	}
	return p, nil
}

// PutPause pauses sending, or returns the pause that exists already. Its
// transaction must run alone, so that all ISSUE transactions end first.
func (tx *Tx) PutPause(ctx context.Context, p rekey.Pause) (rekey.Pause, error) {
	before, err := tx.Pause(ctx)
	if err != nil || before.On() {
		return before, err
	}
	value, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	return p, tx.PutSetting(ctx, pauseSetting, value)
}

// EndPause ends the pause, and reports whether there was one.
func (tx *Tx) EndPause(ctx context.Context) (bool, error) {
	n, err := tx.changes(ctx, `DELETE FROM settings WHERE name = $1`, pauseSetting)
	return n > 0, err
}

// Backlog counts the work that waits for the end of the pause: runs that are due or
// being planned, except trials, and unfinished deliveries. Each count stops at limit.
func (s Queries) Backlog(ctx context.Context, now time.Time, limit int) (runs, deliveries int, err error) {
	err = s.one(ctx, `SELECT
			(SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE state IN ('waiting', 'planning') AND due_at <= $1 AND NOT trial OR `+wavesToCome+` AND wave_at <= $1 LIMIT $2) r),
			(SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE `+unfinished+` LIMIT $2) d)`,
		[]any{micros(now), limit}, &runs, &deliveries)
	return runs, deliveries, err
}

// surelyNotMailed is the condition for deliveries whose password was never mailed;
// see rekey.Delivery.MaybeMailed. A message stays as it is: others may be told in it. It names both states of the index
// deliveries_unsent, because otherwise SQLite does not use it.
const surelyNotMailed = `d.state IN ('failed', 'deferred') AND d.state = 'deferred' AND NOT d.attempting AND NOT d.doubtful AND d.old_password <> ''`

// Requeue queues at most limit deliveries again whose password was certainly never
// mailed. They get a new one when they are issued. It takes them in the order of
// their last change, starting after the given delivery, of which it reads ID and
// UpdatedAt. It returns their number and the last one, with which the next call
// continues.
func (tx *Tx) Requeue(ctx context.Context, after rekey.Delivery, now time.Time, limit int) (n int, last rekey.Delivery, err error) {
	again, err := tx.places(ctx, surelyNotMailed+` AND (d.updated_at, d.id) > ($1, $2) ORDER BY d.updated_at, d.id LIMIT $3`, micros(after.UpdatedAt), after.ID, limit)
	if err != nil || len(again) == 0 {
		return 0, after, err
	}
	end := again[len(again)-1]
	last = rekey.Delivery{ID: end.id, UpdatedAt: end.updatedAt}
	ids := make([]string, len(again))
	for i, p := range again {
		ids[i] = p.id
		tx.moved(p.runID, p.outcome, outcome{rekey.DeliveryQueued, rekey.ReasonPaused}, 1, now)
	}
	err = tx.write(ctx, `UPDATE deliveries SET state='queued', reason=$2, address='', verifier='', sealed=NULL, form=NULL, password_version=0,
		issued_at=0, valid_until=0, attempts=0, next_attempt=0, claim='', claim_until=0, updated_at=$3 WHERE `+tx.q.in("id", 1),
		texts(ids), string(rekey.ReasonPaused), micros(now))
	if err != nil {
		return 0, after, err
	}
	// They are due at once, oldest first.
	return len(ids), last, tx.write(ctx, `UPDATE batches SET next_at = (
			SELECT MIN(d.created_at) FROM deliveries d WHERE d.run_id = batches.run_id AND d.batch = batches.number AND d.state = 'queued')
		WHERE next_at IS NOT NULL AND (run_id, number) IN (SELECT run_id, batch FROM deliveries WHERE `+tx.q.in("id", 1)+`)`, texts(ids))
}

// Overdue returns at most limit unfinished deliveries that may have been mailed and
// were issued before a moment.
func (tx *Tx) Overdue(ctx context.Context, before, now time.Time, limit int) ([]rekey.Delivery, error) {
	return tx.deliveries(ctx, `WHERE (d.state = 'deferred' AND (d.attempting OR d.doubtful) OR d.state = 'issued' AND d.claim_until <= $2)
		AND d.issued_at <= $1 ORDER BY d.id LIMIT $3`+tx.q.locking("FOR UPDATE"), micros(before), micros(now), limit)
}

// OldRequests returns at most limit unfinished runs that users asked for themselves
// before a moment.
func (s Queries) OldRequests(ctx context.Context, before time.Time, limit int) (ids []string, err error) {
	err = s.each(ctx, `SELECT r.id FROM runs r JOIN events e ON e.id = r.event_id
		WHERE r.state IN ('waiting', 'planning', 'held', 'sending') AND r.phase <> 'end' AND e.type = $1 AND e.time < $2 ORDER BY r.id LIMIT $3`,
		[]any{rekey.PasswordResetRequested, micros(before), limit}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
