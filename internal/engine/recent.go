package engine

import (
	"context"
	"sync"

	"rekey"
)

// maxRecent is how many events are kept in memory; one may have 1 MiB.
const maxRecent = 4

// recentEvents keeps the events that were read last. An event never changes,
// and each batch of a run needs its run's, which may name ten thousand people:
// reading it anew for each would take longer than making the passwords, with
// the database waiting.
type recentEvents struct {
	mu   sync.Mutex
	last []recentEvent // the latest first
}

type recentEvent struct {
	rekey.Event
	named map[string]bool // its users
}

// read returns an event, from memory if it was read lately, and whom it names.
// Neither may be changed.
func (r *recentEvents) read(ctx context.Context, reader Reader, id string) (rekey.Event, map[string]bool, error) {
	r.mu.Lock()
	for _, e := range r.last {
		if e.ID == id {
			r.mu.Unlock()
			return e.Event, e.named, nil
		}
	}
	r.mu.Unlock()
	event, err := reader.Event(ctx, id)
	if err != nil {
		return event, nil, err
	}
	users := named(event.Users)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = append([]recentEvent{{event, users}}, r.last[:min(len(r.last), maxRecent-1)]...)
	return event, users, nil
}

// named is the set of whom an event names.
func named(users []string) map[string]bool {
	set := make(map[string]bool, len(users))
	for _, user := range users {
		set[user] = true
	}
	return set
}
