package userfile

import (
	"context"
	"time"

	"rekey"
)

const (
	// atOnce is how many files a node reads at the same time: each takes some 60 MiB.
	atOnce = 2
	// turnWait is how long another file waits for its turn.
	turnWait = 5 * time.Second
)

// ErrBusy is the error of Take if all turns are taken.
var ErrBusy = rekey.NewError(rekey.CodeUnavailable, "Two other files are being imported now. Your file was not imported. Try again in a minute.")

// Turns limits how many files a node reads at a time, from pages and API together.
type Turns struct {
	Wait time.Duration // for a turn, 5 s

	places chan struct{}
}

// NewTurns returns turns for two files.
func NewTurns() *Turns { return &Turns{turnWait, make(chan struct{}, atOnce)} }

// Take takes a turn before a file is read. done gives it back.
//
// Errors: ErrBusy if all are taken for longer than the wait.
func (t *Turns) Take(ctx context.Context) (done func(), err error) {
	done = func() { <-t.places }
	select {
	case t.places <- struct{}{}:
		return done, nil
	default:
	}
	timer := time.NewTimer(t.Wait)
	defer timer.Stop()
	select {
	case t.places <- struct{}{}:
		return done, nil
	case <-timer.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
