package main

import (
	"context"

	"rekey/client"
)

type runCancelCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The run's id."`
}

// Help implements kong.HelpProvider.
func (runCancelCommand) Help() string {
	return "People who have no password from this run yet get none. Passwords that were sent stay valid."
}

// Run implements the command.
func (r *runCancelCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.CancelRun(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	return r.answer(e, run, "Cancelled the run of %q: %s.", onLine(run.Automation), dash(countsText(run)))
}
