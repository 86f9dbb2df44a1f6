package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"rekey/client"
)

// warmUp is how many people get a password before anything is measured: enough
// for connections to be open and statements to be prepared.
const warmUp = 200

// run posts one event that names many people, and measures what the time until
// the sink has taken the last message costs; and then what the bare sink takes of
// messages that long.
func (b *bench) run(ctx context.Context, r readings) error {
	err := b.oneRun(ctx, r)
	if err == nil && b.rows["sink"] {
		r["sink of that size"], err = b.flood(ctx, b.size)
	}
	return err
}

func (b *bench) oneRun(ctx context.Context, r readings) (err error) {
	s, err := b.warm(ctx, warmUp+b.users)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	w, err := b.watch(ctx, "run", s, func() (int64, time.Duration, error) {
		took, err := b.mailTo(ctx, s, "run", warmUp, b.users)
		return int64(b.users), took, err
	})
	if err != nil {
		return err
	}
	w.note(r, "run")
	if err := b.ended(ctx, s); err != nil {
		return err
	}
	t, err := b.takenOnce(ctx, b.users)
	if err != nil {
		return err
	}
	b.size = t.Bytes / t.Count
	return tryPasswords(ctx, s.url, t.Samples)
}

// warm starts Rekey on a fresh database with a number of people. When it returns, the
// first of them has got a password.
func (b *bench) warm(ctx context.Context, people int) (*server, error) {
	s, err := b.serve(ctx, people)
	if err != nil {
		return nil, err
	}
	if err := b.warmed(ctx, s, send); err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// warmed makes the automation with a job, and has it send to the first people.
func (b *bench) warmed(ctx context.Context, s *server, job string) error {
	err := setUp(ctx, s, job)
	if err == nil {
		_, err = b.mailTo(ctx, s, "warm-up", 0, warmUp)
	}
	if err == nil {
		err = b.ended(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	return nil
}

// takenOnce says what the sink has taken, which is one message for each of so
// many people, or else an error.
func (b *bench) takenOnce(ctx context.Context, people int) (Taken, error) {
	var t Taken
	if err := b.sink.Call(ctx, "Sink.Report", 0, &t); err != nil {
		return t, err
	}
	if t.Count != int64(people) || t.Distinct != people {
		return t, fmt.Errorf("%w or sent twice: %d people got %d", errLost, t.Distinct, t.Count)
	}
	return t, nil
}

// mailTo posts one event that names a number of people from the first on, and
// returns how long after the post the last message was taken.
func (b *bench) mailTo(ctx context.Context, s *server, id string, first, n int) (time.Duration, error) {
	if err := b.sink.Call(ctx, "Sink.Empty", 0, nil); err != nil {
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
	var last time.Time
	taken := b.sink.Begin("Sink.Wait", int64(n), &last)
	start := time.Now()
	if err := s.poster.post(body); err != nil {
		return 0, err
	}
	if err := taken(ctx); err != nil {
		return 0, fmt.Errorf("%w: %w", errLost, err)
	}
	return last.Sub(start), nil
}

// ended waits until there are runs and all have ended, and complains of any
// delivery that was neither sent nor skipped: the administrator and the poster are
// skipped by a run over everybody.
func (b *bench) ended(ctx context.Context, r *server) error {
	c := r.asAdmin()
	return b.until(ctx, func(int64) (bool, error) {
		runs := 0
		for run, err := range client.All(ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
			return c.Runs(ctx, client.RunFilter{Paging: p})
		}) {
			if err != nil || !run.Ended() {
				return false, err
			}
			maps.DeleteFunc(run.Deliveries, func(state string, _ int) bool { return state == "sent" || state == "skipped" })
			if run.State != "finished" || len(run.Deliveries) > 0 {
				return false, fmt.Errorf("a run has ended %s with %v: %s %s", run.State, run.Deliveries, run.ReasonText, run.Detail)
			}
			runs++
		}
		return runs > 0, nil
	})
}
