package store

import (
	"context"
	"time"
)

// ReserveSlots reserves the next number slots of a rate that all nodes share: a slot
// begins every so often. It returns the wait until the first. A slot that is not
// taken is lost. The table is called turns.
//
// It is for PostgreSQL, whose clock decides. SQLite has one node, and never waits.
func (db *DB) ReserveSlots(ctx context.Context, name string, number int, every time.Duration) (wait time.Duration, err error) {
	p, ok := db.backend.(*postgres)
	if !ok {
		return 0, nil
	}
	var seconds float64
	err = p.aside.QueryRow(ctx, `INSERT INTO turns (name, next_at) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
		ON CONFLICT (name) DO UPDATE SET next_at = GREATEST(turns.next_at, clock_timestamp()) + make_interval(secs => $2)
		RETURNING CAST(EXTRACT(EPOCH FROM next_at - clock_timestamp()) - $2 AS DOUBLE PRECISION)`,
		name, (time.Duration(number) * every).Seconds()).Scan(&seconds)
	if err != nil {
		return 0, translatePostgres(err)
	}
	return max(0, time.Duration(seconds*float64(time.Second))), nil
}
