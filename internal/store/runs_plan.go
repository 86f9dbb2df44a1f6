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

// Held lists the held deliveries of a run, by id, after the given id.
func (s Queries) Held(ctx context.Context, runID, after string, limit int) ([]rekey.Delivery, error) {
	return s.deliveries(ctx, `WHERE d.run_id = $1 AND d.id > $2 AND d.state = 'held' ORDER BY d.id LIMIT $3`, runID, after, limit)
}

// Release writes the result of the second check of held deliveries: they are
// queued, or skipped for a reason.
func (tx *Tx) Release(ctx context.Context, held []rekey.Delivery) error {
	if len(held) == 0 {
		return nil
	}
	ids := map[outcome][]string{}
	for _, d := range held {
		to := outcome{d.State, d.Reason}
		ids[to] = append(ids[to], d.ID)
	}
	run, now := held[0].RunID, held[0].UpdatedAt
	for to, ids := range ids {
		n, err := tx.changes(ctx, `UPDATE deliveries SET state=$2, reason=$3, updated_at=$4 WHERE state='held' AND `+tx.q.in("id", 1),
			texts(ids), string(to.state), string(to.reason), micros(now))
		if err != nil {
			return err
		}
		tx.moved(run, outcome{state: rekey.DeliveryHeld}, to, n, now)
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

// OpenBatches opens the batches of a run. The caller makes jobs for the first ones,
// up to together. Each of the others waits until NextBatch returns it.
func (tx *Tx) OpenBatches(ctx context.Context, runID string, batches, together int, now time.Time) error {
	return tx.write(ctx, `WITH RECURSIVE numbers(number) AS (
			SELECT CAST(1 AS BIGINT) UNION ALL SELECT number + 1 FROM numbers WHERE number < $2)
		INSERT INTO batches (run_id, number, next_at, enqueued_at)
		SELECT CAST($1 AS TEXT), number, CAST($4 AS BIGINT), CASE WHEN number <= $3 THEN CAST($4 AS BIGINT) ELSE 0 END FROM numbers`,
		runID, batches, together, micros(now))
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

// ApproveRun approves a run that is held for approval, and reports whether it was
// held. Its held deliveries are put through all checks again.
func (tx *Tx) ApproveRun(ctx context.Context, id, by string, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state='planning', reason='', detail='', phase='release', place='', candidates=reached, looked=0, reached=0,
		spent=0, approved_by=$2, updated_at=$3, enqueued_at=$3 WHERE id=$1 AND state='held' AND reason=$4`,
		id, by, micros(now), string(rekey.ReasonCeiling))
	if err != nil || n == 0 {
		return false, err
	}
	tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: id})
	return true, nil
}
