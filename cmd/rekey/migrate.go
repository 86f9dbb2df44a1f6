package main

import (
	"context"
	"fmt"

	"rekey/internal/app"
)

type migrateCommand struct{ storage }

// Help implements kong.HelpProvider.
func (migrateCommand) Help() string {
	return "SQLite: rekey serve does this automatically; no server may be running. PostgreSQL: servers may keep running, even older ones. A database of a newer rekey is refused."
}

// Run implements the command.
func (m *migrateCommand) Run(ctx context.Context, e *env) error {
	before, after, err := app.Migrate(ctx, m.config())
	if err != nil {
		return err
	}
	if before == after {
		_, err = fmt.Fprintf(e.stdout, "%s is up to date: schema version %d.\n", m.config().DatabaseName(), after)
	} else {
		_, err = fmt.Fprintf(e.stdout, "%s: schema version %d → %d.\n", m.config().DatabaseName(), before, after)
	}
	return err
}
