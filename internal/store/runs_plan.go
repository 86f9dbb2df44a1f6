package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// UsersAfter lists the system users up to a rank, by id, after the given id.
func (s Queries) UsersAfter(ctx context.Context, after string, maxRank, limit int) ([]rekey.SystemUser, error) {
	list := make([]rekey.SystemUser, 0, limit)
	err := s.each(ctx, `SELECT `+userColumns+` FROM system_users u WHERE u.id > $1 AND u.rank <= $2 ORDER BY u.id LIMIT $3`,
		[]any{after, maxRank, limit}, func(r rows) error {
			var u rekey.SystemUser
			err := r.Scan(userDest(&u)...)
			list = append(list, u)
			return err
		})
	return list, err
}

// CountUsersUpTo counts the system users up to a rank.
func (s Queries) CountUsersUpTo(ctx context.Context, maxRank int) (n int, err error) {
	if maxRank >= rekey.RankAdministrator {
		err = s.one(ctx, `SELECT COUNT(*) FROM system_users`, nil, &n)
		return n, err
	}
	err = s.one(ctx, `SELECT COUNT(*) FROM system_users WHERE rank <= $1`, []any{maxRank}, &n)
	return n, err
}

// Held lists the deliveries of a run that are held for approval or for their wave, by id,
// after the given id.
func (s Queries) Held(ctx context.Context, runID, after string, limit int) ([]rekey.Delivery, error) {
	return s.deliveries(ctx, `WHERE d.run_id = $1 AND d.id > $2 AND d.state = 'held' AND d.reason <> 'already_being_sent'
		ORDER BY d.id LIMIT $3`, runID, after, limit)
}

// Release writes the result of the second check of held deliveries: they are
// queued, or skipped for a reason.
func (tx *Tx) Release(ctx context.Context, held []rekey.Delivery) error {
	if len(held) == 0 {
		return nil
	}
	type released struct {
		outcome
		batch int
	}
	all, groups, to := make([]string, len(held)), map[released][]string{}, map[string]outcome{}
	for i, d := range held {
		as := released{outcome{d.State, d.Reason}, d.Batch}
		all[i], groups[as], to[d.ID] = d.ID, append(groups[as], d.ID), as.outcome
	}
	moving, err := tx.places(ctx, `d.state = 'held' AND `+tx.q.in("d.id", 1), texts(all))
	if err != nil {
		return err
	}
	now := held[0].UpdatedAt
	for as, ids := range groups {
		err := tx.write(ctx, `UPDATE deliveries SET state=$2, reason=$3, batch=$4, updated_at=$5 WHERE state='held' AND `+tx.q.in("id", 1),
			texts(ids), string(as.state), string(as.reason), as.batch, micros(now))
		if err != nil {
			return err
		}
	}
	moves := map[[2]outcome]int64{}
	for _, p := range moving {
		moves[[2]outcome{p.outcome, to[p.id]}]++
	}
	for m, n := range moves {
		tx.moved(held[0].RunID, m[0], m[1], n, now)
	}
	return nil
}

// PassOver adds to the counts of the people who get no delivery in a run.
func (tx *Tx) PassOver(ctx context.Context, runID string, people map[engine.Passed]int) error {
	if len(people) == 0 {
		return nil
	}
	kept := map[string]int64{}
	if err := tx.one(ctx, `SELECT passed FROM runs WHERE id = $1`, []any{runID}, jsonText{&kept}); err != nil {
		return missing(err, "run")
	}
	for p, n := range people {
		kept[fmt.Sprintf("%s %d", p.Reason, p.Rank)] += int64(n)
	}
	text, err := asJSON(kept)
	if err != nil {
		return err
	}
	return tx.write(ctx, `UPDATE runs SET passed = $2 WHERE id = $1`, runID, text)
}

