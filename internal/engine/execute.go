package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"rekey"
)

// Execute plans the deliveries of a run that is due. Everything except the due time
// is decided now, from what is stored now (R10). A large run is planned part by
// part; if that takes long, another job continues. For a run that was executed
// before, Execute does nothing.
func (e *Engine) Execute(ctx context.Context, runID string) error {
	run, err := e.store.Run(ctx, runID)
	if err != nil {
		return err
	}
	switch {
	case run.Phase == rekey.PhaseEnd:
		return e.endRun(ctx, run)
	case run.Held():
		return nil
	case run.State == rekey.RunSending && !run.WaveAt.IsZero():
		if early := run.WaveAt.Sub(e.now()); early > maxEarly { // its job comes then
			return nil
		} else if early > 0 {
			return e.executeLater(ctx, run.ID, run.WaveAt, early)
		}
	case run.State != rekey.RunWaiting && run.State != rekey.RunHeld && run.State != rekey.RunPlanning:
		return nil
	}
	if early := run.DueAt.Sub(e.now()); early > 0 {
		return e.executeLater(ctx, run.ID, run.DueAt, early)
	}
	x, stop, err := e.load(ctx, e.store, run)
	if err != nil {
		return err
	}
	if stop.state == "" && !x.Automation.Status.Starts() { // admin cancels most of them at once
		stop = obstacle{rekey.RunCancelled, rekey.ReasonAutomationInactive}
	}
	if planned := run.AutomationVersion; stop.state == "" && planned != 0 && planned != x.Automation.Version {
		stop = obstacle{rekey.RunCancelled, rekey.ReasonAutomationChanged}
	}
	if stop.state != "" {
		return e.stopRun(ctx, x, stop, "")
	}
	job, ok := FindJobType(x.Automation.JobType)
	if !ok {
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonBadParameters}, "There is no job type "+x.Automation.JobType+".")
	}
	plan, err := job.Plan(ctx, e, x)
	inWaves := !run.WaveAt.IsZero() || run.Phase == rekey.PhaseRelease && !plan.Waves.IsZero()
	switch {
	case err != nil:
	case inWaves:
		x.Run, err = e.sendWave(ctx, x, plan)
	default:
		x.Run, err = e.carryOut(ctx, x, plan)
	}
	var bad *rekey.Error
	var refused *RefusalError
	switch {
	case errors.Is(err, ErrCalculation):
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonSelectionBroken}, err.Error())
	case errors.As(err, &refused):
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, refused.Reason}, "")
	case errors.As(err, &bad) && bad.Code == rekey.CodeInvalid:
		return e.stopRun(ctx, x, obstacle{rekey.RunFailed, rekey.ReasonBadParameters}, bad.Error())
	case err != nil:
		return fmt.Errorf("plan run %s: %w", run.ID, err)
	}
	return nil
}

// Execution is a run with everything that its execution depends on, as stored when
// it executes.
type Execution struct {
	Run   rekey.Run
	Event rekey.Event
	// Named are the subjects that the event names, as ids or addresses.
	Named      map[string]bool
	EventType  rekey.EventType
	Automation rekey.Automation
	// Authority is that of the automation's owner, or of the person who asked for
	// the run.
	Authority rekey.Authority
	// Others must each have the right to what the run does, too: the person who posted a
	// test event, and those with whose authority the earlier runs of a chain acted.
	Others []rekey.Authority
}

// chained reports whether the run follows another one.
func (x Execution) chained() bool { return len(x.Event.Chain.Automations) > 0 }

// several reports whether a person sends to several at once, or sends again to those of
// a run. It is then not like sending to one in person.
func (x Execution) several() bool {
	return x.Run.AskedBy == rekey.AskedByOther && (x.Event.AgainOf != "" || len(x.Event.Users) > 1)
}

// sendParams returns the parameters with which the run sends. To send again takes no way
// in away: whoever did not get in may have nothing but the old password.
func (x Execution) sendParams() (rekey.SendParams, error) {
	p, err := sendParams(x.Automation, x.EventType)
	if x.Event.AgainOf != "" {
		p.OldPassword = rekey.KeepUntilChanged
	}
	return p, err
}

// ceiling returns how many people the run may reach without approval; 0 means any number.
func (x Execution) ceiling(p rekey.SendParams) int {
	if x.several() {
		return p.Ceiling
	}
	return p.CeilingFor(x.Automation, x.Run.AskedBy)
}

// load reads what an execution of the run depends on. stop says why the run cannot
// be executed. err means only that something could not be read.
func (e *Engine) load(ctx context.Context, reader Reader, run rekey.Run) (x Execution, stop obstacle, err error) {
	x.Run = run
	if x.Event, x.Named, err = e.recent.read(ctx, reader, run.EventID); err != nil {
		return x, stop, err
	}
	if x.EventType, err = eventTypeOf(ctx, reader, x.Event); err != nil {
		return x, stop, err
	}
	x.Automation, err = reader.Automation(ctx, run.AutomationID)
	gone := rekey.CodeOf(err) == rekey.CodeNotFound
	switch {
	case err != nil && !gone:
		return x, stop, err
	case run.State == rekey.RunCancelled:
		return x, obstacle{run.State, run.Reason}, nil
	case run.Undone():
		return x, obstacle{rekey.RunCancelled, rekey.ReasonUndone}, nil
	case gone:
		return x, obstacle{rekey.RunCancelled, rekey.ReasonAutomationGone}, nil
	}
	x.Run.Trial = run.Trial || becomesTrial(run, x.Automation)
	if x.Others, stop, err = othersOf(ctx, reader, x.Event); err != nil || stop.state != "" {
		return x, stop, err
	}
	actsFor, blocked := x.Automation.OwnerID, rekey.RunHeld
	if run.ActsFor != "" {
		actsFor, blocked = run.ActsFor, rekey.RunCancelled
	}
	if actsFor == "" {
		x.Authority = rekey.SystemAuthority()
		return x, stop, nil
	}
	x.Authority, stop, err = authorityOf(ctx, reader, actsFor, blocked)
	return x, stop, err
}

