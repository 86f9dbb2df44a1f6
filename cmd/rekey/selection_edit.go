package main

import (
	"context"
	"fmt"

	"rekey"
	"rekey/client"
)

type selectionEditCommand struct {
	remote

	Selection string `arg:"" help:"Name or id."`

	Name        *string `placeholder:"TEXT" help:"The new name."`
	Expression  *string `short:"e" placeholder:"CEL" help:"The new condition over user and now."`
	Description *string `placeholder:"TEXT" help:"What it is for."`
}

// Help implements kong.HelpProvider.
func (selectionEditCommand) Help() string {
	return "Only the fields that you give change. The change applies to every run that is executed from now on."
}

// Run implements the command.
func (s *selectionEditCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	item, err := findSelection(ctx, c, s.Selection)
	if err != nil {
		return err
	}
	if s.Name != nil {
		item.Name = *s.Name
	}
	if s.Expression != nil {
		item.Expression = *s.Expression
	}
	if s.Description != nil {
		item.Description = *s.Description
	}
	var saved rekey.Selection
	if saved, err = c.UpdateSelection(ctx, item); err != nil {
		return fmt.Errorf("%s: %w", s.Selection, err)
	}
	warn(e, saved.Warnings)
	return s.answer(e, saved, "Changed the selection %q.", saved.Name)
}
