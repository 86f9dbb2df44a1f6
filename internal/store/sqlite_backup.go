package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rekey"
)

// Backup describes the content of a backup.
type Backup struct {
	Schema                               int64
	Users, Automations, Runs, Deliveries int64
	Bytes                                int64
}

// BackupTo copies a SQLite database to a new file, checks the copy and describes
// it. A server may be running: the copy is the database at one moment. Only its
// owner can read it. The database gets a new mark, so that Rekey notices if a
// person puts the copy in its place by hand.
//
// Errors: CodeConflict if the file exists; CodeUnavailable if it cannot be written.
func (db *DB) BackupTo(ctx context.Context, path string) (b Backup, err error) {
	s, ok := db.backend.(*sqlite)
	if !ok {
		return b, errors.New("only a SQLite file can be backed up like this")
	}
	if path, err = filepath.Abs(path); err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return b, rekey.NewError(rekey.CodeConflict, path+" exists already, or is not readable. Name a new file.")
	}
	part := path + ".part"
	_ = os.Remove(part) // of an interrupted backup
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return b, fmt.Errorf("backup: %w", err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	if _, err := s.writer.db.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return b, unwritable(fmt.Errorf("backup: %w", err))
	}
	if b, err = inspect(ctx, part); err != nil {
		return b, err
	}
	if err := file.Sync(); err != nil {
		return b, err
	}
	if err := os.Rename(part, path); err != nil {
		return b, err
	}
	return b, errors.Join(syncFolder(filepath.Dir(path)), db.NewMark(ctx))
}

// inspect checks that a file is whole, and describes it.
func inspect(ctx context.Context, path string) (b Backup, err error) {
	copied, err := openPool(path, "deferred", []string{"query_only(1)"})
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, copied.db.Close()) }()
	if err := whole(ctx, copied.db, "integrity_check"); err != nil {
		return b, err
	}
	err = copied.db.QueryRowContext(ctx, `SELECT (SELECT MAX(version_id) FROM goose_db_version), (SELECT COUNT(*) FROM system_users),
		(SELECT COUNT(*) FROM automations), (SELECT COUNT(*) FROM runs), (SELECT COUNT(*) FROM deliveries)`).
		Scan(&b.Schema, &b.Users, &b.Automations, &b.Runs, &b.Deliveries)
	if err != nil {
		return b, &rekey.Error{Code: rekey.CodeInvalid, Message: path + " is not a Rekey database.", Cause: err}
	}
	info, err := os.Stat(path)
	if err == nil {
		b.Bytes = info.Size()
	}
	return b, err
}

// whole refuses a damaged file. check is SQLite's integrity_check, or quick_check,
// which skips the contents of indexes.
func whole(ctx context.Context, db *sql.DB, check string) error {
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA "+check+"(1)").Scan(&said); err != nil {
		return &rekey.Error{Code: rekey.CodeInternal, Message: "The database is damaged: " + err.Error(), Cause: err}
	}
	if said != "ok" {
		return rekey.NewError(rekey.CodeInternal, "The database is damaged: "+said)
	}
	return nil
}

// Damaged checks a SQLite file for damage. On PostgreSQL it does nothing.
func (db *DB) Damaged(ctx context.Context) error {
	if s, ok := db.backend.(*sqlite); ok {
		return whole(ctx, s.walker.db, "quick_check")
	}
	return nil
}
