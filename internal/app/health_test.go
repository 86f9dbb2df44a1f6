package app

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/store/storetest"
)

func TestQueueThatStandsStillIsNotReady(t *testing.T) {
	t.Parallel()
	a := &App{DB: storetest.Open(t)}
	for since, fails := range map[time.Duration]bool{
		0: false, 2 * engine.SweepEvery: false, 4 * engine.SweepEvery: true,
	} {
		swept := time.Now().Add(-since)
		a.swept.Store(&swept)
		if err := a.lookAtQueue(t.Context()); (err != nil) != fails {
			t.Errorf("%s after a sweep: %v", since, err)
		}
	}
	a.swept.Store(nil)
	if a.lookAtQueue(t.Context()) == nil {
		t.Error("ready before the first sweep")
	}
}

// A write that does not end keeps all others waiting, while everything can
// still be read.
func TestWriterThatIsStuckIsNotReady(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	var asked atomic.Int64 // also by the writer that is waited for
	a := &App{DB: db, now: func() time.Time { return time.Unix(0, 0).Add(time.Duration(asked.Add(1)) * writeEvery) }}
	if err := a.lookAtDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	connection, err := db.SQLite().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := a.lookAtDatabase(ctx); err == nil || !strings.Contains(err.Error(), "write") {
			t.Errorf("nothing can be written: %v", err)
		}
		cancel()
	}
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.lookAtDatabase(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReadinessWritesAtMostEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	at := time.Unix(0, 0)
	a := &App{DB: db, now: func() time.Time { return at }}
	written := func() string {
		t.Helper()
		if err := a.lookAtDatabase(t.Context()); err != nil {
			t.Fatal(err)
		}
		value, err := db.Setting(t.Context(), "written")
		if err != nil || value == nil {
			t.Fatalf("nothing was written: %v", err)
		}
		return string(value)
	}
	first := written()
	at = at.Add(writeEvery - time.Second)
	if written() != first {
		t.Error("written again too soon")
	}
	at = at.Add(time.Second)
	if written() == first {
		t.Error("not written again")
	}
}
