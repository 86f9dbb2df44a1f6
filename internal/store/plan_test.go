package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"rekey"
)

// explaining notes how the database goes about each statement, and runs none
// that writes.
type explaining struct {
	*pool
	plan []string
}

func (e *explaining) query(ctx context.Context, query string, args ...any) (rows, error) {
	if err := e.explain(ctx, query, args); err != nil {
		return nil, err
	}
	return e.pool.query(ctx, query, args...)
}

func (e *explaining) few(ctx context.Context, query string, args ...any) (rows, error) {
	return e.query(ctx, query, args...)
}

func (e *explaining) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return 0, e.explain(ctx, query, args)
}

func (e *explaining) explain(ctx context.Context, query string, args []any) error {
	steps, err := e.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = steps.Close() }()
	for steps.Next() {
		var id, parent, unused int
		var step string
		if err := steps.Scan(&id, &parent, &unused, &step); err != nil {
			return err
		}
		e.plan = append(e.plan, step)
	}
	return steps.Err()
}

// plans are ways that queries are gone about, by what is asked for.
type plans map[string]struct {
	ask  func(Queries) error
	want []string
}

// compare asks, and compares the steps; of whom a row is, looked up by their id,
// is left out.
func (p plans) compare(t *testing.T) {
	t.Helper()
	f := onSQLite(t)
	for name, test := range p {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &explaining{pool: f.reader}
			f.ok(test.ask(Queries{q: e}))
			var found []string
			for _, step := range e.plan {
				if !strings.HasPrefix(step, "SEARCH u USING INDEX sqlite_autoindex_system_users_1 (id=?)") {
					found = append(found, step)
				}
			}
			if len(found) != len(test.want) {
				t.Fatalf("%q, want %q", found, test.want)
			}
			for i, step := range found {
				if !strings.HasPrefix(step, test.want[i]) {
					t.Errorf("%q, want %q", step, test.want[i])
				}
			}
		})
	}
}

