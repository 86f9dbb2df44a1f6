package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Locks for migrating. One node holds them while the others wait.
const (
	lockMigration   = `SELECT pg_advisory_lock(1382774138, hashtext(current_schema()))`
	unlockMigration = `SELECT pg_advisory_unlock(1382774138, hashtext(current_schema()))`
)

// Migrate implements backend. Nodes migrate one after another. Nodes with an older
// program may run meanwhile and afterwards, because migrations only add.
func (p *postgres) Migrate(ctx context.Context) error {
	return p.migrating(ctx, func(pool *pgxpool.Pool, provider *goose.Provider) (err error) {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return unreachable(pool.Config().ConnConfig, err)
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, lockMigration); err != nil {
			return fmt.Errorf("lock migrations: %w", err)
		}
		defer func() {
			_, unlock := conn.Exec(context.WithoutCancel(ctx), unlockMigration)
			err = errors.Join(err, unlock)
		}()
		current, known, err := provider.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("schema version: %w", err)
		}
		if err := notNewer(current, known); err != nil {
			return err
		}
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		queue, err := rivermigrate.New(riverpgxv5.New(pool), nil)
		if err != nil {
			return fmt.Errorf("queue migrations: %w", err)
		}
		if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("migrate queue: %w", err)
		}
		return nil
	})
}

// SchemaVersion implements backend.
func (p *postgres) SchemaVersion(ctx context.Context) (current, known int64, err error) {
	err = p.migrating(ctx, func(_ *pgxpool.Pool, provider *goose.Provider) (err error) {
		current, known, err = provider.GetVersions(ctx)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("schema version: %w", err)
	}
	return current, known, nil
}

// migrating runs fn with a pool without statement timeouts, which large tables
// need.
func (p *postgres) migrating(ctx context.Context, fn func(*pgxpool.Pool, *goose.Provider) error) (err error) {
	files, err := fs.Sub(migrations, "migrations/postgres")
	if err != nil {
		return err
	}
	pool, err := postgresPool(ctx, p.address, 4, nil)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return fn(pool, provider)
}
