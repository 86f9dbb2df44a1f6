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
func oneRun(ctx context.Context, o options, s *process) (w watched, size int64, err error) {
	r, err := serve(ctx, o, s, warmUp+o.users)
	if err != nil {
		return w, 0, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	token, err := setUp(ctx, r)
	if err != nil {
		return w, 0, err
	}
	p, err := newPoster(ctx, r.ready.URL, token)
	if err != nil {
		return w, 0, err
	}
	defer p.close()
	if _, err := mailTo(ctx, s, p, "warm-up", 0, warmUp); err != nil {
		return w, 0, fmt.Errorf("warm-up: %w", err)
	}
	if err := ended(ctx, r); err != nil {
		return w, 0, fmt.Errorf("warm-up: %w", err)
	}
	w, err = watch(ctx, o, "run", s, r, func() (int64, time.Duration, error) {
		took, err := mailTo(ctx, s, p, "run", warmUp, o.users)
		return int64(o.users), took, err
	})
	if err != nil {
		return w, 0, err
	}
	if err := ended(ctx, r); err != nil {
		return w, 0, err
	}
	a, err := s.ask(ctx, order{Do: "report"})
	if err != nil {
		return w, 0, err
	}
	if a.Taken.Count != int64(o.users) || a.Taken.Distinct != o.users {
		return w, 0, fmt.Errorf("%w or sent twice: %d people got %d", errLost, a.Taken.Distinct, a.Taken.Count)
	}
	return w, a.Taken.Bytes / a.Taken.Count, tryPasswords(ctx, r.ready.URL, a.Taken.Samples)
}

// mailTo posts one event that names so many people from the first on, and
// returns how long after the post the last message was taken.
func mailTo(ctx context.Context, s *process, p *poster, id string, first, n int) (time.Duration, error) {
	if _, err := s.ask(ctx, order{Do: "empty"}); err != nil {
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
	if err := s.tell(order{Do: "wait", N: int64(n)}); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := p.post(body); err != nil {
		return 0, err
	}
	a, err := s.hear(ctx)
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
