package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rekey/client"
)

const (
	backtestEvents = 100_000 // on record, each names one person
	backtestDays   = 90
)

// backtest replays the events of 90 days against the automation that sends, first alone and
// then while it sends, and measures how long it takes and how much slower the sending is.
func (b *bench) backtest(ctx context.Context, r readings) (err error) {
	s, err := b.serveWithPast(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	c := s.asAdmin()
	page, err := c.Automations(ctx, client.AutomationFilter{Status: "active", EventType: "external"})
	if err != nil || len(page.Items) != 1 {
		return errors.Join(err, fmt.Errorf("%d automations are active, not 1", len(page.Items)))
	}
	start := time.Now()
	found, err := c.Backtest(ctx, page.Items[0].ID, backtestDays)
	if err == nil && found.Runs < backtestEvents {
		err = fmt.Errorf("the backtest came to %d of %d events", found.Runs, backtestEvents)
	}
	if err != nil {
		return err
	}
	r["backtest"] = time.Since(start).Seconds()
	// In turn, since the rest of the machine does the same to both.
	var alone, beside time.Duration
	for turn := range backtestTurns {
		first := warmUp + 2*turn*b.users
		took, err := b.mailTo(ctx, s, fmt.Sprintf("alone %d", turn), first, b.users)
		if err != nil {
			return err
		}
		alone += took
		replays, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() {
			for replays.Err() == nil {
				if _, err := c.Backtest(replays, page.Items[0].ID, backtestDays); err != nil && replays.Err() == nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
		took, err = b.mailTo(ctx, s, fmt.Sprintf("beside %d", turn), first+b.users, b.users)
		stop()
		if err = errors.Join(err, <-ended); err != nil {
			return err
		}
		beside += took
	}
	r["run beside backtest / alone"] = alone.Seconds() / beside.Seconds()
	return nil
}

// backtestTurns is how often it is sent alone and beside a backtest.
const backtestTurns = 3

// serveWithPast starts Rekey with people for all turns, and events on record.
func (b *bench) serveWithPast(ctx context.Context) (*server, error) {
	s, err := b.warm(ctx, warmUp+2*backtestTurns*b.users)
	if err != nil {
		return nil, err
	}
	events, err := s.asAdmin().Events(ctx, client.EventQuery{Type: "external"})
	if err == nil && len(events.Items) == 0 {
		err = errors.New("the warm-up has left no event")
	}
	if err = errors.Join(err, s.stop()); err != nil {
		return nil, errors.Join(err, s.place.drop())
	}
	step := backtestDays * 24 * time.Hour.Microseconds() / (backtestEvents + 1)
	when := func(column string) string {
		return fmt.Sprintf("t.%s - (%d - i) * CAST(%d AS BIGINT)", column, backtestEvents+1, step)
	}
	err = b.fill(ctx, s.place, func(tx *sql.Tx) error {
		return copies(ctx, tx, "events", fmt.Sprintf("t.id = '%s'", events.Items[0].ID), backtestEvents, change{
			"id": idOf("8004"), "source_id": "'past ' || i", "time": when("time"), "received_at": when("received_at"),
			"users": `'["person' || ` + digits(fmt.Sprintf("i %% %d", b.users), 7) + ` || '@example.org"]'`,
		})
	})
	if err != nil {
		return nil, errors.Join(err, s.place.drop())
	}
	p := s.place
	if s, err = b.serveOn(ctx, p); err != nil {
		err = errors.Join(err, p.drop())
	}
	return s, err
}
