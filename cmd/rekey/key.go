package main

import (
	"context"
	"fmt"

	"rekey/internal/app"
)

type keyCommands struct {
	Rotate keyRotateCommand `cmd:"" help:"Add new keys to seal with; the old ones still open what they sealed. With several nodes, copy the file to all of them and reload it on all at once."`
}

type keyRotateCommand struct{ storage }

// Run implements the command.
func (k *keyRotateCommand) Run(ctx context.Context, e *env) error {
	path, err := app.RotateKeys(ctx, k.config())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s has new keys; pending and mailed passwords go on working with the old ones in it.\n"+
		"A running server takes them up with SIGHUP: systemctl reload rekey\n"+
		"With several nodes, bring the file to all of them first, and then have all of them take it up at once.\nBack the file up now, apart from the database.\n", path)
	return err
}
