package store

import (
	"testing"
	"time"

	"rekey"
)

// What is counted, and what is listed in an order of its own, is found in an
// index that has all that is asked of it.
func TestTotalsAndFiguresAreReadFromAnIndex(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	count := func(q rekey.DeliveryQuery) func(Queries) error {
		return func(s Queries) error { _, err := s.CountDeliveries(ctx, q, 10); return err }
	}
	users := func(q rekey.UserQuery) func(Queries) error {
		return func(s Queries) error { _, err := s.Users(ctx, q); return err }
	}
	picked := []string{"LIST SUBQUERY", "SCAN u USING COVERING INDEX system_users_list", "USE TEMP B-TREE FOR ORDER BY"}
	const (
		limited = "CO-ROUTINE"
		over    = "SCAN counted"
		ids     = "LIST SUBQUERY"
		listed  = "LIST SUBQUERY 1"
		of      = "SCAN json_each VIRTUAL TABLE INDEX 1:"
		ranked  = "SEARCH u USING INDEX system_users_ranked (rank>?)"
		theirs  = "SEARCH d USING INDEX deliveries_user (user_id=?)"
	)
	const all = rekey.RankAdministrator
	later := []string{"CORRELATED SCALAR SUBQUERY", "SEARCH n USING INDEX deliveries_again (run_id=? AND user_id=? AND number>?)"}
	plans{
		"users by name":             {users(rekey.UserQuery{MaxRank: all, Order: "name"}), []string{"SCAN u USING INDEX system_users_list"}},
		"users found, by name":      {users(rekey.UserQuery{MaxRank: all, Order: "name", Search: "a"}), []string{"SCAN u USING INDEX system_users_list"}},
		"users by address":          {users(rekey.UserQuery{MaxRank: all, Order: "address"}), []string{"SCAN u USING INDEX system_users_address"}},
		"users found, by address":   {users(rekey.UserQuery{MaxRank: all, Order: "address", Search: "a"}), append(picked, "USE TEMP B-TREE FOR ORDER BY")},
		"users found, by their ids": {users(rekey.UserQuery{MaxRank: all, Search: "a"}), picked},
		"users above a rank": {
			func(s Queries) error { _, err := s.RankedAbove(ctx, 1); return err },
			[]string{ranked},
		},
		"a count of users": {
			func(s Queries) error {
				_, err := s.CountUsers(ctx, rekey.UserQuery{Search: "a", Status: "active"}, 10)
				return err
			},
			[]string{limited, "SCAN u USING COVERING INDEX system_users_list", over},
		},
		"a count of a state": {count(rekey.DeliveryQuery{MaxRank: all, States: []rekey.DeliveryState{"sent"}}), []string{limited, "SEARCH d USING COVERING INDEX deliveries_state (state=?)", over}},
		"a count of a run's that are on their way": {
			count(rekey.DeliveryQuery{MaxRank: all, RunID: "r", States: []rekey.DeliveryState{"queued"}}),
			[]string{limited, "SEARCH b USING INDEX batches_open (run_id=?)", "SEARCH d USING INDEX deliveries_batch (run_id=? AND batch=?)", over},
		},
		"a count for those of a rank": {
			count(rekey.DeliveryQuery{MaxRank: 1, States: []rekey.DeliveryState{"sent"}}),
			[]string{ranked, theirs, limited, "SEARCH d USING COVERING INDEX deliveries_state (state=?)", over},
		},
		"who kept a password when a run was undone": {
			func(s Queries) error {
				_, err := s.Deliveries(ctx, rekey.DeliveryQuery{MaxRank: all, RunID: "r", Undone: rekey.UndoneKept})
				return err
			},
			[]string{"SEARCH d USING INDEX deliveries_undone (run_id>? AND run_id<?)"},
		},
		"whom the undo of a run looks at": {
			func(s Queries) error { _, _, err := s.Undoing(ctx, "r", "d", 10); return err },
			[]string{
				"SEARCH d USING INDEX deliveries_run (run_id=? AND id>?)", "SEARCH system_users USING INDEX sqlite_autoindex_system_users_1 (id=?)", listed, of,
				"SEARCH d USING INDEX deliveries_user (user_id=?)", listed, of, "USE TEMP B-TREE FOR ORDER BY", "SEARCH directory_writes USING INDEX directory_writes_user (user_id=?)", listed, of,
			},
		},
		"what people were sent, for the limits": {
			func(s Queries) error { _, err := s.Histories(ctx, []string{"u"}, "", "", time.Now()); return err },
			[]string{listed, of, "SEARCH d USING INDEX deliveries_user (user_id=?) LEFT-JOIN"},
		},
		"the past events of a type": {
			func(s Queries) error { _, _, err := s.PastEvents(ctx, "external", "e", 10); return err },
			[]string{"SEARCH events USING INDEX events_type (type=? AND id<?)"},
		},
		"the oldest event": {func(s Queries) error { _, err := s.FirstEvent(ctx); return err }, []string{"SCAN CONSTANT ROW", "SCALAR SUBQUERY 1", "SCAN events USING INDEX sqlite_autoindex_events_1"}},
		"deliveries in a state": {
			func(s Queries) error {
				_, err := s.Deliveries(ctx, rekey.DeliveryQuery{MaxRank: 1, States: []rekey.DeliveryState{"sent"}, Latest: true})
				return err
			},
			[]string{"SEARCH d USING INDEX deliveries_state (state=?)"},
		},
		"a run's deliveries on their way": {
			func(s Queries) error {
				_, err := s.Deliveries(ctx, rekey.DeliveryQuery{MaxRank: all, RunID: "r", States: []rekey.DeliveryState{"queued"}})
				return err
			},
			[]string{"SEARCH b USING INDEX sqlite_autoindex_batches_1 (run_id=?)", "SEARCH d USING INDEX deliveries_batch (run_id=? AND batch=?)"},
		},
		"who of a run is in": {
			func(s Queries) error {
				_, err := s.Deliveries(ctx, rekey.DeliveryQuery{MaxRank: all, RunID: "r", Standing: rekey.StandingIn})
				return err
			},
			append([]string{"SEARCH d USING INDEX deliveries_in (run_id>? AND run_id<?)"}, later...),
		},
		"who of a run is not in yet": {
			func(s Queries) error {
				_, err := s.Deliveries(ctx, rekey.DeliveryQuery{MaxRank: all, RunID: "r", Standing: rekey.StandingNotYet})
				return err
			},
			append([]string{"SEARCH d USING INDEX deliveries_state (state=? AND run_id=?)"}, later...),
		},
		"retries by hand of runs": {
			func(s Queries) error { _, err := s.Overtaken(ctx, []string{"r"}, 1); return err },
			append(append([]string{"CO-ROUTINE r", "SEARCH deliveries USING COVERING INDEX deliveries_again (run_id=?)", ids, "SCAN json_each", "SCAN r", theirs}, later...), "USE TEMP B-TREE FOR GROUP BY"),
		},
		"what failed": {
			func(s Queries) error {
				_, err := s.Unsent(ctx, rekey.UnsentQuery{MaxRank: 1, State: "failed"})
				return err
			},
			[]string{"SEARCH d USING INDEX deliveries_unsent (state=?)"},
		},
		"tallies": {
			func(s Queries) error { _, _, err := s.Tallies(ctx, []string{"r"}, 1); return err },
			[]string{"SEARCH runs USING INDEX sqlite_autoindex_runs_1 (id=?)", ids, "SCAN json_each", ranked, theirs, ids, "SCAN json_each", "CREATE BLOOM FILTER", "USE TEMP B-TREE FOR GROUP BY"},
		},
		"figures of automations": {
			func(s Queries) error { _, err := s.FiguresOf(ctx, []string{"a"}, noon); return err },
			[]string{"SEARCH figures USING PRIMARY KEY (hour>?)", ids, "SCAN json_each", "CREATE BLOOM FILTER", "USE TEMP B-TREE FOR GROUP BY"},
		},
		"failures": {
			func(s Queries) error { _, err := s.Failures(ctx, "a", noon); return err },
			[]string{"SEARCH d USING INDEX deliveries_unsent (state=? AND updated_at>?)", "SEARCH r USING COVERING INDEX runs_automation (automation_id=? AND id=?)"},
		},
		"runs that wait": {
			func(s Queries) error { _, err := s.WaitingRuns(ctx, "a"); return err },
			[]string{
				"SEARCH runs USING COVERING INDEX runs_automation_state (automation_id=? AND state=?)",
				"SEARCH runs USING INDEX runs_automation_state (automation_id=? AND state=?)",
			},
		},
		"an automation's runs in a state": {
			func(s Queries) error {
				_, err := s.Runs(ctx, rekey.RunQuery{AutomationID: "a", State: "failed", Before: "r"})
				return err
			},
			[]string{"SEARCH runs USING INDEX runs_automation_state (automation_id=? AND state=? AND id<?)"},
		},
		"the last runs": {
			func(s Queries) error { _, err := s.LastRuns(ctx, []string{"a"}); return err },
			[]string{"SEARCH runs USING INDEX sqlite_autoindex_runs_1 (id=?)", ids, "SEARCH a USING COVERING INDEX sqlite_autoindex_automations_1 (id=?)",
				ids, "SCAN json_each", "CORRELATED SCALAR SUBQUERY", "SEARCH r USING COVERING INDEX runs_automation (automation_id=?)"},
		},
		"earlier passwords": {
			func(s Queries) error {
				return (&Tx{Queries: s}).endEarlier(ctx, map[string]rekey.Delivery{"u": {}})
			},
			[]string{"SEARCH d USING INDEX deliveries_user (user_id=?)", ids, "SCAN json_each", ids, "SCAN json_each", "CREATE BLOOM FILTER"},
		},
	}.compare(t)
}
