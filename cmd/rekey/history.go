package main

import (
	"context"
	"fmt"

	"rekey"
	"rekey/client"
)

// history are the flags of the commands that list changes.
type history struct {
	remote

	Limit int `default:"50" placeholder:"N" help:"The most changes to list; 0 means all that are on record."`
}

type automationHistoryCommand struct {
	history

	Automation string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (h *automationHistoryCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	a, err := findAutomation(ctx, c, h.Automation)
	if err != nil {
		return err
	}
	return h.list(ctx, e, c, a.ID, c.AutomationHistory)
}

type selectionHistoryCommand struct {
	history

	Selection string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (h *selectionHistoryCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	s, err := findSelection(ctx, c, h.Selection)
	if err != nil {
		return err
	}
	return h.list(ctx, e, c, s.ID, c.SelectionHistory)
}

type userHistoryCommand struct {
	history

	User string `arg:"" help:"Address or id."`
}

// Run implements the command.
func (h *userHistoryCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	u, err := findUser(ctx, c, h.User)
	if err != nil {
		return err
	}
	return h.list(ctx, e, c, u.ID, c.UserHistory)
}

// list prints the changes, the latest first: who made each, and each field old → new.
func (h history) list(ctx context.Context, e *env, c *client.Client, id string, read func(context.Context, string, client.Paging) (client.Page[rekey.Change], error)) error {
	changes, err := firstOf(ctx, h.Limit, func(ctx context.Context, p client.Paging) (client.Page[rekey.Change], error) { return read(ctx, id, p) })
	if err != nil {
		return err
	}
	if h.JSON {
		return e.json(changes)
	}
	if len(changes) == 0 {
		return e.say("Nothing was changed since it was created.")
	}
	names := map[string]string{"": "Rekey or an import"}
	for _, change := range changes {
		by, known := names[change.By]
		if !known {
			by = change.By
			if u, err := c.User(ctx, change.By); err == nil {
				by = u.Address
			}
			names[change.By] = by
		}
		if err := e.say("%s by %s", moment(change.At), by); err != nil {
			return err
		}
		for _, f := range change.Fields {
			_, _ = fmt.Fprintf(e.stdout, "  %s: %s → %s\n", f.Field, shown(f.Old), shown(f.New))
		}
		if change.Deleted {
			_, _ = fmt.Fprintln(e.stdout, "  deleted")
		}
	}
	return nil
}
