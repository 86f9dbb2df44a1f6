package engine

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// A run in waves is sent part by part, each at its moment:
//
//	planned, all held ─► sending ◄──────────── approved
//	                       │  ▲                   │
//	    WaveAt has come:   ▼  │ WaveAt: in an     │
//	    a wave, in parts: checked hour, in the    │
//	    anew, then queued     │ allowed hours     │
//	                       │  └──                 │
//	    too many refused:  └────► held, what is queued as well
//
// A held delivery keeps its user from nothing else. The transaction of each part also stores
// how far the run has come (rekey.Run.Looked) and when the next part begins. MoveRun lets one
// of several jobs do that, so each wave begins once. While WaveAt is set, the run does not
// count as finished; the sweep finds it if its job is lost. How many people a part takes
// follows from how many came before, so nothing else says which wave it is.

// beginWaves takes a run that is planned to its first wave.
func (p *planning) beginWaves(tx Tx) {
	p.run.State, p.run.Phase, p.run.Place, p.run.WaveAt = rekey.RunSending, "", "", p.run.UpdatedAt
	p.run.Candidates, p.run.Looked, p.run.Recipients, p.run.Spent = p.run.Recipients, 0, 0, 0
	tx.Enqueue(Task{Kind: TaskExecute, RunID: p.run.ID})
}

// wave is one part of a wave.
type wave struct {
	*planning
	waves rekey.Waves
	held  []rekey.Delivery
	last  bool      // nobody waits after it
	after rekey.Run // as it is after the part
}

// sendWave begins the next wave of a run, or moves it to when it may begin, or stops the run.
// It returns the run as last stored, also with an error.
func (e *Engine) sendWave(ctx context.Context, x Execution, plan Plan) (rekey.Run, error) {
	until := e.now().Add(planLimit)
	for {
		w, stop, err := e.wavePart(ctx, x, plan)
		if err == nil && stop.state != "" {
			return x.Run, e.stopRun(ctx, x, stop, "")
		}
		if err != nil {
			return x.Run, err
		}
		if now := e.now(); x.Run.Before.Ended >= 0 && w.waves.Stops(x.Run.Outcomes.Since(x.Run.Before)) {
			return x.Run, e.stopWaves(ctx, x, w.waves, now)
		}
		judged := w.held
		if err := e.store.Update(ctx, func(tx Tx) error {
			w.held = slices.Clone(judged) // fn may run again, from the same values
			return w.write(ctx, tx)
		}); err != nil {
			return x.Run, unlessElsewhere(err)
		}
		x = w.report(ctx, x)
		if now := e.now(); x.Run.WaveAt.IsZero() || x.Run.WaveAt.After(now) || now.After(until) {
			return x.Run, nil
		}
	}
}

// report tells what was stored, and returns the execution with the run as it is now.
func (w *wave) report(ctx context.Context, x Execution) Execution {
	w.step(StepOfWave)
	if x.Run.State != w.after.State {
		w.reportRun(ctx, w.after, x)
	}
	for _, d := range w.held {
		if d.State == rekey.DeliverySkipped {
			w.observe.Delivery(d, w.run.UpdatedAt.Sub(x.Event.Received))
		}
	}
	x.Run = w.after
	return x
}

// wavePart looks at the people of the next part, outside any transaction. In quiet hours it
// looks at nobody.
func (e *Engine) wavePart(ctx context.Context, x Execution, plan Plan) (w *wave, stop obstacle, err error) {
	now := e.now()
	w = &wave{planning: &planning{Engine: e, x: x, plan: plan, run: x.Run}, waves: plan.Waves}
	w.run.State, w.run.Phase, w.run.Reason, w.run.Detail, w.run.UpdatedAt = rekey.RunSending, "", "", "", now
	frame := x.Automation.TimeFrame
	if frame.Over(now) {
		return w, obstacle{rekey.RunCancelled, rekey.ReasonAfterEnd}, nil
	}
	zone, err := rekey.LoadZone(x.Automation.TimeZone)
	if err != nil {
		return w, stop, err
	}
	if w.run.WaveAt = later(frame.Move(now, zone), x.Run.WaveAt); w.run.WaveAt.After(now) {
		return w, stop, nil
	}
	return w, stop, w.look(ctx)
}

// look puts the people of the part through all checks. It reads one more person than the
// part takes, to know whether anybody is left.
func (w *wave) look(ctx context.Context) error {
	run := &w.run
	if run.Before.Ended < 0 || w.waves.Begins(run.Looked, run.Candidates) && w.waves.Enough(run.Outcomes.Since(run.Before)) {
		run.Before = run.Outcomes // small waves are judged together
	}
	take := planStep
	if !run.RestAtOnce && !w.waves.IsZero() {
		take = min(take, max(1, w.waves.Left(run.Looked, run.Candidates)))
	}
	held, err := w.Engine.store.Held(ctx, run.ID, run.Place, take+1)
	if err != nil {
		return err
	}
	w.last = len(held) <= take
	if held = held[:min(len(held), take)]; len(held) == 0 || w.plan.Again == nil {
		return nil
	}
	spent := run.Spent
	if w.waves.Begins(run.Looked, run.Candidates) {
		spent = 0 // each wave has the budget of a run
	}
	part, err := w.plan.Again(ctx, held, spent)
	if err != nil {
		return err
	}
	w.held = part.Deliveries
	run.Spent, run.Place = part.Spent, held[len(held)-1].ID
	return nil
}

