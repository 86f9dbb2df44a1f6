package main

import (
	"context"
	"fmt"
	"time"

	"rekey/internal/app"
)

type adminCommands struct {
	Recover       adminRecoverCommand  `cmd:"" help:"Print a one-time address with which an Administrator chooses a new password."`
	ConfirmTokens confirmTokensCommand `cmd:"" help:"Confirm all tokens after a restore, so that they work again."`
}

type adminRecoverCommand struct {
	storage

	Listen    string `env:"REKEY_LISTEN" default:"127.0.0.1:8440" placeholder:"HOST:PORT" help:"Where the server listens."`
	PublicURL string `name:"public-url" env:"REKEY_PUBLIC_URL" placeholder:"URL" help:"The address at which people reach the server."`
	Address   string `arg:"" optional:"" help:"The Administrator's email address; needed if there are several Administrators."`
}

// Help implements kong.HelpProvider.
func (adminRecoverCommand) Help() string {
	return "Run it on the server's machine, where the database and its keys are; the server may be running. The address works once, within an hour."
}

// Run implements the command.
func (a *adminRecoverCommand) Run(ctx context.Context, e *env) error {
	c := a.config()
	c.Listen, c.PublicURL = a.Listen, a.PublicURL
	r, err := app.Recover(ctx, c, a.Address, time.Now)
	if err != nil {
		return err
	}
	whom := r.Address
	if whom == "" {
		whom = "the first Administrator"
	}
	_, err = fmt.Fprintf(e.stdout, "Address for %s. It works once, within an hour:\n\n  %s\n\n", whom, r.URL.Reveal())
	return err
}
