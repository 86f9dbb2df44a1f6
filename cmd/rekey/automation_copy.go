package main

import (
	"context"

	"rekey/client"
)

type automationCopyCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
	Name       string `placeholder:"TEXT" help:"The name of the copy; made from the original's if left out."`
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
	return a.answer(e, draft, "Made the draft %q.", draft.Name)
}
