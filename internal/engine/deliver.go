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
	return e.follow(ctx, issued, batch, e.send(ctx, issued.attempts))
}

// follow records what becomes of a batch. What was begun is recorded even if the
// job is stopped meanwhile. When nothing is left but replies that the mail server
// takes its time for, they are waited for without the job: it has one of few
// places, which others need.
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

// stopGrace is how long Stop waits for what was given up to be recorded.
const stopGrace = 10 * time.Second

// Stop waits for the replies that no job waits for. When ctx ends, they are
// given up: what the mail server has taken and not answered is doubtful. No job
// may be running any more.
func (e *Engine) Stop(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		e.following.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	e.giveUpAll()
	select {
	case <-ended:
	case <-time.After(stopGrace):
	}
}

// notBefore returns until when nothing can be sent, or the zero time. Where old
// passwords are to be revoked, the transport is tried first, with one of those
// people: whoever loses theirs at once must be able to get the new one.
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

// postpone notes that a batch waits for the transport, and has it looked at
// again when that may be back.
func (e *Engine) postpone(ctx context.Context, runID string, batch int, until time.Time) error {
	return e.store.Update(ctx, func(tx Tx) error {
		tx.Enqueue(Task{Kind: TaskDeliver, RunID: runID, Batch: batch, At: until})
		return tx.PostponeBatch(ctx, runID, batch, until)
	})
}
