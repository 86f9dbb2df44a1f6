package engine

import (
	"context"
	"errors"
	"fmt"

	"rekey"
)

// Execute takes a run that is due to its deliveries. Everything but the due
// time is decided now, from what is stored now (R10). Called for a run that has
// been executed, it does nothing.
func (e *Engine) Execute(ctx context.Context, runID string) error {
	run, err := e.store.Run(ctx, runID)
	if err != nil {
		return err
	}
	if run.State != rekey.RunWaiting && run.State != rekey.RunHeld || e.now().Before(run.DueAt) {
		return nil
	}
	x, stop, err := e.load(ctx, e.store, run)
	if err != nil {
		return err
	}
	if stop.state == "" && x.Automation.Status != rekey.AutomationActive {
		stop = verdict{rekey.RunCancelled, rekey.ReasonAutomationInactive}
	}
	if stop.state != "" {
		return e.stopRun(ctx, x, stop, "")
	}
	job, ok := FindJobType(x.Automation.JobType)
	if !ok {
		return e.stopRun(ctx, x, verdict{rekey.RunFailed, rekey.ReasonBadParameters}, "There is no job type "+x.Automation.JobType+".")
	}
	plan, err := job.Plan(ctx, e, x)
	var bad *rekey.Error
	switch {
	case errors.Is(err, ErrCalculation):
		return e.stopRun(ctx, x, verdict{rekey.RunFailed, rekey.ReasonSelectionBroken}, err.Error())
	case errors.As(err, &bad) && bad.Code == rekey.CodeInvalid:
		return e.stopRun(ctx, x, verdict{rekey.RunFailed, rekey.ReasonBadParameters}, bad.Error())
	case err != nil:
		return fmt.Errorf("plan run %s: %w", run.ID, err)
	}
	return e.commitPlan(ctx, x, plan)
}

// stopRun writes why a run is not executed. A run that is held stays as it is
// until what holds it has ended.
func (e *Engine) stopRun(ctx context.Context, x Execution, stop verdict, detail string) error {
	run := x.Run
	if run.State == rekey.RunHeld && stop.state == rekey.RunHeld {
		return nil
	}
	run.State, run.Reason, run.Detail, run.UpdatedAt = stop.state, stop.reason, detail, e.now()
	if stop.state != rekey.RunHeld {
		run.FinishedAt = run.UpdatedAt
	}
	return e.store.Update(ctx, func(tx Tx) error {
		moved, err := tx.StartRun(ctx, run)
		if err == nil && moved {
			e.ran(run, x)
		}
		return err
	})
}

// commitPlan stores the deliveries of a run and lets its batches go, all in one
// transaction: planned twice, the second finds the run already started.
func (e *Engine) commitPlan(ctx context.Context, x Execution, plan Plan) error {
	now := e.now()
	run := x.Run
	run.State, run.Reason, run.Detail = rekey.RunSending, "", plan.Detail
	run.StartedAt, run.UpdatedAt = now, now
	queued := e.batch(run, plan.Deliveries)
	if len(queued) == 0 {
		run.State, run.FinishedAt = rekey.RunFinished, now
	}
	err := e.store.Update(ctx, func(tx Tx) error {
		moved, err := tx.StartRun(ctx, run)
		if err != nil || !moved {
			return err
		}
		if err := e.makeRoom(ctx, tx, plan.Deliveries, queued); err != nil {
			return err
		}
		if err := tx.Plan(ctx, plan.Deliveries); err != nil {
			return err
		}
		for first := 0; first < len(queued); first += batchSize {
			tx.Enqueue(Job{Kind: JobDeliver, RunID: run.ID, Batch: plan.Deliveries[queued[first]].Batch})
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.step(StepPlanned)
	e.ran(run, x)
	for _, d := range plan.Deliveries {
		if d.State == rekey.DeliverySkipped {
			e.observe.Delivery(d, now.Sub(x.Event.Received))
		}
	}
	return nil
}

// batch gives each delivery its id, its run and, if it is queued, its batch;
// it returns which are queued.
func (e *Engine) batch(run rekey.Run, deliveries []rekey.Delivery) (queued []int) {
	for i := range deliveries {
		d := &deliveries[i]
		d.ID, d.RunID, d.Number, d.AskedBy, d.UpdatedAt = e.newID(), run.ID, 1, run.AskedBy, run.UpdatedAt
		if d.State == rekey.DeliveryQueued {
			d.Batch = 1 + len(queued)/batchSize
			queued = append(queued, i)
		}
	}
	return queued
}

// makeRoom looks once more, now within the transaction, at who is already being
// sent a password: those are skipped, unless the old one is to be revoked,
// which takes their place (I10).
func (e *Engine) makeRoom(ctx context.Context, tx Tx, deliveries []rekey.Delivery, queued []int) error {
	if len(queued) == 0 {
		return nil
	}
	ids := make([]string, len(queued))
	for i, at := range queued {
		ids[i] = deliveries[at].UserID
	}
	if deliveries[queued[0]].OldPassword == rekey.RevokeAtOnce {
		return tx.Supersede(ctx, ids, e.now())
	}
	unfinished, err := tx.Unfinished(ctx, ids)
	if err != nil {
		return err
	}
	for _, at := range queued {
		if d := &deliveries[at]; unfinished[d.UserID] {
			d.State, d.Reason = rekey.DeliverySkipped, rekey.ReasonAlreadyBeing
		}
	}
	return nil
}

// ran tells that a run has come to a state.
func (e *Engine) ran(run rekey.Run, x Execution) {
	e.observe.Run(run)
	e.log.Info("run", "run_id", run.ID, "event_id", x.Event.ID, "automation_id", run.AutomationID,
		"state", run.State, "reason", run.Reason)
}
