package engine

import (
	"context"
	"time"

	"rekey"
)

// CatchUp is how late a moment of a schedule may be noticed, when no node has run
// meanwhile.
const CatchUp = 24 * time.Hour

// reach records that schedules have come to their next moments. It moves each on to the
// first moment after now, so of several that were missed only the last counts. While an
// earlier run of the automation waits, as in a pause, there is no second one.
func (e *Engine) reach(ctx context.Context, tx Tx) (int, error) {
	now := e.now()
	due, err := tx.DueSchedules(ctx, now, sweepLimit)
	if err != nil {
		return 0, err
	}
	for _, a := range due {
		last, next := a.NextAt, a.NextMoment(a.NextAt)
		for !next.IsZero() && !next.After(now) {
			last, next = next, a.NextMoment(next)
		}
		moved, err := tx.MoveSchedule(ctx, a, next)
		if err != nil {
			return 0, err
		}
		if !moved { // another node did, or the schedule was changed
			continue
		}
		waits, err := tx.RunsDue(ctx, a.ID, now)
		if err != nil {
			return 0, err
		}
		if waits {
			e.log.Info("a schedule was reached while an earlier run of it waits", "automation_id", a.ID, "moment", last)
			continue
		}
		event := rekey.Event{Type: rekey.ScheduleReached, Automation: a.ID, SourceID: a.ID + " " + last.UTC().Format(time.RFC3339), Time: last}
		if _, err := e.Record(ctx, tx, event); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}
