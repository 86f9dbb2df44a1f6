package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"rekey/internal/store"

	"rekey"
)

// maxTestData is the most that a test event may carry, in bytes.
const maxTestData = 64 << 10

// TestEvent is an external event that a person posts to see what it starts.
type TestEvent struct {
	Name  string   // as of any external event: "siem.credential_leaked"
	Users []string // the system users that it names, by id or address
	// Data is a JSON object for the record; nil is an empty one.
	Data json.RawMessage
}

// PostedEvent is a stored event with the runs that it started.
type PostedEvent struct {
	Event rekey.Event
	Runs  []rekey.Run
}

// PostTestEvent posts an external event in the actor's name. It starts real
// runs, but they reach only users whose password the actor may set, too. The
// event may name only users whom the actor may view. Errors name "name",
// "users", "users[3]" or "data".
func (s *Service) PostTestEvent(ctx context.Context, actor rekey.SystemUser, t TestEvent) (PostedEvent, error) {
	if err := mayRead(actor); err != nil {
		return PostedEvent{}, err
	}
	var p rekey.Problems
	t.check(&p)
	users, err := s.namedUsers(ctx, &p, actor, t.Users)
	if err != nil {
		return PostedEvent{}, err
	}
	if err := p.Err(); err != nil {
		return PostedEvent{}, err
	}
	if len(bytes.TrimSpace(t.Data)) == 0 {
		t.Data = nil
	}
	var posted PostedEvent
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		posted.Event, err = s.runner.Record(ctx, tx, rekey.Event{
			Type: rekey.External, Name: t.Name, Users: users, Data: t.Data, PostedBy: actor.ID,
		})
		if err != nil {
			return err
		}
		posted.Runs, err = tx.RunsOf(ctx, posted.Event.ID)
		return err
	})
	return posted, err
}

// check checks name and data.
func (t TestEvent) check(p *rekey.Problems) {
	if !rekey.ValidEventName(t.Name) {
		p.Add("name", rekey.EventNameRule)
	} else if _, internal := rekey.FindEventType(t.Name); internal {
		p.Add("name", "The event "+t.Name+" comes from Rekey itself and cannot be posted. Give a name that is not in the catalogue of event types.")
	}
	data := bytes.TrimSpace(t.Data)
	switch {
	case len(data) == 0:
	case len(data) > maxTestData:
		p.Add("data", "Give at most 64 KiB.")
	case data[0] != '{' || !json.Valid(data):
		p.Add("data", `Give a JSON object, such as {"ticket": "4711"}.`)
	}
}

// namedUsers returns the ids of subjects. It adds a problem for each one whom the
// actor may not view; their id is "".
func (s *Service) namedUsers(ctx context.Context, p *rekey.Problems, actor rekey.SystemUser, subjects []string) ([]string, error) {
	if len(subjects) > rekey.MaxEventUsers {
		p.Add("users", "An event names at most 10,000 system users.")
		return nil, nil
	}
	asked := make([]string, len(subjects))
	for i, subject := range subjects {
		asked[i] = rekey.TypedText(subject)
	}
	found, err := s.store.FindUsers(ctx, asked)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(asked))
	for i, subject := range asked {
		u, known := found[subject]
		if !known || !actor.Authority().MayView(u) {
			p.Add(fmt.Sprintf("users[%d]", i), rekey.ErrNoUser.Message)
			continue
		}
		ids[i] = u.ID
	}
	return ids, nil
}
