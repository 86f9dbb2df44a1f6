package main

import (
	"context"
	"fmt"

	"rekey"
	"rekey/client"
	"rekey/internal/english"
)

type runUndoCommand struct {
	remote

	ID  string `arg:"" name:"id" help:"The run's id."`
	Yes bool   `help:"Do it. Without this, the command only says what it would do."`
}

// Help implements kong.HelpProvider.
func (runUndoCommand) Help() string {
	return "What has not been sent is cancelled. A mailed password ends only if its owner has a chosen one that works; they get a short mail about it. Who has none, or has begun to choose, keeps the mailed one. No chosen password changes. The command waits until everybody was looked at; interrupting it stops nothing."
}

// Run implements the command.
func (r *runUndoCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	if !r.Yes {
		return r.preview(ctx, e, c)
	}
	run, err := c.UndoRun(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	for interval := firstLook; run.Undoing; interval = min(interval*3/2, lastLook) {
		if err := pause(ctx, interval); err != nil {
			return err
		}
		if run, err = c.Run(ctx, r.ID); err != nil {
			return err
		}
	}
	return r.answer(e, run, "The run of %q is undone: %s, %s. See who, and why, with: rekey run people %s", onLine(run.Automation),
		english.Count(run.UndoneEnded, "password ended", "passwords ended"), english.Count(run.UndoneKept, "person kept theirs", "people kept theirs"), run.ID)
}

func (r *runUndoCommand) preview(ctx context.Context, e *env, c *client.Client) error {
	p, err := c.PreviewUndo(ctx, r.ID)
	if err != nil {
		return notFound(err, "run", r.ID)
	}
	if r.JSON {
		return e.json(p)
	}
	for _, line := range previewLines(p) {
		if err := e.say("%s", line); err != nil {
			return err
		}
	}
	return e.say("Nothing is undone yet. To do it: rekey run undo %s --yes", r.ID)
}

// previewLines says what an undo would do.
func previewLines(p rekey.UndoPreview) []string {
	var lines []string
	if p.AtLeast {
		lines = append(lines, "Of the first 10,000 people:")
	}
	lines = append(lines, english.Count(p.Ended, "mailed password would end.", "mailed passwords would end."))
	for _, k := range p.Kept {
		lines = append(lines, fmt.Sprintf("%s: %s.", english.Count(k.People, "person keeps theirs", "people keep theirs"), k.Text))
	}
	if p.Unsent > 0 {
		lines = append(lines, english.Count(int(p.Unsent), "mail is not sent yet.", "mails are not sent yet."))
	}
	return lines
}

// undoneText says what the undo of a run did; "" if there was none.
func undoneText(r client.Run) string {
	if r.UndoneAt.IsZero() {
		return ""
	}
	text := fmt.Sprintf("%s: %s, %s", moment(r.UndoneAt), english.Count(r.UndoneEnded, "password ended", "passwords ended"), english.Count(r.UndoneKept, "person kept theirs", "people kept theirs"))
	if r.Undoing {
		text += " so far"
	}
	return text
}
