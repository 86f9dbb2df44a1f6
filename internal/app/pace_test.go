package app

import (
	"slices"
	"sync"
	"testing"
	"time"

	"rekey/internal/pgtest"
	"rekey/internal/store"
)

func TestNodesKeepARateTogether(t *testing.T) {
	t.Parallel()
	const each, nodes = 60, 3
	address := pgtest.Database(t)
	var paces []*pace
	for range nodes {
		db, err := store.OpenPostgres(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		paces = append(paces, newPace(db, 100))
	}
	var mu sync.Mutex
	var turns []time.Time
	var taking sync.WaitGroup
	for _, p := range paces {
		taking.Go(func() {
			for range each {
				turn, err := p.turn(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				turns = append(turns, turn)
				mu.Unlock()
			}
		})
	}
	taking.Wait()
	slices.SortFunc(turns, time.Time.Compare)
	span, least := turns[len(turns)-1].Sub(turns[0]), (each*nodes-1)*paces[0].every
	// A node reads the clock a little after the database.
	if span < least-100*time.Millisecond {
		t.Errorf("%d messages at 100/s within %v, want %v", len(turns), span, least)
	}
}
