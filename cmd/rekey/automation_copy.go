package main

import "context"

type automationCopyCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
	Name       string `placeholder:"TEXT" help:"The name of the copy; made from the original's if left out."`
}

// Help implements kong.HelpProvider.
func (automationCopyCommand) Help() string {
	return "The copy is a draft and belongs to you: no event starts a run of it until you activate it."
}

// Run implements the command.
func (a *automationCopyCommand) Run(ctx context.Context, e *env) error {
	c, err := a.client(e)
	if err != nil {
		return err
	}
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	draft, err := c.CopyAutomation(ctx, item.ID, a.Name)
	if err != nil {
		return err
	}
	if a.JSON {
		return e.json(draft)
	}
	return e.say("Made the draft %q.", draft.Name)
}
