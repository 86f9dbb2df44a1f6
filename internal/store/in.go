package store

import (
	"context"
	"time"

	"rekey"
)

// isIn is the condition for deliveries whose users are in: rekey.Standing.
const isIn = `(d.in_at > 0)`

// latest is the condition for the delivery of a run that says how far its user is:
// rekey.Standing. A retry takes the place of what came before, unless it was skipped.
const latest = `(d.number = 1 OR d.state <> 'skipped' OR d.user_id = '') AND NOT EXISTS (SELECT 1 FROM deliveries n WHERE n.number > 1
	AND n.run_id = d.run_id AND n.user_id = d.user_id AND n.user_id <> '' AND n.number > d.number AND n.state <> 'skipped')`

// noteIn notes, for every delivery of a user that has ended, that they have chosen a
// password since. An unfinished one ends with the change, or has no password yet.
func (tx *Tx) noteIn(ctx context.Context, userID string, now time.Time) error {
	since, err := tx.places(ctx, `d.user_id = $1 AND d.in_at = 0
		AND d.state IN ('done', 'expired', 'superseded', 'cancelled', 'failed')`, userID)
	if err != nil || len(since) == 0 {
		return err
	}
	ids := make([]string, len(since))
	for i, p := range since {
		ids[i] = p.id
		tx.cameIn(p.runID, p.outcome, 1)
	}
	return tx.write(ctx, `UPDATE deliveries SET in_at = $2 WHERE `+tx.q.in("id", 1), texts(ids), micros(now))
}

// Overtaken counts the deliveries of runs that say nothing about their users any more,
// because the users have a later one in the run. They are few: only a retry by hand
// makes them. found holds those of users up to a rank.
func (s Queries) Overtaken(ctx context.Context, runIDs []string, maxRank int) (found map[string][]rekey.Tally, err error) {
	found = map[string][]rekey.Tally{}
	err = s.each(ctx, `SELECT d.run_id, d.state, d.reason, COUNT(*), COUNT(*) FILTER (WHERE `+isIn+`)
		FROM (SELECT DISTINCT run_id, user_id FROM deliveries WHERE number > 1 AND user_id <> '' AND `+s.q.in("run_id", 1)+`) r
		CROSS JOIN deliveries d`+s.q.indexed("deliveries_user")+` LEFT JOIN system_users u ON u.id = d.user_id
		WHERE d.user_id = r.user_id AND d.run_id = r.run_id AND COALESCE(u.rank, 0) <= $2 AND NOT (`+latest+`)
		GROUP BY d.run_id, d.state, d.reason`, []any{texts(runIDs), maxRank}, func(r rows) error {
		var id string
		var t rekey.Tally
		err := r.Scan(&id, &t.State, &t.Reason, &t.Count, &t.In)
		found[id] = append(found[id], t)
		return err
	})
	return found, err
}

// statesOf are the states in which people with a standing may be, if they are not in.
var statesOf = map[rekey.Standing][]rekey.DeliveryState{
	rekey.StandingNotYet:   {rekey.DeliverySent},
	rekey.StandingNoLonger: {rekey.DeliveryExpired, rekey.DeliverySuperseded},
	rekey.StandingNone:     {rekey.DeliveryFailed, rekey.DeliveryCancelled, rekey.DeliverySuperseded},
	rekey.StandingOnTheWay: {rekey.DeliveryHeld, rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred},
	rekey.StandingSkipped:  {rekey.DeliverySkipped, rekey.DeliveryWouldBeSent},
	rekey.StandingNotIn: {rekey.DeliverySent, rekey.DeliveryExpired, rekey.DeliverySuperseded, rekey.DeliveryFailed, rekey.DeliveryCancelled,
		rekey.DeliveryHeld, rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred},
}

// standing is the condition for people with a standing, each once. The states come from
// statesOf.
func (w *where) standing(s rekey.Standing) {
	switch s {
	case "":
		return
	case rekey.StandingIn:
		w.literally(`d.in_at > 0`) // as the index deliveries_in says
	case rekey.StandingNoLonger:
		w.literally(`d.in_at = 0 AND (d.state <> 'superseded' OR d.reason <> 'replaced_before_sent')`)
	case rekey.StandingNone:
		w.literally(`d.in_at = 0 AND (d.state <> 'superseded' OR d.reason = 'replaced_before_sent')`)
	default:
		w.literally(`d.in_at = 0`)
	}
	w.literally(`d.old_password <> ''`) // a message asks nobody to choose
	w.literally(latest)
}

// AgainRuns lists the runs that send again to the people of a run, the latest first.
func (s Queries) AgainRuns(ctx context.Context, runID string) ([]rekey.Run, error) {
	return s.runs(ctx, `WHERE event_id IN (SELECT id FROM events WHERE again_of = $1 AND again_of <> '') ORDER BY id DESC`, runID)
}
