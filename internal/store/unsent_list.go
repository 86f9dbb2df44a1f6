package store

import (
	"context"
	"slices"
	"strings"

	"rekey"
)

// unsentStates are the states asked for. Each is queried alone, because one index
// cannot sort two.
func unsentStates(q rekey.UnsentQuery) []rekey.DeliveryState {
	if q.State != "" {
		return []rekey.DeliveryState{q.State}
	}
	return []rekey.DeliveryState{rekey.DeliveryDeferred, rekey.DeliveryFailed}
}

// Unsent lists the deliveries that failed or are deferred, newest change first.
func (s Queries) Unsent(ctx context.Context, q rekey.UnsentQuery) ([]rekey.Delivery, error) {
	columns, back := []string{"d.updated_at", "d.id"}, q.Before != ""
	cursor, err := s.key(ctx, `deliveries d`, columns, q.After+q.Before)
	if err != nil {
		return nil, err
	}
	var all []rekey.Delivery
	for _, state := range unsentStates(q) {
		var w where
		w.literally(`d.state IN ('failed', 'deferred')`) // as the index deliveries_unsent says
		w.add(`d.state = ?`, string(state))
		w.beyond(columns, cursor, !back)
		from := w.upTo(q.MaxRank, `deliveries d`)
		clause, args := w.page(inOrder(columns, !back), q.Limit)
		list, err := s.deliveriesFrom(ctx, from, clause, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, lastFirst)
	if back {
		return all[max(0, len(all)-q.Limit):], nil
	}
	return all[:min(len(all), q.Limit)], nil
}

// lastFirst sorts deliveries by their last change, newest first.
func lastFirst(a, b rekey.Delivery) int {
	if c := b.UpdatedAt.Compare(a.UpdatedAt); c != 0 {
		return c
	}
	return strings.Compare(b.ID, a.ID)
}

// CountUnsent counts the deliveries on the list of Unsent, up to limit+1. A result
// of limit+1 means that there are more than limit.
func (s Queries) CountUnsent(ctx context.Context, q rekey.UnsentQuery, limit int) (int, error) {
	return s.CountDeliveries(ctx, rekey.DeliveryQuery{States: unsentStates(q), MaxRank: q.MaxRank}, limit)
}
