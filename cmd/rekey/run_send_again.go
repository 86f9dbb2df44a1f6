package main

import (
	"context"

	"rekey/client"
)

type runSendAgainCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The run's id."`
}

// Help implements kong.HelpProvider.
func (runSendAgainCommand) Help() string {
	return "Starts a new run, which names them and keeps their old passwords. All checks are made again. Nobody gets more than one mail in 4 hours and three in 24 this way."
}

// Run implements the command.
func (r *runSendAgainCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	sent, err := c.SendAgain(ctx, r.ID, nil)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	if r.JSON {
		return e.json(sent)
	}
	for _, run := range sent.RunIDs {
		if err := e.say("A new run sends to those who are not in; see rekey run watch %s", run); err != nil {
			return err
		}
	}
	return nil
}
