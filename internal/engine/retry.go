package engine

import (
	"context"
	"slices"
	"strconv"

	"rekey"
)

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
		return old, rekey.NewError(rekey.CodeConflict, "Only a delivery that failed, expired, was skipped or cancelled can be retried; this one is "+string(old.State)+".")
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
		return old, rekey.NewError(rekey.CodeConflict, "This delivery cannot be retried: "+stop.reason.Text()+".")
	}
	judged, ceiling, err := e.judgeAgain(ctx, x, old)
	if err != nil {
		return old, err
	}
	judged.ID, judged.RunID, judged.AskedBy, judged.UpdatedAt = e.newID(), run.ID, run.AskedBy, e.now()
	if by.MayAdminister() {
		ceiling = 0
	}
	var next rekey.Delivery
	err = e.store.Update(ctx, func(tx Tx) error {
		next = judged // fn may run again, from the same values
		return e.planRetry(ctx, tx, x.Automation.ID, ceiling, old, &next)
	})
	return next, err
}

// judgeAgain puts the subject of a delivery through the checks again. ceiling is how many
// people the run may reach.
func (e *Engine) judgeAgain(ctx context.Context, x Execution, old rekey.Delivery) (d rekey.Delivery, ceiling int, err error) {
	if old.Message() {
		messages, err := e.messagesTo(ctx, x, x.Automation.NotifyParams().Recipients)
		i := slices.IndexFunc(messages, func(m rekey.Delivery) bool { return m.Subject == old.Subject })
		if err == nil && i < 0 {
			err = rekey.NewError(rekey.CodeConflict, "The automation no longer writes to this address, so the message cannot be retried.")
		}
		if err != nil {
			return d, 0, err
		}
		return messages[i], 0, nil
	}
	p, err := x.sendParams()
	if err != nil {
		return d, 0, err
	}
	s := sending{Engine: e, x: x, params: p}
	decisions, _, err := e.decide(ctx, s.judging(0), []string{old.Subject}, map[string]bool{})
	if err != nil {
		return d, 0, err
	}
	return s.delivery(decisions[0]), x.ceiling(p), nil
}

// retriable returns a run, with an error if its deliveries must not be tried again.
func retriable(ctx context.Context, reader Reader, id string) (rekey.Run, error) {
	run, err := reader.Run(ctx, id)
	if err == nil && (run.Phase != "" || run.State == rekey.RunHeld) {
		err = rekey.NewError(rekey.CodeConflict, "The run is "+string(run.State)+". Retry when it has finished.")
	}
	if err == nil && run.Trial {
		err = rekey.NewError(rekey.CodeConflict, "The run is a trial, so nothing more is sent in it. Send the person a new password, or wait for the next run.")
	}
	if err == nil && run.Undone() {
		err = rekey.NewError(rekey.CodeConflict, "The run was undone, so nothing more is sent in it. Send the person a new password.")
	}
	if err == nil && run.State == rekey.RunCancelled {
		err = rekey.NewError(rekey.CodeConflict, "This delivery cannot be retried: "+run.Reason.Text()+".")
	}
	return run, err
}

// planRetry stores a delivery of Retry, in a batch of its own.
func (e *Engine) planRetry(ctx context.Context, tx Tx, automationID string, ceiling int, old rekey.Delivery, d *rekey.Delivery) error {
	if _, err := retriable(ctx, tx, d.RunID); err != nil {
		return err
	}
	number, batch, err := tx.LastNumber(ctx, d.RunID, d.UserID, d.Subject)
	if err != nil {
		return err
	}
	if d.Message() && number > old.Number {
		return rekey.NewError(rekey.CodeConflict, "This message was retried before. Look at the later delivery to this address.")
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
				strconv.Itoa(ceiling)+" allows. Retry later, or ask an Administrator to retry.")
		}
	}
	if err := tx.Plan(ctx, []rekey.Delivery{*d}); err != nil || len(left) == 0 {
		return err
	}
	tx.Enqueue(Task{Kind: TaskDeliver, RunID: d.RunID, Batch: d.Batch})
	return tx.ReopenRun(ctx, d.RunID, d.UpdatedAt)
}
