package store

import (
	"context"
	"time"

	"rekey"
)

// Depth counts the runs that wait for their due time or for more planning, and the
// deliveries that wait for an attempt. Trials send nothing, so they do not count.
func (s Queries) Depth(ctx context.Context) (map[string]int, error) {
	var runs, deliveries int
	err := s.one(ctx, `SELECT
			(SELECT COUNT(*) FROM runs WHERE state IN ('waiting', 'planning') AND NOT trial),
			(SELECT COUNT(*) FROM deliveries WHERE `+unfinished+`)`, nil, &runs, &deliveries)
	return map[string]int{"runs": runs, "deliveries": deliveries}, err
}

// HeldByReason counts the held runs by reason.
func (s Queries) HeldByReason(ctx context.Context) (map[string]int, error) {
	held := map[string]int{}
	for _, reason := range []rekey.Reason{rekey.ReasonCeiling, rekey.ReasonOwnerBlocked, rekey.ReasonStopped, rekey.ReasonStoppedByHand} {
		held[string(reason)] = 0
	}
	err := s.each(ctx, `SELECT reason, COUNT(*) FROM runs WHERE state = 'held' GROUP BY reason`, nil, func(r rows) error {
		var reason string
		var n int
		err := r.Scan(&reason, &n)
		held[reason] = n
		return err
	})
	return held, err
}

// Postponed says until when the queued deliveries of a run wait because no mail can be
// sent; the zero time if they do not. revokes reports whether one of them will still
// revoke a password.
func (s Queries) Postponed(ctx context.Context, runID string, now time.Time) (until time.Time, revokes bool, err error) {
	var revoking int
	err = s.one(ctx, `SELECT COALESCE(MIN(b.next_at), 0), COUNT(CASE WHEN d.old_password = 'revoke' THEN 1 END)
		FROM batches b JOIN deliveries d ON d.run_id = b.run_id AND d.batch = b.number
		WHERE b.run_id = $1 AND b.next_at > $2 AND d.state = 'queued' AND d.reason = ''`,
		[]any{runID, micros(now)}, moment{&until}, &revoking)
	return until, revoking > 0, err
}
