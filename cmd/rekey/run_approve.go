package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"rekey/client"
	"rekey/internal/english"
)

type runApproveCommand struct {
	remote

	ID    string `arg:"" name:"id" help:"The run's id."`
	Count int    `placeholder:"N" help:"The number of people that you saw."`
}

// Run implements the command.
func (r *runApproveCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	if r.Count == 0 {
		var err error
		if r.Count, err = r.ask(ctx, e, c); err != nil {
			return err
		}
	}
	run, err := c.ApproveRun(ctx, r.ID, r.Count)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	return r.answer(e, run, "Approved. All checks are made again. Follow the run with: rekey run watch %s", run.ID)
}

// ask lets a person at a terminal type how many people the run would reach. A program
// must use --count.
func (r *runApproveCommand) ask(ctx context.Context, e *env, c *client.Client) (int, error) {
	run, err := c.Run(ctx, r.ID)
	if err != nil {
		return 0, notFound(err, "run", r.ID)
	}
	if run.Held == 0 {
		return 0, fmt.Errorf("the run is %s, not waiting for approval", run.State)
	}
	if !isTerminal(e.stdout) || !isTerminal(e.stderr) {
		return 0, fmt.Errorf("the run would send %s a new password. See who they are with rekey run show %s, then approve with --count %d", english.Count(run.Held, "person", "people"), r.ID, run.Held)
	}
	if err := e.say("The run of %q would send %s a new password.\nTo approve, type this number:", onLine(run.Automation), english.Count(run.Held, "person", "people")); err != nil {
		return 0, err
	}
	typed, err := bufio.NewReader(e.stdin).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("nothing was typed, so nothing was approved: %w", err)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(typed), ",", ""))
	if err != nil || n != run.Held {
		return 0, fmt.Errorf("that is not %d, so nothing was approved", run.Held)
	}
	return n, nil
}
