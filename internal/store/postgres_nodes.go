package store

import (
	"context"
	"time"
)

// Nodes on one PostgreSQL tell each other that they are alive. A node that finds
// another one silent removes it and frees its work: its jobs run again, and its
// claims on deliveries are void. If that node was only asleep, it notices this
// before it sends anything more, because it checks its claim right before each
// message.
//
// Times are the database's, so that the nodes' clocks need not agree.

// Beat reports that a node is alive. On SQLite, which has only one node, it does
// nothing.
func (db *DB) Beat(ctx context.Context, node string) error {
	return db.onNodes(ctx, `INSERT INTO nodes (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = now()`, node)
}

// Leave reports that a node has ended and has no unfinished work.
func (db *DB) Leave(ctx context.Context, node string) error {
	return db.onNodes(ctx, `DELETE FROM nodes WHERE id = $1`, node)
}

// LivingNodes counts the nodes that reported within a time.
func (db *DB) LivingNodes(ctx context.Context, within time.Duration) (n int, err error) {
	err = db.one(ctx, `SELECT COUNT(*) FROM nodes WHERE seen_at >= now() - make_interval(secs => $1)`, []any{within.Seconds()}, &n)
	return n, err
}

// NoteSweep reports that a node has completed a sweep.
func (db *DB) NoteSweep(ctx context.Context, node string) error {
	return db.onNodes(ctx, `INSERT INTO sweeps (id, at, node) VALUES (1, now(), $1)
		ON CONFLICT (id) DO UPDATE SET at = now(), node = excluded.node`, node)
}

func (db *DB) onNodes(ctx context.Context, statement, node string) error {
	p, ok := db.backend.(*postgres)
	if !ok {
		return nil
	}
	_, err := p.aside.Exec(ctx, statement, node)
	return translatePostgres(err)
}

// SinceSweep returns the time since any node completed a sweep. found is false if
// none has yet.
func (db *DB) SinceSweep(ctx context.Context) (since time.Duration, found bool, err error) {
	var seconds *float64
	err = db.one(ctx, `SELECT CAST(EXTRACT(EPOCH FROM now() - MAX(at)) AS DOUBLE PRECISION) FROM sweeps`, nil, &seconds)
	if err != nil || seconds == nil {
		return 0, false, err
	}
	return time.Duration(*seconds * float64(time.Second)), true, nil
}

// Rescue removes nodes that have been silent for a time, frees their work, and
// returns their names. If several nodes call it at once, one does the work.
func (db *DB) Rescue(ctx context.Context, silence time.Duration) (silent []string, err error) {
	p, ok := db.backend.(*postgres)
	if !ok {
		return nil, nil
	}
	err = p.update(ctx, true, func(tx *Tx) error {
		silent = nil
		err := tx.each(ctx, `DELETE FROM nodes WHERE id IN (
			SELECT id FROM nodes WHERE seen_at < now() - make_interval(secs => $1) FOR UPDATE SKIP LOCKED) RETURNING id`,
			[]any{silence.Seconds()}, func(r rows) error {
				var id string
				err := r.Scan(&id)
				silent = append(silent, id)
				return err
			})
		if err != nil || len(silent) == 0 {
			return err
		}
		return tx.releaseJobs(ctx, silent)
	})
	return silent, err
}

// releaseJobs frees the jobs and claims of nodes.
func (tx *Tx) releaseJobs(ctx context.Context, nodes []string) error {
	err := tx.write(ctx, `UPDATE river_job SET state = 'available'
		WHERE state = 'running' AND `+tx.q.in("attempted_by[array_length(attempted_by, 1)]", 1), texts(nodes))
	if err != nil {
		return err
	}
	return tx.write(ctx, `WITH released AS (
			UPDATE deliveries SET claim = '', claim_until = 0
			WHERE state = 'issued' AND `+tx.q.in("split_part(claim, '/', 1)", 1)+` RETURNING run_id, batch
		)
		UPDATE batches SET next_at = 1 WHERE next_at IS NOT NULL AND (run_id, number) IN (SELECT run_id, batch FROM released)`, texts(nodes))
}
