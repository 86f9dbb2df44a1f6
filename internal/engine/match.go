package engine

import (
	"context"

	"rekey"
)

// match starts a run of every automation that the event matches. When an event
// arrives, only this and the due time are decided, and whether the run would be due
// after the end of the time frame (I7). It returns how many runs wait now.
func (e *Engine) match(ctx context.Context, tx Tx, event rekey.Event) (started int, err error) {
	eventType, ok := rekey.FindEventType(event.Type)
	if !ok {
		return 0, rekey.Invalid("type", "Event type not found.")
	}
	if event.Outsiders {
		eventType = eventType.FromOutsiders(event.Source)
	}
	automations, err := tx.ActiveAutomations(ctx, event.Type)
	if err != nil {
		return 0, err
	}
	for _, a := range automations {
		if !a.Matches(event) || event.Chain.Part > 1 && !a.SendParams().UseEventParameter {
			continue
		}
		asked := a.AskedBy(eventType)
		due, err := a.Due(event, asked)
		if err != nil {
			return 0, err
		}
		run := rekey.Run{
			ID:           e.newID(),
			AutomationID: a.ID,
			EventID:      event.ID,
			AskedBy:      asked,
			Trial:        a.Status == rekey.AutomationTrial,
			State:        rekey.RunWaiting,
			DueAt:        due,
			CreatedAt:    event.Received,
		}
		if run.AskedBy == rekey.AskedByOther {
			run.ActsFor = event.PostedBy
		}
		switch {
		case event.Type == rekey.External && event.Time.Before(e.restored):
			run.State, run.Reason, run.FinishedAt = rekey.RunCancelled, rekey.ReasonRestored, event.Received
		case event.Type == rekey.ScheduleReached && event.Received.Sub(event.Time) >= CatchUp:
			run.State, run.Reason, run.FinishedAt = rekey.RunCancelled, rekey.ReasonMissed, event.Received
		case event.Chain.Bars(a.ID) != "":
			run.State, run.Reason, run.FinishedAt = rekey.RunCancelled, event.Chain.Bars(a.ID), event.Received
		case a.TimeFrame.Over(due):
			run.State, run.Reason, run.FinishedAt = rekey.RunCancelled, rekey.ReasonAfterEnd, event.Received
		}
		if err := tx.InsertRun(ctx, run); err != nil {
			return 0, err
		}
		if run.Reason == rekey.ReasonMissed && !run.Trial {
			if err := e.scheduleNotice(ctx, tx, Execution{Run: run, Automation: a}); err != nil {
				return 0, err
			}
		}
		if run.State == rekey.RunCancelled {
			continue
		}
		tx.Enqueue(Task{Kind: TaskExecute, RunID: run.ID, At: due})
		started++
	}
	return started, nil
}
