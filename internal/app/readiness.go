package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey/internal/engine"
)

// writeEvery is the least time between two test writes of readiness. An answer is
// cached for one second, so readiness shows a full disk within five.
const writeEvery = 4 * time.Second

// lookAtDatabase returns an error if the database cannot be written or read. Its
// write waits for its turn like any other.
func (a *App) lookAtDatabase(ctx context.Context) error {
	last := a.wrote.Load()
	if last == nil || a.now().Sub(last.at) >= writeEvery {
		last = &writing{a.now(), a.tryWriting(ctx)}
		a.wrote.Store(last)
	}
	if last.err != nil {
		return fmt.Errorf("write: %w", last.err)
	}
	if _, err := a.DB.Setting(ctx, keyProof); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// writing is the result of a test write.
type writing struct {
	at  time.Time
	err error
}

// tryWriting makes a test write.
func (a *App) tryWriting(ctx context.Context) error {
	written := make(chan error, 1)
	go func() { written <- a.DB.TryWriting(ctx, []byte(a.now().Format(time.RFC3339))) }()
	select {
	case err := <-written:
		return err
	case <-ctx.Done(): // TryWriting itself does not end with the context
		return ctx.Err()
	}
}

// sweepLate is the time without a sweep after which the queue counts as stuck.
const sweepLate = 3 * engine.SweepEvery

// lookAtQueue returns an error if no jobs are done: sweeps are jobs, too.
func (a *App) lookAtQueue(ctx context.Context) error {
	since, found, err := a.sinceSweep(ctx)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("there was no sweep yet")
	}
	if since > sweepLate {
		return fmt.Errorf("the last sweep was %s ago", since.Round(time.Second))
	}
	return nil
}

// sinceSweep returns the time since the last sweep, on this node or another.
func (a *App) sinceSweep(ctx context.Context) (since time.Duration, found bool, err error) {
	if a.DB.Postgres() != nil {
		return a.DB.SinceSweep(ctx)
	}
	swept := a.swept.Load()
	if swept == nil {
		return 0, false, nil
	}
	return time.Since(*swept), true, nil
}

// lookAtTransport returns an error if the last attempts to send mail failed. It
// sends nothing.
func (a *App) lookAtTransport(context.Context) error {
	if a.Mailer.Down(a.now()).IsZero() {
		return nil
	}
	h := a.Mailer.Health()
	return fmt.Errorf("the mail server is %s since %s: %d %s", h.State, h.Since.Format(time.RFC3339), h.LastReply.Code, h.LastReply.Text)
}

// transportUp reports whether the mail server is not known to be down or paused.
func (a *App) transportUp() bool {
	state := a.Mailer.Health().State
	return state != engine.TransportDown && state != engine.TransportPaused
}
