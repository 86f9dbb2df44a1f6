package store

import (
	"context"
	"time"

	"rekey"
)

// MessagesTo returns when the messages to an address were begun since a moment, and at most
// limit of those that wait for a digest and are in none yet, oldest first: each automation has
// its turn, so none keeps out the others. It leaves out what another transaction is about to
// issue.
func (tx *Tx) MessagesTo(ctx context.Context, address string, since time.Time, limit int) (begun []time.Time, waiting []rekey.Delivery, err error) {
	if err := tx.q.lockName(ctx, "messages "+address); err != nil {
		return nil, nil, err
	}
	err = tx.each(ctx, `SELECT issued_at FROM deliveries WHERE old_password = '' AND subject = $1 AND issued_at > $2 ORDER BY issued_at`,
		[]any{address, micros(since)}, func(r rows) error {
			var at time.Time
			err := r.Scan(moment{&at})
			begun = append(begun, at)
			return err
		})
	if err != nil {
		return nil, nil, err
	}
	waiting, err = tx.deliveries(ctx, `WHERE d.id IN (SELECT id FROM (
			SELECT w.id, ROW_NUMBER() OVER (PARTITION BY r.automation_id ORDER BY w.id) AS turn FROM deliveries w JOIN runs r ON r.id = w.run_id
			WHERE w.old_password = '' AND w.subject = $1 AND w.issued_at = 0 AND w.state = 'queued' AND w.reason = $2 AND w.replaced_by = ''
		) turns ORDER BY turn, id LIMIT $3) AND d.state = 'queued' ORDER BY d.id`+tx.q.locking("FOR UPDATE OF d SKIP LOCKED"),
		address, string(rekey.ReasonDigest), limit)
	return begun, waiting, err
}
