package engine

import (
	"context"
	"log/slog"
	"time"

	"rekey"
)

// settle writes the outcomes of what was issued as they come, up to 200 or 250 ms
// of them in one transaction, and closes the batch with the last one. When
// nothing is left but replies that take their time, it hands on what else there
// is to do in the batch, and calls apart once. ctx must not end with the job.
func (e *Engine) settle(ctx context.Context, issued *issuing, batch int, s *dispatch, apart func()) error {
	expected := len(issued.attempts)
	a := &settling{Engine: e, x: issued.x, worked: len(issued.written) > 0, looked: issued.now, outcomes: make([]rekey.Delivery, 0, expected)}
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
				continue // to its end, and not to a transaction of its own
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

// settling is one ACCEPT under way.
type settling struct {
	*Engine
	x        Execution
	worked   bool             // ISSUE found something to do
	looked   time.Time        // when ISSUE looked for it
	outcomes []rekey.Delivery // not yet written
	refused  []result         // among them
	reprieve []rekey.Delivery // refusals to be taken back
}

// take notes an outcome.
func (a *settling) take(r result) {
	a.outcomes = append(a.outcomes, a.outcome(r))
	if equal := a.refusals.add(r); len(equal) > 0 {
		a.mailer.Pause(a.now(), r.outcome.Reply)
		a.takeBack(equal)
	}
	if r.outcome.Verdict == Refused {
		a.refused = append(a.refused, r)
	}
}

// takeBack notes that refusals were the transport's fault.
func (a *settling) takeBack(refused []result) {
	for _, r := range refused {
		r.outcome.Verdict = Deferred
		a.reprieve = append(a.reprieve, a.outcome(r))
	}
}

// flush writes what was noted.
func (a *settling) flush(ctx context.Context) error {
	if len(a.outcomes) == 0 {
		return nil
	}
	return a.write(ctx, func(Tx) error { return nil })
}

// soon is how much earlier than by this clock a job may come because the queue
// has another clock.
const soon = 10 * time.Second

// close writes the last outcomes together with what is left of the batch. A job
// that found nothing to do makes no other: whoever has put off what is left has
// made one. But if it came a little too early, it may be that one.
func (a *settling) close(ctx context.Context, batch int) error {
	err := a.write(ctx, func(tx Tx) error {
		now := a.now()
		next, err := tx.CloseBatch(ctx, a.x.Run.ID, batch, now)
		if err != nil {
			return err
		}
		if !a.worked && !next.IsZero() {
			// What was due already and not found is kept back: sending is paused,
			// say. Another job would come at once and find as little.
			if early := next.Sub(a.looked); 0 < early && early < soon {
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

// handOn writes what was noted, and has somebody else see to the rest of the
// batch: what could not be begun in its turn.
func (a *settling) handOn(ctx context.Context, batch int) error {
	return a.write(ctx, func(tx Tx) error {
		next, err := tx.CloseBatch(ctx, a.x.Run.ID, batch, a.now())
		if err == nil && !next.IsZero() {
			tx.Enqueue(Task{Kind: TaskDeliver, RunID: a.x.Run.ID, Batch: batch, At: next})
		}
		return err
	})
}

// write writes what was noted, and what else belongs into the transaction.
func (a *settling) write(ctx context.Context, last func(Tx) error) error {
	var counted []rekey.Delivery
	err := a.persist(ctx, func(tx Tx) (err error) {
		if counted, err = tx.Settle(ctx, a.outcomes); err != nil {
			return err
		}
		if err := a.noteFailures(ctx, tx, a.x, counted); err != nil {
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
		a.settled(ctx, a.x, d)
	}
	if n := len(a.outcomes) - len(counted); n > 0 {
		a.log.Info("outcomes came too late to count", "run_id", a.x.Run.ID, "count", n)
	}
	back := a.refusals.takenBack(a.refused) // by another worker, before they were written
	a.outcomes, a.refused, a.reprieve = a.outcomes[:0], nil, nil
	if len(back) == 0 {
		return nil
	}
	a.takeBack(back)
	reprieve := a.reprieve
	a.reprieve = nil
	return a.persist(ctx, func(tx Tx) error { return tx.Reprieve(ctx, reprieve) })
}

// A database that cannot be written for a while must not cost what the mail
// server has answered, since that is nowhere else: it would be asked again.
const (
	persistFirst = 100 * time.Millisecond // doubled each time
	persistTries = 9                      // so that they end within a minute
)

// persist is Store.Update, tried again while the database is away. Outcomes count
// only while the claim on their delivery holds, so that to write them twice, or
// too late, changes nothing.
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

// settled tells that a delivery has come to a state. Only one that failed needs
// somebody.
func (e *Engine) settled(ctx context.Context, x Execution, d rekey.Delivery) {
	e.observe.Delivery(d, d.UpdatedAt.Sub(x.Event.Received))
	level := slog.LevelDebug
	if d.State == rekey.DeliveryFailed {
		level = slog.LevelWarn
	}
	e.log.Log(ctx, level, "delivery", "delivery_id", d.ID, "run_id", d.RunID, "event_id", x.Event.ID, "user_id", d.UserID,
		"state", d.State, "reason", d.Reason, "reply_code", d.ReplyCode)
}

// outcome says what an attempt makes of its delivery. Whose fault it was decides
// whether the delivery is over, tried again, or taken as not tried.
func (e *Engine) outcome(r result) rekey.Delivery {
	d, now := r.delivery, e.now()
	d.UpdatedAt, d.Attempting = now, false
	if r.paused && r.outcome.Verdict == NotTried {
		d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonPaused, now
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

// giveUp ends a delivery that no server has accepted in time. If an attempt may
// have reached one nonetheless, its password logs in until it expires (I2).
func giveUp(d rekey.Delivery) rekey.Delivery {
	d.State, d.Reason, d.Sealed = rekey.DeliveryFailed, rekey.ReasonGaveUp, nil
	d.Doubtful, d.Attempting = d.Doubtful || d.Attempting, false
	return d
}
