package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"rekey"
)

// UnsentQuery narrows and pages the list of what could not be sent.
type UnsentQuery struct {
	State rekey.DeliveryState // failed or deferred, "" for both
	// MaxRank leaves out the deliveries of everybody above it.
	MaxRank int
	// After is the id of the last one of the page before, and Before that of the
	// first one of the page that follows. One that is not there any more is as
	// good as none.
	After, Before string
	Limit         int
}

func (q UnsentQuery) filter() (from string, w where) {
	from, w = DeliveryQuery{MaxRank: q.MaxRank}.filter()
	if w.given(`d.state = ?`, string(q.State)); q.State == "" {
		w.literally(`d.state IN ('failed', 'deferred')`)
	}
	return from, w
}

// Unsent lists the deliveries that failed or are deferred, from the one that
// did so last.
func (s Queries) Unsent(ctx context.Context, q UnsentQuery) ([]rekey.Delivery, error) {
	from, w := q.filter()
	columns, back := []string{"d.updated_at", "d.id"}, q.Before != ""
	if id := q.After + q.Before; id != "" {
		var changed int64
		err := s.one(ctx, `SELECT updated_at FROM deliveries WHERE id = $1`, []any{id}, &changed)
		switch {
		case err == nil:
			w.beyond(columns, []any{changed, id}, !back)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	clause, args := w.page(inOrder(columns, !back), q.Limit)
	list, err := s.deliveriesFrom(ctx, from, clause, args...)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// CountUnsent counts, up to a limit, the deliveries on the list of Unsent: one
// more than that says that there are more.
func (s Queries) CountUnsent(ctx context.Context, q UnsentQuery, limit int) (int, error) {
	from, w := q.filter()
	return s.countUpTo(ctx, from, w, limit)
}
