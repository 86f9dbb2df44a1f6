package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that Rekey uses

	"rekey/internal/pgtest"
)

// postgres is a PostgreSQL of its own, with what it comes with: each commit is
// on the disk before it is told.
type postgres struct {
	server *pgtest.Server
	folder string
	last   int
}

// openPostgres starts it on the disk that dir is on.
func openPostgres(ctx context.Context, dir string) (*postgres, error) {
	folder, err := os.MkdirTemp(dir, "rekey-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // as root, the server is another user, who has to get to its own folder
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	server, err := pgtest.Start(ctx, pgtest.Options{
		Folder: filepath.Join(folder, "server"), Durable: true,
		Settings: map[string]string{"shared_buffers": "128MB"},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w; -database sqlite does without", err), os.RemoveAll(folder))
	}
	return &postgres{server: server, folder: folder}, nil
}

func (*postgres) name() string { return onPostgres }

func (*postgres) title() string { return "PostgreSQL, fsync and synchronous_commit on" }

func (p *postgres) fresh(ctx context.Context) (*place, error) {
	p.last++
	name := fmt.Sprintf("bench_%d", p.last)
	url, err := p.server.Create(ctx, name, "")
	if err != nil {
		return nil, err
	}
	return &place{
		url: url, keys: filepath.Join(p.folder, name+".keys"),
		open: func() (*sql.DB, error) { return sql.Open("pgx", url) },
		drop: func() error {
			return p.server.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		},
	}, nil
}

func (*postgres) bulk() string { return "SET synchronous_commit = off" }

func (*postgres) tidy() string { return "VACUUM ANALYZE" }

func (*postgres) runArgs(id string) string { return "jsonb_build_object('run_id', " + id + ")" }

func (*postgres) object() string { return "CAST(json_object_agg(what, n) AS TEXT)" }

func (p *postgres) close() error { return errors.Join(p.server.Close(), os.RemoveAll(p.folder)) }
