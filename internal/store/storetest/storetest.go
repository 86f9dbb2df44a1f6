// Package storetest gives tests an empty database, on SQLite or PostgreSQL. It is
// migrated once in a program and copied for each test, since migrating takes
// longer than most tests.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"rekey/internal/pgtest"
	"rekey/internal/store"
)

// migrated is the file of a database without anything in it.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "rekey")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "rekey.db")
	db, err := store.OpenSQLite(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Write puts an empty database into a file.
func Write(t testing.TB, path string) {
	t.Helper()
	content, err := migrated()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens an empty database, which is closed when the test ends.
func Open(t testing.TB) *store.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rekey.db")
	Write(t, path)
	db, err := store.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Postgres returns the address of an empty database on PostgreSQL. The package's
// TestMain calls pgtest.Main.
func Postgres(t testing.TB) (address string) {
	t.Helper()
	return pgtest.Prepared(t, func(ctx context.Context, address string) error {
		db, err := store.OpenPostgres(ctx, address)
		if err != nil {
			return err
		}
		return errors.Join(db.Migrate(ctx), db.Close())
	})
}
