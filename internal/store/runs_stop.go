package store

import (
	"context"
	"time"

	"rekey"
)

// StopRun stops a run in waves, and reports whether it did: not if the run has gone on since
// it was read, if nothing is left to stop, or while sending is paused. What is queued is
// held again, unless its old password may be revoked, or somebody retried it by hand.
func (tx *Tx) StopRun(ctx context.Context, run rekey.Run, reason rekey.Reason, detail string, now time.Time) (bool, error) {
	queued, err := tx.places(ctx, `d.run_id = $1 AND (d.state = 'queued' AND d.reason <> 'paused' OR `+behind+`) AND d.number = 1 ORDER BY d.id`, run.ID)
	if err != nil || len(queued) == 0 && run.WaveAt.IsZero() {
		return false, err
	}
	to := run
	to.State, to.Reason, to.Detail, to.Place, to.WaveAt, to.RestAtOnce, to.UpdatedAt = rekey.RunHeld, reason, detail, "", now, false, now
	to.Looked -= len(queued)
	to.Recipients -= len(queued)
	if moved, err := tx.MoveRun(ctx, run, to); err != nil || !moved {
		return false, err
	}
	ids := make([]string, len(queued))
	for i, p := range queued {
		ids[i] = p.id
		tx.moved(p.runID, p.outcome, outcome{rekey.DeliveryHeld, reason}, 1, now)
		tx.left(p, now)
	}
	return true, tx.write(ctx, `UPDATE deliveries SET state = 'held', reason = $2, updated_at = $3 WHERE `+tx.q.in("id", 1), texts(ids), string(reason), micros(now))
}

// SendRest makes the next wave of a run take everybody who waits, at once, and reports
// whether a wave is to come.
func (tx *Tx) SendRest(ctx context.Context, id string, now time.Time) (bool, error) {
	n, err := tx.wake(ctx, `UPDATE runs SET rest_at_once = TRUE, wave_at = $2, updated_at = $2, enqueued_at = $2
		WHERE id = $1 AND `+wavesToCome+` RETURNING id`, id, micros(now))
	return n == 1, err
}
