package engine

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"rekey"
)

// settle writes outcomes as they come, in transactions of at most 200 outcomes or
// 250 ms, and closes the batch with the last one. If only slow replies are left, it
// hands on the rest of the batch and calls apart once. ctx must not end with the
// job.
func (e *Engine) settle(ctx context.Context, issued *issuing, batch int, s *dispatch, apart func()) error {
	expected := len(issued.attempts)
	a := &settling{Engine: e, x: issued.x, params: issued.params, worked: len(issued.written) > 0, looked: issued.now, outcomes: make([]rekey.Delivery, 0, expected)}
	timer := time.NewTimer(settleEvery)
	defer timer.Stop()
	for {
		select {
		case r, more := <-s.results:
			if !more {
				return a.close(ctx, batch)
			}
			a.take(r)
			if expected--; expected == 0 {
				continue // close writes the last outcome, too
			}
			if len(a.outcomes) < batchSize {
				continue
			}
		case <-timer.C:
			if apart != nil && s.waits() {
				if err := a.handOn(ctx, batch); err != nil {
					return err
				}
				apart()
				apart = nil
			}
		}
		if err := a.flush(ctx); err != nil {
			return err
		}
		timer.Reset(settleEvery)
	}
}

// settling is the step settle of one batch, in progress.
type settling struct {
	*Engine
	x        Execution
	params   rekey.SendParams
	worked   bool             // ISSUE found something to do
	looked   time.Time        // when ISSUE looked for work
	outcomes []rekey.Delivery // not yet written
	refused  []result         // among them
	reprieve []rekey.Delivery // refusals to be taken back
}

// take adds an outcome.
func (a *settling) take(r result) {
	d := a.outcome(r)
	if d.State == rekey.DeliverySent {
		d.RemindAt = a.params.RemindAt(a.x.Automation, a.x.EventType, d)
	}
	a.outcomes = append(a.outcomes, d)
	if equal := a.refusals.add(r); len(equal) > 0 {
		a.mailer.Pause(a.now(), r.outcome.Reply)
		a.takeBack(equal)
	}
	if r.outcome.Verdict == Refused {
		a.refused = append(a.refused, r)
	}
}

// takeBack notes refusals that were the transport's fault.
func (a *settling) takeBack(refused []result) {
	for _, r := range refused {
		r.outcome.Verdict = Deferred
		a.reprieve = append(a.reprieve, a.outcome(r))
	}
}

// flush writes the collected outcomes.
func (a *settling) flush(ctx context.Context) error {
	if len(a.outcomes) == 0 {
		return nil
	}
	return a.write(ctx, func(Tx) error { return nil })
}

// maxEarly is how early a job may come because the queue has another clock.
const maxEarly = 10 * time.Second

// close writes the last outcomes and when the batch needs work again. A job that
// found no work makes no other job: the worker that postponed the rest has made
// one. But if this job came slightly too early, it may be that one.
func (a *settling) close(ctx context.Context, batch int) error {
	err := a.write(ctx, func(tx Tx) error {
		now := a.now()
		next, err := tx.CloseBatch(ctx, a.x.Run.ID, batch, now)
		if err != nil {
			return err
		}
		if !a.worked && !next.IsZero() {
			// Due work that was not found is kept back, for example by a pause.
			// Another job would come at once and find none either.
			if early := next.Sub(a.looked); 0 < early && early < maxEarly {
				tx.Enqueue(Task{Kind: TaskDeliver, RunID: a.x.Run.ID, Batch: batch, At: next.Add(early)}) // see executeLater
			}
			return nil
		}
		if !next.IsZero() {
			tx.Enqueue(Task{Kind: TaskDeliver, RunID: a.x.Run.ID, Batch: batch, At: next})
		}
		return openNextBatch(ctx, tx, a.x.Run, now)
	})
	if err == nil {
		a.step(StepBatchEnded)
	}
	return err
}

// handOn writes the collected outcomes, and makes a job for what could not be begun
// in this turn.
func (a *settling) handOn(ctx context.Context, batch int) error {
	return a.write(ctx, func(tx Tx) error {
		next, err := tx.CloseBatch(ctx, a.x.Run.ID, batch, a.now())
		if err == nil && !next.IsZero() {
			tx.Enqueue(Task{Kind: TaskDeliver, RunID: a.x.Run.ID, Batch: batch, At: next})
		}
		return err
	})
}

