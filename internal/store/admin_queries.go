package store

import (
	"context"

	"rekey"
)

// SelectionsOwnedBy lists the selections of a system user.
func (s Queries) SelectionsOwnedBy(ctx context.Context, userID string) ([]rekey.Selection, error) {
	return s.selections(ctx, `WHERE owner_id = $1 ORDER BY id`, userID)
}

// AutomationsOwnedBy lists the automations of a system user.
func (s Queries) AutomationsOwnedBy(ctx context.Context, userID string) ([]rekey.Automation, error) {
	return s.automations(ctx, `WHERE owner_id = $1 ORDER BY id`, userID)
}

// AutomationsUsing lists the automations that use one of some selections.
func (s Queries) AutomationsUsing(ctx context.Context, selectionIDs ...string) ([]rekey.Automation, error) {
	return s.automations(ctx, `WHERE `+s.q.in("selection_id", 1)+` ORDER BY id`, texts(selectionIDs))
}

// BuiltInAutomation returns an automation that exists from the start.
func (s Queries) BuiltInAutomation(ctx context.Context, builtIn string) (rekey.Automation, error) {
	return s.oneAutomation(ctx, `WHERE built_in = $1`, builtIn)
}

// RunsOf lists the runs that an event started.
func (s Queries) RunsOf(ctx context.Context, eventID string) ([]rekey.Run, error) {
	return s.runs(ctx, `WHERE event_id = $1 ORDER BY id`, eventID)
}
