package store

import (
	"context"
	"slices"

	"rekey"
)

// DeliveryQuery narrows, sorts and pages a list of deliveries.
type DeliveryQuery struct {
	RunID  string
	UserID string
	States []rekey.DeliveryState // one of these; none: any
	Reason rekey.Reason
	// MaxRank leaves out the deliveries of everybody above it.
	MaxRank int
	// Latest lists from the latest on.
	Latest bool
	// After is the id of the last one of the page before, and Before that of the
	// first one of the page that follows.
	After, Before string
	Limit         int
}

func (q DeliveryQuery) filter() (from string, w where) {
	from = `deliveries d`
	w.given(`d.run_id = ?`, q.RunID)
	w.given(`d.user_id = ?`, q.UserID)
	w.oneOf(`d.state`, q.States)
	w.given(`d.reason = ?`, string(q.Reason))
	if q.MaxRank < rekey.RankAdministrator {
		from += ` LEFT JOIN system_users u ON u.id = d.user_id`
		w.add(`COALESCE(u.rank, 0) <= ?`, q.MaxRank)
	}
	return from, w
}

// Deliveries lists deliveries in the order of their creation. Those of people
// who are nobody's, or were deleted, are on every list.
func (s Queries) Deliveries(ctx context.Context, q DeliveryQuery) ([]rekey.Delivery, error) {
	from, w := q.filter()
	columns, back := []string{"d.id"}, q.Before != ""
	w.beyond(columns, cursorOf(q.After+q.Before), q.Latest != back)
	clause, args := w.page(inOrder(columns, q.Latest != back), q.Limit)
	list, err := s.deliveriesFrom(ctx, from, clause, args...)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// CountDeliveries counts the deliveries on a list, up to a limit: one more than
// that says that there are more.
func (s Queries) CountDeliveries(ctx context.Context, q DeliveryQuery, limit int) (int, error) {
	from, w := q.filter()
	return s.countUpTo(ctx, from, w, limit)
}
