package engine

import (
	"context"
	"slices"
	"strconv"

	"rekey"
)

// Sent lists the people whom a run has sent a password: of at most limit deliveries, after
// the given id. last is the id of the last one; "" if there are no more.
type Sent func(ctx context.Context, runID, after string, limit int) (users []string, last string, err error)

// Finished records that a run has finished, in the transaction in which it does, if an
// active automation waits for that. The store calls it, because the last delivery may end
// in any transaction: its user may choose a password. A run finishes once: not again after
// a retry by hand. Nothing follows a trial, or a run whose automation was deactivated
// meanwhile.
//
// The event names everybody whom the run has sent a password. If they are more than
// rekey.MaxEventUsers, several events name them; see rekey.Chain.
func (e *Engine) Finished(ctx context.Context, tx Tx, runID string, sent Sent) error {
	run, err := tx.Run(ctx, runID)
	if err != nil || run.Reopened || run.Trial {
		return err
	}
	waiting, err := tx.ActiveAutomations(ctx, rekey.AutomationFinished)
	if err != nil || !slices.ContainsFunc(waiting, func(a rekey.Automation) bool { return a.EventFilter.Automation == run.AutomationID }) {
		return err
	}
	a, err := tx.Automation(ctx, run.AutomationID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	if err != nil || a.Status != rekey.AutomationActive {
		return err
	}
	cause, _, err := e.recent.read(ctx, tx, run.EventID)
	if err != nil {
		return err
	}
	t, err := eventTypeOf(ctx, tx, cause)
	if err != nil {
		return err
	}
	event := rekey.Event{Type: rekey.AutomationFinished, Automation: a.ID, SourceID: run.ID, Outsiders: t.SetOffByStranger, Chain: cause.After(run, a)}
	for last, more := "", true; more; more = last != "" {
		if event.Users, last, err = sent(ctx, run.ID, last, rekey.MaxEventUsers); err != nil {
			return err
		}
		if _, err = e.Record(ctx, tx, event); err != nil {
			return err
		}
		event.Chain.Part = max(event.Chain.Part, 1) + 1
		event.SourceID = run.ID + " " + strconv.Itoa(event.Chain.Part)
	}
	return nil
}

// nobody is the Sent of a run that reached nobody.
func nobody(context.Context, string, string, int) ([]string, string, error) { return nil, "", nil }
