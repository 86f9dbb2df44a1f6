package app

import (
	"slices"
	"sync"
	"testing"
	"time"

	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

func TestNodesKeepARateTogether(t *testing.T) {
	t.Parallel()
	const each, nodes = 60, 3
	address := storetest.Postgres(t)
	var paces []*pace
	for range nodes {
		db, err := store.OpenPostgres(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		paces = append(paces, newPace(db, 100))
	}
	var mu sync.Mutex
	var turns []time.Time
	var taking sync.WaitGroup
	begun := time.Now()
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
	// A node reads the clock after the database: a turn may come later, and never
	// earlier.
	span, least := turns[len(turns)-1].Sub(begun), (each*nodes-1)*paces[0].every
	if span < least {
		t.Errorf("%d messages at 100/s within %v, want %v", len(turns), span, least)
	}
}
