package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"rekey"
)

// Receipt is the result for one posted event.
type Receipt struct {
	Event rekey.Event
	// Repeat: the event was posted before. Event is then the first one.
	Repeat bool
	// People is how many different people the event names, and Unknown how many of
	// them are no system users whom the poster may view.
	People, Unknown int
	// Runs is how many runs the event starts; 0 for a repeat.
	Runs int
}

// AcceptEvents stores posted events with their runs and jobs in one transaction:
// all of them or none. They are durable when it returns nil (I8). An event whose
// source and id are known is a repeat if its content is the same. Otherwise the
// error is rekey.CodeConflict and names the field "events[i].id". poster has the
// authority of whoever posts them.
func (e *Engine) AcceptEvents(ctx context.Context, events []rekey.Event, poster rekey.Authority) ([]Receipt, error) {
	receipts, err := e.countPeople(ctx, events, poster)
	if err != nil {
		return nil, err
	}
	err = e.store.Update(ctx, func(tx Tx) error {
		for i, event := range events {
			taken, err := e.take(ctx, tx, event)
			if err != nil {
				return err
			}
			if taken.Repeat && !bytes.Equal(taken.Event.Digest, event.Digest) {
				return &rekey.Error{
					Code:    rekey.CodeConflict,
					Message: "The event " + event.SourceID + " from " + event.Source + " was posted before with other content.",
					Fields:  []rekey.FieldError{{Field: fmt.Sprintf("events[%d].id", i), Message: "An id belongs to one event forever. Use a new id for a new event."}},
				}
			}
			receipts[i].Event, receipts[i].Repeat, receipts[i].Runs = taken.Event, taken.Repeat, taken.Runs
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.step(StepStored)
	for _, r := range receipts {
		e.observe.Event(r.Event, r.Repeat)
	}
	return receipts, nil
}

// Record stores an event of Rekey itself, with its runs and jobs, in the transaction of
// its cause. It fills in source and times, and an id if there is none; a second event
// with the same id is not stored. It records an external event only for a person who
// posts it as a test.
func (e *Engine) Record(ctx context.Context, tx Tx, event rekey.Event) (rekey.Event, error) {
	event.Source = rekey.InternalSource
	if event.Type == rekey.External {
		event.Source = rekey.TestSource(event.PostedBy)
	}
	event.SourceID = cmp.Or(event.SourceID, e.newID())
	event.Received = e.now()
	if event.Time.IsZero() {
		event.Time = event.Received
	}
	digest := sha256.Sum256([]byte(event.SourceID))
	event.Digest = digest[:]
	taken, err := e.take(ctx, tx, event)
	if err == nil {
		e.observe.Event(taken.Event, taken.Repeat)
	}
	return taken.Event, err
}

// countPeople counts the people whom each event names. Somebody whom the poster may
// not view counts as unknown, so that the counts do not tell who is there.
func (e *Engine) countPeople(ctx context.Context, events []rekey.Event, poster rekey.Authority) ([]Receipt, error) {
	var subjects []string
	for _, event := range events {
		subjects = append(subjects, event.Users...)
	}
	var found map[string]rekey.SystemUser
	if len(subjects) > 0 {
		var err error
		if found, err = e.store.FindUsers(ctx, subjects); err != nil {
			return nil, err
		}
	}
	receipts := make([]Receipt, len(events))
	for i, event := range events {
		seen := make(map[string]bool, len(event.Users))
		for _, subject := range event.Users {
			user := found[subject]
			if !poster.MayView(user) {
				user = rekey.SystemUser{}
			}
			key := identity(subject, user)
			if seen[key] {
				continue
			}
			seen[key] = true
			receipts[i].People++
			if user.ID == "" {
				receipts[i].Unknown++
			}
		}
	}
	return receipts, nil
}

// take stores an event, and the runs that it starts. It counts no people.
func (e *Engine) take(ctx context.Context, tx Tx, event rekey.Event) (Receipt, error) {
	event.ID = e.newID()
	if event.Data == nil {
		event.Data = json.RawMessage("{}")
	}
	first, inserted, err := tx.InsertEvent(ctx, event)
	if err != nil || !inserted {
		return Receipt{Event: first, Repeat: !inserted}, err
	}
	runs, err := e.match(ctx, tx, event)
	return Receipt{Event: first, Runs: runs}, err
}
