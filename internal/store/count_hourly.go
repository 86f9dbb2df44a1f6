package store

import (
	"context"
	"time"

	"rekey"
)

// Hourly returns the outcomes of deliveries per hour since a moment. The keys are
// the starts of the hours.
func (s Queries) Hourly(ctx context.Context, since time.Time) (map[time.Time]rekey.Figures, error) {
	hours := map[time.Time]rekey.Figures{}
	err := s.each(ctx, `SELECT hour, SUM(sent), SUM(failed), SUM(skipped) FROM figures WHERE hour >= $1 GROUP BY hour`,
		[]any{hourOf(since)}, func(r rows) error {
			var hour int64
			var f rekey.Figures
			err := r.Scan(&hour, &f.Sent, &f.Failed, &f.Skipped)
			hours[beginOf(hour)] = f
			return err
		})
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, `SELECT hour, step, n FROM figures_took WHERE hour >= $1`, []any{hourOf(since)}, func(r rows) error {
		var hour, n int64
		var step int
		err := r.Scan(&hour, &step, &n)
		f := hours[beginOf(hour)]
		f.Took.Count(step, n)
		hours[beginOf(hour)] = f
		return err
	})
	return hours, err
}

// FiguresOf returns the outcomes of the deliveries of automations, by automation
// id, since the hour of a moment. It leaves out the durations.
func (s Queries) FiguresOf(ctx context.Context, automationIDs []string, since time.Time) (map[string]rekey.Figures, error) {
	found := map[string]rekey.Figures{}
	err := s.each(ctx, `SELECT automation_id, SUM(sent), SUM(failed), SUM(skipped) FROM figures
		WHERE hour >= $1 AND `+s.q.in("automation_id", 2)+` GROUP BY automation_id`,
		[]any{hourOf(since), texts(automationIDs)}, func(r rows) error {
			var id string
			var f rekey.Figures
			err := r.Scan(&id, &f.Sent, &f.Failed, &f.Skipped)
			found[id] = f
			return err
		})
	return found, err
}

// LastRuns returns the latest run of each automation that has one.
func (s Queries) LastRuns(ctx context.Context, automationIDs []string) (map[string]rekey.Run, error) {
	found := map[string]rekey.Run{}
	list, err := s.runs(ctx, `WHERE id IN (SELECT (SELECT MAX(r.id) FROM runs r WHERE r.automation_id = a.id)
		FROM automations a WHERE `+s.q.in("a.id", 1)+`)`, texts(automationIDs))
	for _, run := range list {
		found[run.AutomationID] = run
	}
	return found, err
}

// OpenRuns counts the unfinished runs of automations, by automation id and state.
func (s Queries) OpenRuns(ctx context.Context, automationIDs []string) (map[string]map[rekey.RunState]int, error) {
	found := map[string]map[rekey.RunState]int{}
	err := s.each(ctx, `SELECT automation_id, state, COUNT(*) FROM runs
		WHERE `+s.q.in("automation_id", 1)+` AND state IN ('waiting', 'planning', 'held', 'sending') GROUP BY automation_id, state`,
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
