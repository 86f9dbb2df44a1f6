package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"testing"
)

// A statement is prepared on a connection. Waiting for one keeps nobody from
// the statements that are there, and ends with the caller.
func TestWaitingForAConnectionHoldsUpNobody(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	var all []*sql.Conn
	for range readers {
		conn, err := f.reader.db.Conn(f.ctx)
		f.ok(err)
		all = append(all, conn)
	}
	const query = `SELECT 'a statement that nobody has asked for'`
	ctx, cancel := context.WithCancel(f.ctx)
	asked := make(chan error, 1)
	go func() { asked <- (Queries{q: f.reader}).each(ctx, query, nil, func(rows) error { return nil }) }()
	for f.reader.db.Stats().WaitCount == 0 {
		runtime.Gosched()
	}
	if !f.reader.mu.TryLock() {
		t.Error("whoever waits for a connection keeps all others from their statements")
	} else {
		f.reader.mu.Unlock()
	}
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, conn := range all {
		f.ok(conn.Close())
	}
	// Nothing of it is left: the next one has it prepared.
	f.ok(Queries{q: f.reader}.each(f.ctx, query, nil, func(rows) error { return nil }))
	if f.reader.statement(query) == nil {
		t.Error("it is not prepared")
	}
}
