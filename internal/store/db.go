package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// querier is a pool or a transaction of one database, as the queries see it.
type querier interface {
	exec(ctx context.Context, query string, args ...any) (changed int64, err error)
	query(ctx context.Context, query string, args ...any) (rows, error)
	// few is query for what is over sooner than it could be stopped: a row, or
	// a few by their key.
	few(ctx context.Context, query string, args ...any) (rows, error)
	// in is the condition that an expression is one of the texts in the
	// argument with that number, which is made by texts.
	in(expression string, argument int) string
	// rowsOf is what stands in FROM for the rows of a rowset in the argument
	// with that number. Its caller gives it a name.
	rowsOf(argument int, columns ...column) string
	// indexed follows a table that is to be read through an index and no other
	// way. It is "" where the database is not told.
	indexed(index string) string
	// locking is the clause that locks the rows which a query of a transaction
	// reads, such as "FOR UPDATE". It is "" where transactions are one after the
	// other anyway.
	locking(clause string) string
	// lockName has whoever asks for the same name wait until the transaction
	// ends, where transactions are not one after the other anyway.
	lockName(ctx context.Context, name string) error
}

// rows is what the result sets of both databases have in common.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Queries is everything that can be read. Within a transaction it sees what
// the transaction has written.
type Queries struct{ q querier }

// Tx is a writing transaction.
type Tx struct {
	Queries
	jobs []engine.Task
	// active are automations that were read in this transaction and have not
	// been written since, by event type. It may be nil.
	active activeAutomations
	// moves are the deliveries that were moved and not counted yet.
	moves counts
	// leaving are batches that were left by a delivery which came to its end
	// elsewhere, and when.
	leaving map[batchKey]time.Time
	// due is what deliveries are counted under that Due has returned, until
	// anything is moved.
	due map[string]outcome
}

// Enqueue makes jobs that come into being with the commit.
func (tx *Tx) Enqueue(jobs ...engine.Task) { tx.jobs = append(tx.jobs, jobs...) }

// DB is the database.
type DB struct {
	Queries
	*hooks
	backend
	beside bool
}

// backend is one of the databases that there are.
type backend interface {
	// update runs fn in a writing transaction: alone, or beside others.
	update(ctx context.Context, beside bool, fn func(*Tx) error) error
	// Migrate brings the schema up to date, the queue's with it. A database that
	// a newer program has migrated is refused, and a file that was moved.
	Migrate(ctx context.Context) error
	// SchemaVersion returns the version of the database's schema and the one
	// that this program knows.
	SchemaVersion(ctx context.Context) (current, known int64, err error)
	// Recover makes what a process that has ended left behind available at once.
	Recover(ctx context.Context) error
	// Close waits for what was handed in, and closes the database.
	Close() error
}

// hooks connect the database with the queue. They are set before the first
// Update.
type hooks struct {
	// Enqueue puts jobs into the queue within a writing transaction, and Wake is
	// called after a commit that made some.
	Enqueue Enqueuer
	Wake    func()
}

// Enqueuer puts jobs into the queue within a transaction, which is of the
// database's own type: *sql.Tx or pgx.Tx.
type Enqueuer func(ctx context.Context, tx any, jobs []engine.Task) error

// Open opens a database by its address: that of a PostgreSQL, which begins with
// postgres://, or the name of a file of SQLite.
func Open(ctx context.Context, address string) (*DB, error) {
	if IsPostgres(address) {
		return OpenPostgres(ctx, address)
	}
	return OpenSQLite(address)
}

// Update runs fn in a writing transaction, which is committed durably when
// Update returns nil. No other transaction runs meanwhile, unless both are of a
// DB that Concurrent returned. fn may be run again if it had to be undone, and not
// at all once ctx has ended. Nothing outside the database may be waited for in
// fn.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return db.update(ctx, db.beside, fn)
}

// Concurrent returns the same database for transactions that may run beside each
// other, on this node and on others: each locks the rows that it decides by.
// Where there is only one connection that writes that makes no difference. What
// is read through it may be far more than fits into memory.
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

// one reads the only row of a query. No row is sql.ErrNoRows.
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

// eachOfFew is each for a few rows by their key.
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

// changes runs a statement and says how many rows it changed.
func (tx *Tx) changes(ctx context.Context, query string, args ...any) (int64, error) {
	return tx.q.exec(ctx, query, args...)
}

// write runs a statement whose number of rows does not matter.
func (tx *Tx) write(ctx context.Context, query string, args ...any) error {
	_, err := tx.q.exec(ctx, query, args...)
	return err
}

// missing turns sql.ErrNoRows into a rekey.Error that names what was looked
// for.
func missing(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &rekey.Error{Code: rekey.CodeNotFound, Message: "There is no such " + what + ".", Cause: err}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// micros is a moment as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment scans a stored moment.
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

// asJSON is a value as it is stored.
func asJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// texts is a list of texts as an argument, see querier.in.
func texts(list []string) string {
	if list == nil {
		list = []string{}
	}
	text, _ := json.Marshal(list) // strings always marshal
	return string(text)
}
