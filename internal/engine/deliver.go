package engine

import (
	"context"
	"time"
)

// Deliver takes what is due in a batch through issue, send and accept, and says
// when the batch is to be looked at again. Called for a batch in which nothing
// is due, or that another worker has claimed, it sends nothing.
func (e *Engine) Deliver(ctx context.Context, runID string, batch int) error {
	if until := e.notBefore(ctx, runID, batch); !until.IsZero() {
		return e.postpone(ctx, runID, batch, until)
	}
	issued, err := e.issue(ctx, runID, batch)
	if err != nil {
		return err
	}
	if len(issued.attempts) > 0 {
		e.step(StepIssued)
	}
	// What was begun is recorded even if the job is stopped meanwhile.
	return e.accept(context.WithoutCancel(ctx), issued, batch, e.send(ctx, issued.attempts))
}

// notBefore returns until when nothing can be sent, or the zero time. Where the
// old password is to be revoked, the transport is tried first: whoever loses
// theirs at once must be able to get the new one.
func (e *Engine) notBefore(ctx context.Context, runID string, batch int) time.Time {
	now := e.now()
	if until := e.mailer.Down(now); until.After(now) {
		return until
	}
	if revokes, err := e.store.Revokes(ctx, runID, batch); err != nil || !revokes {
		return time.Time{} // issue comes to the same error and returns it
	}
	if err := e.mailer.Probe(ctx); err == nil {
		return time.Time{}
	}
	e.log.Error("a password is to be revoked, but no mail can be sent: the run waits", "run_id", runID)
	if until := e.mailer.Down(e.now()); until.After(now) {
		return until
	}
	return now.Add(time.Minute)
}

// postpone notes that a batch waits for the transport, and has it looked at
// again when that may be back.
func (e *Engine) postpone(ctx context.Context, runID string, batch int, until time.Time) error {
	return e.store.Update(ctx, func(tx Tx) error {
		tx.Enqueue(Job{Kind: JobDeliver, RunID: runID, Batch: batch, At: until})
		return tx.PostponeBatch(ctx, runID, batch, until)
	})
}
