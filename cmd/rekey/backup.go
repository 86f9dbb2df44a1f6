package main

import (
	"context"
	"fmt"
	"time"

	"rekey/internal/app"
	"rekey/internal/english"
)

type backupCommand struct {
	storage

	File string `arg:"" help:"The new file of the backup. It must not exist."`
}

// Help implements kong.HelpProvider.
func (backupCommand) Help() string {
	return "Run it on the server's machine, as the server's user; the server may be running. The backup is complete and checked. It does not contain the keys: back them up in another place."
}

// Run implements the command.
func (b *backupCommand) Run(ctx context.Context, e *env) error {
	done, err := app.Backup(ctx, b.config(), b.File)
	if err != nil {
		return err
	}
	return e.say("%s: %s.\nThe backup is checked and complete. It does not contain the keys: keep them in another place.", b.File, holds(done))
}

// holds describes what is in a backup.
func holds(b app.BackupContent) string {
	return fmt.Sprintf("%s, %s, %s, %s, schema version %d, %.1f MiB", english.Count(b.Users, "system user", "system users"),
		english.Count(b.Automations, "automation", "automations"), english.Count(b.Runs, "run", "runs"),
		english.Count(b.Deliveries, "delivery", "deliveries"), b.Schema, float64(b.Bytes)/(1<<20))
}

type restoreCommand struct {
	storage

	File string `arg:"" help:"The backup that rekey backup wrote."`
}

// Help implements kong.HelpProvider.
func (restoreCommand) Help() string {
	return "Stop the server first. Newer data of the replaced database is kept: blocks, roles, passwords (revoked, chosen and mailed), and what was sent. Sending is paused afterwards."
}

// Run implements the command.
func (r *restoreCommand) Run(ctx context.Context, e *env) error {
	done, err := app.Restore(ctx, r.config(), r.File, time.Now)
	if err != nil {
		return err
	}
	if err := e.say("Restored: %s.", holds(done.Backup)); err != nil {
		return err
	}
	if done.Aside != "" {
		if err := e.say("The replaced database is kept as %s.", done.Aside); err != nil {
			return err
		}
	}
	if done.Lost != "" {
		err = e.say("NOTHING that is newer than the backup was kept: %s\n"+
			"Rekey does not know who was blocked, revoked or given another role after the backup, and who chose a password. Check this before anybody logs in.", onLine(done.Lost))
	} else {
		err = e.say("Kept from the replaced database: who can log in, with which password and which role; all events, runs and deliveries; which tokens had ended.\n"+
			"Not kept: %s newer than the backup, and definitions that were saved after it.\n"+
			"%s deleted after the backup: restored, but blocked. %s stopped after the backup: inactive.",
			english.Count(done.New, "system user", "system users"), english.Count(done.Deleted, "system user", "system users"),
			english.Count(done.Stopped, "automation", "automations"))
	}
	if err != nil {
		return err
	}
	return sayRestored(e, done.Merged)
}

type restoredCommand struct{ storage }

// Help implements kong.HelpProvider.
func (restoredCommand) Help() string {
	return "Run it after pg_restore, before any server starts. Rekey does not know what happened after the backup, so it cancels everything that may already have been sent. Sending is paused."
}

// Run implements the command.
func (r *restoredCommand) Run(ctx context.Context, e *env) error {
	done, err := app.MarkRestored(ctx, r.config(), time.Now)
	if err != nil {
		return err
	}
	if err := e.say("Rekey does not know who was blocked, revoked or given another role after the backup, and who chose a password. Check this before anybody logs in."); err != nil {
		return err
	}
	return sayRestored(e, done)
}

// sayRestored prints what a restore did with unfinished work, and how to go on.
func sayRestored(e *env, m app.Merged) error {
	if m.Doubtful+m.Cancelled > 0 {
		if err := e.say("Cancelled: %s, and %s, that had not ended. They may have been mailed after the backup; a mailed password works until it expires. If needed, send again by hand.",
			english.Count(m.Cancelled, "run", "runs"), english.Count(m.Doubtful, "delivery", "deliveries")); err != nil {
			return err
		}
	}
	text := "All sessions have ended."
	if m.Tokens > 0 {
		text += " " + english.Count(m.Tokens, "token needs", "tokens need") + " to be confirmed: in the console, or all at once with: rekey admin confirm-tokens"
	}
	return e.say("%s\nSending is paused: %s and %s. Check them in the console, then resume with: rekey resume",
		text, english.Count(m.Runs, "run", "runs"), english.Count(m.Deliveries, "delivery waits", "deliveries wait"))
}

type confirmTokensCommand struct{ storage }

// Run implements the command.
func (c *confirmTokensCommand) Run(ctx context.Context, e *env) error {
	n, err := app.ConfirmTokens(ctx, c.config())
	if err != nil {
		return err
	}
	return e.say("%s can be used again.", english.Count(n, "token", "tokens"))
}
