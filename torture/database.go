package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for PostgreSQL

	"rekey/internal/pgtest"
)

// database is what the nodes share, on a disk of its own where that can be had.
type database struct {
	report *report
	folder string         // of the disk
	disk   bool           // it is a disk of its own, which can be filled
	server *pgtest.Server // nil with SQLite
	url    string
}

// The sizes of the disk, which is in memory.
const (
	sqliteDisk   = "size=1g,mode=0711"
	postgresDisk = "size=3g,mode=0711"
)

// openDatabase makes a disk and a database on it.
func openDatabase(ctx context.Context, o options, r *report) (*database, error) {
	d := &database{report: r, folder: filepath.Join(o.folder, "disk")}
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return nil, err
	}
	size := sqliteDisk
	if o.database == postgres {
		size = postgresDisk
	}
	if err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, size); err != nil {
		r.note("no disk of its own can be had (%v): it is not filled", err)
	} else {
		d.disk = true
	}
	if o.database == sqlite {
		d.url = filepath.Join(d.folder, "rekey.db")
		return d, nil
	}
	// PostgreSQL runs as another user where this is root.
	if err := errors.Join(os.Chmod(o.folder, 0o711), os.Chmod(d.folder, 0o711)); err != nil { //nolint:gosec // to be passed through
		return nil, errors.Join(err, d.close())
	}
	var err error
	if d.server, err = pgtest.Start(ctx, pgtest.Options{Folder: filepath.Join(d.folder, "postgres"), Durable: true}); err == nil {
		d.url, err = d.server.Create(ctx, "rekey", "")
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// close stops the server and gives the disk back. What was on it is gone.
func (d *database) close() error {
	var err error
	if d.server != nil {
		err = d.server.Close()
	}
	if d.disk {
		err = errors.Join(err, syscall.Unmount(d.folder, 0))
	}
	return err
}

// cut ends all connections of the nodes.
func (d *database) cut(ctx context.Context) error {
	return d.server.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'rekey'`)
}

// fill leaves no room on the disk until it is emptied.
func (d *database) fill() error {
	file, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	var at int64
	for part := int64(256 << 20); part >= 4<<10; {
		err := syscall.Fallocate(int(file.Fd()), 0, at, part)
		switch {
		case err == nil:
			at += part
		case errors.Is(err, syscall.ENOSPC):
			part /= 2
		case errors.Is(err, syscall.EINTR):
		default:
			return err
		}
	}
	return nil
}

// empty makes room again, and starts a server that gave up.
func (d *database) empty(ctx context.Context) error {
	err := os.Remove(d.ballast())
	if d.server != nil {
		err = errors.Join(err, d.server.Resume(ctx))
	}
	return err
}

func (d *database) ballast() string { return filepath.Join(d.folder, "ballast") }

// sealed counts the letters that are kept, sealed as they are.
func (d *database) sealed(ctx context.Context) (n int, err error) {
	driver, source := "sqlite", "file:"+d.url+"?mode=ro"
	if d.server != nil {
		driver, source = "pgx", d.url
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT COUNT(sealed) FROM deliveries`).Scan(&n)
	return n, errors.Join(err, db.Close())
}
