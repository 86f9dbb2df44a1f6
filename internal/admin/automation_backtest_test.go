package admin_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// backtest replays 90 days.
func (o *office) backtest(actor rekey.SystemUser, a rekey.Automation) rekey.Backtest {
	o.t.Helper()
	var b rekey.Backtest
	o.unchanged(func() {
		var err error
		b, err = o.Backtest(o.ctx, actor, a, 90, time.Hour)
		o.must(err)
	})
	return b
}

// A backtest says of the same events what a trial has recorded, where the same is known.
func TestBacktestSaysWhatATrialHasRecorded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o := setup(t)
		p := rekey.SendParams{UseEventParameter: true, Ceiling: 5, OldPassword: rapid.SampledFrom([]rekey.OldPassword{"keep", "replace", "revoke"}).Draw(rt, "old password")}
		switch rapid.SampledFrom([]string{"named", "named", "everybody", "one"}).Draw(rt, "target") {
		case "everybody":
			p.UseEventParameter, p.EverybodyInSelection = false, true
		case "one":
			p.UseEventParameter, p.SystemUser = false, o.person(rekey.RoleMember).ID
		}
		owner := rapid.SampledFrom([]rekey.SystemUser{o.manager, o.root}).Draw(rt, "owner")
		members := o.selection(owner, `user.role != "administrator"`)
		a := o.automation(owner, external, func(a *rekey.Automation) {
			a.JobParams, a.SelectionID = params(p), members.ID
			a.EventFilter.Name = rekey.TextFilter{Operator: "equals", Value: "leak"}
			a.Delay = rekey.Delay{Unit: rekey.Hours, Value: rapid.IntRange(1, 2).Draw(rt, "delay")}
			a.TimeFrame.End = monday.Add(12 * time.Hour)
		})
		tried, err := o.TryAutomation(o.ctx, owner, a.ID, 0)
		o.must(err)
		events := rapid.IntRange(0, 8).Draw(rt, "events")
		if p.EverybodyInSelection || p.SystemUser != "" {
			events = min(events, 1) // a second trial would count the first one's mails
		}
		for range events {
			e := rekey.Event{Type: rekey.External, Name: rapid.SampledFrom([]string{"leak", "leak", "leak", "other"}).Draw(rt, "name")}
			e.Outsiders = rapid.IntRange(0, 4).Draw(rt, "outsiders") == 3
			for range rapid.IntRange(0, 4).Draw(rt, "people") {
				u := o.person(rapid.SampledFrom([]rekey.Role{rekey.RoleMember, rekey.RoleMember, rekey.RoleManager, rekey.RoleAdministrator}).Draw(rt, "role"))
				if rapid.Bool().Draw(rt, "by address") {
					u.ID = u.Address
				}
				e.Users = append(e.Users, u.ID, u.Address)
			}
			if rapid.Bool().Draw(rt, "a stranger to Rekey") {
				e.Users = append(e.Users, "nobody@example.org")
			}
			o.happen(e)
			o.at = o.at.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "minutes")) * time.Minute)
		}
		end := o.now().Add(24 * time.Hour)
		var trials []rekey.Run
		for _, run := range o.waiting(a.ID) { // at their moments
			o.at = run.DueAt
			o.must(o.engine.Execute(o.ctx, run.ID))
			done, err := o.db.Run(o.ctx, run.ID)
			o.must(err)
			trials = append(trials, done)
		}
		o.at = end
		b := o.backtest(o.root, tried.Automation)
		if b.Runs != len(trials) || len(b.Latest) != len(trials) {
			rt.Fatalf("%d runs, and the trial had %d", b.Runs, len(trials))
		}
		byEvent := map[string]rekey.BacktestRun{}
		for _, r := range b.Latest {
			byEvent[r.EventID] = r
		}
		for _, run := range trials {
			r := byEvent[run.EventID]
			stored, err := o.Run(o.ctx, o.root, run.ID)
			o.must(err)
			skipped := 0
			for _, tally := range stored.Tallies {
				if tally.State == rekey.DeliverySkipped {
					skipped += int(tally.Count)
				}
			}
			if r.Reached != run.Recipients || r.Reason != run.Reason || !r.DueAt.Equal(run.DueAt) || r.Skipped != skipped {
				rt.Errorf("the backtest says %+v, and the trial was %+v with %d skipped", r, run, skipped)
			}
		}
	})
}

