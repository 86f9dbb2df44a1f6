package engine

import (
	"context"
	"time"
)

// Deliver takes the due deliveries of a batch through issue, send and settle, and
// notes when the batch needs work again. It sends nothing if nothing is due or
// another worker has claimed it.
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
	return e.follow(ctx, issued, batch, e.send(ctx, issued.attempts))
}

// follow records the outcomes of a batch, even if the job is stopped meanwhile. If
// only slow replies of the mail server are left, the job ends and a goroutine waits
// for them: other work needs the place of the job.
func (e *Engine) follow(job context.Context, issued *issuing, batch int, s *dispatch) error {
	ended, apart := make(chan error, 1), make(chan struct{})
	attached := context.AfterFunc(job, s.giveUp)
	defer attached()
	e.following.Go(func() {
		err := e.settle(context.WithoutCancel(job), issued, batch, s, func() { close(apart) })
		select {
		case <-apart:
			if err != nil {
				e.log.Error("what became of a mail could not be recorded", "run_id", issued.x.Run.ID, "batch", batch, "error", err)
			}
		default:
			ended <- err
		}
	})
	select {
	case err := <-ended:
		return err
	case <-apart:
		return nil
	}
}

// notBefore returns until when nothing can be sent, or the zero time. If the batch
// revokes old passwords, it first tries the transport with one of those users. A
// user who loses the old password at once must be able to get the new one.
func (e *Engine) notBefore(ctx context.Context, runID string, batch int) time.Time {
	now := e.now()
	if until := e.mailer.Down(now); until.After(now) {
		return until
	}
	to, err := e.store.Revokes(ctx, runID, batch)
	if err != nil || to == "" {
		return time.Time{} // issue comes to the same error and returns it
	}
	turn, cancel := context.WithTimeout(ctx, e.lease*2/3)
	defer cancel()
	if err := e.mailer.Probe(turn, to); err == nil {
		return time.Time{}
	}
	if turn.Err() != nil { // the connection is still being opened
		return now.Add(time.Second)
	}
	e.log.Info("a password is to be revoked, but no mail can be sent: the run waits", "run_id", runID)
	if until := e.mailer.Down(e.now()); until.After(now) {
		return until
	}
	return now.Add(time.Minute)
}

// postpone delays a batch until the transport may work again.
func (e *Engine) postpone(ctx context.Context, runID string, batch int, until time.Time) error {
	err := e.store.Update(ctx, func(tx Tx) error {
		tx.Enqueue(Task{Kind: TaskDeliver, RunID: runID, Batch: batch, At: until})
		return tx.PostponeBatch(ctx, runID, batch, until)
	})
	if err == nil {
		e.step(StepPostponed)
	}
	return err
}