// What is asked for often, or of tables that grow without end, is found through
// an index, in its order. A walk through the ids is one, too: a page ends it.
func TestListsAreReadThroughAnIndex(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	const walk, page = `SCAN %s USING INDEX sqlite_autoindex_%s_1`, `SEARCH %s USING INDEX sqlite_autoindex_%s_1`
	byID := func(form, name, table string) string { return fmt.Sprintf(form, name, table) }
	deliveries := func(q rekey.DeliveryQuery) func(Queries) error {
		return func(s Queries) error { _, err := s.Deliveries(ctx, q); return err }
	}
	runs := func(q rekey.RunQuery) func(Queries) error {
		return func(s Queries) error { _, err := s.Runs(ctx, q); return err }
	}
	events := func(eventType, before string) func(Queries) error {
		return func(s Queries) error { _, _, err := s.Events(ctx, eventType, before, "", 50); return err }
	}
	users := func(q rekey.UserQuery) func(Queries) error {
		return func(s Queries) error { _, err := s.Users(ctx, q); return err }
	}
	picked := []string{"LIST SUBQUERY", "SCAN u USING COVERING INDEX system_users_list", "USE TEMP B-TREE FOR ORDER BY"}
	const sorted = `USE TEMP B-TREE FOR ORDER BY` // one event's
	plans{
		"deliveries":           {deliveries(rekey.DeliveryQuery{}), []string{byID(walk, "d", "deliveries")}},
		"a run's":              {deliveries(rekey.DeliveryQuery{RunID: "r"}), []string{"SEARCH d USING INDEX deliveries_run (run_id>? AND run_id<?)"}},
		"a run's that failed":  {deliveries(rekey.DeliveryQuery{RunID: "r", States: []rekey.DeliveryState{"failed"}}), []string{"SEARCH d USING INDEX deliveries_state (state=? AND run_id=?)"}},
		"a user's":             {deliveries(rekey.DeliveryQuery{UserID: "u"}), []string{"SEARCH d USING INDEX deliveries_user (user_id=?)"}},
		"runs":                 {runs(rekey.RunQuery{}), []string{byID(walk, "runs", "runs")}},
		"the next runs":        {runs(rekey.RunQuery{Before: "b"}), []string{byID(page, "runs", "runs")}},
		"an automation's runs": {runs(rekey.RunQuery{AutomationID: "a", Before: "b"}), []string{"SEARCH runs USING INDEX runs_automation (automation_id=? AND id<?)"}},
		"trials":               {runs(rekey.RunQuery{Trial: rekey.OnlyTrials}), []string{"SCAN runs USING INDEX runs_trial"}},
		"the automations of an event": {
			func(s Queries) error { _, err := s.ActiveAutomations(ctx, "t"); return err },
			[]string{"SEARCH automations USING INDEX automations_event (event_type=?)", "CORRELATED SCALAR SUBQUERY", "SEARCH o USING INDEX sqlite_autoindex_system_users_1 (id=?)", sorted},
		},
		"runs in a state":       {runs(rekey.RunQuery{State: "held", Before: "b"}), []string{"SEARCH runs USING INDEX runs_state (state=? AND id<?)"}},
		"an event's runs":       {runs(rekey.RunQuery{EventID: "e"}), []string{"SEARCH runs USING INDEX runs_event (event_id=?)", sorted}},
		"events":                {events("", ""), []string{byID(walk, "events", "events")}},
		"events of a type":      {events("t", ""), []string{"SEARCH events USING INDEX events_type (type=?)"}},
		"the next of a type":    {events("t", "b"), []string{"SEARCH events USING INDEX events_type (type=? AND id<?)"}},
		"users":                 {users(rekey.UserQuery{}), []string{byID(walk, "u", "system_users")}},
		"users who are members": {users(rekey.UserQuery{Role: rekey.RoleMember}), picked},
		"users who administer":  {users(rekey.UserQuery{Role: rekey.RoleAdministrator}), []string{"SCAN u USING INDEX system_users_administrators"}},
		"a count of administrators": {
			func(s Queries) error { _, err := s.CountAdministrators(ctx, "u"); return err },
			[]string{"SCAN u USING INDEX system_users_administrators"},
		},
		"administrators with a password": {
			func(s Queries) error { _, err := s.Administrators(ctx); return err },
			[]string{"SCAN u USING INDEX system_users_administrators"},
		},
		"the last number": {
			func(s Queries) error { _, _, err := s.LastNumber(ctx, "r", "u", ""); return err },
			[]string{"SEARCH deliveries USING INDEX deliveries_user (user_id=?)", "SEARCH deliveries USING COVERING INDEX deliveries_batch (run_id=?)"},
		},
		"what is due in a batch": {
			func(s Queries) error { _, err := (&Tx{Queries: s}).Due(ctx, "r", 1, noon, 10); return err },
			[]string{"SEARCH d USING INDEX deliveries_batch (run_id=? AND batch=?)", "SCALAR SUBQUERY", "SEARCH settings USING COVERING INDEX"},
		},
		"what a resume queues again": {
			func(s Queries) error {
				_, _, err := (&Tx{Queries: s}).Requeue(ctx, rekey.Delivery{}, noon, 10)
				return err
			},
			[]string{"SEARCH d USING INDEX deliveries_unsent (state=? AND (updated_at,id)>(?,?))"},
		},
		"who is being sent one": {
			func(s Queries) error { _, err := (&Tx{Queries: s}).Unfinished(ctx, []string{"u"}); return err },
			[]string{"SEARCH deliveries USING INDEX deliveries_unfinished (user_id=?)", "LIST SUBQUERY", "SCAN json_each"},
		},
		"what waits": {
			func(s Queries) error { _, err := s.Depth(ctx); return err },
			[]string{
				"SCAN CONSTANT ROW", "SCALAR SUBQUERY 1", "SEARCH runs USING COVERING INDEX runs_state (state=?)",
				"SCALAR SUBQUERY 2", "SCAN deliveries USING INDEX deliveries_unfinished",
			},
		},
		"what has expired": {
			func(s Queries) error { _, err := (&Tx{Queries: s}).EraseExpired(ctx, noon, 10); return err },
			[]string{
				"SEARCH deliveries USING COVERING INDEX sqlite_autoindex_deliveries_1 (id=?)", "LIST SUBQUERY 1",
				"SEARCH deliveries USING INDEX deliveries_expiry (valid_until<?)",
			},
		},
		"events whose data is old": {
			func(s Queries) error { _, err := (&Tx{Queries: s}).EraseEventData(ctx, noon, 10); return err },
			[]string{
				"SEARCH events USING COVERING INDEX sqlite_autoindex_events_1 (id=?)", "LIST SUBQUERY",
				"SEARCH e USING INDEX events_data (id<?)", "CORRELATED SCALAR SUBQUERY", "SEARCH r USING INDEX runs_event (event_id=?)",
			},
		},
		"scrambles in doubt": {
			func(s Queries) error { _, err := (&Tx{Queries: s}).EndScrambles(ctx, noon, noon, 10); return err },
			[]string{"SCAN w USING INDEX directory_writes_open", "SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (id=?)"},
		},
	}.compare(t)
}