// waiting lists the runs of an automation, those that are due first at first.
func (o *office) waiting(automationID string) []rekey.Run {
	o.t.Helper()
	runs, err := o.db.Runs(o.ctx, rekey.RunQuery{AutomationID: automationID, Limit: 100, Oldest: true})
	o.must(err)
	return runs
}

func TestBacktestCountsOnlyWhomTheActorMayViewAndSet(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	colleague := o.person(rekey.RoleOperator)
	o.happen(rekey.Event{Type: rekey.External, Name: "leak", Users: []string{o.member.ID, colleague.ID, o.manager.ID, o.person(rekey.RoleAdministrator).ID}})
	o.at = o.at.Add(time.Hour)
	managers := o.automation(o.manager, external)
	for _, c := range []struct {
		actor            rekey.SystemUser
		automation       rekey.Automation
		reached, skipped int
	}{
		{o.operator, a, 1, 1}, // an Operator may view a colleague, and judges with no more than their own rank
		{o.root, a, 4, 0},
		{o.root, managers, 2, 2}, // and an Administrator with no more than the owner's
	} {
		b := o.backtest(c.actor, c.automation)
		if b.Mails != c.reached || b.People != c.reached || skippedBy(b) != c.skipped || b.Latest[0].Reached != c.reached || b.Latest[0].Skipped != c.skipped {
			t.Errorf("a %s is told of an automation of %s: %+v", c.actor.Role, c.automation.OwnerID, b)
		}
	}
	_, err := o.Backtest(o.ctx, o.member, a, 90, time.Hour)
	o.refused(err, rekey.CodeForbidden)
	for _, days := range []int{0, -1, 401} {
		_, err = o.Backtest(o.ctx, o.root, a, days, time.Hour)
		o.refused(err, rekey.CodeInvalid, "days")
	}
	a.JobParams = params(rekey.SendParams{})
	_, err = o.Backtest(o.ctx, o.root, a, 90, time.Hour)
	o.refused(err, rekey.CodeInvalid, "job_params.system_user")
}

func skippedBy(b rekey.Backtest) (people int) {
	for _, s := range b.Skipped {
		people += s.People
	}
	return people
}

// Two Administrators, each named by an event of their own, are not "the last one" of both.
func TestBacktestJudgesTheLastAdministratorOfEachRun(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce})
	})
	for range 3 {
		u := o.person(rekey.RoleAdministrator)
		o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.CompleteChange(o.ctx, u.ID, "", "chosen", o.now()) }))
		o.happen(rekey.Event{Type: rekey.External, Name: "leak", Users: []string{u.ID}})
	}
	o.at = o.at.Add(time.Hour)
	if b := o.backtest(o.root, a); b.Mails != 3 {
		t.Errorf("it would reach %d: %+v", b.Mails, b)
	}
}

// The ceiling holds a run that reaches too many, and one that does so together with the
// runs of the hour before. What is held does not count to the hour.
func TestBacktestHoldsWhatTheCeilingWouldHold(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams = params(rekey.SendParams{UseEventParameter: true, Ceiling: 3, OldPassword: rekey.KeepUntilChanged})
	})
	for _, c := range []struct {
		people int
		after  time.Duration
	}{{2, 0}, {2, 10 * time.Minute}, {1, 10 * time.Minute}, {4, 2 * time.Hour}, {3, time.Minute}} {
		o.at = o.at.Add(c.after)
		e := rekey.Event{Type: rekey.External, Name: "leak"}
		for range c.people {
			e.Users = append(e.Users, o.person(rekey.RoleMember).ID)
		}
		o.happen(e)
	}
	o.at = o.at.Add(time.Hour)
	b := o.backtest(o.root, a)
	var held []bool // the earliest first
	for _, r := range slices.Backward(b.Latest) {
		held = append(held, r.Reason == rekey.ReasonCeiling)
	}
	if !slices.Equal(held, []bool{false, true, false, true, false}) || b.Held != 2 || b.Mails != 6 || b.People != 6 {
		t.Errorf("held: %v; %+v", held, b)
	}
}

