package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rekey"
)

// pauseSetting names the pause that is on. There is none without it.
const pauseSetting = "pause"

// notPaused is true while sending is not paused. It is part of each statement
// that finds or takes up what is to be done: MoveRun, Due, Revokes, LostRuns and
// LostBatches; and Claimed, right before each message, says so. So it holds on every node from the commit of the
// pause on, and nothing has to be told. Jobs that run meanwhile find nothing to
// do and make no others; Resume makes them anew.
const notPaused = `NOT EXISTS (SELECT 1 FROM settings WHERE name = '` + pauseSetting + `')`

// Pause returns the pause that is on, or the zero value.
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

// PutPause pauses, unless it is paused already: then it returns that pause. Where
// transactions run beside each other it must be called in one that is alone, so
// that what is being issued comes to its end first.
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

// Backlog counts what would go on now if it could: runs that are due or being
// planned, and deliveries that are not finished. Each count stops at limit.
func (s Queries) Backlog(ctx context.Context, now time.Time, limit int) (runs, deliveries int, err error) {
	err = s.one(ctx, `SELECT
			(SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE state IN ('waiting', 'planning') AND due_at <= $1 LIMIT $2) r),
			(SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE `+unfinished+` LIMIT $2) d)`,
		[]any{micros(now), limit}, &runs, &deliveries)
	return runs, deliveries, err
}

// surelyNotMailed is true of deliveries whose password no mail server can have
// got, see rekey.Delivery.MaybeMailed. It names two states as the index
// deliveries_unsent does, or SQLite would not use that.
const surelyNotMailed = `d.state IN ('failed', 'deferred') AND d.state = 'deferred' AND NOT d.attempting AND NOT d.doubtful`

// Requeue queues deliveries again that have a password which was surely never
// mailed, at most limit. They get a new one when they are issued. It returns how
// many there were. They come in the order of their last change, after a delivery
// of which ID and UpdatedAt are read, and last is the last of them: with it the
// next part does not look again at those that stay as they are.
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
	// Due at once, and in the order of their age.
	return len(ids), last, tx.write(ctx, `UPDATE batches SET next_at = (
			SELECT MIN(d.created_at) FROM deliveries d WHERE d.run_id = batches.run_id AND d.batch = batches.number AND d.state = 'queued')
		WHERE next_at IS NOT NULL AND (run_id, number) IN (SELECT run_id, batch FROM deliveries WHERE `+tx.q.in("id", 1)+`)`, texts(ids))
}

// Overdue returns deliveries that may have been mailed, are not finished, and
// were issued before a moment, at most limit.
func (tx *Tx) Overdue(ctx context.Context, before, now time.Time, limit int) ([]rekey.Delivery, error) {
	return tx.deliveries(ctx, `WHERE (d.state = 'deferred' AND (d.attempting OR d.doubtful) OR d.state = 'issued' AND d.claim_until <= $2)
		AND d.issued_at <= $1 ORDER BY d.id LIMIT $3`+tx.q.locking("FOR UPDATE"), micros(before), micros(now), limit)
}

// OldRequests returns runs that have not come to their end, of requests that
// people made themselves before a moment, at most limit.
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
