package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync"
)

func openPool(path, txlock string, pragmas []string) (*pool, error) {
	values := url.Values{"_txlock": {txlock}, "_pragma": pragmas}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: values.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return &pool{db: db, prepared: map[string]*sql.Stmt{}, missing: map[string]bool{}}, nil
}

// pool keeps statements prepared, because parsing one costs more than running it.
type pool struct {
	db *sql.DB

	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
	missing  map[string]bool // noted for preparing
	noted    []string        // those of missing that no goroutine prepares yet
}

func (p *pool) exec(ctx context.Context, query string, args ...any) (int64, error) {
	n, err := changed(p.db.ExecContext(ctx, query, args...))
	return n, unwritable(err)
}

// query also reports a database that cannot be written, because a reader writes to
// the index of the write-ahead log.
func (p *pool) query(ctx context.Context, query string, args ...any) (rows, error) {
	if stmt := p.statement(query); stmt != nil {
		found, err := stmt.QueryContext(ctx, args...)
		return found, unwritable(err)
	}
	p.prepareMissing(ctx)
	found, err := p.db.QueryContext(ctx, query, args...)
	return found, unwritable(err)
}

// few does not watch ctx while the query runs. That would take a goroutine in
// database/sql and one in the driver, which cost more than reading a row.
func (p *pool) few(ctx context.Context, query string, args ...any) (rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return p.query(context.WithoutCancel(ctx), query, args...)
}

func (p *pool) in(expression string, argument int) string { return inJSON(expression, argument) }

func (p *pool) rowsOf(argument int, columns ...column) string { return rowsOfJSON(argument, columns) }

func (p *pool) indexed(index string) string { return indexedBy(index) }

func (p *pool) locking(string) string { return "" }

func (p *pool) lockName(context.Context, string) error { return nil }

// statement returns the prepared statement for a query. If there is none, it
// returns nil and notes the query for later: preparing it in a transaction on the
// only connection would deadlock.
func (p *pool) statement(query string) *sql.Stmt {
	p.mu.RLock()
	stmt, noted := p.prepared[query], p.missing[query]
	full := len(p.prepared) >= maxStatements
	p.mu.RUnlock()
	if stmt == nil && !noted && !full {
		p.note(query)
	}
	return stmt
}

func (p *pool) note(query string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prepared[query] == nil && !p.missing[query] {
		p.missing[query] = true
		p.noted = append(p.noted, query)
	}
}

// prepareMissing prepares the noted queries. A query that cannot be prepared runs
// unprepared and shows its error there. It does not hold the lock while it waits
// for a connection, because the goroutine with the connection may need the lock
// next.
func (p *pool) prepareMissing(ctx context.Context) {
	p.mu.Lock()
	noted := p.noted
	p.noted = nil
	p.mu.Unlock()
	for _, query := range noted {
		stmt, err := p.db.PrepareContext(ctx, query)
		p.mu.Lock()
		if err == nil {
			p.prepared[query] = stmt
		}
		delete(p.missing, query)
		p.mu.Unlock()
	}
}
