package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rekey"
)

// walk is a few people, automations and runs, to whom anything happens in any
// order.
type walk struct {
	*fixture
	now   time.Time
	users []rekey.SystemUser
	runs  []rekey.Run
	// refused are failures that may be taken back.
	refused []rekey.Delivery
}

var errUndone = errors.New("undone")

// TestWhatIsKeptIsWhatIsCounted: whatever happens to deliveries, in whatever
// order, and undone or not, the figures kept are those that counting the rows
// gives.
func TestWhatIsKeptIsWhatIsCounted(t *testing.T) {
	t.Parallel()
	steps := map[string]func(*walk, *rapid.T, *Tx) error{
		"plan": (*walk).plan, "issue": (*walk).issue, "settle": (*walk).settle, "reprieve": (*walk).reprieve,
		"revoke": func(w *walk, rt *rapid.T, tx *Tx) error {
			keep := ""
			if all := w.in(tx, rekey.DeliveryIssued); len(all) > 0 {
				keep = all[0].ID
			}
			return tx.Revoke(w.ctx, map[string]string{w.oneUser(rt).ID: keep}, w.now)
		},
		"block": func(w *walk, rt *rapid.T, tx *Tx) error {
			return tx.EndMailed(w.ctx, w.oneUser(rt).ID, rekey.ReasonBlocked, w.now)
		},
		"choose": func(w *walk, rt *rapid.T, tx *Tx) error {
			u, via := w.oneUser(rt), ""
			if sent := w.in(tx, rekey.DeliverySent); len(sent) > 0 {
				via, u.ID = sent[0].ID, sent[0].UserID
			}
			return tx.CompleteChange(w.ctx, u.ID, via, "chosen", w.now)
		},
		"cancel": func(w *walk, rt *rapid.T, tx *Tx) error {
			_, err := tx.CancelRun(w.ctx, rapid.SampledFrom(w.runs).Draw(rt, "run").ID, rekey.ReasonCancelledByHand, w.now)
			return err
		},
		"undo": func(w *walk, rt *rapid.T, tx *Tx) error {
			run := rapid.SampledFrom(w.runs).Draw(rt, "run")
			if _, err := tx.UndoRun(w.ctx, run.ID, "by", w.now); err != nil {
				return err
			}
			run, err := tx.Run(w.ctx, run.ID)
			for err == nil && run.Phase == rekey.PhaseEnd {
				run, _, _, err = tx.EndPart(w.ctx, run, w.now, 3, func(p rekey.Undoing) rekey.Undone {
					return map[bool]rekey.Undone{true: rekey.UndoneEnded, false: rekey.UndoneNoChosen}[p.User.ID < w.users[2].ID]
				})
			}
			return err
		},
		"expire": func(w *walk, _ *rapid.T, tx *Tx) error { _, err := tx.Expire(w.ctx, w.now, 3); return err },
		"erase":  func(w *walk, _ *rapid.T, tx *Tx) error { _, err := tx.EraseExpired(w.ctx, w.now, 3); return err },
	}
	often := []string{"plan", "plan", "issue", "issue", "issue", "settle", "settle", "settle", "reprieve", "reprieve", "expire", "erase",
		"revoke", "block", "choose", "cancel", "undo"}
	db := openSQLiteForTest(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := &walk{fixture: &fixture{DB: db, t: t, ctx: t.Context()}, now: noon}
		for _, table := range []string{"system_users", "runs", "batches", "deliveries", "figures", "figures_took"} {
			w.write(func(tx *Tx) error { return tx.write(w.ctx, `DELETE FROM `+table) })
		}
		for n := range 4 {
			w.users = append(w.users, w.user())
			w.runs = append(w.runs, w.run(rekey.RunSending, func(r *rekey.Run) { r.AutomationID = fmt.Sprint(n % 2) }))
		}
		for n := range 40 {
			step := steps[rapid.SampledFrom(often).Draw(rt, "step")]
			w.now = w.now.Add(time.Duration(rapid.Int64Range(1, 9*3600*1e6).Draw(rt, "wait")) * time.Microsecond)
			undone := rapid.IntRange(0, 9).Draw(rt, "undone") == 0
			err := w.Update(w.ctx, func(tx *Tx) error {
				if err := step(w, rt, tx); err != nil || !undone {
					return err
				}
				return errUndone
			})
			if !errors.Is(err, errUndone) {
				w.ok(err)
			}
			if n%10 == 9 {
				w.compare(rt)
			}
		}
	})
}

func (w *walk) oneUser(rt *rapid.T) rekey.SystemUser {
	return rapid.SampledFrom(w.users).Draw(rt, "user")
}

// in returns the deliveries in a state.
func (w *walk) in(tx *Tx, state rekey.DeliveryState) []rekey.Delivery {
	list, err := tx.deliveries(w.ctx, `WHERE d.state = $1 ORDER BY d.id`, string(state))
	w.ok(err)
	return list
}

