package main

import (
	"context"
	"fmt"
	"io"

	"rekey/client"
)

type eventMapCommand struct {
	remote

	People string `arg:"" help:"A CEL expression over event that gives a list of addresses or ids, such as [event.data.ticket.reporter.email]."`
	Event  string `required:"" placeholder:"FILE" help:"A file with an event, as in the structured mode of CloudEvents; - reads from standard input."`
}

// Help implements kong.HelpProvider.
func (eventMapCommand) Help() string {
	return "Nothing is stored. To use the mapping for a source, give it to the API user that posts: rekey user edit USER --map SOURCE=CEL."
}

// Run implements the command.
func (m *eventMapCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	file, err := e.open(m.Event)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", m.Event, err)
	}
	preview, err := c.PreviewMapping(ctx, client.Mapping{People: m.People, Event: text})
	switch {
	case err != nil:
		return err
	case m.JSON:
		return e.json(preview)
	}
	for _, text := range preview.People {
		if err := e.say("%s", onLine(text)); err != nil {
			return err
		}
	}
	return e.say("It names %s.", peopleNamed(client.EventReceipt{People: len(preview.People), Unknown: preview.Unknown}))
}
