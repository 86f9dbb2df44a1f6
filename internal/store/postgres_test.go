package store

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"rekey/internal/engine"
	"rekey/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// template is a database with the schema and nothing in it, on the shared
// server.
var template struct {
	once sync.Once
	err  error
}

func openPostgresForTest(t *testing.T) *DB {
	t.Helper()
	server := pgtest.Shared(t)
	template.once.Do(func() {
		ctx := context.Background()
		address, err := server.Create(ctx, "template", "")
		if err != nil {
			template.err = err
			return
		}
		db, err := OpenPostgres(ctx, address)
		if err == nil {
			err = errors.Join(db.Migrate(ctx), db.Close())
		}
		template.err = err
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	return connect(t, pgtest.Database(t, "template"))
}

// connect opens a database until the test ends, as a node does.
func connect(t *testing.T, address string) *DB {
	t.Helper()
	db, err := OpenPostgres(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.Enqueue = func(context.Context, any, []engine.Job) error { return nil }
	return db
}
