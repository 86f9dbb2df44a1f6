package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rekey"
)

const (
	// remembered is how long the source and id of a pruned event stay known. With the
	// week before pruning, this is longer than a posted event may lie in the past
	// (maxAge in internal/api).
	remembered = 90 * 24 * time.Hour
	// charted is how long figures are kept at least. Charts show 30 days.
	charted = 32 * 24 * time.Hour
)

// Prune deletes events whose runs all ended before a moment, with their runs and
// deliveries, oldest first. The caller, app.prune, takes
// the moment from keep_days, which is 7 at least. Prune deletes about
// limit rows at most and returns how many. If that is less than limit, nothing is
// left.
//
// It keeps what the rules still need: the used sources and ids, and how many mailed
// passwords in a row a user has not used. A run with a verifier of a mailed
// password is left for later.
func (tx *Tx) Prune(ctx context.Context, before, now time.Time, limit int) (deleted int, err error) {
	last := ""
	for looked := 0; deleted < limit && looked < limit; looked++ {
		e, found, err := tx.prunable(ctx, last, before)
		if err != nil || !found {
			return deleted, errors.Join(err, tx.pruneRest(ctx, before, now))
		}
		n, err := tx.pruneEvent(ctx, e, now, limit-deleted)
		if err != nil {
			return deleted, err
		}
		deleted += n
		last = e.ID
	}
	return deleted, nil
}

// prunable returns the next event after an id that nothing needs.
func (tx *Tx) prunable(ctx context.Context, after string, before time.Time) (e rekey.Event, found bool, err error) {
	err = tx.one(ctx, `SELECT e.id, e.source, e.source_id, e.digest FROM events e
		WHERE e.id > $1 AND e.id < $2 AND e.received_at < $3
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND (r.finished_at = 0 OR r.finished_at >= $3))
		ORDER BY e.id LIMIT 1`, []any{after, firstID(before), micros(before)}, &e.ID, &e.Source, &e.SourceID, &e.Digest)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

// EraseEventData deletes the data of at most limit events that arrived before a moment,
// oldest first, and returns of how many. It leaves that of events with a run that has
// not ended. The rest of an event stays until Prune.
func (tx *Tx) EraseEventData(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := tx.changes(ctx, `UPDATE events SET data = '' WHERE id IN (SELECT e.id FROM events e
		WHERE e.data <> '' AND e.data <> '{}' AND e.id < $1 AND e.received_at < $2
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id AND r.finished_at = 0)
		ORDER BY e.id LIMIT $3)`, firstID(before), micros(before), limit)
	return int(n), err
}

// firstID is greater than every id made before a moment, and less than every later
// one. Ids are UUIDs of version 7, which begin with milliseconds.
func firstID(t time.Time) string {
	ms := t.UnixMilli()
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}

// pruneEvent deletes an event with its runs, up to limit rows.
func (tx *Tx) pruneEvent(ctx context.Context, e rekey.Event, now time.Time, limit int) (deleted int, err error) {
	runs, err := tx.RunsOf(ctx, e.ID)
	if err != nil {
		return 0, err
	}
	for _, run := range runs {
		n, gone, err := tx.pruneRun(ctx, run.ID, limit-deleted)
		if deleted += n; err != nil || !gone {
			return deleted, err
		}
	}
	if e.Source != rekey.InternalSource {
		err := tx.write(ctx, `INSERT INTO past_events (source, source_id, event_id, digest, forget_at) VALUES ($1, $2, $3, $4, $5)`,
			e.Source, e.SourceID, e.ID, e.Digest, micros(now.Add(remembered)))
		if err != nil {
			return deleted, err
		}
	}
	return deleted + 1, tx.write(ctx, `DELETE FROM events WHERE id = $1`, e.ID)
}

// pruneRun deletes a run with its deliveries, up to limit rows.
func (tx *Tx) pruneRun(ctx context.Context, runID string, limit int) (deleted int, gone bool, err error) {
	deliveries, err := tx.pruneDeliveries(ctx, runID, limit)
	if err != nil || deliveries >= limit {
		return deliveries, false, err
	}
	var left int
	if err := tx.one(ctx, `SELECT COUNT(*) FROM deliveries WHERE run_id = $1`, []any{runID}, &left); err != nil || left > 0 {
		return deliveries, false, err
	}
	if err := tx.write(ctx, `DELETE FROM batches WHERE run_id = $1`, runID); err != nil {
		return deliveries, false, err
	}
	return deliveries + 1, true, tx.write(ctx, `DELETE FROM runs WHERE id = $1`, runID)
}

// pruneDeliveries deletes deliveries of a run that have no verifier. It adds the
// unused passwords among them to their users' counts.
func (tx *Tx) pruneDeliveries(ctx context.Context, runID string, limit int) (int, error) {
	places, err := tx.places(ctx, `d.run_id = $1 AND d.verifier = '' ORDER BY d.id LIMIT $2`, runID, limit)
	if err != nil || len(places) == 0 {
		return 0, err
	}
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.id
	}
	type unused struct {
		userID string
		all    int64
		theirs int64
	}
	var carried []unused
	err = tx.each(ctx, `SELECT d.user_id, COUNT(*) FILTER (WHERE d.asked_by = ''), COUNT(*) FILTER (WHERE d.asked_by = 'stranger')
		FROM deliveries d JOIN system_users u ON u.id = d.user_id
		WHERE `+tx.q.in("d.id", 1)+` AND d.asked_by IN ('', 'stranger') AND `+leftUnused+` GROUP BY d.user_id`,
		[]any{texts(ids)}, func(r rows) error {
			var u unused
			err := r.Scan(&u.userID, &u.all, &u.theirs)
			carried = append(carried, u)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, u := range carried {
		err := tx.write(ctx, `UPDATE system_users SET unused_before = unused_before + $2, strangers_before = strangers_before + $3 WHERE id = $1`,
			u.userID, u.all, u.theirs)
		if err != nil {
			return 0, err
		}
	}
	if err := tx.write(ctx, `DELETE FROM directory_writes WHERE `+tx.q.in("delivery_id", 1), texts(ids)); err != nil {
		return 0, err
	}
	return len(ids), tx.write(ctx, `DELETE FROM deliveries WHERE `+tx.q.in("id", 1), texts(ids))
}

// pruneRest deletes unneeded forms, old figures, notices and versions, and the sources and
// ids of events that need not be remembered.
func (tx *Tx) pruneRest(ctx context.Context, before, now time.Time) error {
	figures := before
	if shown := now.Add(-charted); shown.Before(figures) {
		figures = shown
	}
	return errors.Join(
		tx.write(ctx, `DELETE FROM forms WHERE used_at < $1`, micros(before)),
		tx.write(ctx, `DELETE FROM figures WHERE hour < $1`, hourOf(figures)),
		tx.write(ctx, `DELETE FROM figures_took WHERE hour < $1`, hourOf(figures)),
		tx.write(ctx, `DELETE FROM reached WHERE minute < $1`, before.Unix()/60),
		tx.write(ctx, `DELETE FROM past_events WHERE forget_at <= $1`, micros(now)),
		tx.write(ctx, `DELETE FROM notices WHERE made_at < $1`, micros(before)),
		tx.pruneVersions(ctx, before),
	)
}