func (w *walk) plan(rt *rapid.T, tx *Tx) error {
	for _, u := range w.users {
		if err := w.planFor(u, rt, tx); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) planFor(u rekey.SystemUser, rt *rapid.T, tx *Tx) error {
	run := rapid.SampledFrom(w.runs).Draw(rt, "run")
	number, batch, err := tx.LastNumber(w.ctx, run.ID, u.ID, "")
	if err != nil {
		return err
	}
	d := rekey.Delivery{
		ID: w.id(), RunID: run.ID, UserID: u.ID, Subject: u.ID, Number: number + 1, State: rekey.DeliverySkipped, Reason: rekey.ReasonAPIUser,
		OldPassword: rapid.SampledFrom([]rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged}).Draw(rt, "old"), UpdatedAt: w.now,
	}
	unfinished, err := tx.Unfinished(w.ctx, []string{u.ID})
	if err != nil {
		return err
	}
	switch planned := rapid.IntRange(0, 3).Draw(rt, "skipped") > 0; {
	case planned && !unfinished[u.ID]:
		d.State, d.Reason, d.Batch = rekey.DeliveryQueued, "", batch+1
	case planned:
		d.State, d.Reason, d.Batch, d.OldPassword = rekey.DeliveryHeld, rekey.ReasonAlreadyBeing, batch+1, rekey.RevokeAtOnce
	}
	return tx.Plan(w.ctx, []rekey.Delivery{d})
}

func (w *walk) issue(rt *rapid.T, tx *Tx) error {
	var list []rekey.Delivery
	for _, state := range []rekey.DeliveryState{rekey.DeliveryQueued, rekey.DeliveryDeferred, rekey.DeliveryIssued, rekey.DeliveryHeld} {
		for _, d := range w.in(tx, state) {
			if !slices.ContainsFunc(list, func(other rekey.Delivery) bool { return other.UserID == d.UserID && d.Behind() && other.Behind() }) {
				list = append(list, d) // of two that are held, the second sees the first
			}
		}
	}
	for i, d := range list {
		u, err := tx.User(w.ctx, d.UserID)
		if err != nil {
			return err
		}
		d = begun(d, u, w.now)
		d.Reason = ""
		switch rapid.IntRange(0, 5).Draw(rt, "issued as") {
		case 0:
			d.State, d.Reason, d.Verifier, d.IssuedAt = rekey.DeliverySkipped, rekey.ReasonBlocked, "", time.Time{}
		case 1:
			d.State, d.Reason = rekey.DeliveryFailed, rekey.ReasonGaveUp
		}
		list[i] = d
	}
	_, err := tx.Issue(w.ctx, list)
	return err
}

func (w *walk) settle(rt *rapid.T, tx *Tx) error {
	list := w.in(tx, rekey.DeliveryIssued)
	for i, d := range list {
		d.UpdatedAt, d.Attempting = w.now, false
		switch rapid.IntRange(0, 4).Draw(rt, "settled as") {
		case 0:
			d.State, d.Reason = rekey.DeliveryFailed, rekey.ReasonRefused
		case 1:
			d.State, d.Reason, d.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonTransport, w.now
		case 2:
			d = accepted(d, w.now)
			d.Claim = "slept through"
		default:
			d = accepted(d, w.now)
		}
		list[i] = d
	}
	counted, err := tx.Settle(w.ctx, list)
	for _, d := range counted {
		if d.State == rekey.DeliveryFailed {
			w.refused = append(w.refused, d)
		}
	}
	return err
}

func (w *walk) reprieve(_ *rapid.T, tx *Tx) error {
	for i := range w.refused {
		d := &w.refused[i]
		d.Reason, d.NextAttempt, d.UpdatedAt = rekey.ReasonDeferred, w.now, w.now
		if _, err := tx.Delivery(w.ctx, d.ID); rekey.CodeOf(err) == rekey.CodeNotFound {
			d.ID = "" // it was undone
		}
	}
	var there []rekey.Delivery
	for _, d := range w.refused {
		if d.ID != "" {
			there = append(there, d)
		}
	}
	w.refused = nil
	return tx.Reprieve(w.ctx, there)
}

