package app

import (
	"context"
	"math"
	"sync"
	"time"

	"rekey/internal/store"
)

// ahead is for how long a node reserves slots in one request. Slots of a node that
// ends are lost.
const ahead = 250 * time.Millisecond

// sharedRate limits the rate of messages of all nodes together.
type sharedRate struct {
	db    *store.DB
	every time.Duration // between two messages
	block int           // slots reserved in one request

	mu   sync.Mutex
	next time.Time // the slot of the next message
	left int       // reserved slots, including next
}

func newSharedRate(db *store.DB, perSecond float64) *sharedRate {
	every := time.Duration(float64(time.Second) / perSecond)
	return &sharedRate{db: db, every: every, block: max(1, int(math.Ceil(ahead.Seconds()*perSecond)))}
}

// Wait implements mail.Limiter.
func (r *sharedRate) Wait(ctx context.Context) error {
	slot, err := r.slot(ctx)
	if err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(slot))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slot takes the next slot. Slots that have passed unused are lost.
func (r *sharedRate) slot(ctx context.Context) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == 0 || time.Since(r.next) > ahead {
		wait, err := r.db.ReserveSlots(ctx, "mail", r.block, r.every)
		if err != nil {
			return time.Time{}, err
		}
		r.next, r.left = time.Now().Add(wait), r.block
	}
	slot := r.next
	r.next, r.left = r.next.Add(r.every), r.left-1
	return slot, nil
}
