package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Counter returns when something happened recently, oldest first, and until when it
// is locked. An unknown or expired counter is empty.
func (s Queries) Counter(ctx context.Context, name string, now time.Time) (times []time.Time, until time.Time, err error) {
	var stored []int64
	err = s.one(ctx, `SELECT times, until FROM counters WHERE name = $1 AND expires_at > $2`,
		[]any{name, micros(now)}, jsonText{&stored}, moment{&until})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	for _, at := range stored {
		times = append(times, time.UnixMicro(at).UTC())
	}
	return times, until, err
}

// Counter is Queries.Counter for a transaction that will write the counter.
func (tx *Tx) Counter(ctx context.Context, name string, now time.Time) (times []time.Time, until time.Time, err error) {
	if err := tx.q.lockName(ctx, "counter "+name); err != nil {
		return nil, time.Time{}, err
	}
	return tx.Queries.Counter(ctx, name, now)
}

// PutCounter stores a counter until it expires.
func (tx *Tx) PutCounter(ctx context.Context, name string, times []time.Time, until, expires time.Time) error {
	stored := make([]int64, len(times))
	for i, at := range times {
		stored[i] = micros(at)
	}
	text, err := asJSON(stored)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO counters (name, times, until, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET times = excluded.times, until = excluded.until, expires_at = excluded.expires_at`,
		name, text, micros(until), micros(expires))
}

// PruneAccess deletes the counters, sessions and set-up links that have
// expired.
func (tx *Tx) PruneAccess(ctx context.Context, now time.Time) error {
	for _, table := range []string{"counters", "sessions", "setup_links"} {
		if err := tx.write(ctx, `DELETE FROM `+table+` WHERE expires_at <= $1`, micros(now)); err != nil {
			return err
		}
	}
	return nil
}
