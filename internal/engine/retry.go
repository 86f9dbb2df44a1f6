package engine

import (
	"context"
	"strconv"
	"time"

	"rekey"
)

// Backoff between the attempts of one delivery.
const (
	firstBackoff = time.Minute
	lastBackoff  = time.Hour
	// A message that may have been taken waits longer before a copy is sent: as
	// long as the delivery is old. If a filter never answers, the reader gets one
	// copy within the hour and few in a day.
	firstPatience = 30 * time.Minute
	lastPatience  = 4 * time.Hour
	// blamedLater is the extra wait of a message that the server refused for the
	// transport's fault. Meanwhile another message shows whether the transport
	// works.
	blamedLater = 15 * time.Second
)

// backoff is the wait after a number of attempts: a minute, doubled each time up to
// an hour. Up to a fifth is added, so that failed deliveries do not all come back
// together.
func (e *Engine) backoff(attempts int) time.Duration {
	wait := lastBackoff
	if attempts <= 6 {
		wait = min(lastBackoff, firstBackoff<<(attempts-1))
	}
	return wait + time.Duration(e.jitter()*float64(wait)/5)
}

// patience is the wait before a copy of a message of that age is sent if the mail
// server may have taken it. Up to a fifth is added.
func (e *Engine) patience(age time.Duration) time.Duration {
	wait := min(max(age, firstPatience), lastPatience)
	return wait + time.Duration(e.jitter()*float64(wait)/5)
}

// Retry makes a new delivery for one that ended without success, with a new
// password and all checks. Its number follows the highest of its user in the run.
// by is the person who retries. Only an Administrator may exceed the automation's
// ceiling.
func (e *Engine) Retry(ctx context.Context, deliveryID string, by rekey.Authority) (rekey.Delivery, error) {
	old, err := e.store.Delivery(ctx, deliveryID)
	if err != nil {
		return old, err
	}
	switch old.State {
	case rekey.DeliveryFailed, rekey.DeliveryExpired, rekey.DeliverySkipped, rekey.DeliveryCancelled:
	default:
		return old, rekey.NewError(rekey.CodeConflict, "Only a delivery that failed, expired, was skipped or cancelled can be tried again; this one is "+string(old.State)+".")
	}
	run, err := retriable(ctx, e.store, old.RunID)
	if err != nil {
		return old, err
	}
	x, stop, err := e.load(ctx, e.store, run)
	if err != nil {
		return old, err
	}
	if stop.reason != "" {
		return old, rekey.NewError(rekey.CodeConflict, "It cannot be tried again: "+stop.reason.Text()+".")
	}
	p, err := sendParams(x.Automation, x.EventType)
	if err != nil {
		return old, err
	}
	decisions, _, err := e.decide(ctx, judging{x: x, params: p}, []string{old.Subject}, map[string]bool{})
	if err != nil {
		return old, err
	}
	judged := rekey.Delivery{
		ID: e.newID(), RunID: run.ID, UserID: decisions[0].User.ID, Subject: old.Subject, State: rekey.DeliveryQueued,
		Reason: decisions[0].Reason, OldPassword: decisions[0].OldPassword, AskedBy: run.AskedBy, UpdatedAt: e.now(),
	}
	if judged.Reason != "" {
		judged.State = rekey.DeliverySkipped
	}
	ceiling := ceilingOf(x, p)
	if by.MayAdminister() {
		ceiling = 0
	}
	var next rekey.Delivery
	err = e.store.Update(ctx, func(tx Tx) error {
		next = judged // what was undone must not be seen
		return e.planRetry(ctx, tx, x.Automation.ID, ceiling, &next)
	})
	return next, err
}

// retriable returns a run, with an error if its deliveries must not be tried again.
func retriable(ctx context.Context, reader Reader, id string) (rekey.Run, error) {
	run, err := reader.Run(ctx, id)
	if err == nil && (run.Phase != "" || run.State == rekey.RunHeld) {
		err = rekey.NewError(rekey.CodeConflict, "The run is "+string(run.State)+". Once that is over it can be tried again.")
	}
	if err == nil && run.State == rekey.RunCancelled {
		err = rekey.NewError(rekey.CodeConflict, "It cannot be tried again: "+run.Reason.Text()+".")
	}
	return run, err
}

// planRetry stores a delivery of Retry, in a batch of its own.
func (e *Engine) planRetry(ctx context.Context, tx Tx, automationID string, ceiling int, d *rekey.Delivery) error {
	if _, err := retriable(ctx, tx, d.RunID); err != nil {
		return err
	}
	number, batch, err := tx.LastNumber(ctx, d.RunID, d.UserID)
	if err != nil {
		return err
	}
	d.Number = number + 1
	var queued []*rekey.Delivery
	if d.State == rekey.DeliveryQueued {
		d.Batch, queued = batch+1, []*rekey.Delivery{d}
	}
	left, err := skipUnfinished(ctx, tx, queued)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		lately, err := tx.AddRecipients(ctx, automationID, 1, d.UpdatedAt)
		if err != nil {
			return err
		}
		if ceiling > 0 && lately > ceiling {
			return rekey.NewError(rekey.CodeConflict, "The automation would reach more people in an hour than its ceiling of "+
				strconv.Itoa(ceiling)+" allows. Try it again later, or have an Administrator do it.")
		}
	}
	if err := tx.Plan(ctx, []rekey.Delivery{*d}); err != nil || len(left) == 0 {
		return err
	}
	tx.Enqueue(Task{Kind: TaskDeliver, RunID: d.RunID, Batch: d.Batch})
	return tx.ReopenRun(ctx, d.RunID, d.UpdatedAt)
}
