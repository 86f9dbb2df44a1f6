package main

import (
	"context"
	"fmt"

	"rekey/client"
	"rekey/internal/english"
)

type runStopCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The run's id."`
}

// Help implements kong.HelpProvider.
func (runStopCommand) Help() string {
	return "People who have no password from this run yet wait until somebody approves the run."
}

// Run implements the command.
func (r *runStopCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.StopRun(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	return r.answer(e, run, "Stopped the run of %q: %s. It goes on with: rekey run approve %s --count %d", onLine(run.Automation),
		english.Count(run.Held, "person waits", "people wait"), run.ID, run.Held)
}

type runSendRestCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The run's id."`
}

// Help implements kong.HelpProvider.
func (runSendRestCommand) Help() string {
	return "All checks are made again. If the automation has hours, the rest waits until they begin."
}

// Run implements the command.
func (r *runSendRestCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	run, err := c.SendRest(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	return r.answer(e, run, "Everybody who waits belongs to the next wave, which begins now. Follow the run with: rekey run watch %s", run.ID)
}

// wavesText says which wave of a run comes next; "" if none does.
func wavesText(r client.Run) string {
	if r.NextWaveAt.IsZero() {
		return ""
	}
	return fmt.Sprintf("wave %d at %s, %s", r.Wave, moment(r.NextWaveAt), english.Count(r.Waiting, "person waits", "people wait"))
}
