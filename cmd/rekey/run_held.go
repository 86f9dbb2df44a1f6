package main

import (
	"context"
	"fmt"

	"rekey/client"
	"rekey/internal/english"
)

type runApproveAllCommand struct {
	remote

	Automation string `required:"" placeholder:"NAME" help:"Name or id."`
	Count      int    `placeholder:"N" help:"The number of people in all that you saw."`
}

// Run implements the command. Without --count its error says the number to give.
func (r *runApproveAllCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	a, err := findAutomation(ctx, c, r.Automation)
	if err != nil {
		return err
	}
	held, err := c.HeldRuns(ctx, a.ID)
	switch {
	case err != nil:
		return err
	case held.Runs == 0:
		return fmt.Errorf("no run of %q is held", a.Name)
	case r.Count == 0:
		return fmt.Errorf("%s would send %s a new password in all. See them with rekey run list --automation %q --state held, then approve with --count %d",
			english.Count(held.Runs, "held run", "held runs"), english.Count(held.People, "person", "people"), a.Name, held.People)
	}
	held.People = r.Count
	approved, err := c.ApproveHeldRuns(ctx, a.ID, held)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Automation, err)
	}
	return r.answer(e, approved, "Approved %s for %s in all. All checks are made again.",
		english.Count(approved.Runs, "run", "runs"), english.Count(approved.People, "person", "people"))
}

type runCancelAllCommand struct {
	remote

	Automation string `required:"" placeholder:"NAME" help:"Name or id."`
}

// Run implements the command.
func (r *runCancelAllCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	a, err := findAutomation(ctx, c, r.Automation)
	if err != nil {
		return err
	}
	held, err := c.HeldRuns(ctx, a.ID)
	if err != nil {
		return err
	}
	cancelled, err := c.CancelHeldRuns(ctx, a.ID, held)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Automation, err)
	}
	if cancelled.Cancelled == 0 {
		return fmt.Errorf("no run of %q is held", a.Name)
	}
	return r.answer(e, cancelled, "Cancelled %s of %q.", english.Count(cancelled.Cancelled, "held run", "held runs"), a.Name)
}