// othersOf returns what the people may do now who have a part in an event.
func othersOf(ctx context.Context, reader Reader, event rekey.Event) (others []rekey.Authority, stop obstacle, err error) {
	people := event.Chain.People
	if event.IsTest() {
		people = []string{event.PostedBy}
	}
	for _, id := range people {
		other, stop, err := authorityOf(ctx, reader, id, rekey.RunCancelled)
		if err != nil || stop.state != "" {
			return nil, stop, err
		}
		others = append(others, other)
	}
	return others, stop, nil
}

// becomesTrial reports whether a run is a trial because of the status that its automation
// has now. A run of which a part is planned does not become one: it is cancelled, because
// its automation has changed.
func becomesTrial(run rekey.Run, a rekey.Automation) bool {
	return a.Status == rekey.AutomationTrial && run.Phase == "" && run.WaveAt.IsZero() && !run.Held()
}

// eventTypeOf returns the event's entry of the catalogue. Outsiders have a say in the
// event if they had one when it came, or have one in events of its source by now. In a
// chain, that is the source of the event that set it off.
func eventTypeOf(ctx context.Context, reader Reader, event rekey.Event) (rekey.EventType, error) {
	t, _ := rekey.FindEventType(event.Type)
	outsiders := event.Outsiders
	from := event.Chain.Source
	if t.External && !event.IsTest() {
		from = event.Source
	}
	if from != "" && !outsiders {
		source, err := reader.EventSource(ctx, from)
		if err != nil {
			return t, err
		}
		outsiders = source.Outsiders()
	}
	if outsiders {
		t = t.FromOutsiders(event.Source)
	}
	return t, nil
}

// authorityOf returns what a system user may do now. blocked is the state that the
// run gets if they are blocked.
func authorityOf(ctx context.Context, reader Reader, userID string, blocked rekey.RunState) (a rekey.Authority, stop obstacle, err error) {
	u, err := reader.User(ctx, userID)
	switch {
	case rekey.CodeOf(err) == rekey.CodeNotFound:
		return a, obstacle{rekey.RunCancelled, rekey.ReasonOwnerGone}, nil
	case err != nil:
		return a, stop, err
	case u.Status != rekey.UserActive:
		return a, obstacle{blocked, rekey.ReasonOwnerBlocked}, nil
	}
	return u.Authority(), stop, nil
}

// obstacle says why a run is not executed. The zero value is no obstacle.
type obstacle struct {
	state  rekey.RunState
	reason rekey.Reason
}

// executeLater delays a run whose job came too early. The queue's clock, which may
// be the database's, is ahead of this one, or this one was set back. A job for the
// due time would come back at once, again and again. So the new job is later by the
// difference. If that is too late, the sweep comes first.
func (e *Engine) executeLater(ctx context.Context, runID string, due time.Time, early time.Duration) error {
	return e.store.Update(ctx, func(tx Tx) error {
		tx.Enqueue(Task{Kind: TaskExecute, RunID: runID, At: due.Add(early)})
		return nil
	})
}

// stopRun writes why a run is not executed. A held run stays as it is until the
// obstacle is gone. But if a part of it is queued already, the run ends: a queued
// delivery blocks all others of its user. The planned deliveries of a run end with
// it.
func (e *Engine) stopRun(ctx context.Context, x Execution, stop obstacle, detail string) error {
	from := x.Run
	if stop.state == rekey.RunHeld && (from.Phase == rekey.PhasePlan || from.Phase == rekey.PhaseRelease && from.Place != "") {
		stop.state = rekey.RunCancelled
	}
	if from.Trial && stop.state == rekey.RunHeld {
		stop.state = rekey.RunFinished // it says that it would be held
	}
	if from.State == rekey.RunHeld && stop.state == rekey.RunHeld {
		return nil
	}
	run := from
	run.State, run.Reason, run.Detail, run.UpdatedAt = stop.state, stop.reason, detail, e.now()
	if stop.state != rekey.RunHeld {
		run.FinishedAt = run.UpdatedAt
		if run.Phase != "" || !run.WaveAt.IsZero() {
			run.Phase, run.Place = rekey.PhaseEnd, ""
		}
	}
	var moved bool
	err := e.store.Update(ctx, func(tx Tx) (err error) {
		if moved, err = tx.MoveRun(ctx, from, run); err != nil || !moved || run.Phase != rekey.PhaseEnd {
			return err
		}
		tx.Enqueue(Task{Kind: TaskExecute, RunID: run.ID})
		return uncount(ctx, tx, from)
	})
	if err == nil && moved {
		e.reportRun(ctx, run, x)
	}
	return err
}

// reportRun reports a new state of a run; that of a trial only to the log. A run that is
// held or has failed needs a person, so it is logged as a warning.
func (e *Engine) reportRun(ctx context.Context, run rekey.Run, x Execution) {
	if !run.Trial {
		e.observe.Run(run)
	}
	level := slog.LevelInfo
	if run.State == rekey.RunHeld || run.State == rekey.RunFailed {
		level = slog.LevelWarn
	}
	e.log.Log(ctx, level, "run", "run_id", run.ID, "event_id", x.Event.ID, "automation_id", run.AutomationID,
		"state", run.State, "reason", run.Reason, "trial", run.Trial)
}
