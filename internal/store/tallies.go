package store

import (
	"context"

	"rekey"
)

// Tallies counts the deliveries of runs, by run id: those of users up to a rank
// by state and reason, and how many others there are. Those of people who are
// nobody's, or were deleted, count as of the lowest rank.
func (s Queries) Tallies(ctx context.Context, runIDs []string, maxRank int) (tallies map[string][]rekey.Tally, hidden map[string]int64, err error) {
	tallies, hidden = map[string][]rekey.Tally{}, map[string]int64{}
	err = s.each(ctx, `SELECT d.run_id, d.state, d.reason,
			COUNT(*) FILTER (WHERE COALESCE(u.rank, 0) <= $2), COUNT(*) FILTER (WHERE COALESCE(u.rank, 0) > $2)
		FROM deliveries d LEFT JOIN system_users u ON u.id = d.user_id
		WHERE `+s.q.in("d.run_id", 1)+` GROUP BY d.run_id, d.state, d.reason ORDER BY d.run_id, d.state, d.reason`,
		[]any{texts(runIDs), maxRank}, func(r rows) error {
			var runID string
			var t rekey.Tally
			var above int64
			if err := r.Scan(&runID, &t.State, &t.Reason, &t.Count, &above); err != nil {
				return err
			}
			if t.Count > 0 {
				tallies[runID] = append(tallies[runID], t)
			}
			hidden[runID] += above
			return nil
		})
	return tallies, hidden, err
}
