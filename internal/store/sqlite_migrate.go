package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"rekey"
)

//go:embed migrations
var migrations embed.FS

// Migrate implements backend.
func (s *sqlite) Migrate(ctx context.Context) (err error) {
	defer func() { err = opened(strings.TrimSuffix(s.log.path, "-wal"), err) }()
	provider, err := s.migrations()
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if err := notNewer(current, target); err != nil {
		return err
	}
	if current > 0 { // a moved file stays unchanged
		if err := (Queries{q: s.reader}).NotMoved(ctx); err != nil {
			return err
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	queue, err := rivermigrate.New(riversqlite.New(s.writer.db), nil)
	if err != nil {
		return fmt.Errorf("queue migrations: %w", err)
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate queue: %w", err)
	}
	// Without this index the scheduler's look at a million waiting jobs blocks all
	// writing for a quarter of a second. The queue's own migrations drop it, so it
	// is made after them.
	_, err = s.writer.db.ExecContext(ctx, `CREATE INDEX IF NOT EXISTS river_job_scheduled
		ON river_job (state, scheduled_at) WHERE state IN ('retryable', 'scheduled')`)
	if err != nil {
		return fmt.Errorf("index the queue: %w", err)
	}
	return nil
}

// Migrated refuses a schema that is not this program's.
//
// Errors: CodeUnavailable if it is older, CodeConflict if it is newer. Both say
// what to do.
func (db *DB) Migrated(ctx context.Context) error {
	current, known, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if current < known {
		return rekey.NewError(rekey.CodeUnavailable, fmt.Sprintf(
			"The database has schema version %d and this program needs %d. Run rekey migrate, or start a node with --migrate.", current, known))
	}
	return notNewer(current, known)
}

// notNewer refuses a schema that is newer than this program.
func notNewer(current, known int64) error {
	if current <= known {
		return nil
	}
	return notThis(rekey.CodeConflict, fmt.Sprintf(
		"It has schema version %d, but this program knows only %d: a newer rekey migrated it. Start the newer rekey, or name another database.", current, known), nil)
}

func (s *sqlite) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writer.db, files)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, nil
}

// Recover implements backend. The lock on the database proves that no other process
// works on it.
//
// It deletes the engine's due jobs, because the sweep that must follow makes one
// for all due work. Otherwise each start would add a second job for everything that
// waits.
func (s *sqlite) Recover(ctx context.Context) error {
	return s.update(ctx, false, func(tx *Tx) error {
		return errors.Join(
			tx.write(ctx, `DELETE FROM river_job WHERE kind IN ('execute', 'deliver') AND state IN ('available', 'running', 'retryable')
				AND scheduled_at <= strftime('%Y-%m-%d %H:%M:%f', 'now')`),
			tx.write(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`),
			tx.write(ctx, `DELETE FROM river_leader`),
			tx.write(ctx, voidClaims),
			tx.write(ctx, reopenBatches),
		)
	})
}

// Statements that free deliveries of ended workers.
const (
	voidClaims = `UPDATE deliveries SET claim = '', claim_until = 0 WHERE state = 'issued' AND claim <> ''`
	// The batch is due at once, even if only to be closed, unless all deliveries
	// left are deferred.
	reopenBatches = `UPDATE batches SET next_at = COALESCE((
		SELECT MIN(CASE d.state WHEN 'deferred' THEN d.next_attempt ELSE 1 END) FROM deliveries d
		WHERE d.run_id = batches.run_id AND d.batch = batches.number AND d.state IN ('queued', 'issued', 'deferred')), 1)
		WHERE next_at IS NOT NULL`
)
