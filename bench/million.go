package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"rekey/client"
)

const (
	// everybodyName is the event that reaches everybody; it names nobody.
	everybodyName = "bench.everybody"
	// lookEvery is how often a run is asked whether it has ended.
	lookEvery = 200 * time.Millisecond
	// stalled is how long nothing may be mailed: a run is planned in that time.
	stalled = 15 * time.Minute
)

// million measures one run over a million people and, to compare, one over ten
// thousand. It takes minutes, so it runs once, not in each round.
func (b *bench) million(ctx context.Context, r readings) error {
	if b.reached {
		return nil
	}
	b.reached = true
	few, _, err := b.everybody(ctx, b.users, false)
	if err != nil {
		return fmt.Errorf("%d people: %w", b.users, err)
	}
	all, copies, err := b.everybody(ctx, b.all, b.kill)
	if err != nil {
		return fmt.Errorf("%d people: %w", b.all, err)
	}
	few.note(r, "million few")
	all.note(r, "million")
	if b.kill {
		r["million copies"] = float64(copies)
	}
	return nil
}

// everybody measures one run over a number of people on a fresh database. With kill the
// process is killed when half of them have their mail, and another one finishes. copies
// counts the messages that came a second time after that.
func (b *bench) everybody(ctx context.Context, people int, kill bool) (w watched, copies int64, err error) {
	place, err := b.withPeople(ctx, people)
	if err != nil {
		return w, 0, err
	}
	defer func() { err = errors.Join(err, place.drop()) }()
	r, err := b.serveOn(ctx, place)
	if err != nil {
		return w, 0, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	if err := b.sink.Call(ctx, "Sink.Empty", 0, nil); err != nil {
		return w, 0, err
	}
	body, err := event("everybody", everybodyName)
	if err != nil {
		return w, 0, err
	}
	start := time.Now()
	if err := r.poster.post(body); err != nil {
		return w, 0, err
	}
	if kill {
		err := errors.Join(b.mailed(ctx, int64(people/2)), w.add(ctx, r))
		r.Kill()
		if err != nil {
			return w, 0, err
		}
		next, err := b.serveOn(ctx, place)
		if err != nil {
			return w, 0, fmt.Errorf("after the kill: %w", err)
		}
		*r = *next
	}
	if err := errors.Join(b.ended(ctx, r), w.add(ctx, r)); err != nil {
		return w, 0, err
	}
	var t Taken
	if err := b.sink.Call(ctx, "Sink.Report", 0, &t); err != nil {
		return w, 0, err
	}
	w.count, w.took, copies = int64(people), t.Last.Sub(start), t.Count-int64(t.Distinct)
	if t.Distinct != people || copies > 0 && !kill {
		return w, copies, fmt.Errorf("%w or sent twice: %d people got %d", errLost, t.Distinct, t.Count)
	}
	return w, copies, tryPasswords(ctx, r.url, t.Samples)
}

// withPeople makes a database with a number of people and an automation that
// reaches them all.
func (b *bench) withPeople(ctx context.Context, people int) (*place, error) {
	start := time.Now()
	r, err := b.serve(ctx, people)
	if err != nil {
		return nil, err
	}
	err = setUp(ctx, r, send)
	if err == nil {
		err = automate(ctx, r.asAdmin(), client.Automation{
			Name: "Everybody", EventFilter: named(everybodyName), JobParams: []byte(`{"everybody_in_selection": true, "ceiling": 10000000}`),
		})
	}
	if err = errors.Join(err, r.stop()); err != nil {
		return nil, errors.Join(err, r.place.drop())
	}
	fmt.Fprintf(os.Stderr, "%s: %d system users, made in %s\n", b.db.name, people, time.Since(start).Round(time.Second))
	return r.place, nil
}

// add adds what a process has used since it was started.
func (w *watched) add(ctx context.Context, r *server) error {
	var u Usage
	err := r.Call(ctx, "Meter.Usage", 0, &u)
	w.rekey, w.rss = w.rekey+u.CPU, max(w.rss, u.RSS)
	return err
}

// mailed waits until the sink has taken a number of messages.
func (b *bench) mailed(ctx context.Context, n int64) error {
	return b.until(ctx, func(taken int64) (bool, error) { return taken >= n, nil })
}

// until waits until something is so. It gives up when no message has been taken
// for a long time.
func (b *bench) until(ctx context.Context, so func(taken int64) (bool, error)) error {
	last, since := int64(-1), time.Now()
	for {
		var taken int64
		if err := b.sink.Call(ctx, "Sink.Count", 0, &taken); err != nil {
			return err
		}
		if taken != last {
			last, since = taken, time.Now()
		}
		done, err := so(taken)
		if done || err != nil {
			return err
		}
		if time.Since(since) > stalled {
			return fmt.Errorf("nothing was mailed for %s; %d messages were", stalled, last)
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
