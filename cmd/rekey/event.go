package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/english"
)

type eventCommands struct {
	List  eventListCommand  `cmd:"" help:"List events, the latest first."`
	Show  eventShowCommand  `cmd:"" help:"Show an event with its data."`
	Send  eventSendCommand  `cmd:"" help:"Post an event, as another system would do."`
	Types eventTypesCommand `cmd:"" help:"List the event types."`
	Map   eventMapCommand   `cmd:"" help:"Try a mapping on a sample event: which people does the event name?"`
}

type eventSendCommand struct {
	remote

	Name   string   `arg:"" help:"The event's name, such as siem.credential_leaked."`
	Source string   `required:"" placeholder:"SOURCE" help:"Where the event comes from. The caller must be allowed to post events from this source."`
	User   []string `placeholder:"ADDRESS" help:"A system user involved: address or id. May be repeated."`
	ID     string   `name:"id" placeholder:"ID" help:"Identifies the event, together with the source: posting the same id again does nothing. Random if left out."`
	Time   string   `placeholder:"RFC3339" help:"When the event happened; now if left out."`
	Data   string   `placeholder:"JSON" help:"An object with more data."`
}

// Run implements the command.
func (s *eventSendCommand) Run(ctx context.Context, e *env) error {
	data, err := s.data()
	if err != nil {
		return err
	}
	c, err := s.ProvideClient(e)
	if err != nil {
		return err
	}
	if s.ID == "" {
		s.ID = rand.Text()
	}
	var at time.Time
	if s.Time != "" {
		if at, err = rekey.ParseTime(s.Time); err != nil {
			return fmt.Errorf("--time: %w", err)
		}
	}
	receipts, err := c.PostEvents(ctx, client.CloudEvent{ID: s.ID, Source: s.Source, Type: s.Name, Time: at, Data: data})
	if err != nil {
		return err
	}
	if s.JSON {
		return e.json(receipts)
	}
	for _, r := range receipts {
		if r.Repeat {
			err = e.say("The same event was posted before: %s", r.ID)
		} else {
			err = e.say("Stored: %s\nIt names %s and starts %s.", r.ID, peopleNamed(r), english.Count(r.Runs, "run", "runs"))
		}
	}
	return err
}

// peopleNamed says how many people an event names, and how many of them are unknown.
func peopleNamed(r client.EventReceipt) string {
	switch people := english.Count(r.People, "person", "people"); {
	case r.People == 0:
		return "nobody"
	case r.Unknown == 0:
		return people
	default:
		return people + " (" + strconv.Itoa(r.Unknown) + " unknown)"
	}
}

// data adds the system users to --data and leaves its text as it is: the server
// reports errors in it, such as a duplicate name.
func (s *eventSendCommand) data() (json.RawMessage, error) {
	own := client.EventData("", s.User...)
	if s.Data == "" {
		return own, nil
	}
	var more map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s.Data), &more); err != nil || more == nil {
		return nil, errors.New(`--data: this is not a JSON object; write one such as {"ticket": "4711"}`)
	}
	if _, twice := more["system_users"]; twice && len(s.User) > 0 {
		return nil, errors.New("--data: system_users are already given with --user; give them in one place")
	}
	switch {
	case len(s.User) == 0:
		return json.RawMessage(s.Data), nil
	case len(more) == 0:
		return own, nil
	default: // joins the two objects
		return slices.Concat(own[:len(own)-1], []byte(","), bytes.TrimSpace([]byte(s.Data))[1:]), nil
	}
}