// AddRecipients adds people (which may be negative) to the number of people that
// the automation reached, and returns the total of the last hour.
func (tx *Tx) AddRecipients(ctx context.Context, automationID string, people int, now time.Time) (lately int, err error) {
	minute := now.Unix() / 60
	// Without the lock two runs could together exceed the ceiling.
	if err := tx.q.lockName(ctx, "reach "+automationID); err != nil {
		return 0, err
	}
	if people != 0 {
		err = tx.write(ctx, `INSERT INTO reached (automation_id, minute, people) VALUES ($1, $2, $3)
		ON CONFLICT (automation_id, minute) DO UPDATE SET people = reached.people + excluded.people`, automationID, minute, people)
	}
	if err != nil {
		return 0, err
	}
	return tx.ReachedLately(ctx, automationID, now)
}

// ReachedLately returns how many people the automation reached in the last hour.
func (s Queries) ReachedLately(ctx context.Context, automationID string, now time.Time) (people int, err error) {
	err = s.one(ctx, `SELECT COALESCE(SUM(people), 0) FROM reached WHERE automation_id = $1 AND minute >= $2`,
		[]any{automationID, now.Unix()/60 - 60}, &people)
	return people, err
}

// OpenBatches opens the batches of a run with the numbers from first to last. The caller
// makes jobs for those up to together. Each of the others waits until NextBatch returns it.
func (tx *Tx) OpenBatches(ctx context.Context, runID string, first, last, together int, now time.Time) error {
	return tx.write(ctx, `WITH RECURSIVE numbers(number) AS (
			SELECT CAST($5 AS BIGINT) UNION ALL SELECT number + 1 FROM numbers WHERE number < $2)
		INSERT INTO batches (run_id, number, next_at, enqueued_at)
		SELECT CAST($1 AS TEXT), number, CAST($4 AS BIGINT), CASE WHEN number <= $3 THEN CAST($4 AS BIGINT) ELSE 0 END FROM numbers`,
		runID, last, together, micros(now), first)
}

// NextBatch returns the next waiting batch of a run, for which the caller makes a
// job; 0 if there is none.
func (tx *Tx) NextBatch(ctx context.Context, runID string, now time.Time) (int, error) {
	for {
		var next int
		err := tx.one(ctx, `SELECT number FROM batches WHERE run_id = $1 AND enqueued_at = 0 AND next_at IS NOT NULL ORDER BY number LIMIT 1`,
			[]any{runID}, &next)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		n, err := tx.changes(ctx, `UPDATE batches SET enqueued_at = $3 WHERE run_id = $1 AND number = $2 AND enqueued_at = 0`,
			runID, next, micros(now))
		if err != nil || n == 1 {
			return next, err
		} // another took it: where several write at a time, that is seen now
	}
}

// approved are the changes to a run above the ceiling that is approved by the first
// argument at the moment of the second: its held deliveries are put through all checks
// again. goesOn are those to a run that was stopped in a wave: the wave goes on now, and the
// run is judged by its mails from now on.
const (
	approved = `state = 'planning', reason = '', detail = '', phase = 'release', place = '', candidates = reached, looked = 0, reached = 0,
		spent = 0, approved_by = $1, updated_at = $2, enqueued_at = $2`
	goesOn = `state = 'sending', reason = '', detail = '', wave_at = $2, ended_before = -1, refused_before = 0,
		approved_by = $1, updated_at = $2, enqueued_at = $2`
)

// ApproveRun approves a run that is held for approval, and reports whether it was
// held.
func (tx *Tx) ApproveRun(ctx context.Context, id, by string, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET `+approved+` WHERE id = $3 AND state = 'held' AND reason = 'above_ceiling'`, by, micros(now), id)
	if err == nil && n == 0 {
		n, err = tx.changes(ctx, `UPDATE runs SET `+goesOn+` WHERE id = $3 AND state = 'held' AND `+stopped, by, micros(now), id)
	}
	if err != nil || n == 0 {
		return false, err
	}
	tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: id})
	return true, nil
}
