package store

import (
	"context"
	"time"
)

// Turns gives a node the next turns at something that all nodes together may do
// once in a while: so many, each as long after the one before. It returns how
// long it is until the first of them. A turn that is not taken is lost.
//
// It is for PostgreSQL, by whose clock turns are given.
func (db *DB) Turns(ctx context.Context, name string, number int, every time.Duration) (wait time.Duration, err error) {
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
