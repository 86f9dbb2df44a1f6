package engine

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"

	"rekey"
)

// maxRecent is how many events are kept in memory; one may have 1 MiB.
const maxRecent = 4

// recentEvents keeps the events that were read last. An event never changes,
// and each batch of a run needs its run's, which may name ten thousand people:
// reading it anew for each would take longer than making the passwords, with
// the database waiting.
type recentEvents struct {
	*lru.Cache[string, recentEvent]
}

type recentEvent struct {
	rekey.Event
	named map[string]bool // its users
}

func newRecentEvents() recentEvents {
	events, _ := lru.New[string, recentEvent](maxRecent) // which refuses no size but 0
	return recentEvents{events}
}

// read returns an event, from memory if it was read lately, and whom it names.
// Neither may be changed.
func (r recentEvents) read(ctx context.Context, reader Reader, id string) (rekey.Event, map[string]bool, error) {
	if lately, ok := r.Get(id); ok {
		return lately.Event, lately.named, nil
	}
	event, err := reader.Event(ctx, id)
	if err != nil {
		return event, nil, err
	}
	users := named(event.Users)
	r.Add(id, recentEvent{event, users})
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
