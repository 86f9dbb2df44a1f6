package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"rekey"
	"rekey/client"
)

// waitingRuns is how many runs wait for their delay.
const waitingRuns = 1_000_000

// laterName is the event that starts a run after a delay.
const laterName = "bench.later"

// fillWaiting makes a database on which a number of runs wait for their delay, each
// with its event and its job. One comes into being as all do; the rest are
// copies of its rows.
func (b *bench) fillWaiting(ctx context.Context) error {
	start := time.Now()
	r, err := b.warm(ctx, (warmUp+b.singles)*(b.rounds+1))
	if err != nil {
		return err
	}
	run, err := oneWaits(ctx, r)
	if err = errors.Join(err, r.stop()); err != nil {
		return errors.Join(err, r.place.drop())
	}
	b.waiting = r.place
	b.atEnd(r.place.drop)
	err = b.fill(ctx, r.place, func(tx *sql.Tx) error {
		of := fmt.Sprintf("t.id = '%s'", run.ID)
		return errors.Join(
			copies(ctx, tx, "events", fmt.Sprintf("t.id = '%s'", run.EventID), waitingRuns-1, change{"id": idOf("8001"), "source_id": "'copy ' || i"}),
			copies(ctx, tx, "runs", of, waitingRuns-1, change{"id": idOf("8002"), "event_id": idOf("8001")}),
			copies(ctx, tx, "river_job", "t.kind = 'execute' AND t.state = 'scheduled'", waitingRuns-1,
				change{"id": "", "args": b.db.runArgs + "('run_id', " + idOf("8002") + ")"}),
		)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d runs wait, made in %s\n", b.db.name, waitingRuns, time.Since(start).Round(time.Second))
	return nil
}

// oneWaits posts an event that starts a run a month from now.
func oneWaits(ctx context.Context, r *server) (client.Run, error) {
	c := r.asAdmin()
	err := automate(ctx, c, client.Automation{
		Name: "Leaked a month ago", EventFilter: named(laterName), Delay: rekey.Delay{Unit: "days", Value: 30},
		JobParams: []byte(send),
	})
	if err != nil {
		return client.Run{}, err
	}
	body, err := event("later", laterName, personAddress(0))
	if err != nil {
		return client.Run{}, err
	}
	if err := r.poster.post(body); err != nil {
		return client.Run{}, err
	}
	page, err := c.Runs(ctx, client.RunFilter{State: "waiting"})
	if err == nil && len(page.Items) != 1 {
		err = fmt.Errorf("%d runs wait and one should", len(page.Items))
	}
	if err != nil {
		return client.Run{}, err
	}
	return page.Items[0], nil
}

// besideWaiting posts events of one person to two servers in turn, one on a
// fresh database and one on which a million runs wait, and measures how long each
// takes. In turn, since then the rest of the machine does the same to both.
func (b *bench) besideWaiting(ctx context.Context, r readings) (err error) {
	one, err := b.warm(ctx, warmUp+b.singles)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.end()) }()
	other, err := b.serveOn(ctx, b.waiting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	b.waited++
	first := b.waited * (warmUp + b.singles) // of the people whom this round is for
	if _, err := b.mailTo(ctx, other, fmt.Sprintf("warm-up %d", b.waited), first, warmUp); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	var fresh, waiting []time.Duration
	for n := range b.singles {
		took, err := b.single(ctx, one, warmUp+n)
		if err != nil {
			return fmt.Errorf("fresh: %w", err)
		}
		fresh = append(fresh, took)
		if took, err = b.single(ctx, other, first+warmUp+n); err != nil {
			return fmt.Errorf("beside those that wait: %w", err)
		}
		waiting = append(waiting, took)
	}
	r.note("beside nothing", fresh)
	r.note("waiting", waiting)
	return nil
}
