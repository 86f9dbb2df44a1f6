package engine

import (
	"context"
	"time"

	"rekey"
)

// RequestAge is how old a request by "Forgot your password?" may be when a pause
// ends. After that long, its user has asked again or found another way.
const RequestAge = 4 * time.Hour

// Resume ends a pause and continues the waiting work, oldest first. It prepares
// this part by part before the pause ends. If it fails, sending is still paused,
// and Resume can be called again. What a pause stops is in internal/store/pause.go,
// and in claimed (send.go) for each message.
//
// Deliveries that were certainly never mailed are queued again. Their retry time
// and validity begin with the first attempt and must not pass while nothing may be
// sent. Deliveries that may have been mailed stay, because the user may have their
// mail.
func (e *Engine) Resume(ctx context.Context) (done rekey.Resumed, err error) {
	now := e.now()
	if done.Cancelled, err = e.drain(ctx, func(tx Tx) (int, error) { return e.cancelOldRequests(ctx, tx, now) }); err != nil {
		return done, err
	}
	if done.Requeued, err = e.requeue(ctx, now); err != nil {
		return done, err
	}
	if done.Followed, err = e.drain(ctx, func(tx Tx) (int, error) { return e.followUp(ctx, tx, now) }); err != nil {
		return done, err
	}
	if err := e.store.Update(ctx, func(tx Tx) error {
		_, err := tx.EndPause(ctx)
		return err
	}); err != nil {
		return done, err
	}
	if err := e.Sweep(ctx, 0); err != nil { // the next one does it
		e.log.Error("sending continues, a minute later: not all jobs could be created", "error", err)
	}
	return done, nil
}

// requeue queues again, part by part, what was certainly never mailed.
func (e *Engine) requeue(ctx context.Context, now time.Time) (found int, err error) {
	var after rekey.Delivery
	for n := sweepLimit; n == sweepLimit; found += n {
		next := after // fn may run again, from the same values
		if err := e.store.Update(ctx, func(tx Tx) (err error) {
			n, next, err = tx.Requeue(ctx, after, now, sweepLimit)
			return err
		}); err != nil {
			return found, err
		}
		after = next
	}
	return found, nil
}

func (e *Engine) cancelOldRequests(ctx context.Context, tx Tx, now time.Time) (int, error) {
	ids, err := tx.OldRequests(ctx, now.Add(-RequestAge), sweepLimit)
	for _, id := range ids {
		if _, err := tx.CancelRun(ctx, id, rekey.ReasonAskedLongAgo, now); err != nil {
			return 0, err
		}
	}
	return len(ids), err
}

// followUp gives up deliveries that may have been mailed and may not be tried
// again. It makes another delivery for each of their users, who may have no other
// password.
func (e *Engine) followUp(ctx context.Context, tx Tx, now time.Time) (int, error) {
	overdue, err := tx.Overdue(ctx, now.Add(-GiveUp), now, sweepLimit)
	if err != nil || len(overdue) == 0 {
		return 0, err
	}
	for i := range overdue {
		overdue[i] = giveUp(overdue[i])
		overdue[i].UpdatedAt, overdue[i].Claim, overdue[i].ClaimUntil = now, "", time.Time{}
	}
	given, err := tx.Issue(ctx, overdue)
	if err != nil {
		return 0, err
	}
	for _, d := range given {
		if d.Message() { // nobody needs it to get in, and it may have arrived
			continue
		}
		number, batch, err := tx.LastNumber(ctx, d.RunID, d.UserID, d.Subject)
		if err != nil {
			return 0, err
		}
		next := rekey.Delivery{
			ID: e.newID(), RunID: d.RunID, UserID: d.UserID, Subject: d.Subject, Number: number + 1, Batch: batch + 1, AskedBy: d.AskedBy,
			State: rekey.DeliveryQueued, Reason: rekey.ReasonPaused, OldPassword: d.OldPassword, UpdatedAt: now,
		}
		if err := tx.Plan(ctx, []rekey.Delivery{next}); err != nil {
			return 0, err
		}
	}
	return len(overdue), nil
}
