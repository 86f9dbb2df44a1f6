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

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that Rekey uses
	_ "modernc.org/sqlite"             // the driver that Rekey uses

	"rekey/internal/app"
	"rekey/internal/pgtest"
)

const (
	onSQLite   = "sqlite"
	onPostgres = "postgres"
)

var allDatabases = []string{onSQLite, onPostgres}

// database is a kind of database that Rekey runs on. It makes fresh ones.
type database struct {
	name   string // in the flag -database and in the results
	title  string // with what decides how durable a commit is
	driver string // of database/sql
	// bulk makes commits cheap while a database is filled, before measurements; tidy runs
	// after that.
	bulk, tidy string
	// runArgs is the function that makes the arguments of a job, object the
	// expression for an object of JSON with n of each row under what.
	runArgs, object string

	folder string         // of what belongs to the databases
	server *pgtest.Server // nil with SQLite
	last   int
}

// openDatabase prepares a database for measurements. Its files go into dir. SQLite has
// Rekey's settings for writing connections. PostgreSQL is a server of the bench with
// default settings: each commit is on the disk before it is reported.
func openDatabase(ctx context.Context, name, dir string) (*database, error) {
	var d *database
	switch name {
	case onSQLite:
		d = &database{
			name: name, title: "SQLite, synchronous=FULL", driver: "sqlite", runArgs: "jsonb_object", object: "json_group_object(what, n)",
			bulk: "PRAGMA synchronous=OFF; PRAGMA cache_size=-400000", tidy: "PRAGMA wal_checkpoint(TRUNCATE)",
		}
	case onPostgres:
		d = &database{
			name: name, title: "PostgreSQL, fsync and synchronous_commit on", driver: "pgx", runArgs: "jsonb_build_object",
			object: "CAST(json_object_agg(what, n) AS TEXT)", bulk: "SET synchronous_commit = off", tidy: "VACUUM ANALYZE",
		}
	default:
		return nil, fmt.Errorf("there is no database %q; there are %s", name, strings.Join(allDatabases, ", "))
	}
	var err error
	if d.folder, err = os.MkdirTemp(dir, "rekey-bench-"); err != nil || name == onSQLite {
		return d, err
	}
	// As root, the server is another user, who has to get to its own folder.
	err = os.Chmod(d.folder, 0o711) //nolint:gosec // see above
	if err == nil {
		d.server, err = pgtest.Start(ctx, pgtest.Options{
			Folder: filepath.Join(d.folder, "server"), Durable: true, Settings: map[string]string{"shared_buffers": "128MB"},
		})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w; -database sqlite does without", err), os.RemoveAll(d.folder))
	}
	return d, nil
}

func (d *database) close() (err error) {
	if d.server != nil {
		err = d.server.Close()
	}
	return errors.Join(err, os.RemoveAll(d.folder))
}

// place is one database with the keys that belong to it.
type place struct {
	url  string // as in app.Config.Database
	keys string
	// directories are those of the settings of Rekey there.
	directories app.Directories

	admin  string // the administrator's token, once populate was run
	poster string // the token to post with, once setUp was run
	open   func() (*sql.DB, error)
	drop   func() error
}

// fresh makes an empty database.
func (d *database) fresh(ctx context.Context) (*place, error) {
	d.last++
	name := fmt.Sprintf("bench_%d", d.last)
	folder := filepath.Join(d.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	p := &place{url: filepath.Join(folder, "rekey.db"), keys: filepath.Join(folder, "rekey.keys")}
	source := "file:" + p.url + "?_txlock=immediate&_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)"
	if d.server != nil {
		var err error
		if p.url, err = d.server.Create(ctx, name, ""); err != nil {
			return nil, err
		}
		source = p.url
	}
	p.open = func() (*sql.DB, error) { return sql.Open(d.driver, source) }
	p.drop = func() (err error) {
		if d.server != nil {
			err = d.server.Drop(context.WithoutCancel(ctx), name)
		}
		return errors.Join(err, os.RemoveAll(folder))
	}
	return p, nil
}

// onFresh runs fn on a fresh database with a number of connections, without Rekey.
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

// commits measures how many rows a second the database commits one by one, each
// durable: the limit of disk and library without grouped commits.
func (b *bench) commits(ctx context.Context, r readings) error {
	return b.onFresh(ctx, 1, func(db *sql.DB) error {
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
		r["disk"] = float64(n) / time.Since(start).Seconds()
		return nil
	})
}
