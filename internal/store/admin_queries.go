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

// AutomationsUsing lists the automations that use any of the selections.
func (s Queries) AutomationsUsing(ctx context.Context, selectionIDs ...string) ([]rekey.Automation, error) {
	return s.automations(ctx, `WHERE `+s.q.in("selection_id", 1)+` ORDER BY id`, texts(selectionIDs))
}

// BuiltInAutomation returns a built-in automation by its purpose.
func (s Queries) BuiltInAutomation(ctx context.Context, builtIn string) (rekey.Automation, error) {
	return s.oneAutomation(ctx, `WHERE built_in = $1`, builtIn)
}

// RunsOf lists the runs that events started.
func (s Queries) RunsOf(ctx context.Context, eventIDs ...string) ([]rekey.Run, error) {
	return s.runs(ctx, `WHERE `+s.q.in("event_id", 1)+` ORDER BY id`, texts(eventIDs))
}

// RunTitles returns the names of the automations of runs, and their events with titles
// and AgainOf, by run id. The name of a deleted automation is "".
func (s Queries) RunTitles(ctx context.Context, runIDs ...string) (automations map[string]string, events map[string]rekey.Event, err error) {
	automations, events = map[string]string{}, map[string]rekey.Event{}
	err = s.each(ctx, `SELECT r.id, COALESCE(a.name, ''), COALESCE(e.type, ''), COALESCE(e.name, ''), COALESCE(e.again_of, '')
		FROM runs r LEFT JOIN automations a ON a.id = r.automation_id LEFT JOIN events e ON e.id = r.event_id
		WHERE `+s.q.in("r.id", 1), []any{texts(runIDs)}, func(r rows) error {
		var id, automation string
		var event rekey.Event
		err := r.Scan(&id, &automation, &event.Type, &event.Name, &event.AgainOf)
		automations[id], events[id] = automation, event
		return err
	})
	return automations, events, err
}
