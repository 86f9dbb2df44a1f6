package store

import (
	"context"

	"rekey"
)

// Depth counts the runs that wait for their due time or for more planning, and the
// deliveries that wait for an attempt.
func (s Queries) Depth(ctx context.Context) (map[string]int, error) {
	var runs, deliveries int
	err := s.one(ctx, `SELECT
			(SELECT COUNT(*) FROM runs WHERE state IN ('waiting', 'planning')),
			(SELECT COUNT(*) FROM deliveries WHERE `+unfinished+`)`, nil, &runs, &deliveries)
	return map[string]int{"runs": runs, "deliveries": deliveries}, err
}

// HeldByReason counts the held runs by reason.
func (s Queries) HeldByReason(ctx context.Context) (map[string]int, error) {
	held := map[string]int{string(rekey.ReasonCeiling): 0, string(rekey.ReasonOwnerBlocked): 0}
	err := s.each(ctx, `SELECT reason, COUNT(*) FROM runs WHERE state = 'held' GROUP BY reason`, nil, func(r rows) error {
		var reason string
		var n int
		err := r.Scan(&reason, &n)
		held[reason] = n
		return err
	})
	return held, err
}
