package engine

import (
	"bytes"
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
}

// AcceptEvents stores posted events with their runs and jobs in one transaction:
// all of them or none. They are durable when it returns nil (I8). An event whose
// source and id are known is a repeat if its content is the same. Otherwise the
// error is rekey.CodeConflict and names the field "events[i].id".
func (e *Engine) AcceptEvents(ctx context.Context, events []rekey.Event) ([]Receipt, error) {
	receipts := make([]Receipt, len(events))
	err := e.store.Update(ctx, func(tx Tx) error {
		for i, event := range events {
			first, inserted, err := e.take(ctx, tx, event)
			if err != nil {
				return err
			}
			if !inserted && !bytes.Equal(first.Digest, event.Digest) {
				return &rekey.Error{
					Code:    rekey.CodeConflict,
					Message: "The event " + event.SourceID + " from " + event.Source + " has come before with other content.",
					Fields:  []rekey.FieldError{{Field: fmt.Sprintf("events[%d].id", i), Message: "An id names one event for ever."}},
				}
			}
			receipts[i] = Receipt{Event: first, Repeat: !inserted}
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

// Record stores an event of Rekey itself, with its runs and jobs, in the
// transaction of its cause. It fills in source, id and times. It records an
// external event only for a person who posts it as a test.
func (e *Engine) Record(ctx context.Context, tx Tx, event rekey.Event) (rekey.Event, error) {
	event.Source = rekey.InternalSource
	if event.Type == rekey.External {
		event.Source = rekey.TestSource(event.PostedBy)
	}
	event.SourceID = e.newID()
	event.Received = e.now()
	if event.Time.IsZero() {
		event.Time = event.Received
	}
	digest := sha256.Sum256([]byte(event.SourceID))
	event.Digest = digest[:]
	stored, _, err := e.take(ctx, tx, event)
	if err == nil {
		e.observe.Event(stored, false)
	}
	return stored, err
}

// take stores an event, and the runs that it starts.
func (e *Engine) take(ctx context.Context, tx Tx, event rekey.Event) (first rekey.Event, inserted bool, err error) {
	event.ID = e.newID()
	if event.Data == nil {
		event.Data = json.RawMessage("{}")
	}
	first, inserted, err = tx.InsertEvent(ctx, event)
	if err != nil || !inserted {
		return first, inserted, err
	}
	return first, true, e.match(ctx, tx, event)
}
