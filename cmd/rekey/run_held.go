package main

import (
	"context"
	"fmt"
)

type runApproveAllCommand struct {
	remote

	Automation string `required:"" placeholder:"NAME" help:"Name or id."`
	Count      int    `placeholder:"N" help:"How many people they were shown to reach in all."`
}

// Run implements the command. Without a number it says which one is to be named.
func (r *runApproveAllCommand) Run(ctx context.Context, e *env) error {
	c, err := r.client(e)
	if err != nil {
		return err
	}
	a, err := findAutomation(ctx, c, r.Automation)
	if err != nil {
		return err
	}
	held, err := c.HeldRuns(ctx, a.ID)
	switch {
	case err != nil:
		return err
	case held.Runs == 0:
		return fmt.Errorf("no run of %q waits for approval", a.Name)
	case r.Count == 0:
		return fmt.Errorf("%d runs would send %d people a new password in all; see them with rekey run list --automation %q --state held, and approve with --count %d",
			held.Runs, held.People, a.Name, held.People)
	}
	held.People = r.Count
	approved, err := c.ApproveHeldRuns(ctx, a.ID, held)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Automation, err)
	}
	if r.JSON {
		return e.json(approved)
	}
	return e.say("Approved %d runs for %d people in all. All checks are made again.", approved.Runs, approved.People)
}

type runCancelAllCommand struct {
	remote

	Automation string `required:"" placeholder:"NAME" help:"Name or id."`
}

// Run implements the command.
func (r *runCancelAllCommand) Run(ctx context.Context, e *env) error {
	c, err := r.client(e)
	if err != nil {
		return err
	}
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
	if r.JSON {
		return e.json(cancelled)
	}
	return e.say("Cancelled %d held runs of %q.", cancelled.Cancelled, a.Name)
}
