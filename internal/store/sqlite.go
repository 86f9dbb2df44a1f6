package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"rekey"
)

// Numbers of connections. One writes, shared with the queue: a second one
// would only wait for it, and starve.
const (
	readers       = 8
	maxStatements = 500 // kept prepared for each pool
)

// sqlite is the database on one machine: a pool that writes and one that reads.
type sqlite struct {
	// Enqueue puts jobs into the queue within a writing transaction, and Wake
	// is called after a commit that made some. Both are set before the first
	// Update.
	Enqueue Enqueuer
	Wake    func()

	writer  *pool
	reader  *pool
	log     writeAheadLog
	lock    io.Closer
	writes  chan *write
	closing chan struct{}
	closed  chan struct{}
	once    sync.Once
}

// OpenSQLite opens the database in a file, which is made if it is not there,
// together with a lock that keeps a second process out. It does not migrate.
func OpenSQLite(path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	if err := keepPrivate(path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return openSQLite(path, lock)
}

// openSQLite opens the database and gives lock back with it.
func openSQLite(path string, lock io.Closer) (*DB, error) {
	common := []string{fmt.Sprintf("busy_timeout(%d)", waitForWriters.Milliseconds()), "foreign_keys(0)", "cache_size(-32000)", "temp_store(2)"}
	writer, err := openPool(path, "immediate", append(common,
		"journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)", "journal_size_limit(16777216)"))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	writer.db.SetMaxOpenConns(1)
	if err := writer.db.PingContext(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), writer.db.Close(), lock.Close())
	}
	reader, err := openPool(path, "deferred", append(common, "query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.db.Close(), lock.Close())
	}
	reader.db.SetMaxOpenConns(readers)
	reader.db.SetMaxIdleConns(readers)
	s := &sqlite{
		writer: writer, reader: reader, lock: lock, log: writeAheadLog{path: path + "-wal", limit: maxLog, wait: waitForReaders},
		writes:  make(chan *write),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	go s.writeLoop()
	return &DB{Queries: Queries{q: reader}, sqlite: s}, nil
}

// Writer is the pool that the queue shares.
func (s *sqlite) Writer() *sql.DB { return s.writer.db }

// Close writes what was handed in, and closes the database.
func (s *sqlite) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		<-s.closed
		err = errors.Join(s.reader.db.Close(), s.writer.db.Close(), s.lock.Close())
	})
	return err
}

// keepPrivate makes the file of the database if it is not there, and lets
// nobody else read it. SQLite gives the files beside it the same mode when it
// makes them, so this comes before the first connection.
func keepPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("database: %w", err)
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(file, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("database: %w", err)
		}
	}
	return nil
}

func openPool(path, txlock string, pragmas []string) (*pool, error) {
	values := url.Values{"_txlock": {txlock}, "_pragma": pragmas}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: values.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return &pool{db: db, prepared: map[string]*sql.Stmt{}, missing: map[string]bool{}}, nil
}

// pool keeps statements prepared, since parsing one costs more than running it.
type pool struct {
	db *sql.DB

	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
	missing  map[string]bool
}

func (p *pool) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return changed(p.db.ExecContext(ctx, query, args...))
}

func (p *pool) query(ctx context.Context, query string, args ...any) (rows, error) {
	if stmt := p.statement(query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	p.prepareMissing(ctx)
	return p.db.QueryContext(ctx, query, args...)
}

// few does not watch ctx while the query runs: that would take a goroutine in
// database/sql and one in the driver, which cost more than reading a row.
func (p *pool) few(ctx context.Context, query string, args ...any) (rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return p.query(context.WithoutCancel(ctx), query, args...)
}

func (p *pool) in(expression string, argument int) string { return inJSON(expression, argument) }

// statement returns the prepared statement for a query, or nil after noting
// that it should be prepared: within a transaction on the only connection that
// would wait for itself.
func (p *pool) statement(query string) *sql.Stmt {
	p.mu.RLock()
	stmt, noted := p.prepared[query], p.missing[query]
	full := len(p.prepared) >= maxStatements
	p.mu.RUnlock()
	if stmt == nil && !noted && !full {
		p.mu.Lock()
		p.missing[query] = true
		p.mu.Unlock()
	}
	return stmt
}

// prepareMissing prepares what was noted; what cannot be prepared is run
// unprepared, and its error shows there.
func (p *pool) prepareMissing(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for query := range p.missing {
		if stmt, err := p.db.PrepareContext(ctx, query); err == nil {
			p.prepared[query] = stmt
		}
		delete(p.missing, query)
	}
}

// sqliteTx is a transaction on the writing connection. A caller's context ends
// with the caller; the transaction, which others share, does not.
type sqliteTx struct {
	pool *pool
	tx   *sql.Tx
}

func (t sqliteTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx = context.WithoutCancel(ctx)
	if stmt := t.pool.statement(query); stmt != nil {
		return changed(t.tx.StmtContext(ctx, stmt).ExecContext(ctx, args...))
	}
	return changed(t.tx.ExecContext(ctx, query, args...))
}

func (t sqliteTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	ctx = context.WithoutCancel(ctx)
	if stmt := t.pool.statement(query); stmt != nil {
		return t.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, query, args...)
}

func (t sqliteTx) few(ctx context.Context, query string, args ...any) (rows, error) {
	return t.query(ctx, query, args...)
}

func (t sqliteTx) in(expression string, argument int) string { return inJSON(expression, argument) }

func inJSON(expression string, argument int) string {
	return fmt.Sprintf("%s IN (SELECT value FROM json_each($%d))", expression, argument)
}

func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// uniqueFields says which field of an input a unique column is, and what is
// wrong with it.
var uniqueFields = map[string]rekey.FieldError{
	"system_users.address_key": {Field: "address", Message: "Another system user has this address."},
	"automations.name_key":     {Field: "name", Message: "Another automation has this name."},
	"selections.name_key":      {Field: "name", Message: "Another selection has this name."},
	"event_sources.source":     {Field: "sources", Message: "This source belongs to another system user."},
}

// translate turns a broken constraint into an error that names the field.
func translate(err error) error {
	var broken *sqlite3.Error
	if !errors.As(err, &broken) {
		return err
	}
	if broken.Code() != codes.SQLITE_CONSTRAINT_UNIQUE && broken.Code() != codes.SQLITE_CONSTRAINT_PRIMARYKEY {
		return err
	}
	for column, field := range uniqueFields {
		if strings.Contains(broken.Error(), column) {
			return &rekey.Error{Code: rekey.CodeConflict, Message: field.Message, Fields: []rekey.FieldError{field}, Cause: err}
		}
	}
	return err
}
