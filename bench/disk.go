package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver that Rekey uses
)

// commits returns how many rows a second SQLite commits one by one, each
// durable: what the disk and the library allow whoever does not group them.
func commits(ctx context.Context, o options) (rate float64, err error) {
	folder, err := os.MkdirTemp(o.dir, "rekey-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "disk.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)"); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO t (word) VALUES ('a word of forty characters, or nearly so')")
	if err != nil {
		return 0, err
	}
	defer func() { _ = insert.Close() }()
	start, n := time.Now(), 0
	for time.Since(start) < o.window/3 {
		if _, err := insert.ExecContext(ctx); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
