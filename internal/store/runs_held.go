package store

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// heldAtOnce is how many jobs are made at once for approved or cancelled runs. The
// sweep makes the others.
const heldAtOnce = 1_000

// stopped is the condition for held runs that were stopped in a wave. forApproval is the
// condition for held runs that wait for approval.
const (
	stopped     = `reason IN ('stopped_itself', 'stopped_by_hand')`
	forApproval = `reason IN ('above_ceiling', 'stopped_itself', 'stopped_by_hand')`
)

// HeldRuns counts the runs of an automation that were held up to a moment. Only
// those planned by the given version can be approved.
func (s Queries) HeldRuns(ctx context.Context, automationID string, version int64, until time.Time) (h rekey.HeldRuns, err error) {
	const approvable = forApproval + ` AND automation_version IN (0, $2)`
	err = s.one(ctx, `SELECT COUNT(*) FILTER (WHERE `+approvable+`),
			COUNT(*) FILTER (WHERE reason = 'stopped_itself' AND automation_version IN (0, $2)),
			COALESCE(SUM(CASE WHEN reason = 'above_ceiling' THEN reached ELSE candidates - looked END) FILTER (WHERE `+approvable+`), 0),
			COUNT(*) FILTER (WHERE `+forApproval+` AND automation_version NOT IN (0, $2)),
			COUNT(*) FILTER (WHERE reason = 'owner_blocked'), COALESCE(MAX(updated_at), 0)
		FROM runs WHERE automation_id = $1 AND state = 'held' AND updated_at <= $3`,
		[]any{automationID, version, micros(until)}, &h.Runs, &h.Halted, &h.People, &h.Outdated, &h.Stopped, moment{&h.Until})
	return h, err
}

// ApproveRuns approves all runs of an automation that were held for approval up to
// a moment and planned by the given version. It returns how many. See ApproveRun.
func (tx *Tx) ApproveRuns(ctx context.Context, automationID string, version int64, by string, until, now time.Time) (int, error) {
	const held = ` WHERE automation_id = $3 AND state = 'held' AND automation_version IN (0, $4) AND updated_at <= $5`
	above, err := tx.wake(ctx, `UPDATE runs SET `+approved+held+` AND reason = 'above_ceiling' RETURNING id`, by, micros(now), automationID, version, micros(until))
	if err != nil {
		return 0, err
	}
	again, err := tx.wake(ctx, `UPDATE runs SET `+goesOn+held+` AND `+stopped+` RETURNING id`, by, micros(now), automationID, version, micros(until))
	return above + again, err
}

// CancelHeld cancels all runs of an automation that were held up to a moment, and
// returns how many. Their deliveries are ended part by part.
func (tx *Tx) CancelHeld(ctx context.Context, automationID string, reason rekey.Reason, until, now time.Time) (int, error) {
	return tx.wake(ctx, `UPDATE runs SET state='cancelled', reason=$2, finished_at=$4, updated_at=$4, phase='end', place='', enqueued_at=$4
		WHERE automation_id = $1 AND state = 'held' AND updated_at <= $3 RETURNING id`,
		automationID, string(reason), micros(until), micros(now))
}

// wake makes jobs for the runs that a statement returns, and counts them.
func (tx *Tx) wake(ctx context.Context, statement string, args ...any) (int, error) {
	var ids []string
	err := tx.each(ctx, statement, args, func(r rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids[:min(len(ids), heldAtOnce)] {
		tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: id})
	}
	if len(ids) > heldAtOnce {
		err = tx.write(ctx, `UPDATE runs SET enqueued_at = 0 WHERE `+tx.q.in("id", 1), texts(ids[heldAtOnce:]))
	}
	return len(ids), err
}

// Approvers lists active people of a rank or higher, highest rank first: those who
// may approve, unless rekey.Automation.ApprovableBy says no. It leaves out API users,
// who read no mail.
func (s Queries) Approvers(ctx context.Context, rank, limit int) ([]rekey.SystemUser, error) {
	var list []rekey.SystemUser
	err := s.each(ctx, `SELECT `+userColumns+` FROM system_users u WHERE u.rank > 0 AND u.rank >= $1 AND u.status = 'active' AND u.type <> 'api'
		ORDER BY u.rank DESC, u.id LIMIT $2`, []any{rank, limit}, func(r rows) error {
		var u rekey.SystemUser
		err := r.Scan(userDest(&u)...)
		list = append(list, u)
		return err
	})
	return list, err
}