// write writes the collected outcomes, and calls last in the same transaction.
func (a *settling) write(ctx context.Context, last func(Tx) error) error {
	var counted []rekey.Delivery
	err := a.persist(ctx, func(tx Tx) (err error) {
		if counted, err = tx.Settle(ctx, a.outcomes); err != nil {
			return err
		}
		if err := a.announceFailures(ctx, tx, a.x.Automation, counted); err != nil {
			return err
		}
		if err := tx.Reprieve(ctx, a.reprieve); err != nil {
			return err
		}
		return last(tx)
	})
	if err != nil {
		return err
	}
	if len(a.outcomes) > 0 {
		a.step(StepRecorded)
	}
	for _, d := range counted {
		a.reportDelivery(ctx, a.x, d)
	}
	if slices.ContainsFunc(counted, failed) {
		if err := a.judgeWaves(ctx, a.x); err != nil {
			a.log.Error("a run in waves could not be judged now; it is judged before its next wave", "run_id", a.x.Run.ID, "error", err)
		}
	}
	if n := len(a.outcomes) - len(counted); n > 0 {
		a.log.Info("outcomes came too late to count", "run_id", a.x.Run.ID, "count", n)
	}
	back := a.refusals.takenBack(a.refused) // other workers found them before they were written
	a.outcomes, a.refused, a.reprieve = a.outcomes[:0], nil, nil
	if len(back) == 0 {
		return nil
	}
	a.takeBack(back)
	reprieve := a.reprieve
	a.reprieve = nil
	return a.persist(ctx, func(tx Tx) error { return tx.Reprieve(ctx, reprieve) })
}

// While the database cannot be written, the answers of the mail server must not be
// lost: no other place has them.
const (
	persistFirst = 100 * time.Millisecond // doubled each time
	persistTries = 9                      // all tries together end within a minute
)

// persist is Store.Update, tried again while the database is unavailable. Outcomes
// count only while the claim on their delivery holds. So writing them twice or too
// late changes nothing.
func (a *settling) persist(ctx context.Context, fn func(Tx) error) error {
	wait := persistFirst
	for try := 1; ; try++ {
		err := a.store.Update(ctx, fn)
		if err == nil || try == persistTries || rekey.CodeOf(err) != rekey.CodeUnavailable {
			return err
		}
		a.log.Error("what the mail server answered cannot be recorded now; it is tried again", "run_id", a.x.Run.ID, "error", err)
		select {
		case <-time.After(wait + time.Duration(a.jitter()*float64(wait))):
			wait *= 2
		case <-ctx.Done():
			return err
		}
	}
}

// reportDelivery reports a new state of a delivery. A failed delivery needs a person, so
// it is logged as a warning.
func (e *Engine) reportDelivery(ctx context.Context, x Execution, d rekey.Delivery) {
	e.observe.Delivery(d, d.UpdatedAt.Sub(x.Event.Received))
	level := slog.LevelDebug
	if d.State == rekey.DeliveryFailed {
		level = slog.LevelWarn
	}
	e.log.Log(ctx, level, "delivery", "delivery_id", d.ID, "run_id", d.RunID, "event_id", x.Event.ID, "user_id", d.UserID,
		"state", d.State, "reason", d.Reason, "reply_code", d.ReplyCode)
}

// outcome returns the delivery after an attempt. Whose fault a failure was decides
// whether the delivery ends, is tried again, or counts as not tried.
func (e *Engine) outcome(r result) rekey.Delivery {
	d, now := r.delivery, e.now()
	d.UpdatedAt, d.Attempting = now, false
	if r.paused && r.outcome.Verdict == NotTried {
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonPaused, now
		return d
	}
	switch r.unscrambled {
	case "":
	case rekey.ReasonDirectoryDown:
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, r.unscrambled, now.Add(DirectoryAgain)
		return d
	default:
		d.State, d.Reason, d.Sealed = rekey.DeliveryCancelled, r.unscrambled, nil
		return d
	}
	d.ReplyCode, d.ReplyText = r.outcome.Reply.Code, r.outcome.Reply.Text
	switch r.outcome.Verdict {
	case Accepted:
		d.State, d.Reason, d.Sealed, d.AcceptedAt = rekey.DeliverySent, "", nil, now
		return d
	case Refused:
		d.State, d.Reason, d.Sealed = rekey.DeliveryFailed, rekey.ReasonRefused, nil
		return d
	case NotTried:
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonTransport, now
		if until := e.mailer.Down(now); until.After(now) {
			d.NextAttempt = until
		}
		if r.outcome.Blamed {
			d.NextAttempt = d.NextAttempt.Add(blamedLater)
		}
	case Doubtful:
		d.Doubtful = true
		d.Attempts++
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonUnanswered, now.Add(e.patience(now.Sub(d.IssuedAt)))
	case Deferred:
		d.Attempts++
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonDeferred, now.Add(e.backoff(d.Attempts))
	}
	return d
}
