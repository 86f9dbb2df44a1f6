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

// An installation moves from SQLite to PostgreSQL in one PostgreSQL transaction. It
// copies all tables, reads them back and compares them. It frees what an ended
// process has claimed, and makes jobs for pending work. Then it marks the file as
// moved and commits. An interrupted copy leaves nothing behind, except perhaps the
// mark. That is the safe side: two servers with the same pending deliveries would
// mail twice.

// Copying says how a copy is made.
type Copying struct {
	// Now is the moment of the copy.
	Now time.Time
	// To is the address of the target without a password.
	To string
	// Step is called from time to time with the progress; required.
	Step func(CopyStep)
}

// CopyStep is the progress of a copy.
type CopyStep struct {
	Doing string // "copying", "comparing", "making jobs"
	Table string
	// Done and Total count rows. Each row counts twice: once copied, once compared.
	Done, Total int64
}

// Copied is the result of a copy.
type Copied struct {
	Tables []CopiedTable
	// Jobs is how many jobs were made for pending work.
	Jobs int64
}

// CopiedTable is a table that is equal in both databases.
type CopiedTable struct {
	Name   string
	Rows   int64
	Digest string // hexadecimal SHA-256 of all rows as text, in the order of their keys
}

// copying is a copy in progress.
type copying struct {
	Copying

	from   *snapshot
	to     pgx.Tx
	make   Enqueuer
	tables []table
	done   int64
	total  int64
}

// CopyTo copies everything from a SQLite file to a PostgreSQL database, and marks
// the file as moved. The target must have this program's schema and no rows. The
// queue's jobs are not copied: to.Enqueue makes new ones.
//
// Errors: CodeConflict if the target is not empty, or this file was moved before;
// CodeUnavailable if a schema is not this program's. Unless the error says
// otherwise, both databases are unchanged.
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
	// A large table may take longer than the server's statement timeout.
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

// run does everything except the commit.
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
	for _, t := range c.tables { // otherwise the first queries would plan for empty tables
		if _, err := c.to.Exec(ctx, "ANALYZE "+quoted(t.name)); err != nil {
			return result, fmt.Errorf("analyze %s: %w", t.name, err)
		}
	}
	return result, nil
}

// prepare finds the tables to copy, and checks that the target is empty.
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

// stepEvery is the number of rows between two calls of Step.
const stepEvery = 10_000

// step reports that rows of a table are done.
func (c *copying) step(doing string, t table, rows int64) {
	c.done += rows
	c.Step(CopyStep{doing, t.name, c.done, c.total})
}
