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
	if run.State != rekey.RunWaiting && run.State != rekey.RunHeld {
		return nil
	}
	if e.now().Before(run.DueAt) { // a clock was set back
		return e.store.Update(ctx, func(tx Tx) error {
			tx.Enqueue(Job{Kind: JobExecute, RunID: run.ID, At: run.DueAt})
			return nil
		})
	}
	x, stop, err := e.load(ctx, e.store, run)
	if err != nil {
		return err
	}
	if stop.state == "" && x.Automation.Status != rekey.AutomationActive {
		stop = obstacle{rekey.RunCancelled, rekey.ReasonAutomationInactive}
	}
	if stop.state != "" {
		return e.stopRun(ctx, x, stop, "")
	}
	job, ok := FindJobType(x.Automation.JobType)
	if !ok {
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonBadParameters}, "There is no job type "+x.Automation.JobType+".")
	}
	plan, err := job.Plan(ctx, e, x)
	var bad *rekey.Error
	switch {
	case errors.Is(err, ErrCalculation):
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonSelectionBroken}, err.Error())
	case errors.As(err, &bad) && bad.Code == rekey.CodeInvalid:
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonBadParameters}, bad.Error())
	case err != nil:
		return fmt.Errorf("plan run %s: %w", run.ID, err)
	}
	return e.commitPlan(ctx, x, plan)
}

// stopRun writes why a run is not executed. A run that is held stays as it is
// until what holds it has ended.
func (e *Engine) stopRun(ctx context.Context, x Execution, stop obstacle, detail string) error {
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
	run.Reason, run.Detail, run.StartedAt, run.UpdatedAt = "", plan.Detail, now, now
	queued := e.batch(run, plan.Deliveries)
	var moved bool
	err := e.store.Update(ctx, func(tx Tx) (err error) {
		left, err := e.makeRoom(ctx, tx, queued)
		if err != nil {
			return err
		}
		if run.State = rekey.RunSending; len(left) == 0 {
			run.State, run.FinishedAt = rekey.RunFinished, now
		}
		if moved, err = tx.StartRun(ctx, run); err != nil || !moved {
			return err
		}
		if err := tx.Plan(ctx, plan.Deliveries); err != nil {
			return err
		}
		tx.Enqueue(batchJobs(run.ID, left)...)
		return nil
	})
	if err != nil || !moved {
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

// batchJobs are the jobs that send a run's deliveries, one for each batch.
func batchJobs(runID string, queued []*rekey.Delivery) []Job {
	var jobs []Job
	for _, d := range queued {
		if len(jobs) == 0 || jobs[len(jobs)-1].Batch != d.Batch {
			jobs = append(jobs, Job{Kind: JobDeliver, RunID: runID, Batch: d.Batch})
		}
	}
	return jobs
}

// batch gives each delivery its id, its run and, if it is queued, its batch;
// it returns those that are queued.
func (e *Engine) batch(run rekey.Run, deliveries []rekey.Delivery) (queued []*rekey.Delivery) {
	for i := range deliveries {
		d := &deliveries[i]
		d.ID, d.RunID, d.Number, d.AskedBy, d.UpdatedAt = e.newID(), run.ID, 1, run.AskedBy, run.UpdatedAt
		if d.State == rekey.DeliveryQueued {
			d.Batch = 1 + len(queued)/batchSize
			queued = append(queued, d)
		}
	}
	return queued
}

// makeRoom looks once more, now within the transaction, at who is already being
// sent a password: those are skipped, unless the old one is to be revoked,
// which takes their place (I10). It returns those who are left.
func (e *Engine) makeRoom(ctx context.Context, tx Tx, queued []*rekey.Delivery) (left []*rekey.Delivery, err error) {
	if len(queued) == 0 {
		return nil, nil
	}
	ids := make([]string, len(queued))
	for i, d := range queued {
		ids[i] = d.UserID
	}
	if queued[0].OldPassword == rekey.RevokeAtOnce {
		return queued, tx.Supersede(ctx, ids, e.now())
	}
	unfinished, err := tx.Unfinished(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, d := range queued {
		if unfinished[d.UserID] {
			d.State, d.Reason = rekey.DeliverySkipped, rekey.ReasonAlreadyBeing
			continue
		}
		left = append(left, d)
	}
	return left, nil
}

// ran tells that a run has come to a state.
func (e *Engine) ran(run rekey.Run, x Execution) {
	e.observe.Run(run)
	e.log.Info("run", "run_id", run.ID, "event_id", x.Event.ID, "automation_id", run.AutomationID,
		"state", run.State, "reason", run.Reason)
}
