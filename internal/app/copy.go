package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"rekey"
	"rekey/internal/queue"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// Move says which installation moves where.
type Move struct {
	// From is a file of SQLite, with sqlite: before its name or not.
	From string
	// To is the address of a PostgreSQL.
	To string
	// Keys is the key file. Default: the name of the file of SQLite and .keys.
	Keys string
}

// Moved is the result of a move.
type Moved struct {
	store.Copied

	// To is the new database, without a password.
	To string
	// Keys is the file that each node on it needs.
	Keys string
}

// MoveStep is the progress of a move.
type MoveStep = store.CopyStep

// Copy moves an installation from SQLite to an empty PostgreSQL, which it migrates.
// It marks the SQLite file, so that no server starts on it again. No server may run
// on either. step is called with the progress.
//
// Errors: CodeInvalid naming from or to; those of the keys if they do not belong
// to the file; those of store.DB.CopyTo. Without an error the copy is complete.
func Copy(ctx context.Context, m Move, now func() time.Time, step func(MoveStep)) (done Moved, err error) {
	if !store.IsPostgres(m.To) {
		return done, rekey.Invalid("to", "Name an empty PostgreSQL, such as postgres://rekey@host/rekey. Put an address with a password into REKEY_COPY_TO, because ps shows flags.")
	}
	from, c, err := openMoving(ctx, m)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := errors.Join(from.Migrated(ctx), from.NotMoved(ctx)); err != nil {
		return done, err
	}
	keys, err := seal.Open(c.Keys)
	if err != nil {
		return done, keyError(err)
	}
	if err := errors.Join(proveKeys(ctx, from, c.Keys), suffice(ctx, from.Concurrent(), keys, now())); err != nil {
		return done, err
	}
	to, err := store.OpenPostgres(ctx, m.To)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.Migrate(ctx); err != nil {
		return done, err
	}
	jobs, err := queue.New(queue.Config{Postgres: to.Postgres(), Logger: slog.New(slog.DiscardHandler), Clock: now, Node: nodeName()}, nil)
	if err != nil {
		return done, err
	}
	to.Enqueue = jobs.Enqueue
	done.To, done.Keys = Config{Database: m.To}.DatabaseName(), c.Keys
	done.Copied, err = from.CopyTo(ctx, to, store.Copying{Now: now(), To: done.To, Step: step})
	return done, err
}

// TakeBack removes the mark from a SQLite file that was moved, so that a server may
// start on it again. It reports whether there was a mark.
func TakeBack(ctx context.Context, from string) (marked bool, err error) {
	db, _, err := openMoving(ctx, Move{From: from})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.Update(ctx, func(tx *store.Tx) (err error) {
		marked, err = tx.TakeBack(ctx)
		return err
	})
	return marked, err
}

// openMoving opens the SQLite file, which no server may use, and returns its
// settings.
func openMoving(ctx context.Context, m Move) (*store.DB, Config, error) {
	c := Config{Database: m.From, Keys: m.Keys}
	if m.From == "" || strings.Contains(strings.TrimPrefix(m.From, "sqlite://"), "://") {
		return nil, c, rekey.Invalid("from", "Name the SQLite file to move, such as sqlite:/var/lib/rekey/rekey.db.")
	}
	c.Complete()
	if _, err := os.Stat(c.Database); err != nil { // opening would make one
		return nil, c, &rekey.Error{Code: rekey.CodeNotFound, Message: "There is no database " + c.Database + ".", Cause: err}
	}
	db, err := store.OpenSQLite(c.Database)
	if err != nil {
		return nil, c, err
	}
	if current, _, err := db.SchemaVersion(ctx); err != nil || current == 0 {
		return nil, c, errors.Join(rekey.Invalid("from", c.Database+" is not a Rekey database, or was never used."), db.Close())
	}
	return db, c, nil
}
