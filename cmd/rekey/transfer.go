package main

import (
	"context"
	"fmt"
	"strings"

	"rekey/client"
)

type automationTransferCommand struct {
	remote

	Automation string `arg:"" help:"Name or id."`
	To         string `required:"" placeholder:"ADDRESS" help:"The new owner."`
}

// Help implements kong.HelpProvider.
func (automationTransferCommand) Help() string {
	return `The automation acts with the new owner's authority from then on. To preview the recipients first: rekey automation preview NAME --owner ADDRESS`
}

// Run implements the command.
func (a *automationTransferCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findAutomation(ctx, c, a.Automation)
	if err != nil {
		return err
	}
	if item, err = c.TransferAutomation(ctx, item.ID, item.Version, a.To); err != nil {
		return fmt.Errorf("%s: %w", a.Automation, err)
	}
	if a.JSON {
		return e.json(item)
	}
	warn(e, item.Warnings)
	return e.say("%q now belongs to %s and acts with their authority.", item.Name, a.To)
}

type selectionTransferCommand struct {
	remote

	Selection string `arg:"" help:"Name or id."`
	To        string `required:"" placeholder:"ADDRESS" help:"The new owner."`
}

// Run implements the command.
func (s *selectionTransferCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findSelection(ctx, c, s.Selection)
	if err != nil {
		return err
	}
	if item, err = c.TransferSelection(ctx, item.ID, item.Version, s.To); err != nil {
		return fmt.Errorf("%s: %w", s.Selection, err)
	}
	return s.answer(e, item, "%q now belongs to %s.", item.Name, s.To)
}

type userHandOnCommand struct {
	remote

	User string `arg:"" help:"Address or id of the present owner."`
	To   string `required:"" placeholder:"ADDRESS" help:"The new owner."`
}

// Run implements the command.
func (u *userHandOnCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	user, err := findUser(ctx, c, u.User)
	if err != nil {
		return err
	}
	given, err := c.HandOn(ctx, user.ID, u.To)
	if err != nil {
		return fmt.Errorf("%s: %w", u.User, err)
	}
	return u.answer(e, given, "%s", handedOn(given, u.To))
}

// handedOn describes what was handed on to whom.
func handedOn(given client.Holdings, to string) string {
	var names []string
	for _, a := range given.Automations {
		names = append(names, fmt.Sprintf("automation %q", a.Name))
	}
	for _, s := range given.Selections {
		names = append(names, fmt.Sprintf("selection %q", s.Name))
	}
	if len(names) == 0 {
		return "There is nothing to transfer."
	}
	return "Transferred to " + to + ": " + strings.Join(names, ", ") + "."
}
