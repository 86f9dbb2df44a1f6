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
	return "Who has no password yet gets none by this run. What was sent stays valid."
}

// Run implements the command.
func (r *runCancelCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.CancelRun(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	return r.answer(e, run, "Cancelled the run of %q: %s.", onLine(run.Automation), dash(countsText(run)))
}
