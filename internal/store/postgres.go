package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rekey"
)

// Numbers of connections of one node. The queue's listener takes one more.
const (
	postgresWriters = 16
	postgresReaders = 8
	postgresAside   = 2
)

// Time limits of PostgreSQL for a node that sleeps or cannot be reached, so that it
// does not block the others.
const (
	idleInTransaction = 10 * time.Second
	waitForLocks      = 30 * time.Second
	waitForStatements = 60 * time.Second
	// waitForAnswers limits a whole transaction, in case the server is silently
	// unreachable.
	waitForAnswers = 2 * time.Minute
)

// postgres is the database of many nodes: a pool that writes, which the queue
// shares, and one that reads.
//
// Transactions are "read committed". Those that change people, rules and access run
// alone, as on SQLite. Those that carry passwords run beside each other and lock
// the rows that their decisions need. One advisory lock ensures this: the former
// take it exclusively, the latter share it.
type postgres struct {
	*hooks
	address string
	writer  *pgxpool.Pool
	reader  *pgxpool.Pool
	// aside is for statements that must not wait for transactions; see
	// postgres_nodes.go.
	aside *pgxpool.Pool

	// open is read-locked by every writing transaction, and locked by Close.
	open   sync.RWMutex
	closed bool
}

// IsPostgres reports whether an address is one of PostgreSQL.
func IsPostgres(address string) bool {
	scheme, _, _ := strings.Cut(address, "://")
	return strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql")
}

// OpenPostgres opens the database at an address
// (postgres://user:password@host/database). It does not migrate.
//
// Errors: CodeInvalid, naming the field database, if the address is not valid or
// the server does not let this node in; CodeUnavailable if the server does not
// answer.
func OpenPostgres(ctx context.Context, address string) (*DB, error) {
	limits := map[string]string{
		"idle_in_transaction_session_timeout": milliseconds(idleInTransaction),
		"lock_timeout":                        milliseconds(waitForLocks),
		"statement_timeout":                   milliseconds(waitForStatements),
		// Durability must not depend on the settings of the server or the role.
		"synchronous_commit":            "on",
		"default_transaction_isolation": "read committed",
	}
	writer, err := postgresPool(ctx, address, postgresWriters, limits)
	if err != nil {
		return nil, err
	}
	aside, err := postgresPool(ctx, address, postgresAside, limits)
	if err != nil {
		writer.Close()
		return nil, err
	}
	limits["default_transaction_read_only"] = "on"
	reader, err := postgresPool(ctx, address, postgresReaders, limits)
	if err != nil {
		writer.Close()
		aside.Close()
		return nil, err
	}
	p := &postgres{hooks: &hooks{}, address: address, writer: writer, reader: reader, aside: aside}
	if err := writer.Ping(ctx); err != nil {
		return nil, errors.Join(unreachable(writer.Config().ConnConfig, err), p.Close())
	}
	return &DB{Queries: Queries{q: postgresQuerier{reader}}, hooks: p.hooks, backend: p}, nil
}

func postgresPool(ctx context.Context, address string, connections int32, settings map[string]string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil { // its text may hold the password
		return nil, rekey.Invalid("database", "This is not the address of a PostgreSQL server. Use postgres://user@host:5432/name.")
	}
	config.MaxConns = connections
	set := config.ConnConfig.RuntimeParams
	set["application_name"], set["timezone"] = "rekey", "UTC"
	maps.Copy(set, settings)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unreachable(config.ConnConfig, err)
	}
	return pool, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

// Postgres is the pool that writes, which the queue shares; nil on SQLite.
func (db *DB) Postgres() *pgxpool.Pool {
	if p, ok := db.backend.(*postgres); ok {
		return p.writer
	}
	return nil
}

// Close implements backend.
func (p *postgres) Close() error {
	p.open.Lock()
	defer p.open.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	p.reader.Close()
	p.aside.Close()
	p.writer.Close()
	return nil
}

// Recover implements backend. Other nodes may be working, so Rescue finds ended
// ones by their silence; see postgres_nodes.go.
func (p *postgres) Recover(context.Context) error { return nil }

// tries is how often a transaction runs if PostgreSQL undoes it because of another
// one.
const tries = 10

// update implements backend.
func (p *postgres) update(ctx context.Context, beside bool, fn func(*Tx) error) error {
	p.open.RLock()
	defer p.open.RUnlock()
	if p.closed {
		return ErrClosed
	}
	for try := 1; ; try++ {
		err := p.once(ctx, beside, fn)
		if err == nil || try == tries || !disturbed(err) {
			return translatePostgres(err)
		}
		// Two transactions that conflicted must not retry at the same moment.
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(try) * int64(10*time.Millisecond)))): //nolint:gosec // no secret
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// beginAlone and beginBeside begin a transaction and take the lock, in one message.
// The number spells "Rkey" and names this use of advisory locks. The schema is part
// of the lock, because one database may hold several installations.
const (
	beginAlone  = `BEGIN; SELECT pg_advisory_xact_lock(1382774137, hashtext(current_schema()))`
	beginBeside = `BEGIN; SELECT pg_advisory_xact_lock_shared(1382774137, hashtext(current_schema()))`
)

