package engine

import (
	"context"

	"rekey"
)

// match starts a run of every automation that the event matches. When an event
// arrives, only this and the due time are decided, and whether the run would be due
// after the end of the time frame (I7). It returns how many runs wait now.
func (e *Engine) match(ctx context.Context, tx Tx, event rekey.Event) (started int, err error) {
	if _, ok := rekey.FindEventType(event.Type); !ok {
		return 0, rekey.Invalid("type", "Event type not found.")
	}
	automations, err := tx.ActiveAutomations(ctx, event.Type)
	if err != nil {
		return 0, err
	}
	for _, a := range automations {
		run, starts, err := a.RunFor(event)
		if err != nil {
			return 0, err
		}
		if !starts {
			continue
		}
		switch run.ID = e.newID(); {
		case event.Type == rekey.External && event.Time.Before(e.restored):
			run.State, run.Reason = rekey.RunCancelled, rekey.ReasonRestored
		case event.Type == rekey.ScheduleReached && event.Received.Sub(event.Time) >= CatchUp:
			run.State, run.Reason = rekey.RunCancelled, rekey.ReasonMissed
		}
		if run.State == rekey.RunCancelled {
			run.FinishedAt = event.Received
		}
		if err := tx.InsertRun(ctx, run); err != nil {
			return 0, err
		}
		if run.Reason == rekey.ReasonMissed && !run.Trial {
			if err := e.announce(ctx, tx, a, News{Missed: 1}); err != nil {
				return 0, err
			}
		}
		if run.State == rekey.RunCancelled {
			continue
		}
		tx.Enqueue(Task{Kind: TaskExecute, RunID: run.ID, At: run.DueAt})
		started++
	}
	return started, nil
}
