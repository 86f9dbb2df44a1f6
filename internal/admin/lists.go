package admin

import (
	"context"
	"slices"

	"rekey"
)

// Place is where to read in a list: from its beginning, or on from an entry, one
// way or the other, in the order of the list.
type Place struct {
	After  string // the Next of the page before
	Before string // the Previous of the page that follows
	Limit  int    // 1 to MaxPage; 0 is DefaultPage
	// Uncounted leaves Listed.Total out: counting takes longer than reading.
	Uncounted bool
}

// ask is how many to ask for: one more than wanted tells whether there are more.
func (p Place) ask() int { return page(p.Limit) + 1 }

// Listed is a page of a list.
type Listed[T any] struct {
	Entries []T
	Total   Total // of all pages
	// Previous and Next are where the pages beside this one are, "" for none.
	Previous, Next string
}

// Total is how many there are.
type Total struct {
	N    int
	More bool // there are more than N
}

// countTo is how far is counted: who has more to look through will narrow the
// list before counting on.
const countTo = 10_000

func totalOf(n int, err error) (Total, error) {
	return Total{N: min(n, countTo), More: n > countTo}, err
}

// total counts a list, unless all of it is what was found. more says that it goes
// on.
func (p Place) total(found int, more bool, count func() (Total, error)) (Total, error) {
	if p.Uncounted {
		return Total{}, nil
	}
	if p.After == "" && p.Before == "" && !more {
		return Total{N: found}, nil
	}
	return count()
}

// listed makes a page of what was found by asking for p.ask().
func listed[T any](p Place, found []T, total Total, id func(T) string) Listed[T] {
	more := len(found) == p.ask()
	switch {
	case more && p.Before != "":
		found = found[1:]
	case more:
		found = found[:len(found)-1]
	}
	return listedPart(p, found, more, total, id)
}

// listedPart makes a page of entries. more says that the list goes on beyond them.
func listedPart[T any](p Place, found []T, more bool, total Total, id func(T) string) Listed[T] {
	back := p.Before != ""
	l := Listed[T]{Entries: found, Total: total}
	if len(found) == 0 {
		return l
	}
	if more || !back {
		l.Previous = id(found[0])
	}
	if more || back {
		l.Next = id(found[len(found)-1])
	}
	if !back && p.After == "" {
		l.Previous = ""
	}
	return l
}

// Users is a page of the system users whom the actor may view, without their
// sources and attributes. What q says of pages is ignored.
func (s *Service) Users(ctx context.Context, actor rekey.SystemUser, q rekey.UserQuery, p Place) (Listed[rekey.SystemUser], error) {
	q.MaxRank = actor.Authority().Rank
	q.After, q.Before, q.Limit, q.Brief = p.After, p.Before, p.ask(), true
	err := s.hidePlaces(ctx, actor, &q)
	if err != nil {
		return Listed[rekey.SystemUser]{}, err
	}
	found, err := s.store.Users(ctx, q)
	if err != nil {
		return Listed[rekey.SystemUser]{}, err
	}
	total, err := p.total(len(found), len(found) == p.ask(), func() (Total, error) { return totalOf(s.store.CountUsers(ctx, q, countTo)) })
	return listed(p, found, total, func(u rekey.SystemUser) string { return u.ID }), err
}

// maxSuggested is how many system users are suggested while somebody types.
const maxSuggested = 10

// SuggestUsers returns the system users whom somebody who types may mean, at
// most ten of those whom the actor may view: first those whose name begins with
// it.
func (s *Service) SuggestUsers(ctx context.Context, actor rekey.SystemUser, search string) ([]rekey.SystemUser, error) {
	return s.store.SuggestUsers(ctx, search, actor.Authority().Rank, maxSuggested)
}

// Runs is a page of the runs from the latest on. What q says of pages is
// ignored.
func (s *Service) Runs(ctx context.Context, actor rekey.SystemUser, q rekey.RunQuery, p Place) (Listed[RunView], error) {
	var none Listed[RunView]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	q.Before, q.After, q.Limit = p.After, p.Before, p.ask() // the list goes back in time
	found, err := s.store.Runs(ctx, q)
	if err != nil {
		return none, err
	}
	views, err := s.viewRuns(ctx, actor, found)
	if err != nil {
		return none, err
	}
	total, err := p.total(len(found), len(found) == p.ask(), func() (Total, error) { return totalOf(s.store.CountRuns(ctx, q, countTo)) })
	return listed(p, views, total, func(r RunView) string { return r.ID }), err
}

// Deliveries is a page of the deliveries of those whom the actor may view,
// without anything secret: of a run or a system user, or in a state. What q says
// of pages is ignored.
func (s *Service) Deliveries(ctx context.Context, actor rekey.SystemUser, q rekey.DeliveryQuery, p Place) (Listed[rekey.Delivery], error) {
	q.After, q.Before, q.Limit, q.MaxRank = p.After, p.Before, p.ask(), actor.Authority().Rank
	return s.deliveryPage(actor, p,
		func() ([]rekey.Delivery, error) { return s.store.Deliveries(ctx, q) },
		func() (Total, error) {
			if q.RunID == "" || q.UserID != "" {
				return totalOf(s.store.CountDeliveries(ctx, q, countTo))
			}
			return s.totalOfRun(ctx, q)
		})
}

// totalOfRun is how many of a run's deliveries are on a list; the run knows.
func (s *Service) totalOfRun(ctx context.Context, q rekey.DeliveryQuery) (Total, error) {
	tallies, _, err := s.store.Tallies(ctx, []string{q.RunID}, q.MaxRank)
	var t Total
	for _, tally := range tallies[q.RunID] {
		if (len(q.States) == 0 || slices.Contains(q.States, tally.State)) && (q.Reason == "" || tally.Reason == q.Reason) {
			t.N += int(tally.Count)
		}
	}
	return t, err
}

// Unsent is a page of the deliveries that failed or are deferred now, from
// the one that did so last, of those whom the actor may view. What q says of
// pages is ignored.
func (s *Service) Unsent(ctx context.Context, actor rekey.SystemUser, q rekey.UnsentQuery, p Place) (Listed[rekey.Delivery], error) {
	q.After, q.Before, q.Limit, q.MaxRank = p.After, p.Before, p.ask(), actor.Authority().Rank
	return s.deliveryPage(actor, p,
		func() ([]rekey.Delivery, error) { return s.store.Unsent(ctx, q) },
		func() (Total, error) { return totalOf(s.store.CountUnsent(ctx, q, countTo)) })
}

func (s *Service) deliveryPage(actor rekey.SystemUser, p Place, list func() ([]rekey.Delivery, error), count func() (Total, error)) (Listed[rekey.Delivery], error) {
	var none Listed[rekey.Delivery]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	found, err := list()
	if err != nil {
		return none, err
	}
	for i := range found {
		found[i] = withoutSecrets(found[i])
	}
	total, err := p.total(len(found), len(found) == p.ask(), count)
	return listed(p, found, total, func(d rekey.Delivery) string { return d.ID }), err
}
