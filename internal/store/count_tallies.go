package store

import (
	"context"
	"strconv"
	"strings"

	"rekey"
)

// Tallies counts the deliveries of runs, by run id. found holds those of users up
// to a rank, by state and reason; hidden is the number of the others. A subject
// that is no system user, or a deleted one, counts with the lowest rank. A person
// passed over without a delivery counts as skipped, with their rank at that time.
func (s Queries) Tallies(ctx context.Context, runIDs []string, maxRank int) (found map[string][]rekey.Tally, hidden map[string]int64, err error) {
	kept, in, hidden := map[string]tallies{}, map[string]tallies{}, map[string]int64{}
	passed := map[string]map[string]int64{}
	err = s.each(ctx, `SELECT id, tallies, tallies_in, passed FROM runs WHERE `+s.q.in("id", 1), []any{texts(runIDs)}, func(r rows) error {
		var id string
		t, of, over := tallies{}, tallies{}, map[string]int64{}
		err := r.Scan(&id, jsonText{&t}, jsonText{&of}, jsonText{&over})
		kept[id], in[id], passed[id] = t, of, over
		return err
	})
	if err == nil && maxRank < rekey.RankAdministrator {
		err = s.above(ctx, runIDs, maxRank, func(runID string, as outcome, n, ofIn int64) {
			if t := kept[runID]; t != nil {
				t.add(map[outcome]int64{as: -n})
				in[runID].add(map[outcome]int64{as: -ofIn})
				hidden[runID] += n
			}
		})
	}
	for id, over := range passed {
		for key, n := range over {
			reason, rank, _ := strings.Cut(key, " ")
			if r, err := strconv.Atoi(rank); err != nil || r > maxRank {
				hidden[id] += n
				continue
			}
			kept[id].add(map[outcome]int64{{rekey.DeliverySkipped, rekey.Reason(reason)}: n})
		}
	}
	found = make(map[string][]rekey.Tally, len(kept))
	for id, t := range kept {
		if len(t) > 0 {
			found[id] = t.list(in[id])
		}
	}
	return found, hidden, err
}

// above counts the deliveries of the few users above a rank, and those of users who are
// in.
func (s Queries) above(ctx context.Context, runIDs []string, rank int, each func(runID string, as outcome, n, in int64)) error {
	w := rankedAbove(rank)
	w.args = append(w.args, texts(runIDs))
	w.literally(s.q.in("d.run_id", len(w.args)))
	return s.each(ctx, `SELECT d.run_id, d.state, d.reason, COUNT(*), COUNT(*) FILTER (WHERE `+isIn+`) FROM `+s.theirs()+` `+w.clause()+`GROUP BY d.run_id, d.state, d.reason`,
		w.args, func(r rows) error {
			var runID string
			var as outcome
			var n, in int64
			err := r.Scan(&runID, &as.state, &as.reason, &n, &in)
			each(runID, as, n, in)
			return err
		})
}
