package store

import (
	"context"
	"math"
	"slices"
	"time"

	"rekey"
)

// newRunColumns are set when a run is inserted. runColumns are all columns.
const (
	newRunColumns = `id, automation_id, event_id, acts_for, asked_by, state, reason, detail, due_at,
	created_at, started_at, finished_at, updated_at, trial, job_type`
	runColumns = newRunColumns + `, phase, place, candidates, looked, reached, spent, approved_by, automation_version, reopened,
	wave_at, rest_at_once, ended_before, refused_before, undone_at, undone_by, undone_ended, undone_kept, tallies`
)

func (s Queries) runs(ctx context.Context, where string, args ...any) ([]rekey.Run, error) {
	var list []rekey.Run
	err := s.each(ctx, `SELECT `+runColumns+` FROM runs `+where, args, func(r rows) error {
		var run rekey.Run
		t := tallies{}
		err := r.Scan(&run.ID, &run.AutomationID, &run.EventID, &run.ActsFor, &run.AskedBy, &run.State, &run.Reason, &run.Detail,
			moment{&run.DueAt}, moment{&run.CreatedAt}, moment{&run.StartedAt}, moment{&run.FinishedAt}, moment{&run.UpdatedAt}, &run.Trial, &run.JobType,
			&run.Phase, &run.Place, &run.Candidates, &run.Looked, &run.Recipients, &run.Spent, &run.ApprovedBy, &run.AutomationVersion, &run.Reopened,
			moment{&run.WaveAt}, &run.RestAtOnce, &run.Before.Ended, &run.Before.Refused,
			moment{&run.UndoneAt}, &run.UndoneBy, &run.UndoneEnded, &run.UndoneKept, jsonText{&t})
		run.Outcomes = t.outcomes()
		list = append(list, run)
		return err
	})
	return list, err
}

// Run returns a run by its id.
func (s Queries) Run(ctx context.Context, id string) (rekey.Run, error) {
	list, err := s.runs(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "Run not found.")
	}
	if err != nil {
		return rekey.Run{}, err
	}
	return list[0], nil
}

func runFilter(q rekey.RunQuery) (w where) {
	w.given(`automation_id = ?`, q.AutomationID)
	w.given(`event_id = ?`, q.EventID)
	w.given(`state = ?`, string(q.State))
	w.given(`reason = ?`, string(q.Reason))
	switch q.Trial {
	case rekey.OnlyTrials:
		w.literally(`trial`)
	case rekey.NoTrials:
		w.literally(`NOT trial`)
	}
	return w
}

