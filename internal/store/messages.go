package store

import (
	"context"
	"time"

	"rekey"
)

// MessagesTo returns when the messages to an address were begun since a moment, and those that
// wait for a digest, oldest first. It leaves out what another transaction is about to end.
func (tx *Tx) MessagesTo(ctx context.Context, address string, since time.Time) (begun []time.Time, waiting []rekey.Delivery, err error) {
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
	waiting, err = tx.deliveries(ctx, `WHERE d.old_password = '' AND d.subject = $1 AND d.issued_at = 0 AND d.state = 'queued' AND d.reason = $2
		ORDER BY d.id`+tx.q.locking("FOR UPDATE SKIP LOCKED"), address, string(rekey.ReasonDigest))
	return begun, waiting, err
}
