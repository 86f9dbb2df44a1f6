package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// querier runs the queries on a pool or in a transaction.
type querier interface {
	exec(ctx context.Context, query string, args ...any) (changed int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
	// few is query for one row, or a few by their key: it ends sooner than it could
	// be stopped.
	few(ctx context.Context, query string, args ...any) (rows, error)
	// in is the condition that an expression is one of the texts in the argument
	// with that number. The function texts makes the argument.
	in(expression string, argument int) string
	// rowsOf stands in FROM for the rows of the rowset in the argument with that
	// number. The caller adds a name.
	rowsOf(argument int, columns ...column) string
	// indexed follows a table that must be read through an index; "" on PostgreSQL.
	indexed(index string) string
	// locking locks the rows that a query in a transaction reads, for example with
	// "FOR UPDATE"; "" on SQLite, where transactions run one after another.
	locking(clause string) string
	// lockName makes other transactions that lock the same name wait until this one
	// ends. It does nothing on SQLite.
	lockName(ctx context.Context, name string) error
}

// rows is the part of a result set that both databases share.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Queries holds all reads. In a transaction they see what it has written.
type Queries struct{ q querier }

// Tx is a writing transaction.
type Tx struct {
	Queries
	jobs []engine.Task
	// active caches automations by event type that this transaction has read and
	// not written since. It may be nil.
	active activeAutomations
	// moves are the moved deliveries that are not counted yet.
	moves counts
	// leaving are the batches that deliveries have left by ending elsewhere, and
	// when.
	leaving map[batchKey]time.Time
	// due holds the outcomes of the deliveries that Due returned, until any delivery
	// is moved.
	due map[string]outcome
	// finished is the hook of that name; nil if there is none.
	finished Finished
}

// Enqueue makes jobs, which exist from the commit on.
func (tx *Tx) Enqueue(jobs ...engine.Task) { tx.jobs = append(tx.jobs, jobs...) }

// DB is the database.
type DB struct {
	Queries
	*hooks
	backend
	beside bool
}

// backend is what SQLite and PostgreSQL each implement.
type backend interface {
	// update runs fn in a writing transaction: alone, or beside other such ones.
	update(ctx context.Context, beside bool, fn func(*Tx) error) error
	// Migrate brings the schema up to date, with the queue's. It refuses a database
	// that a newer program has migrated, and a file that was moved.
	Migrate(ctx context.Context) error
	// SchemaVersion returns the version of the database's schema, and this
	// program's.
	SchemaVersion(ctx context.Context) (current, known int64, err error)
	// Recover frees what an ended process has claimed.
	Recover(ctx context.Context) error
	// Close waits for pending writes and closes the database.
	Close() error
}

// hooks connect the database with the queue. They are set before the first
// Update.
type hooks struct {
	// Enqueue puts jobs into the queue in a writing transaction. Wake is called
	// after a commit with jobs.
	Enqueue Enqueuer
	Wake    func()
	// Finished is called in each transaction in which the last batch of a run closes. The
	// engine records the event of it there: the transaction may be that of a log-in.
	Finished Finished
}

// Finished notes that a run has ended.
type Finished func(ctx context.Context, tx *Tx, runID string) error

// Enqueuer puts jobs into the queue in a transaction of the database's own type:
// *sql.Tx or pgx.Tx.
type Enqueuer func(ctx context.Context, tx any, jobs []engine.Task) error

// Open opens a database: a PostgreSQL address that begins with postgres://, or the
// name of a SQLite file.
func Open(ctx context.Context, address string) (*DB, error) {
	if IsPostgres(address) {
		return OpenPostgres(ctx, address)
	}
	return OpenSQLite(address)
}

// Update runs fn in a writing transaction, and returns nil once it is committed
// durably. No other transaction runs meanwhile, unless both use a DB of Concurrent.
// fn may run again if it was undone, and does not run once ctx has ended. fn must
// wait for nothing outside the database.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return db.update(ctx, db.beside, fn)
}

// Concurrent returns the same database for transactions that may run beside each
// other, on all nodes: each locks the rows that its decisions need. SQLite still
// runs one at a time. What is read through it may be much larger than the memory.
func (db *DB) Concurrent() *DB {
	beside := *db
	beside.beside = true
	if s, ok := db.backend.(*sqlite); ok {
		beside.Queries = Queries{q: s.walker}
	}
	return &beside
}

// SQLite is the pool that writes, which the queue shares; nil on PostgreSQL.
func (db *DB) SQLite() *sql.DB {
	if s, ok := db.backend.(*sqlite); ok {
		return s.writer.db
	}
	return nil
}

// one reads the only row of a query. Without a row the error is sql.ErrNoRows.
func (s Queries) one(ctx context.Context, query string, args []any, dest ...any) error {
	found, err := s.q.few(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	if !found.Next() {
		if err := found.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := found.Scan(dest...); err != nil {
		return err
	}
	return found.Close()
}

// each calls scan for every row of a query.
func (s Queries) each(ctx context.Context, query string, args []any, scan func(rows) error) error {
	found, err := s.q.query(ctx, query, args...)
	return scanAll(found, err, scan)
}

// eachOfFew is each for a few rows read by their key.
func (s Queries) eachOfFew(ctx context.Context, query string, args []any, scan func(rows) error) error {
	found, err := s.q.few(ctx, query, args...)
	return scanAll(found, err, scan)
}

func scanAll(found rows, err error, scan func(rows) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		if err := scan(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// changes runs a statement and returns how many rows it changed.
func (tx *Tx) changes(ctx context.Context, query string, args ...any) (int64, error) {
	return tx.q.exec(ctx, query, args...)
}

// write runs a statement whose number of rows does not matter.
func (tx *Tx) write(ctx context.Context, query string, args ...any) error {
	_, err := tx.q.exec(ctx, query, args...)
	return err
}

// missing turns sql.ErrNoRows into a rekey.Error that names the missing thing.
func missing(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &rekey.Error{Code: rekey.CodeNotFound, Message: strings.ToUpper(what[:1]) + what[1:] + " not found.", Cause: err}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// micros converts a time to its stored form.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment scans a stored time.
type moment struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	n, ok := value.(int64)
	if !ok && value != nil {
		return fmt.Errorf("a moment is stored as an integer, not as %T", value)
	}
	*m.t = time.Time{}
	if n != 0 {
		*m.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// jsonText scans and stores JSON as text.
type jsonText struct{ value any }

// Scan implements sql.Scanner.
func (j jsonText) Scan(value any) error {
	switch text := value.(type) {
	case string:
		if text == "null" { // which leaves the value as it is
			return nil
		}
		return json.Unmarshal([]byte(text), j.value)
	case []byte:
		return json.Unmarshal(text, j.value)
	default:
		return fmt.Errorf("JSON is stored as text, not as %T", value)
	}
}

// asJSON converts a value to its stored form.
func asJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// texts makes a list of texts an argument; see querier.in.
func texts(list []string) string {
	if list == nil {
		list = []string{}
	}
	text, _ := json.Marshal(list) // strings always marshal
	return string(text)
}
