package admin

import (
	"context"
	"fmt"
	"math"
	"slices"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/store"
)

// settle ends the events of a pass that ends well, with those of the failed passes before
// it. At most withholdAbove of one kind are raised. More of one kind wait until they are
// released, and so do all events of the first pass.
//
// Kinds are counted apart, so that the locks that a stranger sets off hold back nobody
// else's event. A block is in force already; its event alone waits.
func (p *syncing) settle(ctx context.Context) error {
	found := p.found
	if !p.dry {
		var err error
		if found, err = p.store.CountFreshEvents(ctx, p.name); err != nil {
			return err
		}
	}
	kinds := map[string]int{}
	for event, n := range found {
		kinds[eventKind(event)] += n
	}
	var few []string // types of events
	for event, n := range found {
		if !p.first && kinds[eventKind(event)] <= withholdAbove {
			few = append(few, event)
		} else {
			p.Withheld += n
		}
	}
	if p.dry {
		return nil
	}
	events, err := p.store.FreshEvents(ctx, p.name, few)
	if err != nil {
		return err
	}
	if err := p.release(ctx, events); err != nil {
		return err
	}
	return p.store.Update(ctx, func(tx *store.Tx) error {
		if err := p.claimIn(ctx, tx); err != nil {
			return err
		}
		_, err := tx.WithholdEvents(ctx, p.name)
		return err
	})
}

// eventKind counts people who are new and people who are back as one kind.
func eventKind(event string) string {
	if event == rekey.UserRestored {
		return rekey.UserCreated
	}
	return event
}

// release raises events that are still true, and drops the others. events are ordered by
// their type.
func (p *syncing) release(ctx context.Context, events []rekey.DirectoryEvent) error {
	for len(events) > 0 {
		event, ids := events[0].Event, []string{}
		for len(events) > 0 && events[0].Event == event && len(ids) < syncPage {
			ids, events = append(ids, events[0].UserID), events[1:]
		}
		if err := p.store.Update(ctx, func(tx *store.Tx) error { return p.raiseAll(ctx, tx, event, ids) }); err != nil {
			return err
		}
	}
	return nil
}

func (p *syncing) raiseAll(ctx context.Context, tx *store.Tx, event string, ids []string) error {
	taken, err := tx.TakeDirectoryEvents(ctx, event, ids)
	if err != nil {
		return err
	}
	users, err := tx.FindUsers(ctx, taken)
	if err != nil {
		return err
	}
	slices.Sort(taken)
	for _, id := range taken {
		if u, there := users[id]; there && p.stillTrue(event, u) {
			if err := p.raise(ctx, tx, event, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// stillTrue reports whether what an event says of a user holds now.
func (p *syncing) stillTrue(event string, u rekey.SystemUser) bool {
	active, d := u.Status == rekey.UserActive, u.Directory
	switch event {
	case rekey.UserWasBlocked:
		return !active
	case rekey.UserLocked:
		return active && d.Locked
	case rekey.PasswordExpiring:
		return active && d.ExpiresAt.After(p.now()) && d.ExpiresAt.Equal(d.ToldExpiry)
	default:
		return active
	}
}

// ReleaseEvents raises the waiting events of a directory. count is the number that the
// Administrator saw; no others are raised. Those that are no longer true are dropped.
//
// Errors: CodeForbidden; CodeNotFound for an unknown directory; CodeConflict if another
// number waits.
func (s *Service) ReleaseEvents(ctx context.Context, actor rekey.SystemUser, name string, count int) error {
	if _, ok := s.directories[name]; !ok {
		return errNoDirectory
	}
	if !actor.Authority().MayAdminister() {
		return errRank
	}
	events, err := s.store.WithheldEvents(ctx, name, min(max(count, 0), math.MaxInt32)+1) // one more shows that count is wrong
	if err != nil {
		return err
	}
	if len(events) != count {
		counts, err := s.store.CountDirectory(ctx, name)
		if err != nil {
			return err
		}
		return rekey.NewError(rekey.CodeConflict, fmt.Sprintf("%s, not %d. Look again, and release that number.",
			english.Count(counts.Withheld, "event waits", "events wait"), count))
	}
	return (&syncing{Service: s, name: name}).release(ctx, events)
}
