package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"rekey"
)

// listsOf splits a list into one for each state, because no index sorts two. A list
// of one user is not split: a user has few deliveries.
func listsOf(q rekey.DeliveryQuery) []deliveryList {
	if q.Standing != "" {
		q.States, q.Reason, q.Without = statesOf[q.Standing], "", ""
	}
	if len(q.States) == 0 || q.UserID != "" {
		return []deliveryList{{DeliveryQuery: q}}
	}
	list := make([]deliveryList, len(q.States))
	for i, state := range q.States {
		list[i] = deliveryList{q, state}
	}
	return list
}

// deliveryList is a list of deliveries in one state; "" means in all states asked
// for.
type deliveryList struct {
	rekey.DeliveryQuery

	state rekey.DeliveryState
}

// onTheWay reports whether the index deliveries_state leaves the state out: queued
// or issued.
func (l deliveryList) onTheWay() bool {
	return l.state == rekey.DeliveryQueued || l.state == rekey.DeliveryIssued
}

// ofRun reports whether the list is of a run in all states. It is then sorted by
// run and id, and the run is given as a range of one. With an equality PostgreSQL
// would drop the run from the order. For a run with half of all deliveries it would
// then walk through the other half by id.
func (l deliveryList) ofRun() bool { return l.RunID != "" && l.UserID == "" && l.state == "" }

// narrowed adds the conditions of the list.
func (l deliveryList) narrowed(w where) where {
	if l.ofRun() {
		w.add(`d.run_id BETWEEN ? AND ?`, l.RunID)
	} else {
		w.given(`d.run_id = ?`, l.RunID)
	}
	w.given(`d.user_id = ?`, l.UserID)
	if w.given(`d.state = ?`, string(l.state)); l.state == "" {
		w.oneOf(`d.state`, l.States)
	}
	w.given(`d.reason = ?`, string(l.Reason))
	w.given(`d.reason <> ?`, string(l.Without))
	w.standing(l.Standing)
	w.undone(l.Undone)
	return w
}

// filter returns the table and the conditions of the list, in the words of the
// index that it uses.
func (s Queries) filter(l deliveryList) (from string, w where) {
	w = l.narrowed(where{})
	switch {
	case l.onTheWay(): // and so in a batch that is open
		w.literally(`b.next_at IS NOT NULL AND d.run_id = b.run_id AND d.batch = b.number`)
		w.given(`b.run_id = ?`, l.RunID)
		return `batches b CROSS JOIN deliveries d` + s.q.indexed("deliveries_batch"), w
	case l.state != "":
		w.literally(`d.state NOT IN ('queued', 'issued')`)
	}
	return `deliveries d`, w
}

// Deliveries lists deliveries in the order of their creation. Lists of certain
// states are sorted by the creation of their runs first. Deliveries without an
// existing system user are on every list.
func (s Queries) Deliveries(ctx context.Context, q rekey.DeliveryQuery) ([]rekey.Delivery, error) {
	at, err := s.deliveryPlace(ctx, q.After+q.Before)
	if err != nil {
		return nil, err
	}
	parts := listsOf(q)
	var all []rekey.Delivery
	for _, part := range parts {
		list, err := s.deliveryList(ctx, part, at)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b rekey.Delivery) int {
		if q.Latest {
			a, b = b, a
		}
		if c := cmp.Compare(a.RunID, b.RunID); c != 0 && parts[0].state != "" {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
	if q.Before != "" {
		return all[max(0, len(all)-q.Limit):], nil
	}
	return all[:min(len(all), q.Limit)], nil
}

// deliveryPlace is the place of a delivery on lists; only the id if it no longer
// exists.
type deliveryPlace struct {
	id, runID string
	batch     int
}

func (s Queries) deliveryPlace(ctx context.Context, id string) (p deliveryPlace, err error) {
	if id == "" {
		return p, nil
	}
	err = s.one(ctx, `SELECT run_id, batch FROM deliveries WHERE id = $1`, []any{id}, &p.runID, &p.batch)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	p.id = id
	return p, err
}

// deliveryList reads a page of one list.
func (s Queries) deliveryList(ctx context.Context, l deliveryList, at deliveryPlace) ([]rekey.Delivery, error) {
	from, w := s.filter(l)
	descending := l.Latest != (l.Before != "")
	order := []string{"d.id"}
	switch {
	case l.ofRun():
		if order = []string{"d.run_id", "d.id"}; at.id != "" {
			w.beyond(order, []any{l.RunID, at.id}, descending)
		}
	case l.state == "":
		if at.id != "" {
			w.beyond(order, []any{at.id}, descending)
		}
	case at.runID != "":
		w.beyond([]string{"d.run_id", "d.id"}, []any{at.runID, at.id}, descending)
	}
	switch {
	case l.onTheWay():
		order = []string{"b.run_id", "b.number", "d.id"}
		if at.batch > 0 { // from there on
			w.from(order[:2], []any{at.runID, at.batch}, descending)
		}
	case l.state != "":
		order = []string{"d.run_id", "d.id"}
	}
	from = w.upTo(l.MaxRank, from)
	clause, args := w.page(inOrder(order, descending), l.Limit)
	return s.deliveriesFrom(ctx, from, clause, args...)
}

// upTo leaves out the deliveries of users above a rank.
func (w *where) upTo(maxRank int, from string) string {
	if maxRank >= rekey.RankAdministrator {
		return from
	}
	w.add(`COALESCE(u.rank, 0) <= ?`, maxRank)
	return from + ` LEFT JOIN system_users u ON u.id = d.user_id`
}

// CountDeliveries counts the deliveries on a list, up to limit+1. A result of
// limit+1 means that there are more than limit.
func (s Queries) CountDeliveries(ctx context.Context, q rekey.DeliveryQuery, limit int) (int, error) {
	total := 0
	for _, part := range listsOf(q) {
		n, err := s.countPart(ctx, part, limit-total)
		if total += n; err != nil || total > limit {
			return total, err
		}
	}
	return total, nil
}

// countPart counts one list. Few users are above a rank, so it counts theirs and
// subtracts them, instead of looking up everybody else.
func (s Queries) countPart(ctx context.Context, l deliveryList, limit int) (int, error) {
	above := 0
	switch {
	case l.MaxRank < rekey.RankMember:
		return 0, nil
	case l.MaxRank < rekey.RankAdministrator:
		w := l.narrowed(rankedAbove(l.MaxRank))
		if err := s.one(ctx, `SELECT COUNT(*) FROM `+s.theirs()+` `+w.clause(), w.args, &above); err != nil {
			return 0, err
		}
	}
	from, w := s.filter(l)
	n, err := s.countUpTo(ctx, from, w, limit+above)
	return n - above, err
}

// theirs joins system users with their deliveries. CROSS makes SQLite start from
// the few users of a rank, not from all deliveries of a run or a state.
func (s Queries) theirs() string {
	return `system_users u CROSS JOIN deliveries d` + s.q.indexed("deliveries_user")
}

// rankedAbove is the condition for users above a rank, in the words of the index
// system_users_ranked.
func rankedAbove(rank int) (w where) {
	w.literally(`u.rank > 0 AND d.user_id = u.id`)
	w.add(`u.rank > ?`, rank)
	return w
}
