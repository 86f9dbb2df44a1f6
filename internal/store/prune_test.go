package store

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rekey"
)

// An event's runs have ended on day 0, and what happened more than a week
// before somebody looks is not kept.
const week = 7 * 24 * time.Hour

// past stores an event of that moment, with an id as they are made.
func (f *fixture) past(when time.Time, change ...func(*rekey.Event)) rekey.Event {
	f.t.Helper()
	e := rekey.Event{
		ID: fmt.Sprintf("%s-7000-8000-%012d", firstID(when), f.last.Add(1)), Type: rekey.External, Source: "/siem", SourceID: f.id(),
		Time: when, Received: when, Digest: []byte("digest"),
	}
	for _, c := range change {
		c(&e)
	}
	f.write(func(tx *Tx) error { _, _, err := tx.InsertEvent(f.ctx, e); return err })
	return e
}

// ended stores a run of an event that has ended, with deliveries to users, who
// have chosen a password of their own since or not.
func (f *fixture) ended(e rekey.Event, used bool, users ...rekey.SystemUser) rekey.Run {
	f.t.Helper()
	run := f.run(rekey.RunSending, func(r *rekey.Run) { r.EventID = e.ID })
	for i, u := range users {
		d := rekey.Delivery{ID: f.id(), RunID: run.ID, UserID: u.ID, Number: 1, Batch: i + 1, State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: e.Received}
		f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{d}) })
		d = begun(d, f.stored(u), e.Received)
		f.issue(d)
		f.settle(accepted(d, e.Received))
		if used {
			f.chooses(u, d.ID, "own", e.Received.Add(time.Hour))
		} else {
			f.write(func(tx *Tx) error { _, err := tx.Expire(f.ctx, d.ValidUntil, 10); return err })
		}
		f.write(func(tx *Tx) error { _, err := tx.CloseBatch(f.ctx, run.ID, d.Batch, e.Received); return err })
	}
	if len(users) == 0 {
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE runs SET finished_at = $1 WHERE id = $2`, micros(e.Received), run.ID)
		})
	}
	return run
}

// prune prunes what had ended a week before a moment, a portion at a time, and
// returns how large each was.
func (f *fixture) prune(now time.Time, limit int) (portions []int) {
	f.t.Helper()
	for {
		var n int
		f.write(func(tx *Tx) (err error) { n, err = tx.Prune(f.ctx, now.Add(-week), now, limit); return err })
		portions = append(portions, n)
		if n < limit {
			return portions
		}
	}
}

func (f *fixture) rows() map[string]int {
	f.t.Helper()
	n := map[string]int{}
	for _, table := range []string{"events", "runs", "batches", "deliveries"} {
		n[table] = f.count(`SELECT COUNT(*) FROM ` + table)
	}
	return n
}

var pruneTests = map[string]func(*testing.T, *fixture){
	"WhatIsOverIsPrunedInPortions": func(t *testing.T, f *fixture) {
		f.ended(f.past(noon), true, f.user(), f.user(), f.user())
		f.past(noon) // started nothing
		f.past(at(time.Hour))
		same(t, f.prune(at(week), 2), []int{0}) // not before a week is over
		same(t, f.rows(), map[string]int{"events": 3, "runs": 1, "batches": 3, "deliveries": 3})
		same(t, f.prune(at(week+time.Second), 2), []int{2, 3, 1}) // a run and its event go together
		same(t, f.rows(), map[string]int{"events": 1, "runs": 0, "batches": 0, "deliveries": 0})
	},
	"WhatIsNotOverIsKept": func(t *testing.T, f *fixture) {
		for _, state := range []rekey.RunState{rekey.RunWaiting, rekey.RunHeld, rekey.RunSending} {
			e := f.past(noon)
			f.ended(e, true)
			f.run(state, func(r *rekey.Run) { r.EventID, r.AutomationID = e.ID, "other" })
		}
		late := f.past(noon)
		f.ended(late, true)
		f.run(rekey.RunFinished, func(r *rekey.Run) { r.EventID, r.AutomationID, r.FinishedAt = late.ID, "late", at(time.Hour) })
		live := f.past(noon)
		run := f.ended(live, true, f.user())
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `UPDATE deliveries SET verifier = 'v' WHERE run_id = $1`, run.ID)
		})
		before := f.rows()
		same(t, f.prune(at(week+time.Minute), 100), []int{0})
		same(t, f.rows(), before)
	},
	"DataOfOldEventsIsErasedUnlessARunWaits": func(t *testing.T, f *fixture) {
		with := func(data string) func(*rekey.Event) {
			return func(e *rekey.Event) { e.Data = json.RawMessage(data) }
		}
		first, second, empty := f.past(noon, with(`{"ticket": 1}`)), f.past(noon, with(`{"ticket": 2}`)), f.past(noon, with(`{}`))
		waits, young := f.past(noon, with(`{"ticket": 3}`)), f.past(at(time.Hour), with(`{"ticket": 4}`))
		run := f.run(rekey.RunWaiting, func(r *rekey.Run) { r.EventID = waits.ID })
		f.ended(second, true)
		erase := func(limit int) (n int) {
			f.write(func(tx *Tx) (err error) { n, err = tx.EraseEventData(f.ctx, at(time.Minute), limit); return err })
			return n
		}
		data := func(e rekey.Event) string {
			stored, err := f.Event(f.ctx, e.ID)
			f.ok(err)
			return string(stored.Data)
		}
		same(t, []int{erase(1), erase(5), erase(5)}, []int{1, 1, 0})
		same(t, []string{data(first), data(second), data(empty), data(waits), data(young)}, []string{"", "", "{}", `{"ticket": 3}`, `{"ticket": 4}`})
		f.write(func(tx *Tx) error {
			_, err := tx.CancelRun(f.ctx, run.ID, rekey.ReasonCancelledByHand, noon)
			return err
		})
		same(t, erase(5), 1)
	},
	"AnIDNamesAnEventThatIsNotKeptAnyMore": func(t *testing.T, f *fixture) {
		e := f.past(noon)
		inside := f.past(noon, func(e *rekey.Event) { e.Source = rekey.InternalSource })
		now := at(week + time.Second)
		f.prune(now, 100)
		_, err := f.Event(f.ctx, e.ID)
		wantCode(t, err, rekey.CodeNotFound)
		again := e
		again.ID, again.Digest = f.id(), []byte("other")
		repeat := func() (first rekey.Event, inserted bool) {
			f.write(func(tx *Tx) (err error) { first, inserted, err = tx.InsertEvent(f.ctx, again); return err })
			return first, inserted
		}
		first, inserted := repeat()
		same(t, inserted, false)
		same(t, first, rekey.Event{ID: e.ID, Source: e.Source, SourceID: e.SourceID, Digest: e.Digest})
		same(t, f.count(`SELECT COUNT(*) FROM past_events WHERE source_id = $1`, inside.SourceID), 0)
		f.prune(now.Add(remembered-time.Second), 100)
		_, inserted = repeat()
		same(t, inserted, false)
		f.prune(now.Add(remembered), 100)
		_, inserted = repeat()
		same(t, inserted, true)
	},
	"WhatWasLeftUnusedIsStillCounted": func(t *testing.T, f *fixture) {
		forgets, chooses := f.user(), f.user()
		for range 3 {
			f.ended(f.past(noon), false, forgets)
			f.ended(f.past(noon), true, chooses)
		}
		f.ended(f.past(at(2*week)), false, forgets)
		unused := func(u rekey.SystemUser) int {
			found, err := f.Histories(f.ctx, []string{u.ID}, "", "", at(3*week))
			return got(t, found, err)[u.ID].UnusedInRow
		}
		for _, when := range []time.Duration{0, week + time.Second, 4 * week} {
			f.prune(at(when), 100)
			same(t, []int{unused(forgets), unused(chooses)}, []int{4, 0})
		}
		same(t, f.rows()["deliveries"], 0)
		f.chooses(forgets, "", "own", at(4*week))
		same(t, unused(forgets), 0)
	},
	"FormsAndFiguresGoWhenNothingShowsThem": func(t *testing.T, f *fixture) {
		put := func(digest string, when time.Duration) {
			f.write(func(tx *Tx) error { return tx.PutForm(f.ctx, []byte(digest), []byte("form"), at(when)) })
		}
		put("old", 0)
		put("used again", 0)
		put("used again", week)
		f.ended(f.past(noon), true, f.user())
		f.prune(at(week+time.Hour), 100)
		same(t, f.count(`SELECT COUNT(*) FROM forms`), 1)
		same(t, f.count(`SELECT COUNT(*) FROM forms WHERE digest = $1`, []byte("used again")), 1)
		same(t, f.count(`SELECT COUNT(*) FROM figures`), 1)
		f.prune(at(charted+2*time.Hour), 100)
		same(t, f.count(`SELECT COUNT(*) FROM figures`), 0)
		same(t, f.count(`SELECT COUNT(*) FROM figures_took`), 0)
	},
}
