package store

import (
	"context"
	"time"
)

// Failures counts the deliveries of an automation that failed since a moment.
func (s Queries) Failures(ctx context.Context, automationID string, since time.Time) (n int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM runs r JOIN deliveries d ON d.run_id = r.id
		WHERE r.automation_id = $1 AND d.state = 'failed' AND d.updated_at >= $2`, []any{automationID, micros(since)}, &n)
	return n, err
}