// Runs lists runs, newest first.
func (s Queries) Runs(ctx context.Context, q rekey.RunQuery) ([]rekey.Run, error) {
	w := runFilter(q)
	w.given(`id < ?`, q.Before)
	w.given(`id > ?`, q.After)
	back := q.After != "" && !q.Oldest || q.Before != "" && q.Oldest // the page before
	clause, args := w.page(inOrder([]string{"id"}, back == q.Oldest), q.Limit)
	list, err := s.runs(ctx, clause, args...)
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// CountRuns counts the runs on a list, up to limit+1. A result of limit+1 means
// that there are more than limit.
func (s Queries) CountRuns(ctx context.Context, q rekey.RunQuery, limit int) (int, error) {
	return s.countUpTo(ctx, `runs`, runFilter(q), limit)
}

// InsertRun stores a new run. The caller makes its job.
func (tx *Tx) InsertRun(ctx context.Context, r rekey.Run) error {
	return tx.write(ctx, `INSERT INTO runs (`+newRunColumns+`, enqueued_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$10,$13,$14,$10)`,
		r.ID, r.AutomationID, r.EventID, r.ActsFor, string(r.AskedBy), string(r.State), string(r.Reason), r.Detail,
		micros(r.DueAt), micros(r.CreatedAt), micros(r.StartedAt), micros(r.FinishedAt), r.Trial, r.JobType)
}

// MoveRun changes a run to the values of to, if it still has the state, phase, place and
// next wave of from and sending is not paused. It reports whether it did. The sweep
// then counts the run as one with a job. A trial stays one.
func (tx *Tx) MoveRun(ctx context.Context, from, to rekey.Run) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state=$2, reason=$3, detail=$4, started_at=$5, finished_at=$6, updated_at=$7, enqueued_at=$7,
		phase=$8, place=$9, candidates=$10, looked=$11, reached=$12, spent=$13,
		automation_version = CASE WHEN automation_version = 0 THEN $14 ELSE automation_version END, trial = (trial OR $23),
		wave_at=$19, rest_at_once=$20, ended_before=$21, refused_before=$22
		WHERE id=$1 AND state=$15 AND phase=$16 AND place=$17 AND wave_at=$18 AND `+notPaused,
		to.ID, string(to.State), string(to.Reason), to.Detail, micros(to.StartedAt), micros(to.FinishedAt), micros(to.UpdatedAt),
		string(to.Phase), to.Place, to.Candidates, to.Looked, to.Recipients, int64(min(to.Spent, math.MaxInt64)), to.AutomationVersion,
		string(from.State), string(from.Phase), from.Place, micros(from.WaveAt),
		micros(to.WaveAt), to.RestAtOnce, to.Before.Ended, to.Before.Refused, to.Trial)
	return n == 1, err
}

// wavesToCome is the condition for runs that are being sent, with a wave to come.
const wavesToCome = `(state = 'sending' AND wave_at > 0)`

// CarryRuns moves the planned and held runs of an automation to its new version, which
// differs only in the owner.
func (tx *Tx) CarryRuns(ctx context.Context, automationID string, from, to int64) error {
	return tx.write(ctx, `UPDATE runs SET automation_version = $3
		WHERE automation_id = $1 AND automation_version = $2 AND (state IN ('planning', 'held') OR `+wavesToCome+`)`, automationID, from, to)
}

// ReopenRun moves a finished run back to sending, for a delivery that is retried by
// hand. A cancelled run stays cancelled, and one that was undone stays as it is.
func (tx *Tx) ReopenRun(ctx context.Context, runID string, now time.Time) error {
	return tx.write(ctx, `UPDATE runs SET state='sending', finished_at=0, updated_at=$2, reopened = (reopened OR state <> 'sending')
		WHERE id=$1 AND state IN ('sending', 'finished', 'failed') AND undone_at = 0`, runID, micros(now))
}

// CloseBatch notes when the batch needs work again, and returns it as next. If
// nothing is left, next is the zero time. The run is finished when nothing is left
// in any batch.
func (tx *Tx) CloseBatch(ctx context.Context, runID string, batch int, now time.Time) (next time.Time, err error) {
	// If one transaction closes the batch and another opens it again, the second
	// must see what the first has done.
	if err := tx.lockRow(ctx, `batches WHERE run_id = $1 AND number = $2`, runID, batch); err != nil {
		return next, err
	}
	left, _, next, err := tx.leftIn(ctx, runID, batch)
	if err != nil {
		return next, err
	}
	if left == 0 {
		return next, tx.endBatch(ctx, runID, batch, now)
	}
	if next.IsZero() { // at once
		next = now
	}
	return next, tx.PostponeBatch(ctx, runID, batch, next)
}

// leftIn counts the deliveries of a batch that still need work, and those that are
// under way. next is when the first is due; the zero time if it is due at once, or
// if none is left.
func (tx *Tx) leftIn(ctx context.Context, runID string, batch int) (left, underWay int, next time.Time, err error) {
	err = tx.one(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'issued'),
			COALESCE(MIN(CASE state WHEN 'issued' THEN claim_until ELSE next_attempt END), 0)
		FROM deliveries WHERE run_id = $1 AND batch = $2 AND (state IN ('queued', 'issued', 'deferred') OR `+behind+`)`,
		[]any{runID, batch}, &left, &underWay, moment{&next})
	return left, underWay, next, err
}

// endBatch closes a batch in which nothing is left. With the last batch of a
// sending run it finishes the run, unless a wave is to come.
func (tx *Tx) endBatch(ctx context.Context, runID string, batch int, now time.Time) error {
	// If two transactions close the last two batches, one must see the other's
	// result.
	if err := tx.lockRow(ctx, `runs WHERE id = $1`, runID); err != nil {
		return err
	}
	err := tx.write(ctx, `UPDATE batches SET next_at = NULL WHERE run_id = $1 AND number = $2`, runID, batch)
	if err != nil {
		return err
	}
	n, err := tx.changes(ctx, `UPDATE runs SET state = 'finished', finished_at = $2, updated_at = $2
		WHERE id = $1 AND state = 'sending' AND wave_at = 0 AND NOT EXISTS (SELECT 1 FROM batches WHERE run_id = $1 AND next_at IS NOT NULL)`,
		runID, micros(now))
	if err != nil || n == 0 || tx.finished == nil {
		return err
	}
	return tx.finished(ctx, tx, runID)
}

// Sent lists the system users whose password of a run was accepted by a mail server: of at
// most limit deliveries, after the given id. last is the id of the last one; "" if there
// are no more.
func (s Queries) Sent(ctx context.Context, runID, after string, limit int) (users []string, last string, err error) {
	n := 0
	err = s.each(ctx, `SELECT id, user_id FROM deliveries WHERE run_id = $1 AND id > $2 AND accepted_at > 0 AND user_id <> '' ORDER BY id LIMIT $3`,
		[]any{runID, after, limit}, func(r rows) error {
			var user string
			err := r.Scan(&last, &user)
			users = append(users, user)
			n++
			return err
		})
	if n < limit {
		last = ""
	}
	return users, last, err
}

// lockRow makes other transactions that lock the row wait until this one ends.
func (tx *Tx) lockRow(ctx context.Context, row string, args ...any) error {
	clause := tx.q.locking("FOR UPDATE")
	if clause == "" {
		return nil
	}
	return tx.write(ctx, `SELECT FROM `+row+clause, args...)
}

// PostponeBatch notes when the batch needs work again.
func (tx *Tx) PostponeBatch(ctx context.Context, runID string, batch int, until time.Time) error {
	return tx.write(ctx, `UPDATE batches SET next_at = $3 WHERE run_id = $1 AND number = $2 AND next_at IS NOT NULL`,
		runID, batch, micros(until))
}