// write stores the part: those who passed the checks are queued in batches of their own.
func (w *wave) write(ctx context.Context, tx Tx) error {
	from, run := w.x.Run, w.run // fn may run again, from the same values
	var queued []*rekey.Delivery
	for i := range w.held {
		d := &w.held[i]
		if d.UpdatedAt = run.UpdatedAt; d.State == rekey.DeliveryQueued {
			queued = append(queued, d)
		}
	}
	chosen, err := skipUnfinished(ctx, tx, queued)
	if err != nil {
		return err
	}
	run.Looked += len(w.held)
	run.Recipients += len(chosen)
	moved, err := w.move(ctx, tx, from, run)
	if err != nil {
		return err
	}
	if err := w.open(ctx, tx, run, chosen); err != nil {
		return err
	}
	if err := tx.Release(ctx, w.held); err != nil {
		return err
	}
	if w.after = moved; moved.WaveAt.IsZero() {
		_, err = tx.CloseBatch(ctx, run.ID, 0, run.UpdatedAt) // if the mails of all have ended already
	}
	return err
}

// move stores how far the run has come, and when the next part begins.
func (w *wave) move(ctx context.Context, tx Tx, from, to rekey.Run) (rekey.Run, error) {
	switch now := to.UpdatedAt; {
	case to.WaveAt.After(now): // quiet hours
	case w.last:
		to.WaveAt = time.Time{}
	case !to.RestAtOnce && w.waves.Begins(to.Looked, to.Candidates):
		next, err := w.waves.Next(w.x.Automation, now)
		if err != nil {
			return to, err
		}
		to.WaveAt = next
	}
	if !to.WaveAt.IsZero() {
		tx.Enqueue(Task{Kind: TaskExecute, RunID: to.ID, At: to.WaveAt})
	}
	moved, err := tx.MoveRun(ctx, from, to)
	if err == nil && !moved {
		err = errElsewhere
	}
	return to, err
}

// open gives deliveries batches of their own, with jobs.
func (w *wave) open(ctx context.Context, tx Tx, run rekey.Run, chosen []*rekey.Delivery) error {
	if len(chosen) == 0 {
		return nil
	}
	_, before, err := tx.LastNumber(ctx, run.ID, "", "")
	if err != nil {
		return err
	}
	last := before
	for i, d := range chosen {
		d.Batch = before + 1 + i/batchSize
		if d.Batch > last {
			last = d.Batch
			tx.Enqueue(Task{Kind: TaskDeliver, RunID: run.ID, Batch: last})
		}
	}
	return tx.OpenBatches(ctx, run.ID, before+1, last, last, run.UpdatedAt)
}

// judgeWaves stops a run in waves if too many of its mails were refused. What it cannot
// read now, it judges at the next refusal, or before the next wave.
func (e *Engine) judgeWaves(ctx context.Context, x Execution) error {
	p, err := sendParams(x.Automation, x.EventType)
	if err != nil {
		return err
	}
	waves := x.waves(p)
	if waves.IsZero() {
		return nil
	}
	if x.Run, err = e.store.Run(ctx, x.Run.ID); err != nil {
		return err
	}
	run := x.Run
	if run.State != rekey.RunSending || run.Phase != "" || run.AutomationVersion != x.Automation.Version ||
		run.Before.Ended < 0 || !waves.Stops(run.Outcomes.Since(run.Before)) {
		return nil
	}
	return e.stopWaves(ctx, x, waves, e.now())
}

// stopWaves stops a run because too many of its mails were refused, and tells its people.
func (e *Engine) stopWaves(ctx context.Context, x Execution, waves rekey.Waves, now time.Time) error {
	outcomes := x.Run.Outcomes.Since(x.Run.Before)
	var stopped bool
	err := e.store.Update(ctx, func(tx Tx) (err error) {
		stopped, err = tx.StopRun(ctx, x.Run, rekey.ReasonStopped, outcomes.Text()+", stops above "+string(waves.Stop()), now)
		if err != nil || !stopped {
			return err
		}
		return e.announce(ctx, tx, x.Automation, News{Held: 1})
	})
	if err == nil && stopped {
		x.Run.State, x.Run.Reason = rekey.RunHeld, rekey.ReasonStopped
		e.reportRun(ctx, x.Run, x)
	}
	return unlessElsewhere(err)
}
