package store

import (
	"context"
	"errors"
	"os"
	"testing"

	"rekey/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openPostgresForTest(t *testing.T) *DB {
	t.Helper()
	return connect(t, pgtest.Prepared(t, func(ctx context.Context, address string) error {
		db, err := OpenPostgres(ctx, address)
		if err != nil {
			return err
		}
		return errors.Join(db.Migrate(ctx), db.Close())
	}))
}

// connect opens a database until the test ends, as a node does.
func connect(t *testing.T, address string) *DB {
	t.Helper()
	db, err := OpenPostgres(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return untilTheEnd(t, db)
}
