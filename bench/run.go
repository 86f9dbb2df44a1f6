package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey/client"
)

// warmUp is how many people get a password before anything is measured: enough
// for connections to be open and statements to be prepared.
const warmUp = 200

// oneRun posts one event that names everybody and returns what the time until
// the sink has taken the last message has cost. The messages are counted by
// recipient, and the run has to end with as many deliveries.
func (b *bench) oneRun(ctx context.Context) (w watched, err error) {
	r, p, err := b.warm(ctx, warmUp+b.users)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, p.close(), r.end()) }()
	w, err = b.watch(ctx, "run", r, func() (int64, time.Duration, error) {
		took, err := b.mailTo(ctx, p, "run", warmUp, b.users)
		return int64(b.users), took, err
	})
	if err != nil {
		return w, err
	}
	if err := ended(ctx, r); err != nil {
		return w, err
	}
	t, err := b.takenOnce(ctx, b.users)
	if err != nil {
		return w, err
	}
	b.size = t.Bytes / t.Count
	return w, tryPasswords(ctx, r.ready.URL, t.Samples)
}

// warm starts Rekey on a fresh database with so many people, of whom the first
// got a password when it returns.
func (b *bench) warm(ctx context.Context, people int) (r *server, p *poster, err error) {
	if r, err = b.serve(ctx, people); err != nil {
		return nil, nil, err
	}
	if p, err = b.warmed(ctx, r); err != nil {
		return nil, nil, errors.Join(err, r.end())
	}
	return r, p, nil
}

func (b *bench) warmed(ctx context.Context, r *server) (*poster, error) {
	if err := setUp(ctx, r); err != nil {
		return nil, err
	}
	p, err := r.poster(ctx)
	if err != nil {
		return nil, err
	}
	if _, err = b.mailTo(ctx, p, "warm-up", 0, warmUp); err == nil {
		err = ended(ctx, r)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("warm-up: %w", err), p.close())
	}
	return p, nil
}

// takenOnce says what the sink has taken, which is one message for each of so
// many people, or else an error.
func (b *bench) takenOnce(ctx context.Context, people int) (*taken, error) {
	a, err := b.sink.ask(ctx, order{Do: "report"})
	if err != nil {
		return nil, err
	}
	if a.Taken.Count != int64(people) || a.Taken.Distinct != people {
		return nil, fmt.Errorf("%w or sent twice: %d people got %d", errLost, a.Taken.Distinct, a.Taken.Count)
	}
	return a.Taken, nil
}

// mailTo posts one event that names so many people from the first on, and
// returns how long after the post the last message was taken.
func (b *bench) mailTo(ctx context.Context, p *poster, id string, first, n int) (time.Duration, error) {
	if _, err := b.sink.ask(ctx, order{Do: "empty"}); err != nil {
		return 0, err
	}
	people := make([]string, n)
	for i := range people {
		people[i] = personAddress(first + i)
	}
	body, err := event(id, eventName, people...)
	if err != nil {
		return 0, err
	}
	if err := b.sink.tell(order{Do: "wait", N: int64(n)}); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := p.post(body); err != nil {
		return 0, err
	}
	a, err := b.sink.hear(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errLost, err)
	}
	return time.Unix(0, a.At).Sub(start), nil
}

// ended waits until no run is unfinished, and complains of any delivery that
// was not sent.
func ended(ctx context.Context, r *server) error {
	c := client.New(r.ready.URL, client.WithToken(r.ready.Admin))
	for range 600 {
		open := 0
		for run, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
			return c.Runs(ctx, client.RunFilter{Paging: p})
		}) {
			if err != nil {
				return err
			}
			if !run.Ended() {
				open++
			} else if len(run.Deliveries) != 1 || run.Deliveries["sent"] == 0 {
				return fmt.Errorf("a run has ended %s with %v", run.State, run.Deliveries)
			}
		}
		if open == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.New("a run does not end")
}
