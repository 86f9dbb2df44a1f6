package queue

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/pgtest"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// call is what the queue asked of the engine.
type call struct {
	kind  string
	run   string
	batch int
}

// fakeEngine says what it is called for, and does what the test says.
type fakeEngine struct {
	calls chan call
	do    func(ctx context.Context, c call) error
}

func (e *fakeEngine) take(ctx context.Context, c call) error {
	e.calls <- c
	return e.do(ctx, c)
}

func (e *fakeEngine) Execute(ctx context.Context, runID string) error {
	return e.take(ctx, call{"execute", runID, 0})
}

func (e *fakeEngine) Deliver(ctx context.Context, runID string, batch int) error {
	return e.take(ctx, call{"deliver", runID, batch})
}

func (e *fakeEngine) SendNotice(ctx context.Context, noticeID string) error {
	return e.take(ctx, call{"notice", noticeID, 0})
}

func (e *fakeEngine) Sweep(context.Context, time.Duration) error { return nil }

// bench is a queue on a real database, with an engine of the test.
type bench struct {
	*Queue
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the test's
	db     *store.DB
	engine *fakeEngine
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// workers is how many jobs of a queue run at once.
const workers = 4

// never is a poll that does not come: what starts was woken.
const never = time.Hour

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// setup makes a queue in SQLite; started or not is the test's business.
func setup(t *testing.T, poll time.Duration) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rekey.db")
	storetest.Write(t, path)
	return setupOn(t, path, poll)
}

// onBoth runs a test with a queue in either database.
func onBoth(t *testing.T, poll time.Duration, test func(*testing.T, *bench)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, setup(t, poll))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, setupOn(t, storetest.Postgres(t), poll))
	})
}

func setupOn(t *testing.T, address string, poll time.Duration) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), log: &lockedBuffer{}, engine: &fakeEngine{
		calls: make(chan call, 100), do: func(context.Context, call) error { return nil },
	}}
	var err error
	b.db, err = store.Open(b.ctx, address)
	b.ok(err)
	t.Cleanup(func() { b.ok(b.db.Close()) })
	b.renew(poll)
	return b
}

// renew puts a new queue on the same database, like another process.
func (b *bench) renew(poll time.Duration) {
	b.t.Helper()
	var err error
	b.Queue, err = newQueue(Config{
		SQLite: b.db.SQLite(), Postgres: b.db.Postgres(), Logger: slog.New(slog.NewTextHandler(b.log, nil)), Clock: time.Now, Workers: workers,
	}, b.engine, poll)
	b.ok(err)
	b.db.Enqueue, b.db.Wake = b.Enqueue, b.Wake
}

func (b *bench) start() {
	b.t.Helper()
	b.ok(b.Start(context.WithoutCancel(b.ctx)))
	b.t.Cleanup(func() { b.ok(b.Stop(context.WithoutCancel(b.ctx))) })
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) enqueue(jobs ...engine.Task) {
	b.t.Helper()
	b.ok(b.db.Update(b.ctx, func(tx *store.Tx) error { tx.Enqueue(jobs...); return nil }))
}

// next waits for the next call.
func (b *bench) next() call {
	b.t.Helper()
	select {
	case c := <-b.engine.calls:
		return c
	case <-time.After(suite.Limit):
		b.t.Fatal("no job was run; the log:\n" + b.log.String())
		return call{}
	}
}

func (b *bench) want(c call) {
	b.t.Helper()
	if got := b.next(); got != c {
		b.t.Errorf("ran %v, want %v", got, c)
	}
}

// text answers a query with one text.
func (b *bench) text(query string) (text string) {
	b.t.Helper()
	if pool := b.db.Postgres(); pool != nil {
		b.ok(pool.QueryRow(b.ctx, strings.Replace(query, "COUNT(*)", "COUNT(*)::text", 1)).Scan(&text))
	} else {
		b.ok(b.db.SQLite().QueryRowContext(b.ctx, query).Scan(&text))
	}
	return text
}

func execute(run string) engine.Task { return engine.Task{Kind: engine.TaskExecute, RunID: run} }
