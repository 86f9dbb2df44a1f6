package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
)

// maxGroup is how many callers share one commit at most. A commit costs as much as
// about fifty small writes, so a larger group would only delay the first caller.
const maxGroup = 256

// ErrClosed is returned by Update after Close.
var ErrClosed = errors.New("the database is closed")

// write is one caller of Update.
type write struct {
	ctx  context.Context //nolint:containedctx // it travels to the loop with its caller
	fn   func(*Tx) error
	err  error
	done chan struct{}
}

// update implements backend. Callers that arrive during a commit share the next
// one. Each has its own savepoint, so that a failed caller undoes nothing of the
// others. fn runs on another goroutine.
func (s *sqlite) update(ctx context.Context, _ bool, fn func(*Tx) error) error {
	w := &write{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case s.writes <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	<-w.done
	return unwritable(w.err)
}

// writeLoop commits groups of writes until the database is closed. It still writes
// what was handed in before.
func (s *sqlite) writeLoop() {
	defer close(s.closed)
	for {
		var group []*write
		select {
		case first := <-s.writes:
			group = s.gather(first)
		case <-s.closing:
			group = s.gather(nil)
			if len(group) == 0 {
				return
			}
		}
		s.commit(group)
		s.writer.prepareMissing(context.Background())
		s.log.shorten(s.writer.db)
	}
}

// gather takes the callers that already wait.
func (s *sqlite) gather(first *write) []*write {
	var group []*write
	if first != nil {
		group = append(group, first)
	}
	for len(group) < maxGroup {
		select {
		case w := <-s.writes:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction and answers each of its callers.
func (s *sqlite) commit(group []*write) {
	ctx := context.Background() // the group uses no caller's context
	wake, err := s.runGroup(ctx, group)
	if err == nil && wake && s.Wake != nil {
		s.Wake()
	}
	for _, w := range group {
		if err != nil && w.err == nil {
			w.err = err
		}
		close(w.done)
	}
}

// runGroup returns whether jobs were made, and the error that all callers get.
func (s *sqlite) runGroup(ctx context.Context, writes []*write) (wake bool, err error) {
	sqlTx, err := s.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			_ = sqlTx.Rollback()
		}
	}()
	g := &group{sqlite: s, q: sqliteTx{pool: s.writer, tx: sqlTx}, tx: sqlTx, active: activeAutomations{}}
	for _, w := range writes {
		if w.err = w.ctx.Err(); w.err != nil {
			continue
		}
		made, err := g.apart(ctx, w)
		if err != nil {
			return false, err
		}
		wake = wake || made
	}
	if err := sqlTx.Commit(); err != nil {
		return false, fmt.Errorf("commit: %w", err)
	}
	return wake, nil
}

// group is one transaction.
type group struct {
	*sqlite
	q      sqliteTx
	tx     *sql.Tx
	active activeAutomations
}

// apart runs one caller in its own savepoint, and returns whether it made jobs. An
// error of apart is one for all callers.
func (g *group) apart(ctx context.Context, w *write) (jobs bool, err error) {
	if _, err := g.q.exec(ctx, "SAVEPOINT one"); err != nil {
		return false, fmt.Errorf("savepoint: %w", err)
	}
	if jobs, w.err = g.run(ctx, w.fn); w.err != nil {
		jobs = false
		clear(g.active) // it may hold what the caller wrote
		if _, err := g.q.exec(ctx, "ROLLBACK TO one"); err != nil {
			return false, fmt.Errorf("roll back to savepoint: %w", err)
		}
	}
	if _, err := g.q.exec(ctx, "RELEASE one"); err != nil {
		return false, fmt.Errorf("release savepoint: %w", err)
	}
	return jobs, nil
}

// run runs one caller's function and makes its jobs. A panic becomes that caller's
// error, so that the others' transaction goes on.
func (g *group) run(ctx context.Context, fn func(*Tx) error) (jobs bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	tx := &Tx{Queries: Queries{q: g.q}, active: g.active, finished: g.Finished}
	if err := fn(tx); err != nil {
		return false, translate(err)
	}
	if err := tx.writeCounts(ctx); err != nil {
		return false, fmt.Errorf("count: %w", err)
	}
	if len(tx.jobs) == 0 {
		return false, nil
	}
	if err := g.Enqueue(ctx, g.tx, tx.jobs); err != nil {
		return false, fmt.Errorf("enqueue: %w", err)
	}
	return true, nil
}
