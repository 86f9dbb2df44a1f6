package store

import "context"

// Depth counts what waits: runs for their due time or for somebody, and
// deliveries for an attempt.
func (s Queries) Depth(ctx context.Context) (map[string]int, error) {
	var runs, deliveries int
	err := s.one(ctx, `SELECT
			(SELECT COUNT(*) FROM runs WHERE state IN ('waiting', 'planning', 'held')),
			(SELECT COUNT(*) FROM deliveries WHERE `+unfinished+`)`, nil, &runs, &deliveries)
	return map[string]int{"runs": runs, "deliveries": deliveries}, err
}
