package store

import (
	"context"
	"time"
)

// Failures counts the deliveries of an automation that failed since a moment.
func (s Queries) Failures(ctx context.Context, automationID string, since time.Time) (n int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM deliveries d CROSS JOIN runs r
		WHERE d.state IN ('failed', 'deferred') AND d.state = 'failed' AND d.updated_at >= $2
		AND r.id = d.run_id AND r.automation_id = $1`, []any{automationID, micros(since)}, &n)
	return n, err
}