func TestBacktestOfAScheduleReplaysItsMoments(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.quarterly(func(a *rekey.Automation) {
		a.EventFilter.Schedule = rekey.Schedule{Start: "2026-01-05T08:00", Rule: "FREQ=WEEKLY;BYDAY=MO"}
	})
	b, err := o.Backtest(o.ctx, o.root, a, 28, time.Hour)
	o.must(err)
	if b.Runs != 4 || b.Events != 4 || b.Latest[0].EventID != "" || b.Latest[0].Time.Weekday() != time.Monday {
		t.Errorf("four weeks: %+v", b)
	}
}

// What a backtest has not come to does not count, and it says so. One page it always does.
func TestBacktestSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	const events = admin.MaxPage + 100
	for range events { // the second page names nobody who is not known from the first
		o.happen(rekey.Event{Type: rekey.External, Name: "leak", Users: []string{o.member.ID, "nobody@example.org"}})
		o.at = o.at.Add(time.Second)
	}
	if b := o.backtest(o.root, a); b.Events != events || b.Runs != events || b.People != 1 || b.Mails != events-b.Held || !b.Since.Equal(b.From) || len(b.Latest) != 100 {
		t.Errorf("in time: %d events, %d runs, %d people, %d mails, since %s", b.Events, b.Runs, b.People, b.Mails, b.Since)
	}
	o.tick = time.Millisecond
	whole := false
	for limit := time.Duration(0); limit < 100*time.Millisecond; limit += time.Millisecond {
		b, err := o.Backtest(o.ctx, o.root, a, 90, limit)
		o.must(err)
		if limit == 0 && (b.Events != admin.MaxPage || !b.Since.After(b.To.Add(-events*time.Second))) {
			t.Fatalf("without time: %d events, since %s", b.Events, b.Since)
		}
		whole = b.Since.Equal(b.From)
		if whole != (b.Events == events) || !whole && b.Events != admin.MaxPage || b.Runs != b.Events {
			t.Fatalf("%d events, %d runs, since %s", b.Events, b.Runs, b.Since)
		}
	}
	if !whole {
		t.Error("no limit was long enough")
	}
}

// Whoever is not looked at in time is not counted, and it says so.
func TestBacktestForEverybodyStopsInTime(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external, func(a *rekey.Automation) {
		a.JobParams, a.SelectionID = params(rekey.SendParams{EverybodyInSelection: true, Ceiling: 1000, OldPassword: rekey.KeepUntilChanged}), o.selection(o.root, "true").ID
	})
	for range admin.MaxPage {
		o.person(rekey.RoleMember)
	}
	o.happen(rekey.Event{Type: rekey.External, Name: "leak"})
	o.at = o.at.Add(time.Hour)
	for _, c := range []struct {
		limit   time.Duration
		people  int
		atLeast bool
	}{{0, admin.MaxPage - 1, true}, {time.Hour, admin.MaxPage + 3, false}} { // not the owner
		b, err := o.Backtest(o.ctx, o.root, a, 90, c.limit)
		o.must(err)
		if b.Runs != 1 || b.People != c.people || b.AtLeast != c.atLeast {
			t.Errorf("in %s: %d runs, %d people, at least %v; %v", c.limit, b.Runs, b.People, b.AtLeast, b.Skipped)
		}
	}
}

