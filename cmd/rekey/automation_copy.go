package main

import (
	"context"

	"rekey/client"
)

type automationCopyCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
	Name       string `placeholder:"TEXT" help:"The name of the copy. If left out, it is made from the name of the original."`
}

// Help implements kong.HelpProvider.
func (automationCopyCommand) Help() string {
	return "The copy is a draft and belongs to you. No event starts it until you activate it."
}

// Run implements the command.
func (a *automationCopyCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	draft, err := c.CopyAutomation(ctx, item.ID, a.Name)
	if err != nil {
		return err
	}
	return a.answer(e, draft, "Created the draft %q.", draft.Name)
}
