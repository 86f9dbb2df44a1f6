package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// BackupContent says what is in a backup.
type BackupContent = store.Backup

// Merged says what a restore took from where.
type Merged = store.Merged

// Backup copies the database to a new file. The server may be running.
//
// Errors: CodeInvalid for PostgreSQL, with the command to use instead;
// CodeConflict if the file exists, or the database was moved elsewhere.
func Backup(ctx context.Context, c Config, file string) (b store.Backup, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return b, err
	}
	if store.IsPostgres(c.Database) {
		return b, rekey.Invalid("database", "To back up PostgreSQL, use its own program: pg_dump --format=custom --file="+file+
			" with the address of the database. Restore it with pg_restore, and then run rekey restored before any server starts.")
	}
	db, err := openInUse(ctx, c)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.BackupTo(ctx, file)
}

// Restore replaces the database by a backup: see store.Restore. No server may be
// running.
//
// Errors: those of store.Restore; those of the keys if they do not belong to the
// backup.
func Restore(ctx context.Context, c Config, file string, now func() time.Time) (done store.Restored, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return done, err
	}
	if store.IsPostgres(c.Database) {
		return done, rekey.Invalid("database", "To restore PostgreSQL, use its own program pg_restore. Then run rekey restored, before any server starts.")
	}
	path, err := filepath.Abs(c.Database)
	if err != nil {
		return done, err
	}
	from, err := filepath.Abs(file)
	if err != nil {
		return done, err
	}
	if from == path {
		return done, rekey.Invalid("file", "This file is the database itself. Move it away first, then restore it from there.")
	}
	return store.Restore(ctx, store.Restoring{Path: path, From: from, Now: now().UTC(), Check: func(ctx context.Context, db *store.DB) error {
		keys, err := seal.Open(c.Keys)
		if err != nil {
			return keyError(err)
		}
		return errors.Join(proveKeys(ctx, db, c.Keys), suffice(ctx, db, keys, now()))
	}})
}

// MarkRestored does the rest of Restore after pg_restore has restored a PostgreSQL.
// No server may be running.
//
// Errors: CodeInvalid for SQLite; CodeConflict while a node runs.
func MarkRestored(ctx context.Context, c Config, now func() time.Time) (m store.Merged, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return m, err
	}
	if !store.IsPostgres(c.Database) {
		return m, rekey.Invalid("database", "To restore a SQLite file, use rekey restore FILE.")
	}
	db, err := openInUse(ctx, c)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := errors.Join(db.Migrated(ctx), proveKeys(ctx, db, c.Keys)); err != nil {
		return m, err
	}
	running, err := db.LivingNodes(ctx, silence)
	if err != nil {
		return m, err
	}
	if running > 0 {
		return m, rekey.NewError(rekey.CodeConflict, fmt.Sprintf("%s on this database, or ended less than %s ago. Stop all nodes first, then try again.", english.Count(running, "node runs", "nodes run"), silence))
	}
	return db.MarkRestored(ctx, now().UTC())
}

// ConfirmTokens makes all tokens usable again that rest since a restore, and
// returns how many there were. The server may be running.
func ConfirmTokens(ctx context.Context, c Config) (n int64, err error) {
	c.Complete()
	if err := c.ValidateStorage(); err != nil {
		return 0, err
	}
	db, err := openInUse(ctx, c)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := errors.Join(db.Migrated(ctx), proveKeys(ctx, db, c.Keys)); err != nil {
		return 0, err
	}
	err = db.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.ConfirmTokens(ctx)
		return err
	})
	return n, err
}
