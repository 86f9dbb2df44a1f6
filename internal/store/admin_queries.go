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

// AutomationsUsing lists the automations that use a selection.
func (s Queries) AutomationsUsing(ctx context.Context, selectionID string) ([]rekey.Automation, error) {
	return s.automations(ctx, `WHERE selection_id = $1 ORDER BY id`, selectionID)
}

// BuiltInAutomation returns an automation that exists from the start.
func (s Queries) BuiltInAutomation(ctx context.Context, builtIn string) (rekey.Automation, error) {
	return s.oneAutomation(ctx, `WHERE built_in = $1`, builtIn)
}

// RunsOf lists the runs that an event started.
func (s Queries) RunsOf(ctx context.Context, eventID string) ([]rekey.Run, error) {
	return s.runs(ctx, `WHERE event_id = $1 ORDER BY id`, eventID)
}

// TalliesWithin counts the deliveries of runs by state and reason: in each
// tally those of users up to a rank, and in above all others. Those of people
// who are nobody's, or were deleted, count as of the lowest rank.
func (s Queries) TalliesWithin(ctx context.Context, runIDs []string, maxRank int, each func(runID string, t Tally, above int64)) error {
	return s.each(ctx, `SELECT d.run_id, d.state, d.reason,
			COUNT(*) FILTER (WHERE COALESCE(u.rank, 0) <= $2), COUNT(*) FILTER (WHERE COALESCE(u.rank, 0) > $2)
		FROM deliveries d LEFT JOIN system_users u ON u.id = d.user_id
		WHERE `+s.q.in("d.run_id", 1)+` GROUP BY d.run_id, d.state, d.reason ORDER BY d.run_id, d.state, d.reason`,
		[]any{texts(runIDs), maxRank}, func(r rows) error {
			var runID string
			var t Tally
			var above int64
			if err := r.Scan(&runID, &t.State, &t.Reason, &t.Count, &above); err != nil {
				return err
			}
			each(runID, t, above)
			return nil
		})
}
