package main

import (
	"context"
	"fmt"
	"time"

	"rekey/client"
)

// The time between two reads of a run: short at first, then longer and longer.
const (
	firstLook = 200 * time.Millisecond
	lastLook  = 5 * time.Second
)

type runWatchCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The run's id."`
}

// Run implements the command.
func (r *runWatchCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	bar := newProgress(e.stderr)
	defer bar.clear()
	last := ""
	for interval := firstLook; ; interval = min(interval*3/2, lastLook) {
		run, err := c.Run(ctx, r.ID)
		if err != nil {
			return notFound(err, "run", r.ID)
		}
		ended, all := progressOf(run)
		line := watchText(run)
		if bar.on {
			bar.show(run.State, ended, all, line)
			if line != last { // it goes on quickly, and is watched closely
				interval, last = firstLook, line
			}
		} else if !r.JSON && !run.Ended() && bar.due(run.State) {
			if err := e.say("%s", onLine(line)); err != nil {
				return err
			}
		}
		if run.Held > 0 { // and stays so until somebody acts
			bar.clear()
			return fmt.Errorf("the run is held: %s; %s", run.ReasonText, approveText(run))
		}
		if run.Ended() {
			bar.clear()
			return r.end(e, run)
		}
		if err := pause(ctx, interval); err != nil {
			return err
		}
	}
}

// end shows how the run ended. A run that did not finish is an error.
func (r *runWatchCommand) end(e *env, run client.Run) error {
	var err error
	if r.JSON {
		err = e.json(run)
	} else {
		err = e.say("%s", onLine(watchText(run)))
	}
	if run.State != "finished" {
		return fmt.Errorf("the run was %s: %s", run.State, runReason(run))
	}
	return err
}

func watchText(run client.Run) string {
	text := run.State
	if run.State == "waiting" {
		text += " until " + moment(run.DueAt)
	}
	if run.State == "planning" {
		text += fmt.Sprintf(", %d of about %d checked", run.Looked, run.Candidates)
	}
	if counts := countsText(run); counts != "" {
		text += ": " + counts
	}
	return text
}

// progressOf counts the deliveries that are finished in this run.
func progressOf(run client.Run) (ended, all int) {
	if run.State == "planning" {
		return run.Looked, max(run.Candidates, run.Looked)
	}
	for state, n := range run.Deliveries {
		all += n
		switch state {
		case "held", "queued", "issued", "deferred":
		default:
			ended += n
		}
	}
	return ended, all
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
