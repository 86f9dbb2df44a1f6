package admin_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
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
	for _, c := range []struct {
		actor            rekey.SystemUser
		reached, skipped int
	}{{o.operator, 1, 1}, {o.root, 4, 0}} { // an Operator may view a colleague
		b := o.backtest(c.actor, a)
		if b.Mails != c.reached || b.People != c.reached || len(b.Skipped) != c.skipped || b.Latest[0].Reached != c.reached || b.Latest[0].Skipped != c.skipped {
			t.Errorf("a %s is told %+v", c.actor.Role, b)
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

// What a backtest has not come to does not count, and it says so.
func TestBacktestSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, external)
	const events = admin.MaxPage + 100
	for i := range events {
		o.happen(rekey.Event{Type: rekey.External, Name: "leak", Users: []string{o.member.ID, fmt.Sprintf("%d@example.org", i)}})
		o.at = o.at.Add(time.Second)
	}
	if b := o.backtest(o.root, a); b.Events != events || b.Runs != events || b.People != 1 || b.Mails != events-b.Held || !b.Since.Equal(b.From) || len(b.Latest) != 100 {
		t.Errorf("in time: %d events, %d runs, %d people, %d mails, since %s", b.Events, b.Runs, b.People, b.Mails, b.Since)
	}
	o.tick = time.Millisecond
	partly := false
	for limit := time.Duration(0); limit < 100*time.Millisecond; limit += time.Millisecond {
		b, err := o.Backtest(o.ctx, o.root, a, 90, limit)
		o.must(err)
		if limit == 0 && (b.Events != 0 || b.Since.Before(b.To)) {
			t.Fatalf("without time: %+v", b)
		}
		if whole := b.Since.Equal(b.From); whole != (b.Events == events) || b.Runs != b.Events {
			t.Fatalf("%d events, %d runs, since %s", b.Events, b.Runs, b.Since)
		}
		partly = partly || b.Events == admin.MaxPage
	}
	if !partly {
		t.Error("no limit ended it between two pages")
	}
}
