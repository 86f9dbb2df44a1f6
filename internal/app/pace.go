package app

import (
	"context"
	"math"
	"sync"
	"time"

	"rekey/internal/store"
)

// ahead is for how long a node reserves turns in one request. Turns of a node that
// ends are lost.
const ahead = 250 * time.Millisecond

// pace limits the rate of messages of all nodes together.
type pace struct {
	db    *store.DB
	every time.Duration // between two messages
	block int           // turns reserved in one request

	mu   sync.Mutex
	next time.Time // the turn of the next message
	left int       // reserved turns, including next
}

func newPace(db *store.DB, perSecond float64) *pace {
	every := time.Duration(float64(time.Second) / perSecond)
	return &pace{db: db, every: every, block: max(1, int(math.Ceil(ahead.Seconds()*perSecond)))}
}

// Wait implements mail.Limiter.
func (p *pace) Wait(ctx context.Context) error {
	turn, err := p.turn(ctx)
	if err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(turn))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn takes the next turn. Turns that have passed unused are lost.
func (p *pace) turn(ctx context.Context) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == 0 || time.Since(p.next) > ahead {
		wait, err := p.db.ReserveSlots(ctx, "mail", p.block, p.every)
		if err != nil {
			return time.Time{}, err
		}
		p.next, p.left = time.Now().Add(wait), p.block
	}
	turn := p.next
	p.next, p.left = p.next.Add(p.every), p.left-1
	return turn, nil
}
