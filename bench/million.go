package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// reached is what a run over everybody has cost.
type reached struct {
	watched

	copies int64 // messages that came again, after a kill
}

// million has one run reach a million people, and another ten thousand to
// compare it with. It takes minutes, so that it is done once and not in each
// round.
func (b *bench) million(ctx context.Context, r *round) error {
	if b.reached {
		return nil
	}
	b.reached = true
	few, err := b.everybody(ctx, b.users, false)
	if err != nil {
		return fmt.Errorf("%d people: %w", b.users, err)
	}
	all, err := b.everybody(ctx, b.all, b.kill)
	if err != nil {
		return fmt.Errorf("%d people: %w", b.all, err)
	}
	r.Uses["million"] = &all.watched
	maps.Copy(r.Readings, readings{
		"million": all.rate(), "million few": few.rate(), "million memory": float64(all.RSS) / (1 << 20),
		"million cpu": all.each(all.Rekey), "million few cpu": few.each(few.Rekey),
	})
	if b.kill {
		r.Readings["million copies"] = float64(all.copies)
	}
	return nil
}

// everybody has one run reach so many people on a fresh database. With kill the
// process is killed when half of them have their mail, and another one finishes.
func (b *bench) everybody(ctx context.Context, people int, kill bool) (w reached, err error) {
	place, err := b.withPeople(ctx, people)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, place.drop()) }()
	r, err := b.serveOn(ctx, place)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, r.keep()) }()
	if _, err := b.sink.ask(ctx, order{Do: "empty"}); err != nil {
		return w, err
	}
	p, err := r.poster(ctx)
	if err != nil {
		return w, err
	}
	body, err := event("everybody", everybodyName)
	if err != nil {
		return w, err
	}
	start := time.Now()
	if err = errors.Join(p.post(body), p.close()); err != nil {
		return w, err
	}
	if kill {
		if err := b.mailed(ctx, int64(people/2)); err != nil {
			return w, err
		}
		if err := b.note(ctx, r, &w); err != nil {
			return w, err
		}
		if err := r.kill(); err != nil {
			return w, err
		}
		next, err := b.serveOn(ctx, place)
		if err != nil {
			return w, fmt.Errorf("after the kill: %w", err)
		}
		*r = *next
	}
	if err := b.finished(ctx, r); err != nil {
		return w, err
	}
	if err := b.note(ctx, r, &w); err != nil {
		return w, err
	}
	a, err := b.sink.ask(ctx, order{Do: "report"})
	if err != nil {
		return w, err
	}
	w.Count, w.Took, w.copies = int64(people), time.Unix(0, a.Taken.Last).Sub(start), a.Taken.Count-int64(a.Taken.Distinct)
	if a.Taken.Distinct != people || w.copies > 0 && !kill {
		return w, fmt.Errorf("%w or sent twice: %d people got %d", errLost, a.Taken.Distinct, a.Taken.Count)
	}
	return w, tryPasswords(ctx, r.ready.URL, a.Taken.Samples)
}

// withPeople makes a database with so many people and an automation that
// reaches them all.
func (b *bench) withPeople(ctx context.Context, people int) (*place, error) {
	start := time.Now()
	r, err := b.serve(ctx, people)
	if err != nil {
		return nil, err
	}
	err = setUp(ctx, r)
	if err == nil {
		err = automate(ctx, client.New(r.ready.URL, client.WithToken(r.ready.Admin)), client.Automation{
			Name: "Everybody", EventFilter: named(everybodyName), JobParams: []byte(`{"everybody_in_selection": true, "ceiling": 10000000}`),
		})
	}
	if err = errors.Join(err, r.keep()); err != nil {
		return nil, errors.Join(err, r.place.drop())
	}
	fmt.Fprintf(os.Stderr, "%s: %d system users, made in %s\n", b.db.name(), people, time.Since(start).Round(time.Second))
	return r.place, nil
}

// note adds what a process has used since it was started.
func (b *bench) note(ctx context.Context, r *server, w *reached) error {
	a, err := r.ask(ctx, order{Do: "usage"})
	if err != nil {
		return err
	}
	w.Rekey, w.RSS = w.Rekey+a.Usage.CPU, max(w.RSS, a.Usage.RSS)
	return nil
}

// mailed waits until so many messages have been taken.
func (b *bench) mailed(ctx context.Context, n int64) error {
	return b.until(ctx, func(taken int64) (bool, error) { return taken >= n, nil })
}

// finished waits until no run is under way.
func (b *bench) finished(ctx context.Context, r *server) error {
	c := client.New(r.ready.URL, client.WithToken(r.ready.Admin))
	return b.until(ctx, func(int64) (bool, error) {
		page, err := c.Runs(ctx, client.RunFilter{})
		if err != nil {
			return false, err
		}
		for _, run := range page.Items {
			if !run.Ended() {
				return false, nil
			}
			if run.State != "finished" {
				return false, fmt.Errorf("a run has ended %s: %s %s", run.State, run.ReasonText, run.Detail)
			}
		}
		return len(page.Items) > 0, nil
	})
}

// until waits until something is so. It gives up when no message has been taken
// for a long time.
func (b *bench) until(ctx context.Context, so func(taken int64) (bool, error)) error {
	last, since := int64(-1), time.Now()
	for {
		a, err := b.sink.ask(ctx, order{Do: "count"})
		if err != nil {
			return err
		}
		if a.Count != last {
			last, since = a.Count, time.Now()
		}
		done, err := so(a.Count)
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
