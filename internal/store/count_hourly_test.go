package store

import (
	"slices"
	"testing"
	"time"

	"rekey"
)

var figureTests = map[string]func(*testing.T, *fixture){
	"WhatIsOnItsWayIsListedByRunAndBatch": func(t *testing.T, f *fixture) {
		run := f.run(rekey.RunSending)
		var want []string
		for n := range 6 {
			d := rekey.Delivery{ID: f.id(), RunID: run.ID, UserID: f.user().ID, Number: 1, Batch: 1 + n/2, State: rekey.DeliveryQueued, UpdatedAt: noon}
			f.write(func(tx *Tx) error {
				if n%2 == 1 { // its batch is open
					d.State = rekey.DeliverySkipped
					f.ok(tx.Plan(f.ctx, []rekey.Delivery{d}))
					return tx.write(f.ctx, `UPDATE deliveries SET state = 'queued' WHERE id = $1`, d.ID)
				}
				return tx.Plan(f.ctx, []rekey.Delivery{d})
			})
			want = append(want, d.ID)
		}
		later, _ := f.queued(f.user())
		list := func(q rekey.DeliveryQuery) []string {
			q.MaxRank, q.States, q.Limit = 3, []rekey.DeliveryState{rekey.DeliveryQueued}, 2
			found, err := f.Deliveries(f.ctx, q)
			return ids(got(t, found, err), idOfDelivery)
		}
		same(t, list(rekey.DeliveryQuery{RunID: run.ID}), want[:2])
		same(t, list(rekey.DeliveryQuery{RunID: run.ID, After: want[2]}), want[3:5])
		same(t, list(rekey.DeliveryQuery{RunID: run.ID, Before: want[3]}), want[1:3])
		same(t, list(rekey.DeliveryQuery{RunID: run.ID, Latest: true, After: want[2]}), []string{want[1], want[0]})
		same(t, len(list(rekey.DeliveryQuery{RunID: later.ID})), 1)
		same(t, list(rekey.DeliveryQuery{After: want[0]}), want[1:3])
		n, err := f.CountDeliveries(f.ctx, rekey.DeliveryQuery{MaxRank: 3, States: []rekey.DeliveryState{rekey.DeliveryQueued}}, 10)
		same(t, got(t, n, err), 7)
	},
	"DeliveriesInAStateAreListedByTheirRun": func(t *testing.T, f *fixture) {
		first, second := f.run(rekey.RunSending), f.run(rekey.RunSending)
		skipped := func(run rekey.Run) string {
			d := rekey.Delivery{ID: f.id(), RunID: run.ID, Number: 1, State: rekey.DeliverySkipped, UpdatedAt: noon}
			f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{d}) })
			return d.ID
		}
		one, two, three := skipped(second), skipped(first), skipped(second)
		want := []string{two, one, three}
		for _, latest := range []bool{false, true} {
			if latest {
				slices.Reverse(want)
			}
			for n, cursor := range []string{"", want[0], want[1], want[2]} {
				found, err := f.Deliveries(f.ctx, rekey.DeliveryQuery{MaxRank: 3, States: []rekey.DeliveryState{rekey.DeliverySkipped}, Latest: latest, After: cursor, Limit: 10})
				same(t, ids(got(t, found, err), idOfDelivery), append([]string{}, want[n:]...))
			}
		}
	},
	"AnAutomationsLastRunAndThoseUnderWay": func(t *testing.T, f *fixture) {
		var all []string
		for _, name := range []string{"a", "b", "never"} {
			a := rekey.Automation{ID: name, Name: name, NameKey: name, EventType: rekey.External, Status: rekey.AutomationInactive, Version: 1}
			f.write(func(tx *Tx) error { return tx.InsertAutomation(f.ctx, a) })
			all = append(all, a.ID)
		}
		of := func(id string) func(*rekey.Run) { return func(r *rekey.Run) { r.AutomationID = id } }
		f.run(rekey.RunWaiting, of("a"))
		f.run(rekey.RunWaiting, of("a"))
		held := f.run(rekey.RunHeld, of("a"))
		f.run(rekey.RunSending, of("b"))
		ended := f.run(rekey.RunFinished, of("b"))
		last, err := f.LastRuns(f.ctx, all)
		same(t, got(t, last, err), map[string]rekey.Run{"a": held, "b": ended})
		last, err = f.LastRuns(f.ctx, all[:1])
		same(t, got(t, last, err), map[string]rekey.Run{"a": held})
		open, err := f.OpenRuns(f.ctx, all)
		same(t, got(t, open, err), map[string]map[rekey.RunState]int{
			"a": {rekey.RunWaiting: 2, rekey.RunHeld: 1}, "b": {rekey.RunSending: 1},
		})
	},
	"TheWaitForAPersonIsNotTheMails": func(t *testing.T, f *fixture) {
		took := func(hour time.Time, change func(*rekey.Delivery), approved bool) time.Duration {
			u := f.user()
			_, list := f.queued(u)
			d := begun(list[0], f.stored(u), hour)
			change(&d)
			f.issue(d)
			if approved {
				f.write(func(tx *Tx) error {
					return tx.write(f.ctx, `UPDATE runs SET approved_by = 'somebody' WHERE id = $1`, d.RunID)
				})
			}
			f.write(func(tx *Tx) error {
				_, err := tx.Settle(f.ctx, []rekey.Delivery{accepted(d, hour.Add(time.Minute))})
				return err
			})
			hours, err := f.Hourly(f.ctx, hour)
			return got(t, hours, err)[hour].Took.Percentile(50)
		}
		as := func(*rekey.Delivery) {}
		for want, got := range map[string]time.Duration{
			"3h1m": took(at(3*time.Hour), as, false), "1m": took(at(6*time.Hour), as, true),
			"1m0s": took(at(9*time.Hour), func(d *rekey.Delivery) { d.Number = 2 }, false),
		} {
			if length, _ := time.ParseDuration(want); got < length || got > length+length/10 {
				t.Errorf("it took %s, want %s", got, want)
			}
		}
	},
	"RunWhoseMailCannotBeSentIsPostponed": func(t *testing.T, f *fixture) {
		run, _ := f.queued(f.user(), f.user())
		until, _, err := f.Postponed(f.ctx, run.ID, at(time.Minute))
		same(t, got(t, until, err), time.Time{})
		f.write(func(tx *Tx) error { return tx.PostponeBatch(f.ctx, run.ID, 1, at(time.Hour)) })
		until, revokes, err := f.Postponed(f.ctx, run.ID, at(time.Minute))
		same(t, got(t, until, err), at(time.Hour))
		same(t, revokes, false)
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE deliveries SET old_password = 'revoke' WHERE run_id = $1`, run.ID)
		})
		_, revokes, err = f.Postponed(f.ctx, run.ID, at(time.Minute))
		same(t, got(t, revokes, err), true)
		until, _, err = f.Postponed(f.ctx, run.ID, at(2*time.Hour))
		same(t, got(t, until, err), time.Time{})
	},
	"FiguresAreOfTheHoursAskedFor": func(t *testing.T, f *fixture) {
		u := f.user()
		early := f.sent(u, at(59*time.Minute))
		f.sent(u, at(61*time.Minute))
		hours, err := f.Hourly(f.ctx, at(time.Hour))
		same(t, len(got(t, hours, err)), 1)
		later := hours[at(time.Hour)]
		same(t, []int64{later.Sent, later.Failed, later.Skipped}, []int64{1, 0, 0})
		hours, err = f.Hourly(f.ctx, noon)
		same(t, len(got(t, hours, err)), 2)
		took := hours[noon].Took
		if p := took.Percentile(50); p < 59*time.Minute || p > 65*time.Minute {
			t.Errorf("it took %s, want a tenth more than 59 minutes at most", p)
		}
		automation := f.storedRun(early.RunID).AutomationID
		of, err := f.FiguresOf(f.ctx, []string{automation, "other"}, noon)
		same(t, got(t, of, err), map[string]rekey.Figures{automation: {Sent: 2}})
		of, err = f.FiguresOf(f.ctx, []string{automation}, at(time.Hour))
		same(t, got(t, of, err), map[string]rekey.Figures{automation: {Sent: 1}})
	},
}