func TestBacktestSaysSinceWhenEventsAreOnRecord(t *testing.T) {
	t.Parallel()
	o := setupOn(t, storetest.Open(t), func(c *admin.Config) { c.KeepDays = 30 })
	a := o.automation(o.root, external)
	if b := o.backtest(o.root, a); !b.RecordedSince.IsZero() {
		t.Errorf("without events: since %s", b.RecordedSince)
	}
	o.happen(rekey.Event{Type: rekey.External, Name: "leak"})
	for _, c := range []struct{ after, since time.Duration }{{24 * time.Hour, 0}, {29 * 24 * time.Hour, 0}, {33 * 24 * time.Hour, 3 * 24 * time.Hour}} {
		o.at = monday.Add(c.after)
		b := o.backtest(o.root, a)
		if want := monday.Add(c.since); !b.RecordedSince.Equal(want) {
			t.Errorf("after %s: since %s, want %s", c.after, b.RecordedSince, want)
		}
		said := "Events are on record since " + b.RecordedSince.Format(time.DateOnly) + "."
		if lines := b.Sentences(func(at time.Time) string { return at.Format(time.DateOnly) }); !slices.Contains(lines, said) {
			t.Errorf("%q is not among %q", said, lines)
		}
	}
}

// The whole database is the same before and after, on both.
func TestBacktestWritesNothing(t *testing.T) {
	t.Parallel()
	postgres, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = postgres.Close() })
	for name, db := range map[string]*store.DB{"sqlite": storetest.Open(t), "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := setupOn(t, db)
			members := o.selection(o.root, `user.role == "member"`)
			for i, change := range []func(*rekey.SendParams){
				func(p *rekey.SendParams) { p.UseEventParameter = true },
				func(p *rekey.SendParams) { p.EverybodyInSelection = true },
				func(p *rekey.SendParams) { p.SystemUser = o.member.ID },
			} {
				p := rekey.SendParams{Ceiling: 1, OldPassword: rekey.RevokeAtOnce}
				change(&p)
				a := o.automation(o.root, external, func(a *rekey.Automation) { a.JobParams, a.SelectionID = params(p), members.ID })
				o.happen(rekey.Event{Type: rekey.External, Name: "leak"})
				o.happen(rekey.Event{Type: rekey.External, Name: "leak", Users: []string{o.member.ID, o.manager.Address, "nobody@example.org"}})
				o.at = o.at.Add(2 * time.Hour)
				before := o.wholeDatabase()
				b, err := o.Backtest(o.ctx, o.root, a, 90, time.Hour)
				o.must(err)
				if b.Events != 2*(i+1) || b.Mails == 0 {
					t.Errorf("it would have done nothing: %d events, %d mails", b.Events, b.Mails)
				}
				if diff := cmp.Diff(before, o.wholeDatabase()); diff != "" {
					t.Errorf("the database has changed:\n%s", diff)
				}
			}
		})
	}
}

// wholeDatabase returns the rows of each table as text.
func (o *office) wholeDatabase() map[string][]string {
	o.t.Helper()
	all := map[string][]string{}
	if pool := o.db.Postgres(); pool != nil {
		texts := func(query string) []string {
			rows, err := pool.Query(o.ctx, query)
			o.must(err)
			list, err := pgx.CollectRows(rows, pgx.RowTo[string])
			o.must(err)
			return list
		}
		for _, name := range texts(`SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()`) {
			all[name] = texts(`SELECT t::text FROM ` + name + ` t ORDER BY 1`)
		}
		return all
	}
	rows := func(query string) (list []string) {
		found, err := o.db.SQLite().QueryContext(o.ctx, query)
		o.must(err)
		defer func() { _ = found.Close() }()
		columns, err := found.Columns()
		o.must(err)
		for found.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			o.must(found.Scan(cells...))
			line := ""
			for _, cell := range cells {
				line += fmt.Sprint(*cell.(*any), " ") //nolint:errcheck,forcetypeassert // as made above
			}
			list = append(list, line)
		}
		o.must(found.Err())
		return list
	}
	for _, name := range rows(`SELECT name FROM sqlite_master WHERE type = 'table'`) {
		all[name] = rows(`SELECT * FROM ` + name) //nolint:unqueryvet // all of them is the point
	}
	return all
}
