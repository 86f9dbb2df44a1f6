package store

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Lost returns what LostRuns, LostBatches, DueReminders or LostNotices return, by the kind of the task.
func (tx *Tx) Lost(ctx context.Context, kind engine.TaskKind, before, now time.Time, limit int) ([]engine.Task, error) {
	switch kind {
	case engine.TaskExecute:
		return tx.LostRuns(ctx, before, now, limit)
	case engine.TaskDeliver:
		return tx.LostBatches(ctx, before, now, limit)
	case engine.TaskRemind:
		return tx.DueReminders(ctx, now, limit)
	default:
		return tx.LostNotices(ctx, before, now, limit)
	}
}

// LostRuns returns, and marks as enqueued now, runs for which no job was made since a
// moment, although there is something to do: they fell due, their next wave has come, a
// part is to be planned or ended, or they were held until their automation's owner may act
// again, and the owner now may. While sending is paused there are only those to be ended.
func (tx *Tx) LostRuns(ctx context.Context, before, now time.Time, limit int) ([]engine.Task, error) {
	var jobs []engine.Task
	take := func(r rows) error {
		job := engine.Task{Kind: engine.TaskExecute}
		err := r.Scan(&job.RunID)
		jobs = append(jobs, job)
		return err
	}
	lock := tx.q.locking("FOR UPDATE OF runs SKIP LOCKED")
	err := tx.each(ctx, `UPDATE runs SET enqueued_at = $2 WHERE id IN (SELECT id FROM runs
		WHERE phase <> '' AND state <> 'held' AND enqueued_at <= $1 AND (phase = 'end' OR `+notPaused+`) ORDER BY enqueued_at LIMIT $3`+lock+`) RETURNING id`,
		[]any{micros(before), micros(now), limit}, take)
	if err != nil {
		return nil, err
	}
	err = tx.each(ctx, `UPDATE runs SET enqueued_at = $2 WHERE id IN (SELECT id FROM runs
		WHERE state IN ('waiting', 'held') AND due_at <= $1 AND enqueued_at <= $1 AND (state = 'waiting' OR reason = 'owner_blocked' AND EXISTS (
			SELECT 1 FROM automations a JOIN system_users u ON u.id = a.owner_id WHERE a.id = runs.automation_id AND u.status = 'active'))
		AND `+notPaused+` ORDER BY due_at LIMIT $3`+lock+`) RETURNING id`,
		[]any{micros(before), micros(now), limit}, take)
	if err != nil {
		return nil, err
	}
	err = tx.each(ctx, `UPDATE runs SET enqueued_at = $2 WHERE id IN (SELECT id FROM runs
		WHERE wave_at > 0 AND wave_at <= $1 AND state = 'sending' AND enqueued_at <= $1 AND `+notPaused+` ORDER BY wave_at LIMIT $3`+lock+`) RETURNING id`,
		[]any{micros(before), micros(now), limit}, take)
	return jobs, err
}

// ResumeRuns makes jobs for the runs that were held while the owner of their
// automation was blocked, for an owner who may act now.
func (tx *Tx) ResumeRuns(ctx context.Context, ownerID string, now time.Time) error {
	_, err := tx.wake(ctx, `UPDATE runs SET enqueued_at = $2 WHERE state = 'held' AND reason = 'owner_blocked'
		AND automation_id IN (SELECT id FROM automations WHERE owner_id = $1) RETURNING id`, ownerID, micros(now))
	return err
}

// LostBatches returns, and marks as enqueued now, batches in which something
// fell due before a moment and that had no job made for them since then. One
// whose turn has not come is not lost: see NextBatch. While sending is paused
// there are none.
func (tx *Tx) LostBatches(ctx context.Context, before, now time.Time, limit int) ([]engine.Task, error) {
	var jobs []engine.Task
	err := tx.each(ctx, `UPDATE batches SET enqueued_at = $2 WHERE (run_id, number) IN (SELECT run_id, number FROM batches
		WHERE next_at IS NOT NULL AND next_at <= $1 AND enqueued_at > 0 AND enqueued_at <= $1 AND `+notPaused+` ORDER BY next_at LIMIT $3`+tx.q.locking("FOR UPDATE SKIP LOCKED")+`) RETURNING run_id, number`,
		[]any{micros(before), micros(now), limit}, func(r rows) error {
			job := engine.Task{Kind: engine.TaskDeliver}
			err := r.Scan(&job.RunID, &job.Batch)
			jobs = append(jobs, job)
			return err
		})
	return jobs, err
}

// LapseRuns ends runs that were held for approval before a moment and got none,
// and returns how many, at most limit.
func (tx *Tx) LapseRuns(ctx context.Context, before, now time.Time, limit int) (int, error) {
	n, err := tx.changes(ctx, `UPDATE runs SET state = 'cancelled', reason = $3, finished_at = $2, updated_at = $2, phase = 'end', place = '', enqueued_at = 0
		WHERE id IN (SELECT id FROM runs WHERE state = 'held' AND `+forApproval+` AND updated_at <= $1 ORDER BY id LIMIT $4`+tx.q.locking("FOR UPDATE SKIP LOCKED")+`)`,
		micros(before), micros(now), string(rekey.ReasonNotApproved), limit)
	return int(n), err
}
