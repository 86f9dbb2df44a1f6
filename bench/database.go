package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver that Rekey uses
)

// database is one of those that Rekey runs on, and makes fresh ones.
type database interface {
	// name is that of the flag -database and of the history.
	name() string
	// title is what it is, with what decides how durable a commit is.
	title() string
	fresh(ctx context.Context) (*place, error)
	// bulk makes commits of a connection cost nothing: of what is filled in
	// before anything is measured.
	bulk() string
	// tidy is run when a database has been filled.
	tidy() string
	// runArgs is the expression for the arguments of a job that holds a run's id.
	runArgs(id string) string
	// object is the expression for an object of JSON with n of each row under
	// what.
	object() string
	close() error
}

// place is one database with the keys that belong to it.
type place struct {
	url   string // as in app.Config.Database
	keys  string
	admin string // the administrator's token, once Rekey was started here
	token string // to post with, once setUp was run
	open  func() (*sql.DB, error)
	drop  func() error
}

// openDatabase gets a database ready to be measured on. Files go into dir.
func openDatabase(ctx context.Context, name, dir string) (database, error) {
	switch name {
	case onSQLite:
		return sqlite{dir}, nil
	case onPostgres:
		return openPostgres(ctx, dir)
	default:
		return nil, fmt.Errorf("there is no database %q; there are %s", name, strings.Join(allDatabases, ", "))
	}
}

const (
	onSQLite   = "sqlite"
	onPostgres = "postgres"
)

var allDatabases = []string{onSQLite, onPostgres}

// sqlite makes databases in files. They are opened with what Rekey sets for
// those that write.
type sqlite struct{ dir string }

func (sqlite) name() string { return onSQLite }

func (sqlite) title() string { return "SQLite, synchronous=FULL" }

func (s sqlite) fresh(context.Context) (*place, error) {
	folder, err := os.MkdirTemp(s.dir, "rekey-bench-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, "rekey.db")
	return &place{
		url: path, keys: filepath.Join(folder, "rekey.keys"),
		open: func() (*sql.DB, error) {
			return sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)")
		},
		drop: func() error { return os.RemoveAll(folder) },
	}, nil
}

func (sqlite) bulk() string { return "PRAGMA synchronous=OFF; PRAGMA cache_size=-400000" }

func (sqlite) tidy() string { return "PRAGMA wal_checkpoint(TRUNCATE)" }

func (sqlite) runArgs(id string) string { return "jsonb_object('run_id', " + id + ")" }

func (sqlite) object() string { return "json_group_object(what, n)" }

func (sqlite) close() error { return nil }

// onFresh runs fn on a fresh database with so many connections, without Rekey.
func (b *bench) onFresh(ctx context.Context, connections int, fn func(*sql.DB) error) (err error) {
	p, err := b.db.fresh(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.drop()) }()
	db, err := p.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return fn(db)
}

// commits returns how many rows a second the database commits one by one, each
// durable: what the disk and the library allow whoever does not group them.
func (b *bench) commits(ctx context.Context) (rate float64, err error) {
	err = b.onFresh(ctx, 1, func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, "CREATE TABLE t (word TEXT)"); err != nil {
			return err
		}
		insert, err := db.PrepareContext(ctx, "INSERT INTO t (word) VALUES ('a word of forty characters, or nearly so')")
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		start, n := time.Now(), 0
		for time.Since(start) < b.window/3 {
			if _, err := insert.ExecContext(ctx); err != nil {
				return err
			}
			n++
		}
		rate = float64(n) / time.Since(start).Seconds()
		return nil
	})
	return rate, err
}
