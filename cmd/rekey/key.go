package main

import (
	"context"
	"fmt"

	"rekey/internal/app"
)

type keyCommands struct {
	Rotate keyRotateCommand `cmd:"" help:"Add new keys. The old keys stay in the file and still open what they sealed. With several nodes, copy the file to all of them, then reload all at the same time."`
}

type keyRotateCommand struct{ storage }

// Run implements the command.
func (k *keyRotateCommand) Run(ctx context.Context, e *env) error {
	path, err := app.RotateKeys(ctx, k.config())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s has new keys. Pending and mailed passwords still work, with the old keys in it.\n"+
		"Reload a running server with SIGHUP: systemctl reload rekey\n"+
		"With several nodes, copy the file to all of them first, then reload all at the same time.\nBack up the file now, in another place than the database.\n", path)
	return err
}
