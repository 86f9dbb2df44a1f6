package admin

import (
	"context"

	"rekey"
)

// EventView is an event as the actor may see it. Users whom the actor may not
// view are left out. If there are any, the data is left out too: it may name
// them.
type EventView struct {
	rekey.Event
	Hidden int // how many users the actor may not view
	// More counts the users whom the actor may view and Users leaves out: an entry
	// of a list names only the first MaxListed.
	More int
}

// MaxListed is how many of the system users involved in an event a list names.
const MaxListed = 10

// Event returns an event by its id. The actor must be allowed to define
// automations, or have posted the event.
func (s *Service) Event(ctx context.Context, actor rekey.SystemUser, id string) (EventView, error) {
	e, err := s.store.Event(ctx, id)
	own := err == nil && actor.ID != "" && e.PostedBy == actor.ID
	if may := mayRead(actor); may != nil && !own {
		return EventView{}, may
	}
	if err != nil {
		return EventView{}, err
	}
	views, err := s.viewEvents(ctx, actor, []rekey.Event{e}, rekey.MaxEventUsers)
	if err != nil {
		return EventView{}, err
	}
	return views[0], nil
}

// Events returns a page of events, the latest first. An eventType other than ""
// narrows the list.
func (s *Service) Events(ctx context.Context, actor rekey.SystemUser, eventType string, p Place) (Listed[EventView], error) {
	var none Listed[EventView]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	found, more, err := s.store.Events(ctx, eventType, p.After, p.Before, p.ask()-1) // the list goes back in time
	if err != nil {
		return none, err
	}
	views, err := s.viewEvents(ctx, actor, found, MaxListed)
	if err != nil {
		return none, err
	}
	total, err := p.total(len(found), more, func() (Total, error) { return totalOf(s.store.CountEvents(ctx, eventType, countTo)) })
	return listedPart(p, views, more, total, func(e EventView) string { return e.ID }), err
}

// StartedBy returns the runs that events have started, by the events' ids.
func (s *Service) StartedBy(ctx context.Context, actor rekey.SystemUser, eventIDs []string) (map[string][]RunView, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	runs, err := s.store.RunsOf(ctx, eventIDs...)
	if err != nil {
		return nil, err
	}
	views, err := s.viewRuns(ctx, actor, runs)
	if err != nil {
		return nil, err
	}
	started := make(map[string][]RunView, len(eventIDs))
	for _, run := range views {
		started[run.EventID] = append(started[run.EventID], run)
	}
	return started, nil
}

// viewEvents returns events as the actor may see them, each with at most `most`
// users.
func (s *Service) viewEvents(ctx context.Context, actor rekey.SystemUser, events []rekey.Event, most int) ([]EventView, error) {
	// An event may name 10,000 users, but few users rank above the actor.
	above, err := s.store.RankedAbove(ctx, actor.Authority().Rank)
	if err != nil {
		return nil, err
	}
	views := make([]EventView, len(events))
	for i, e := range events {
		views[i] = EventView{Event: e}
		view := &views[i]
		view.Users = nil
		for _, subject := range e.Users {
			if above[subject] || above[rekey.AddressKey(subject)] {
				view.Hidden++
			} else if len(view.Users) < most {
				view.Users = append(view.Users, subject)
			} else {
				view.More++
			}
		}
		if view.Hidden > 0 {
			view.Data = nil
		}
	}
	return views, nil
}
