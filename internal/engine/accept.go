package engine

import (
	"context"
	"strings"
	"time"

	"rekey"
)

// equalRefusals is how many recipients in a row may be refused in the same
// words before that is taken for the transport's fault, not theirs.
const equalRefusals = 10

// accept writes the outcomes of a batch as they come, up to 200 or 250 ms of
// them in one transaction, and closes the batch with the last. ctx must not end
// with the job.
func (e *Engine) accept(ctx context.Context, x Execution, batch int, results <-chan result) error {
	a := &accepting{Engine: e, x: x}
	timer := time.NewTimer(acceptEvery)
	defer timer.Stop()
	for {
		select {
		case r, more := <-results:
			if !more {
				a.endStreak()
				return a.close(ctx, batch)
			}
			a.take(r)
			if len(a.outcomes) < batchSize {
				continue
			}
		case <-timer.C:
		}
		if err := a.flush(ctx); err != nil {
			return err
		}
		timer.Reset(acceptEvery)
	}
}

// accepting is one ACCEPT under way.
type accepting struct {
	*Engine
	x        Execution
	outcomes []rekey.Delivery // not yet written
	// streak are refusals in the same words, held back until it is clear whose
	// fault they are.
	streak []result
	words  refusal
	// theirs are the words that have been taken for the transport's fault.
	theirs refusal
}

// refusal is what a mail server says to a recipient, without their address.
type refusal struct {
	code int
	text string
}

// take notes an outcome.
func (a *accepting) take(r result) {
	if r.outcome.Verdict != Refused {
		a.endStreak()
		a.outcomes = append(a.outcomes, a.outcome(r))
		return
	}
	words := refusal{r.outcome.Reply.Code, strings.ReplaceAll(r.outcome.Reply.Text, r.letter.To, "")}
	if words == a.theirs {
		a.deferAll(r)
		return
	}
	if words != a.words {
		a.endStreak()
	}
	a.streak, a.words = append(a.streak, r), words
	if len(a.streak) < equalRefusals {
		return
	}
	a.log.Error("the mail server refuses everybody in the same words: sending is paused", "reply_code", words.code)
	a.mailer.Pause(a.now(), r.outcome.Reply)
	a.deferAll(a.streak...)
	a.streak, a.theirs = nil, words
}

// deferAll takes refusals for temporary ones.
func (a *accepting) deferAll(refused ...result) {
	for _, r := range refused {
		r.outcome.Verdict = Deferred
		a.outcomes = append(a.outcomes, a.outcome(r))
	}
}

// endStreak lets refusals stand that were not enough in a row.
func (a *accepting) endStreak() {
	for _, r := range a.streak {
		a.outcomes = append(a.outcomes, a.outcome(r))
	}
	a.streak = nil
}

// flush writes what was noted.
func (a *accepting) flush(ctx context.Context) error {
	if len(a.outcomes) == 0 {
		return nil
	}
	if err := a.store.Update(ctx, func(tx Tx) error { return a.settle(ctx, tx) }); err != nil {
		return err
	}
	a.recorded()
	return nil
}

// settle writes what was noted within a transaction.
func (a *accepting) settle(ctx context.Context, tx Tx) error {
	if err := tx.Settle(ctx, a.outcomes); err != nil {
		return err
	}
	return a.noteFailures(ctx, tx, a.x, a.outcomes)
}

// close writes the last outcomes together with what is left of the batch.
func (a *accepting) close(ctx context.Context, batch int) error {
	now := a.now()
	err := a.store.Update(ctx, func(tx Tx) error {
		if err := a.settle(ctx, tx); err != nil {
			return err
		}
		next, err := tx.CloseBatch(ctx, a.x.Run.ID, batch, now)
		if err == nil && !next.IsZero() {
			tx.Enqueue(Job{Kind: JobDeliver, RunID: a.x.Run.ID, Batch: batch, At: next})
		}
		return err
	})
	if err != nil {
		return err
	}
	a.recorded()
	a.step(StepBatchEnded)
	return nil
}

// recorded tells what was written.
func (a *accepting) recorded() {
	if len(a.outcomes) > 0 {
		a.step(StepRecorded)
	}
	for _, d := range a.outcomes {
		a.settled(a.x, d)
	}
	a.outcomes = a.outcomes[:0]
}

// settled tells that a delivery has come to a state.
func (e *Engine) settled(x Execution, d rekey.Delivery) {
	e.observe.Delivery(d, d.UpdatedAt.Sub(x.Event.Received))
	e.log.Info("delivery", "delivery_id", d.ID, "run_id", d.RunID, "event_id", x.Event.ID, "user_id", d.UserID,
		"state", d.State, "reason", d.Reason, "reply_code", d.ReplyCode)
}
