package store

import (
	"context"
	"time"

	"rekey"
)

// EndScrambles ends the scrambles of which it is not known whether they took effect, and
// whose deliveries have ended until a moment. Their users count as revoked, unless a later
// write is known to have taken effect. It returns how many it ended.
func (tx *Tx) EndScrambles(ctx context.Context, until, now time.Time, limit int) (int, error) {
	var ended []rekey.DirectoryWrite
	err := tx.each(ctx, `SELECT w.delivery_id, w.user_id, w.begun_at FROM directory_writes w JOIN deliveries d ON d.id = w.delivery_id
		WHERE w.kind = 'scramble' AND w.outcome = '' AND d.state NOT IN ('queued', 'issued', 'deferred', 'held') AND d.updated_at <= $1
		ORDER BY w.begun_at LIMIT $2`+tx.q.locking("FOR UPDATE OF w SKIP LOCKED"), []any{micros(until), limit}, func(r rows) error {
		var w rekey.DirectoryWrite
		err := r.Scan(&w.DeliveryID, &w.UserID, moment{&w.BegunAt})
		ended = append(ended, w)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, w := range ended {
		if err := tx.write(ctx, `UPDATE directory_writes SET outcome = $2, ended_at = $3 WHERE delivery_id = $1 AND kind = 'scramble'`,
			w.DeliveryID, rekey.WriteDoubtful, micros(now)); err != nil {
			return 0, err
		}
		// The token of the random password is not known: see NotePassword.
		if err := tx.write(ctx, `UPDATE system_users SET chosen = '', directory_token = '' WHERE id = $1 AND directory <> '' AND NOT EXISTS (
			SELECT 1 FROM directory_writes l WHERE l.user_id = $1 AND l.outcome = 'set' AND l.ended_at >= $2)`,
			w.UserID, micros(w.BegunAt)); err != nil {
			return 0, err
		}
	}
	return len(ended), nil
}
