package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"rekey"
	"rekey/internal/remedy"
)

// Numbers of connections. One connection writes, shared with the queue; a second
// one would only wait for it.
const (
	readers       = 8
	maxStatements = 500     // prepared statements kept for each pool
	maxMapped     = 4 << 30 // bytes of the database that a reader maps
	walkerCache   = 4_000   // KiB of cache of each walker connection
)

// sqlite is the database on one machine: a pool that writes and one that reads.
type sqlite struct {
	*hooks
	writer  *pool
	reader  *pool
	walker  *pool // for the engine, see DB.Concurrent
	log     writeAheadLog
	lock    io.Closer
	writes  chan *write
	closing chan struct{}
	closed  chan struct{}
	once    sync.Once
}

// OpenSQLite opens the database in a file, or makes it, and takes a lock that keeps
// a second process out. It does not migrate.
//
// Errors: CodeConflict if it is not the file that was last used under that name;
// those of opened.
func OpenSQLite(path string) (db *DB, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	defer func() { err = opened(path, err) }()
	if message := remedy.ForAnother(path); message != "" {
		return nil, notThis(rekey.CodeConflict, message, nil)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, notThis(rekey.CodeInvalid, path+" is a folder. Name a file in it, such as "+filepath.Join(path, "rekey.db")+".", nil)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	if err := checkMark(path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := keepPrivate(path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return openSQLite(path, lock)
}

// openSQLite opens the database. Closing the database releases lock.
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
	// Each commit voids a reader's cache. A mapped file need not be copied again.
	reader, err := openPool(path, "deferred", append(common, "query_only(1)", fmt.Sprintf("mmap_size(%d)", maxMapped)))
	if err != nil {
		return nil, errors.Join(err, writer.db.Close(), lock.Close())
	}
	// A large run reads the whole database. If it were mapped, all of it would
	// count as this process's memory.
	walker, err := openPool(path, "deferred", append(common, "query_only(1)", fmt.Sprintf("cache_size(-%d)", walkerCache)))
	if err != nil {
		return nil, errors.Join(err, reader.db.Close(), writer.db.Close(), lock.Close())
	}
	for _, pool := range []*pool{reader, walker} {
		pool.db.SetMaxOpenConns(readers)
		pool.db.SetMaxIdleConns(readers)
	}
	s := &sqlite{
		hooks: &hooks{}, writer: writer, reader: reader, walker: walker, lock: lock, log: writeAheadLog{path: path + "-wal", limit: maxLog, wait: waitForReaders},
		writes:  make(chan *write),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	go s.writeLoop()
	return &DB{Queries: Queries{q: reader}, hooks: s.hooks, backend: s}, nil
}

// path is the name of the file.
func (s *sqlite) path() string { return strings.TrimSuffix(s.log.path, "-wal") }

// Close implements backend.
func (s *sqlite) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		<-s.closed
		err = errors.Join(s.walker.db.Close(), s.reader.db.Close(), s.writer.db.Close(), s.lock.Close())
	})
	return err
}

// keepPrivate makes the database file if it does not exist, and lets only its owner
// read it. It comes before the first connection, because SQLite gives its other
// files the same mode.
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

// sqliteTx is a transaction on the writing connection. It does not use its callers'
// contexts, because callers share it.
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

func (t sqliteTx) rowsOf(argument int, columns ...column) string {
	return rowsOfJSON(argument, columns)
}

func (t sqliteTx) indexed(index string) string { return indexedBy(index) }

func (t sqliteTx) locking(string) string { return "" }

func (t sqliteTx) lockName(context.Context, string) error { return nil }

func indexedBy(index string) string { return " INDEXED BY " + index }

func inJSON(expression string, argument int) string {
	return fmt.Sprintf("%s IN (SELECT value FROM json_each($%d))", expression, argument)
}

// rowsOfJSON is querier.rowsOf.
func rowsOfJSON(argument int, columns []column) string {
	selected := make([]string, len(columns))
	for i, c := range columns {
		value := fmt.Sprintf("value->>%d", i)
		if c.kind == binary {
			value = "unhex(" + value + ")"
		}
		selected[i] = value + " AS " + c.name
	}
	return fmt.Sprintf("(SELECT %s FROM jsonb_each($%d))", strings.Join(selected, ", "), argument)
}

func changed(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// translate turns a broken constraint into an error that names the field.
func translate(err error) error {
	var failed *sqlite3.Error
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Code() != codes.SQLITE_CONSTRAINT_UNIQUE && failed.Code() != codes.SQLITE_CONSTRAINT_PRIMARYKEY {
		return err
	}
	return broken(err, saidBy(failed.Error()))
}

// saidBy matches the rule that SQLite says is broken. The message names the columns
// instead of the index: "constraint failed: UNIQUE constraint failed:
// events.source, events.source_id (2067)".
func saidBy(message string) func(unique) bool {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return func(u unique) bool { return u.columns == columns }
}
