package main

import (
	"context"
	"time"

	"rekey/internal/demo"
)

type demoCommand struct {
	Directory bool   `help:"Tell the story with people of a directory: the demo starts an OpenLDAP of its own (slapd, which must be installed)."`
	Exit      bool   `help:"End after the demo; the exit status is 0 only if every step succeeded."`
	Listen    string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where the server listens; by default a free port."`
	Mailbox   string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where the page with the caught mails listens; by default a free port."`
}

// Help implements kong.HelpProvider.
func (demoCommand) Help() string {
	return `Everything runs on this machine, in a temporary folder that is removed at the end: SQLite, a mail server that catches every message, and sample people. The demo posts an event, mails arrive, and somebody logs in with the mailed password and must choose their own. With --directory, their password lives in a directory, and is set there.`
}

// Run implements the command.
func (d *demoCommand) Run(ctx context.Context, e *env) error {
	return demo.Run(ctx, demo.Options{
		Out: e.stdout, Listen: d.Listen, Mailbox: d.Mailbox, Exit: d.Exit, Directory: d.Directory, Clock: time.Now,
		Colour: isTerminal(e.stdout) && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb",
	})
}
