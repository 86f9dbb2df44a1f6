package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rekey"
	"rekey/internal/english"
)

// An installation moves from SQLite to PostgreSQL in one transaction of the
// latter: all tables are copied, read back and compared, what a process left
// behind is made available, jobs are made for what is still to come, and then the
// file is marked as moved. The last step is the commit. So a copy that was
// interrupted has left nothing, at most the mark: two servers that send from the
// same pending deliveries would mail twice, none mails late.

// Copying says how a copy is made.
type Copying struct {
	// Now is the moment of the copy.
	Now time.Time
	// To is the target as it may be shown: without a password.
	To string
	// Step is told how far it has come, from time to time; required.
	Step func(CopyStep)
}

// CopyStep is how far a copy has come.
type CopyStep struct {
	Doing string // "copying", "comparing", "making jobs"
	Table string
	// Done of Total rows, where one that is copied and compared counts twice.
	Done, Total int64
}

// Copied is what came of a copy.
type Copied struct {
	Tables []CopiedTable
	// Jobs is how many were made for what is still to come.
	Jobs int64
}

// CopiedTable is one table that is the same on both sides.
type CopiedTable struct {
	Name   string
	Rows   int64
	Digest string // hexadecimal SHA-256 of all rows in the order of their keys, as text
}

// copying is a copy under way.
type copying struct {
	Copying

	from   *snapshot
	to     pgx.Tx
	make   Enqueuer
	tables []table
	done   int64
	total  int64
}

// CopyTo copies everything from a file of SQLite to a PostgreSQL, which must be
// empty but for the schema that this program knows, and marks the file as moved.
// The jobs of the queue are not copied but made anew, with to.Enqueue.
//
// Errors: CodeConflict if the target is not empty, or this database was moved
// already; CodeUnavailable if the schema of one is not the one that this program
// knows. Unless the error says otherwise both databases are as they were.
func (db *DB) CopyTo(ctx context.Context, to *DB, c Copying) (result Copied, err error) {
	source, isFile := db.backend.(*sqlite)
	target, isServer := to.backend.(*postgres)
	if !isFile || !isServer {
		return result, errors.New("only a file of SQLite can be copied, and only to a PostgreSQL")
	}
	if err := errors.Join(db.Migrated(ctx), db.NotMoved(ctx)); err != nil {
		return result, err
	}
	if err := to.Migrated(ctx); err != nil {
		return result, err
	}
	from, err := source.snapshot(ctx)
	if err != nil {
		return result, fmt.Errorf("read the file: %w", err)
	}
	defer func() { err = errors.Join(err, from.end(context.WithoutCancel(ctx))) }()
	// A table may take longer than the limits on statements that servers have.
	pool, err := postgresPool(ctx, target.address, 1, map[string]string{"lock_timeout": milliseconds(waitForLocks)})
	if err != nil {
		return result, err
	}
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginAlone})
	if err != nil {
		return result, unreachable(pool.Config().ConnConfig, err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	work := copying{Copying: c, from: from, to: tx, make: to.Enqueue}
	if result, err = work.run(ctx); err != nil {
		return result, err
	}
	return result, db.handOver(ctx, tx, c)
}

// run does all but the commit.
func (c *copying) run(ctx context.Context) (result Copied, err error) {
	if err := c.prepare(ctx); err != nil {
		return result, err
	}
	read := make([]digest, len(c.tables))
	for i, t := range c.tables {
		if read[i], err = c.copyTable(ctx, t); err != nil {
			return result, fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	for i, t := range c.tables {
		stored, err := c.readBack(ctx, t)
		if err != nil {
			return result, fmt.Errorf("read %s back: %w", t.name, err)
		}
		if stored.sum() != read[i].sum() || stored.rows != read[i].rows {
			return result, rekey.NewError(rekey.CodeInternal, fmt.Sprintf(
				"The table %s has %s with the digest %s in the file, and %d with %s in PostgreSQL. Nothing was moved: the file is as it was, and so is the target.",
				t.name, english.Count(read[i].rows, "row", "rows"), read[i].sum(), stored.rows, stored.sum()))
		}
		result.Tables = append(result.Tables, CopiedTable{t.name, stored.rows, stored.sum()})
	}
	if result.Jobs, err = c.takeUp(ctx); err != nil {
		return result, err
	}
	for _, t := range c.tables { // or the first queries would take it for empty
		if _, err := c.to.Exec(ctx, "ANALYZE "+quoted(t.name)); err != nil {
			return result, fmt.Errorf("analyze %s: %w", t.name, err)
		}
	}
	return result, nil
}

// prepare finds out what is to be copied, and that nothing is there yet.
func (c *copying) prepare(ctx context.Context) error {
	there, err := tablesOfPostgres(ctx, c.to)
	if err != nil {
		return fmt.Errorf("tables of PostgreSQL: %w", err)
	}
	if c.tables, err = c.from.tables(ctx, there); err != nil {
		return err
	}
	var filled []string
	for _, name := range slices.Concat(names(c.tables), amongNodes, []string{"river_job"}) {
		var found bool
		if err := c.to.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoted(name)+")").Scan(&found); err != nil {
			return fmt.Errorf("is %s empty: %w", name, err)
		}
		if found {
			filled = append(filled, name)
		}
	}
	if len(filled) > 0 {
		return rekey.NewError(rekey.CodeConflict, fmt.Sprintf(
			"%s is not empty: there are rows in %s. A copy goes into an empty database only, before the first server runs on it; make one with CREATE DATABASE and name that.",
			c.To, strings.Join(filled, ", ")))
	}
	for _, t := range c.tables {
		n, err := c.from.count(ctx, t)
		if err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		c.total += 2 * n
	}
	return nil
}

// stepEvery is how many rows are done between two words on it.
const stepEvery = 10_000

// step tells that rows of a table are done.
func (c *copying) step(doing string, t table, rows int64) {
	c.done += rows
	c.Step(CopyStep{doing, t.name, c.done, c.total})
}
