package main

import (
	"context"
	"strconv"
	"time"

	"rekey/internal/app"
	"rekey/internal/english"
)

type migrateCommands struct {
	Up   migrateCommand `cmd:"" default:"withargs" help:"Bring a database up to date (default)."`
	Copy copyCommand    `cmd:"" help:"Move an installation from SQLite to PostgreSQL."`
}

type copyCommand struct {
	From string `required:"" placeholder:"sqlite:FILE" help:"The SQLite file to move."`
	To   string `env:"REKEY_COPY_TO" placeholder:"postgres://…" help:"An empty PostgreSQL. Put an address with a password into REKEY_COPY_TO, because ps shows flags."`
	Keys string `env:"REKEY_KEYS" placeholder:"FILE" help:"The keys. Default: the file's name and .keys."`
	Undo bool   `help:"Undo the move, so that a server can start on the file again. Use it only if no server will ever run on the copy again."`
}

// Help implements kong.HelpProvider.
func (copyCommand) Help() string {
	return `Stop the server first. Everything is copied, compared and committed at once, so an interrupted copy leaves nothing behind. Pending mails, delays, sessions and tokens continue in the copy. The file does not change, but no server starts on it again.`
}

// Run implements the command.
func (c *copyCommand) Run(ctx context.Context, e *env) error {
	if c.Undo {
		return c.takeBack(ctx, e)
	}
	start, bar := time.Now(), newProgress(e.stderr)
	done, err := app.Copy(ctx, app.Move{From: c.From, To: c.To, Keys: c.Keys}, time.Now, func(s app.MoveStep) {
		bar.show(s.Doing, int(s.Done), int(s.Total), s.Doing+" "+s.Table)
	})
	bar.clear()
	if err != nil {
		return err
	}
	rows := make([][]string, len(done.Tables))
	for i, t := range done.Tables {
		rows[i] = []string{t.Name, strconv.FormatInt(t.Rows, 10), t.Digest}
	}
	if err := e.table([]string{"TABLE", "ROWS", "SHA-256, THE SAME ON BOTH SIDES"}, rows); err != nil {
		return err
	}
	return e.say("\nMoved to %s in %s; %s there.\n"+
		"Each node needs that address as its database, and a copy of %s as its keys.\n%s does not change; no server starts on it again.",
		done.To, time.Since(start).Round(100*time.Millisecond), english.Count(done.Jobs, "job waits", "jobs wait"), done.Keys, c.From)
}

func (c *copyCommand) takeBack(ctx context.Context, e *env) error {
	marked, err := app.TakeBack(ctx, c.From)
	if err != nil {
		return err
	}
	if !marked {
		return e.say("%s was not moved before; nothing was changed.", c.From)
	}
	return e.say("A server can start on %s again. Do not start one on the copy: it would send pending mails twice.", c.From)
}
