package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rekey"
)

// Restoring are the parameters of a restore.
type Restoring struct {
	Path string // the database
	From string // the backup
	Now  time.Time
	// Check is called with the restored copy before it replaces the database; its
	// error ends the restore. It is also called with the replaced database; after
	// its error nothing is carried over from that. Required.
	Check func(ctx context.Context, db *DB) error
}

// Restored is the result of a restore.
type Restored struct {
	Backup

	// Aside is the new place of the replaced database; "" if there was none.
	Aside string
	// Lost is why nothing was carried over from the replaced database; "" if it was
	// carried over.
	Lost string

	Merged
}

// Restore puts a backup in the place of a database. The replaced database has newer
// data that keeps people safe, and Restore carries it over; see merge. If it cannot
// be read, nothing that is still unsent in the backup is sent; see endUnknown. In
// both cases sending is paused. Nothing changes until the copy is complete and checked. The
// replaced database is kept aside.
//
// Errors: CodeUnavailable while another process has the database open; CodeInvalid
// for a file that is no backup; CodeConflict if the database was moved elsewhere.
func Restore(ctx context.Context, r Restoring) (done Restored, err error) {
	lock, err := lockFile(r.Path + ".lock")
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if info, err := os.Stat(r.From + "-wal"); err == nil && info.Size() > 0 {
		return done, rekey.Invalid("file", r.From+" has a write-ahead log beside it, so it is not a complete backup. Name a file that rekey backup wrote.")
	}
	copied := r.Path + ".restoring"
	if err := removeAll(copied, copied+"-wal", copied+"-shm"); err != nil { // of an interrupted restore
		return done, err
	}
	if err := copyFile(r.From, copied); err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, removeAll(copied, copied+"-wal", copied+"-shm")) }()
	if done.Backup, err = inspect(ctx, copied); err != nil {
		return done, err
	}
	if err := prepare(ctx, r, copied); err != nil {
		return done, err
	}
	moved, err := readable(ctx, r)
	if moved {
		return done, err
	}
	if err != nil {
		done.Lost = err.Error()
	}
	if done.Merged, err = bringTogether(ctx, copied, r.Path, done.Lost == "", r.Now); err != nil {
		return done, err
	}
	if err := giveToOwnerOf(r.Path, copied, r.Path+".lock"); err != nil {
		return done, err
	}
	done.Aside, err = exchange(r.Path, copied, r.Now)
	return done, err
}

// prepare brings the copy up to date and checks it.
func prepare(ctx context.Context, r Restoring, copied string) (err error) {
	db, err := openSQLite(copied, noLock{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return r.Check(ctx, db)
}

// readable migrates the database to be replaced, so that it can be read together
// with the copy, and returns why that is impossible. moved says that it was moved
// elsewhere.
func readable(ctx context.Context, r Restoring) (moved bool, err error) {
	path := r.Path
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, rekey.NewError(rekey.CodeNotFound, "There was no database "+path+".")
	}
	if err := checkMark(path); err != nil {
		return false, rekey.NewError(rekey.CodeInvalid, "The replaced database cannot be read: another file was copied in its place, over its write-ahead log.")
	}
	db, err := openSQLite(path, noLock{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Damaged(ctx); err != nil {
		return false, err
	}
	if current, _, err := db.SchemaVersion(ctx); err != nil || current == 0 {
		return false, errors.Join(rekey.NewError(rekey.CodeInvalid, "The replaced database was never used."), err)
	}
	if err := db.NotMoved(ctx); err != nil {
		return true, err
	}
	if err := db.Migrate(ctx); err != nil {
		return false, err
	}
	return false, r.Check(ctx, db) // newer mails are useless without the database's keys
}

// bringTogether changes the copy, with or without the replaced database.
func bringTogether(ctx context.Context, copied, replaced string, readable bool, now time.Time) (m Merged, err error) {
	pool, err := openPool(copied, "immediate", []string{"journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)", "foreign_keys(0)"})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, pool.db.Close()) }()
	pool.db.SetMaxOpenConns(1)
	if readable {
		if _, err := pool.db.ExecContext(ctx, `ATTACH DATABASE $1 AS old`, replaced); err != nil {
			return m, fmt.Errorf("read the replaced database: %w", err)
		}
	}
	sqlTx, err := pool.db.BeginTx(ctx, nil)
	if err != nil {
		return m, err
	}
	tx := &Tx{Queries: Queries{q: sqliteTx{pool: pool, tx: sqlTx}}}
	if readable {
		m, err = tx.merge(ctx, now)
	} else {
		m, err = tx.endUnknown(ctx, now)
	}
	if err != nil {
		return m, errors.Join(err, sqlTx.Rollback())
	}
	return m, unwritable(sqlTx.Commit())
}

// exchange sets the replaced database and its other files aside, and puts the copy
// in its place. Until the last step no server can start, because the marks exist
// without the database.
func exchange(path, copied string, now time.Time) (aside string, err error) {
	if _, err := os.Stat(copied + "-wal"); err == nil {
		return "", errors.New("the restored copy still has a write-ahead log")
	}
	mark, err := markOf(copied)
	if err != nil {
		return "", err
	}
	if err := writeMarks(path, mark); err != nil { // the replaced database is closed and complete
		return "", err
	}
	name := path + ".replaced-" + now.UTC().Format("20060102T150405Z")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+suffix, name+suffix)
		if err == nil {
			aside = name
		} else if !errors.Is(err, fs.ErrNotExist) {
			return aside, err
		}
	}
	if err := os.Rename(copied, path); err != nil {
		return aside, err
	}
	return aside, errors.Join(giveToOwnerOf(path, markPath(path)), syncFolder(filepath.Dir(path)))
}

func removeAll(files ...string) (err error) {
	for _, file := range files {
		if gone := os.Remove(file); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// copyFile copies a file into one that only its owner may read.
func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return &rekey.Error{Code: rekey.CodeNotFound, Message: "The backup cannot be read: " + err.Error() + ".", Cause: err}
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}
