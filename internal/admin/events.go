package admin

import (
	"context"
	"strings"

	"rekey"
)

// EventView is an event as the actor may see it: its users are without those
// whom the actor may not view, and its data is left out if there are such, since
// it may name them.
type EventView struct {
	rekey.Event
	Hidden int // how many more system users are involved
	// More is how many more the actor may view. An entry of a list names the first
	// MaxListed, and has no data.
	More int
}

// MaxListed is how many of the system users involved in an event a list names.
const MaxListed = 10

// Event returns an event by its id. Events are shown to those who may define
// automations, and to whoever posted them.
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

// Events is a page of the events, the latest first. eventType narrows the list
// unless it is "".
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

// viewEvents shows events, each with up to most of those involved.
func (s *Service) viewEvents(ctx context.Context, actor rekey.SystemUser, events []rekey.Event, most int) ([]EventView, error) {
	// An event may name ten thousand, and few people rank above anybody.
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
			if above[subject] || strings.Contains(subject, "@") && above[rekey.AddressKey(subject)] {
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
