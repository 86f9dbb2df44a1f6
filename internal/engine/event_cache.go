package engine

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"

	"rekey"
)

// maxRecent is how many events are kept in memory. One event has up to 1 MiB.
const maxRecent = 4

// recentEvents caches the latest events that were read. An event never changes.
// Each batch of a run needs the event, which may name 10,000 people. Reading it
// each time would take longer than making the passwords, in a transaction.
type recentEvents struct {
	*lru.Cache[string, recentEvent]
}

type recentEvent struct {
	rekey.Event
	named map[string]bool // its users
}

func newRecentEvents() recentEvents {
	events, _ := lru.New[string, recentEvent](maxRecent) // the only error is for a size below 1
	return recentEvents{events}
}

// read returns an event and the set of its users, from the cache if possible. The
// caller must change neither.
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

// named returns the users that an event names as a set.
func named(users []string) map[string]bool {
	set := make(map[string]bool, len(users))
	for _, user := range users {
		set[user] = true
	}
	return set
}
