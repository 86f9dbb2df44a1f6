package main

import (
	"context"
	"fmt"
	"strings"

	"rekey/client"
)

type eventListCommand struct {
	remote

	Type  string `placeholder:"TYPE" help:"Only of this event type, such as external; see rekey event types."`
	Limit int    `default:"50" placeholder:"N" help:"At most N; 0 for all."`
}

// Run implements the command.
func (l *eventListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	events, err := firstOf(ctx, l.Limit, func(ctx context.Context, p client.Paging) (client.Page[client.Event], error) {
		return c.Events(ctx, client.EventQuery{Type: l.Type, Paging: p})
	})
	if err != nil {
		return err
	}
	if l.JSON {
		return e.json(events)
	}
	var rows [][]string
	for _, event := range events {
		rows = append(rows, []string{event.ID, eventName(event), event.Source, moment(event.Time), dash(involvedText(event, 3))})
	}
	return e.table([]string{"ID", "EVENT", "SOURCE", "TIME", "SYSTEM USERS"}, rows)
}

func eventName(e client.Event) string {
	if e.Name != "" {
		return e.Name
	}
	return e.Type
}

// involvedText names some of the system users whom an event involves.
func involvedText(e client.Event, most int) string {
	shown := e.SystemUsers[:min(len(e.SystemUsers), most)]
	text := strings.Join(shown, ", ")
	if more := len(e.SystemUsers) - len(shown) + e.MoreUsers; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if e.Hidden > 0 {
		text = strings.TrimSpace(fmt.Sprintf("%s (and %d that you may not view)", text, e.Hidden))
	}
	return text
}

type eventShowCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The event's id, which rekey event list and rekey event send print."`
}

// Run implements the command.
func (s *eventShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	event, err := c.Event(ctx, s.ID)
	if err != nil {
		return notFound(err, "event", s.ID)
	}
	if s.JSON {
		return e.json(event)
	}
	return e.facts(fact{"Event", eventName(event)}, fact{"Type", event.Type}, fact{"Source", event.Source}, fact{"Id at the source", event.SourceID},
		fact{"Time", moment(event.Time)}, fact{"Received", moment(event.ReceivedAt)}, fact{"Posted by", event.PostedBy},
		fact{"System users", involvedText(event, 100)}, fact{"Data", string(event.Data)}, fact{"Id", event.ID})
}

type eventTypesCommand struct{ remote }

// Run implements the command.
func (t *eventTypesCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	page, err := c.EventTypes(ctx)
	if err != nil {
		return err
	}
	if t.JSON {
		return e.json(page.Items)
	}
	var rows [][]string
	for _, item := range page.Items {
		rows = append(rows, []string{item.Name, item.Designation, yesNo(item.Postable), item.Description})
	}
	return e.table([]string{"NAME", "FOR", "MAY BE POSTED", "WHEN IT HAPPENS"}, rows)
}
