package store

import (
	"context"
	"time"
)

// EraseExpired erases the verifiers of at most limit deliveries that may have been
// mailed but ended without being sent, once they expire. It returns how many. The
// time of their end stays on record.
func (tx *Tx) EraseExpired(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := tx.changes(ctx, `UPDATE deliveries SET verifier='', ended_at=$1
		WHERE id IN (SELECT id FROM deliveries
			WHERE verifier <> '' AND valid_until <= $1 AND state IN ('failed', 'superseded', 'cancelled') ORDER BY valid_until LIMIT $2`+tx.q.locking("FOR UPDATE SKIP LOCKED")+`)`,
		micros(now), limit)
	return int(n), err
}
