package main

import (
	"context"

	"rekey/client"
	"rekey/internal/english"
)

type pauseCommand struct {
	remote

	Reason string `placeholder:"TEXT" help:"The reason, as one line of text."`
	Status bool   `help:"Only show whether sending is paused, and what waits."`
}

// Help implements kong.HelpProvider.
func (pauseCommand) Help() string {
	return "No node executes a run or sends a new mail. Events are still stored, and people can choose passwords. Only Administrators can pause."
}

// Run implements the command.
func (p *pauseCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	var pause client.Pause
	var err error
	if p.Status {
		pause, err = c.Pause(ctx)
	} else {
		pause, err = c.PauseSending(ctx, p.Reason)
	}
	if err != nil {
		return err
	}
	if p.JSON {
		return e.json(pause)
	}
	return sayPause(e, pause)
}

// sayPause prints who paused, when, why, and how much waits.
func sayPause(e *env, p client.Pause) error {
	if !p.Paused {
		return e.say("Sending is not paused.")
	}
	text := "Paused since " + moment(p.Since)
	if p.By != "" {
		text += " by " + onLine(p.By)
	}
	if p.Reason != "" {
		text += ": " + onLine(p.Reason)
	}
	return e.say("%s.\nWaiting: %s and %s. Resume with: rekey resume", text, counted(p.Runs, "run", "runs"), counted(p.Deliveries, "delivery", "deliveries"))
}

// counted describes a number that the server counts up to 10,000.
func counted(n int, one, many string) string {
	const limit = 10_000
	if n > limit {
		return "more than " + english.Count(limit, one, many)
	}
	return english.Count(n, one, many)
}

type resumeCommand struct{ remote }

// Help implements kong.HelpProvider.
func (resumeCommand) Help() string {
	return "Everything that waited continues, the oldest first. A delivery that was certainly never mailed gets a new password and a new validity. A delivery that may have been mailed does not change. Requests by \"Forgot your password?\" that are older than 4 hours are cancelled. Only Administrators can resume."
}

// Run implements the command.
func (r *resumeCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	done, err := c.Resume(ctx)
	if err != nil {
		return err
	}
	return r.answer(e, done, "Sending is resumed.\nNew password: %s that were certainly not mailed. One more mail: %s that may have been mailed. Cancelled: %s.",
		english.Count(done.Requeued, "delivery", "deliveries"), english.Count(done.Followed, "delivery", "deliveries"),
		english.Count(done.Cancelled, "old request", "old requests"))
}
