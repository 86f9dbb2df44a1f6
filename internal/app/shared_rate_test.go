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
	var rates []*sharedRate
	for range nodes {
		db, err := store.OpenPostgres(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		rates = append(rates, newSharedRate(db, 100))
	}
	var mu sync.Mutex
	var turns []time.Time
	var taking sync.WaitGroup
	begun := time.Now()
	for _, p := range rates {
		taking.Go(func() {
			for range each {
				turn, err := p.slot(t.Context())
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
	span, least := turns[len(turns)-1].Sub(begun), (each*nodes-1)*rates[0].every
	if span < least {
		t.Errorf("%d messages at 100/s within %v, want %v", len(turns), span, least)
	}
}
