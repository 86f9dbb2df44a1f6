package store

import (
	"context"
	"time"

	"rekey"
)

// Failures counts the deliveries of an automation that failed since a moment.
func (s Queries) Failures(ctx context.Context, automationID string, since time.Time) (n int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM deliveries d CROSS JOIN runs r
		WHERE d.state IN ('failed', 'deferred') AND d.state = 'failed' AND d.updated_at >= $2
		AND r.id = d.run_id AND r.automation_id = $1`, []any{automationID, micros(since)}, &n)
	return n, err
}

// Missed reports whether a run of an automation ended since a moment because its schedule
// was missed. A trial has nobody to tell.
func (s Queries) Missed(ctx context.Context, automationID string, since time.Time) (missed bool, err error) {
	err = s.one(ctx, `SELECT EXISTS (SELECT 1 FROM runs WHERE automation_id = $1 AND reason = $2 AND finished_at >= $3 AND NOT trial)`,
		[]any{automationID, string(rekey.ReasonMissed), micros(since)}, &missed)
	return missed, err
}
