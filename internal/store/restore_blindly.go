package store

import (
	"context"
	"time"

	"rekey"
)

// endUnknown ends everything in a restored backup that could be sent a second time,
// if it is not known what happened after the backup. A delivery with a password may
// have been mailed, so its password logs in until it expires. One without gets
// none. A user who still needs a password gets one by hand or by a new event.
func (tx *Tx) endUnknown(ctx context.Context, now time.Time) (m Merged, err error) {
	m.Doubtful, err = tx.changes(ctx, `UPDATE deliveries SET state = 'cancelled', reason = $1, sealed = NULL, claim = '', claim_until = 0,
		doubtful = (issued_at > 0), attempting = FALSE, updated_at = $2 WHERE state IN ('queued', 'issued', 'deferred')`,
		string(rekey.ReasonRestored), micros(now))
	if err != nil {
		return m, err
	}
	m.Cancelled, err = tx.changes(ctx, `UPDATE runs SET state = 'cancelled', reason = $1, finished_at = $2, updated_at = $2, phase = '', place = ''
		WHERE state IN ('waiting', 'planning', 'sending')`, string(rekey.ReasonRestored), micros(now))
	if err != nil {
		return m, err
	}
	if err := tx.write(ctx, `UPDATE deliveries SET state = 'cancelled', reason = $1, updated_at = $2 WHERE state = 'held'
		AND run_id IN (SELECT id FROM runs WHERE reason = $1)`, string(rekey.ReasonRestored), micros(now)); err != nil {
		return m, err
	}
	if err := tx.write(ctx, `UPDATE batches SET next_at = NULL`); err != nil {
		return m, err
	}
	if err := tx.write(ctx, `UPDATE notices SET ended_at = $1 WHERE ended_at = 0`, micros(now)); err != nil {
		return m, err
	}
	if err := tx.write(ctx, `UPDATE deliveries SET remind_at = 0 WHERE remind_at > 0`); err != nil {
		return m, err
	}
	if err := tx.write(ctx, recount(tx.q), string(rekey.ReasonRestored)); err != nil {
		return m, err
	}
	return m, tx.finishRestore(ctx, now, false, &m)
}

// MarkRestored does the same as endUnknown to a database that was restored by other
// means, such as pg_restore. No server may be running.
func (db *DB) MarkRestored(ctx context.Context, now time.Time) (m Merged, err error) {
	err = db.Update(ctx, func(tx *Tx) (err error) {
		m, err = tx.endUnknown(ctx, now)
		return err
	})
	return m, err
}

// recount counts the deliveries of runs with the argument as their reason. See
// count_states.go. Who is in has an ended delivery, which a restore leaves as it is.
const (
	recountSQLite = `UPDATE runs SET tallies = (SELECT json_group_object(what, n) FROM (
		SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY what)) WHERE reason = $1`
	recountPostgres = `UPDATE runs SET tallies = COALESCE((SELECT CAST(json_object_agg(what, n) AS TEXT) FROM (
		SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY what) t), '{}') WHERE reason = $1`
)

func recount(q querier) string {
	if _, ok := q.(postgresTx); ok {
		return recountPostgres
	}
	return recountSQLite
}
