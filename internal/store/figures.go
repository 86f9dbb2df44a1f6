package store

import (
	"context"
	"time"

	"rekey"
)

// Hourly returns what came of deliveries in each hour since a moment, by when
// the hour began.
func (s Queries) Hourly(ctx context.Context, since time.Time) (map[time.Time]rekey.Figures, error) {
	hours := map[time.Time]rekey.Figures{}
	err := s.eachOutcome(ctx, since, func(_ string, at time.Time, f rekey.Figures) {
		hour := at.Truncate(time.Hour)
		sum := hours[hour]
		sum.Add(f)
		hours[hour] = sum
	})
	return hours, err
}

// FiguresOf returns what came of the deliveries of automations since a moment,
// by their ids.
func (s Queries) FiguresOf(ctx context.Context, automationIDs []string, since time.Time) (map[string]rekey.Figures, error) {
	found := map[string]rekey.Figures{}
	for _, id := range automationIDs {
		found[id] = rekey.Figures{}
	}
	err := s.eachOutcome(ctx, since, func(automationID string, _ time.Time, f rekey.Figures) {
		if sum, asked := found[automationID]; asked {
			sum.Add(f)
			found[automationID] = sum
		}
	})
	return found, err
}

func (s Queries) eachOutcome(ctx context.Context, since time.Time, each func(automationID string, at time.Time, f rekey.Figures)) error {
	return s.each(ctx, `SELECT r.automation_id, d.state, d.accepted_at, d.updated_at, MAX(r.created_at, r.due_at)
		FROM deliveries d JOIN runs r ON r.id = d.run_id
		WHERE d.accepted_at >= $1 OR d.state IN ('failed', 'skipped') AND d.updated_at >= $1`, []any{micros(since)}, func(r rows) error {
		var automationID string
		var state rekey.DeliveryState
		var accepted, updated, began time.Time
		if err := r.Scan(&automationID, &state, moment{&accepted}, moment{&updated}, moment{&began}); err != nil {
			return err
		}
		f, at := rekey.Figures{}, updated
		switch state {
		case rekey.DeliveryFailed:
			f.Failed = 1
		case rekey.DeliverySkipped:
			f.Skipped = 1
		default:
			f.Sent, at = 1, accepted
			f.Took.Count(rekey.DurationStep(accepted.Sub(began)), 1)
		}
		each(automationID, at, f)
		return nil
	})
}

// LastRuns returns the latest run of each automation that has one.
func (s Queries) LastRuns(ctx context.Context, automationIDs []string) (map[string]rekey.Run, error) {
	found := map[string]rekey.Run{}
	list, err := s.runs(ctx, `WHERE id IN (SELECT MAX(id) FROM runs WHERE `+s.q.in("automation_id", 1)+` GROUP BY automation_id)`, texts(automationIDs))
	for _, run := range list {
		found[run.AutomationID] = run
	}
	return found, err
}

// OpenRuns counts the runs of automations that are waiting, held or sending.
func (s Queries) OpenRuns(ctx context.Context, automationIDs []string) (map[string]map[rekey.RunState]int, error) {
	found := map[string]map[rekey.RunState]int{}
	err := s.each(ctx, `SELECT automation_id, state, COUNT(*) FROM runs
		WHERE `+s.q.in("automation_id", 1)+` AND state IN ('waiting', 'held', 'sending') GROUP BY automation_id, state`,
		[]any{texts(automationIDs)}, func(r rows) error {
			var id string
			var state rekey.RunState
			var n int
			err := r.Scan(&id, &state, &n)
			if found[id] == nil {
				found[id] = map[rekey.RunState]int{}
			}
			found[id][state] = n
			return err
		})
	return found, err
}

// CountUnused counts, up to a limit, the mailed passwords that wait for their
// reader to choose another: one more than that says that there are more.
func (s Queries) CountUnused(ctx context.Context, now time.Time, limit int) (int, error) {
	var w where
	w.literally(`state = 'sent'`)
	w.add(`valid_until > ?`, micros(now))
	return s.countUpTo(ctx, `deliveries`, w, limit)
}

// CountFailed counts, up to a limit, the deliveries that failed since a moment:
// one more than that says that there are more.
func (s Queries) CountFailed(ctx context.Context, since time.Time, limit int) (int, error) {
	var w where
	w.literally(`state = 'failed'`)
	w.add(`updated_at >= ?`, micros(since))
	return s.countUpTo(ctx, `deliveries`, w, limit)
}