// compare counts the rows and compares what is kept.
func (w *walk) compare(rt *rapid.T) {
	rt.Helper()
	all, err := w.Deliveries(w.ctx, rekey.DeliveryQuery{MaxRank: 3, Limit: 10_000})
	w.ok(err)
	began, byRun := map[string]rekey.Run{}, map[string]map[rekey.Tally]int64{}
	ids, in := make([]string, len(w.runs)), map[string]map[rekey.Tally]int64{}
	for i, run := range w.runs {
		ids[i], began[run.ID], byRun[run.ID], in[run.ID] = run.ID, run, map[rekey.Tally]int64{}, map[rekey.Tally]int64{}
	}
	hours, automations := map[time.Time]rekey.Figures{}, map[string]rekey.Figures{}
	for _, d := range all {
		if tally := (rekey.Tally{State: d.State, Reason: d.Reason}); tally.Sent() && d.AcceptedAt.IsZero() && d.State == rekey.DeliverySuperseded {
			rt.Fatalf("a delivery that no mail server has accepted counts as sent: %+v", d)
		}
		byRun[d.RunID][rekey.Tally{State: d.State, Reason: d.Reason}]++
		if !d.InAt.IsZero() {
			in[d.RunID][rekey.Tally{State: d.State, Reason: d.Reason}]++
		}
		f, moment := rekey.Figures{}, d.UpdatedAt
		switch {
		case !d.AcceptedAt.IsZero():
			f.Sent, moment = 1, d.AcceptedAt
			from := began[d.RunID].DueAt
			if d.Number > 1 { // a retry by hand: the wait for it is not the mail's
				from = d.IssuedAt
			}
			f.Took.Count(rekey.DurationStep(moment.Sub(from)), 1)
		case d.State == rekey.DeliveryFailed:
			f.Failed = 1
		case d.State == rekey.DeliverySkipped:
			f.Skipped = 1
		default:
			continue
		}
		sum := hours[moment.Truncate(time.Hour)]
		sum.Add(f)
		hours[moment.Truncate(time.Hour)] = sum
		f.Took = nil
		sum = automations[began[d.RunID].AutomationID]
		sum.Add(f)
		automations[began[d.RunID].AutomationID] = sum
	}
	tallies, _, err := w.Tallies(w.ctx, ids, 3)
	w.ok(err)
	for id, want := range byRun {
		kept, keptIn := map[rekey.Tally]int64{}, map[rekey.Tally]int64{}
		for _, tally := range tallies[id] {
			kept[rekey.Tally{State: tally.State, Reason: tally.Reason}] = tally.Count
			if tally.In > 0 {
				keptIn[rekey.Tally{State: tally.State, Reason: tally.Reason}] = tally.In
			}
		}
		equal(rt, kept, want)
		equal(rt, keptIn, in[id])
		w.compareStandings(rt, id, all, tallies[id])
	}
	keptHours, err := w.Hourly(w.ctx, noon)
	w.ok(err)
	for hour, f := range keptHours { // what was taken back leaves nothing behind
		if f.Sent == 0 && f.Failed == 0 && f.Skipped == 0 {
			delete(keptHours, hour)
		}
	}
	equal(rt, keptHours, hours)
	keptAutomations, err := w.FiguresOf(w.ctx, []string{"0", "1"}, noon)
	w.ok(err)
	for id, f := range keptAutomations {
		if f.Sent == 0 && f.Failed == 0 && f.Skipped == 0 {
			delete(keptAutomations, id)
		}
	}
	equal(rt, keptAutomations, automations)
}

func equal[T any](rt *rapid.T, kept, counted T) {
	rt.Helper()
	if diff := cmp.Diff(counted, kept); diff != "" {
		rt.Fatalf("kept (+) is not what is counted (-):\n%s", diff)
	}
}

// compareStandings compares the people of a run, each in their latest delivery, with
// what is kept and what is listed.
func (w *walk) compareStandings(rt *rapid.T, runID string, all []rekey.Delivery, tallies []rekey.Tally) {
	rt.Helper()
	last := map[string]rekey.Delivery{}
	for _, d := range all {
		before, again := last[d.UserID]
		if d.RunID == runID && (!again || d.Number > before.Number && d.State != rekey.DeliverySkipped) {
			last[d.UserID] = d
		}
	}
	people, want := map[rekey.Standing][]string{}, map[rekey.Standing]int64{}
	for _, d := range all { // in their order
		if last[d.UserID].ID == d.ID {
			people[d.Standing()] = append(people[d.Standing()], d.ID)
			want[d.Standing()]++
		}
	}
	overtaken, err := w.Overtaken(w.ctx, []string{runID}, 3)
	w.ok(err)
	c := rekey.CountIn(tallies).Without(rekey.CountIn(overtaken[runID]))
	kept := map[rekey.Standing]int64{rekey.StandingIn: c.In, rekey.StandingNotYet: c.NotYet, rekey.StandingNoLonger: c.NoLonger,
		rekey.StandingNone: c.None, rekey.StandingOnTheWay: c.OnTheWay, rekey.StandingSkipped: c.Skipped}
	for _, s := range rekey.Standings() {
		if s == rekey.StandingNotIn {
			continue
		}
		equal(rt, kept[s], want[s])
		listed, err := w.Deliveries(w.ctx, rekey.DeliveryQuery{RunID: runID, Standing: s, MaxRank: 3, Limit: 10_000})
		w.ok(err)
		var ids []string
		for _, d := range listed {
			ids = append(ids, d.ID)
		}
		equal(rt, ids, people[s])
	}
}
