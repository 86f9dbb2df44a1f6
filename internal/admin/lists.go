package admin

import (
	"context"
	"slices"

	"rekey"
)

// Place says which page of a list to read: the first one, the one after an
// entry, or the one before an entry.
type Place struct {
	After  string // Next of the page before
	Before string // Previous of the page after
	Limit  int    // 1 to MaxPage; 0 is DefaultPage
	// Uncounted leaves Listed.Total out: counting takes longer than reading.
	Uncounted bool
}

// ask returns how many entries to read: one more than the page holds, to see
// whether there are more.
func (p Place) ask() int { return page(p.Limit) + 1 }

// Listed is a page of a list.
type Listed[T any] struct {
	Entries []T
	Total   Total // of all pages
	// Previous and Next are the places of the pages before and after, or "".
	Previous, Next string
}

// Total is the number of entries.
type Total struct {
	N    int
	More bool // there are more than N
}

// countTo is the highest number that is counted: with more entries, people
// narrow the list first.
const countTo = 10_000

func totalOf(n int, err error) (Total, error) {
	return Total{N: min(n, countTo), More: n > countTo}, err
}

// total counts a list, unless the whole list was found. more reports whether
// there are more entries.
func (p Place) total(found int, more bool, count func() (Total, error)) (Total, error) {
	if p.Uncounted {
		return Total{}, nil
	}
	if p.After == "" && p.Before == "" && !more {
		return Total{N: found}, nil
	}
	return count()
}

// listed makes a page of what a query with the limit p.ask() found.
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

// listedPart makes a page of entries. more reports whether the list goes on.
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

// Users returns a page of the system users whom the actor may view, without
// sources and attributes. The fields of q about pages are ignored.
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

// maxSuggested is how many system users are suggested while a person types.
const maxSuggested = 10

// SuggestUsers returns at most ten system users whom the actor may view and who
// fit search. Those whose name begins with it come first.
func (s *Service) SuggestUsers(ctx context.Context, actor rekey.SystemUser, search string) ([]rekey.SystemUser, error) {
	return s.store.SuggestUsers(ctx, search, actor.Authority().Rank, maxSuggested)
}

// Runs returns a page of runs, the latest first. The fields of q about pages
// are ignored.
func (s *Service) Runs(ctx context.Context, actor rekey.SystemUser, q rekey.RunQuery, p Place) (Listed[RunView], error) {
	var none Listed[RunView]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	q.Before, q.After, q.Limit = p.After, p.Before, p.ask() // the list goes back in time
	if q.Oldest {
		q.Before, q.After = p.Before, p.After
	}
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

// Deliveries returns a page of the deliveries of users whom the actor may view,
// without secrets. q narrows it to a run, a system user or states, or to the people of a
// run with a standing. Its fields about pages are ignored.
//
// Errors: CodeInvalid for a standing that does not exist.
func (s *Service) Deliveries(ctx context.Context, actor rekey.SystemUser, q rekey.DeliveryQuery, p Place) (Listed[rekey.Delivery], error) {
	if q.Standing != "" && !q.Standing.Valid() {
		return Listed[rekey.Delivery]{}, rekey.Invalid("standing", "Choose in, not_in, not_yet, no_longer, none, on_the_way or skipped.")
	}
	q.After, q.Before, q.Limit, q.MaxRank = p.After, p.Before, p.ask(), actor.Authority().Rank
	return s.deliveryPage(ctx, actor, p,
		func() ([]rekey.Delivery, error) { return s.store.Deliveries(ctx, q) },
		func() (Total, error) {
			if q.RunID == "" || q.UserID != "" || q.Standing != "" {
				return totalOf(s.store.CountDeliveries(ctx, q, countTo))
			}
			return s.totalOfRun(ctx, q)
		})
}

// totalOfRun counts the deliveries of a run from the run's tallies.
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

// Unsent returns a page of the deliveries that failed or are deferred, the
// latest first, of users whom the actor may view. The fields of q about pages
// are ignored.
func (s *Service) Unsent(ctx context.Context, actor rekey.SystemUser, q rekey.UnsentQuery, p Place) (Listed[rekey.Delivery], error) {
	q.After, q.Before, q.Limit, q.MaxRank = p.After, p.Before, p.ask(), actor.Authority().Rank
	return s.deliveryPage(ctx, actor, p,
		func() ([]rekey.Delivery, error) { return s.store.Unsent(ctx, q) },
		func() (Total, error) { return totalOf(s.store.CountUnsent(ctx, q, countTo)) })
}

func (s *Service) deliveryPage(ctx context.Context, actor rekey.SystemUser, p Place, list func() ([]rekey.Delivery, error), count func() (Total, error)) (Listed[rekey.Delivery], error) {
	var none Listed[rekey.Delivery]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	found, err := list()
	if err != nil {
		return none, err
	}
	if err := s.shown(ctx, actor, found); err != nil {
		return none, err
	}
	total, err := p.total(len(found), len(found) == p.ask(), count)
	return listed(p, found, total, func(d rekey.Delivery) string { return d.ID }), err
}
