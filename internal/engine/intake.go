package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"rekey"
)

// Receipt says what became of an event that was posted.
type Receipt struct {
	Event rekey.Event
	// Repeat: the same event had come before; Event is that one.
	Repeat bool
}

// AcceptEvents stores posted events with their runs and jobs in one transaction: all
// of them or none. When it returns nil they are durable (I8). A source and id
// that were used before are a repeat if the content is the same, and otherwise
// rekey.CodeConflict, which names the field "events[i].id".
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

// Record stores an event that comes from inside, with its runs and jobs, within
// the transaction of whatever made it happen: both are there or neither is.
// Source, id and moments are filled in. An external event is recorded only
// where somebody tests what it does.
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

// take stores an event and the runs that it starts.
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