// once runs fn in a transaction. A panic becomes an error.
func (p *postgres) once(ctx context.Context, beside bool, fn func(*Tx) error) (err error) {
	begin := beginAlone
	if beside {
		begin = beginBeside
	}
	// A transaction that has begun goes on without its caller's context, so that
	// its outcome is known. It ends if the server stops answering.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), waitForAnswers)
	defer cancel()
	pgxTx, err := p.writer.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
		if err != nil {
			_ = pgxTx.Rollback(patience)
		}
	}()
	if err := ctx.Err(); err != nil { // waiting for the lock may have taken a while
		return err
	}
	tx := &Tx{Queries: Queries{q: postgresTx{pgxTx, patience}}, active: activeAutomations{}, finished: p.Finished}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.writeCounts(patience); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	if len(tx.jobs) > 0 {
		if err := p.Enqueue(patience, pgxTx, tx.jobs); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	if err := pgxTx.Commit(patience); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if len(tx.jobs) > 0 && p.Wake != nil {
		p.Wake()
	}
	return nil
}

// disturbed reports whether a transaction was undone because of another one, and
// may succeed now.
func disturbed(err error) bool {
	var failed *pgconn.PgError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	case "23505": // another transaction planned or retried the same person at the same time
		return failed.ConstraintName == "deliveries_unfinished" || failed.ConstraintName == "batches_pkey"
	}
	return false
}

// translatePostgres turns a broken constraint into an error that names the field.
// It also has an error for a database that is unreachable or cannot be written.
func translatePostgres(err error) error {
	var failed *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed) && failed.Code == "23505":
		return broken(err, func(u unique) bool { return u.name == failed.ConstraintName })
	case errors.As(err, &failed) && (failed.Code == "22021" || failed.Code == "22P05"):
		return &rekey.Error{Code: rekey.CodeInvalid, Message: "A text contains the character U+0000, or bytes that are not UTF-8.", Cause: err}
	case errors.As(err, &connect), errors.As(err, &failed) && busy(failed.Code), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &failed), isNetwork(err):
		return &rekey.Error{Code: rekey.CodeUnavailable, Message: "The database cannot be reached at the moment.", Cause: err}
	}
	return unwritable(err)
}

// busy reports whether the server cannot do it now: it shuts down or starts
// (57P..), the connection is lost (08...), there are too many connections, or the
// statement or its wait for locks took too long.
func busy(code string) bool {
	return strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") ||
		slices.Contains([]string{"53300", "55P03", "57014", "25P03"}, code)
}

func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network)
}

// postgresQuerier runs queries outside a transaction.
type postgresQuerier struct{ pool *pgxpool.Pool }

func (q postgresQuerier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := q.pool.Exec(ctx, query, args...)
	return tag.RowsAffected(), translatePostgres(err)
}

func (q postgresQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	found, err := q.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, translatePostgres(err)
	}
	return postgresRows{found}, nil
}

func (q postgresQuerier) few(ctx context.Context, query string, args ...any) (rows, error) {
	return q.query(ctx, query, args...)
}

func (postgresQuerier) in(expression string, argument int) string { return inAny(expression, argument) }

func (postgresQuerier) rowsOf(argument int, columns ...column) string {
	return rowsOfJSONB(argument, columns)
}

func (postgresQuerier) indexed(string) string { return "" }

func (postgresQuerier) locking(string) string { return "" }

func (postgresQuerier) lockName(context.Context, string) error { return nil }

// postgresTx runs queries in a transaction, with the transaction's own context.
type postgresTx struct {
	tx  pgx.Tx
	ctx context.Context //nolint:containedctx // the transaction's
}

func (t postgresTx) exec(_ context.Context, query string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(t.ctx, query, args...) //nolint:contextcheck // see postgresTx
	return tag.RowsAffected(), err
}

func (t postgresTx) query(_ context.Context, query string, args ...any) (rows, error) {
	found, err := t.tx.Query(t.ctx, query, args...) //nolint:contextcheck // see postgresTx
	if err != nil {
		return nil, err
	}
	return postgresRows{found}, nil
}

func (t postgresTx) few(ctx context.Context, query string, args ...any) (rows, error) {
	return t.query(ctx, query, args...)
}

func (postgresTx) in(expression string, argument int) string { return inAny(expression, argument) }

func (postgresTx) rowsOf(argument int, columns ...column) string {
	return rowsOfJSONB(argument, columns)
}

func (postgresTx) indexed(string) string { return "" }

func (postgresTx) locking(clause string) string { return " " + clause }

func (t postgresTx) lockName(ctx context.Context, name string) error {
	_, err := t.exec(ctx, `SELECT pg_advisory_xact_lock(1382774139, hashtext($1))`, name)
	return err
}

func inAny(expression string, argument int) string {
	return fmt.Sprintf("%s = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(CAST($%d AS TEXT) AS JSONB))))", expression, argument)
}

// rowsOfJSONB is querier.rowsOf for PostgreSQL.
func rowsOfJSONB(argument int, columns []column) string {
	values := make([]string, len(columns))
	for i, c := range columns {
		value := fmt.Sprintf("v ->> %d", i)
		switch c.kind {
		case integer:
			value = "CAST(" + value + " AS BIGINT)"
		case binary:
			value = "decode(" + value + ", 'hex')"
		case text:
		}
		values[i] = value + " AS " + c.name
	}
	return fmt.Sprintf("(SELECT %s FROM jsonb_array_elements(CAST(CAST($%d AS TEXT) AS JSONB)) AS elements (v))", strings.Join(values, ", "), argument)
}

// postgresRows are the rows of a query, with the errors of this package.
type postgresRows struct{ pgx.Rows }

// Close implements rows.
func (r postgresRows) Close() error {
	r.Rows.Close()
	return r.Err()
}

// Err implements rows.
func (r postgresRows) Err() error { return translatePostgres(r.Rows.Err()) }
