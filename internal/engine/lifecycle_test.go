package engine_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// mayBecome are the states of shared/spec/3-delivery.md, and into which ones each
// may go. A step of the test may take several of them at once.
var mayBecome = map[rekey.DeliveryState][]rekey.DeliveryState{
	rekey.DeliveryHeld:     {rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliverySkipped, rekey.DeliveryCancelled},
	rekey.DeliveryQueued:   {rekey.DeliveryIssued, rekey.DeliverySkipped, rekey.DeliveryCancelled, rekey.DeliverySuperseded},
	rekey.DeliveryIssued:   {rekey.DeliverySent, rekey.DeliveryDeferred, rekey.DeliveryFailed, rekey.DeliveryCancelled, rekey.DeliverySuperseded},
	rekey.DeliveryDeferred: {rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryFailed, rekey.DeliveryCancelled, rekey.DeliverySuperseded},
	rekey.DeliverySent:     {rekey.DeliveryDone, rekey.DeliveryExpired, rekey.DeliverySuperseded},
}

// reaches reports whether a state may come of another one.
func reaches(from, to rekey.DeliveryState) bool {
	seen := map[rekey.DeliveryState]bool{}
	var visit func(rekey.DeliveryState) bool
	visit = func(s rekey.DeliveryState) bool {
		if s == to {
			return true
		}
		if seen[s] {
			return false
		}
		seen[s] = true
		return slices.ContainsFunc(mayBecome[s], visit)
	}
	return visit(from)
}

// life is two people, to whom events, replies, changes, expiries and cancellations
// happen in any order.
type life struct {
	looking sync.Mutex // a job sends with several connections at once

	*harness
	rt     *rapid.T
	people []rekey.SystemUser
	// automations are the ids of those there are.
	automations []string
	runs        []rekey.Run
	paused      bool
	staff       *scripted // the directory of some; nil if there is none
	// known is every delivery as it was last seen.
	known map[string]rekey.Delivery
	// gone are those who were left without a way in by what the mail server, the
	// time, or somebody with the right to has done.
	gone map[string]bool
	last time.Time // when they were last looked at
}

// TestWhateverHappensDeliveriesGoTheirWayAndRunsEnd lets anything happen in any
// order, and looks at every delivery after each step, also in the middle of a job.
func TestWhateverHappensDeliveriesGoTheirWayAndRunsEnd(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	automations := []string{h.on(large, rekey.SendParams{Ceiling: 1}).ID}
	for _, setting := range settings {
		automations = append(automations, h.on(string(setting), rekey.SendParams{OldPassword: setting, Ceiling: 10_000}).ID)
	}
	steps := map[string]func(*life){
		"event": (*life).event, "job": (*life).job, "mood": (*life).mood, "wait": (*life).wait, "choose": (*life).chooses,
		"cancel": (*life).cancels, "block": (*life).blocks, "retry": (*life).retries,
	}
	maps.Copy(steps, changes)
	often := []string{"event", "event", "event", "job", "job", "job", "job", "mood", "wait", "choose", "choose", "cancel", "block", "retry"}
	often = append(often, slices.Sorted(maps.Keys(changes))...)
	rapid.Check(t, func(rt *rapid.T) {
		h.loseJobs()
		h.peer.SetScript(mailtest.Script{})
		l := &life{harness: h, rt: rt, known: map[string]rekey.Delivery{}, gone: map[string]bool{}, last: h.now(), automations: automations,
			people: []rekey.SystemUser{h.person(newID() + "@example.org"), h.person(newID() + "@example.org")}}
		h.onStep = func(engine.Step) { l.look(false) }
		for range rapid.IntRange(1, 15).Draw(rt, "length") {
			steps[rapid.SampledFrom(often).Draw(rt, "step")](l)
			l.look(true)
		}
		h.peer.SetScript(mailtest.Script{})
		for range 3 {
			l.undo()
			h.pass(90 * time.Minute)
			h.must(h.Sweep(h.ctx, time.Minute))
			h.work()
			l.look(true)
		}
		h.onStep = func(engine.Step) {}
		for _, run := range l.runs {
			if got, err := h.db.Run(h.ctx, run.ID); err != nil || got.FinishedAt.IsZero() {
				rt.Fatalf("a run never ends: it is %s, %v", got.State, err)
			}
		}
	})
}

func (l *life) one() rekey.SystemUser {
	u := rapid.SampledFrom(l.people).Draw(l.rt, "who")
	return l.user(u.ID)
}

func (l *life) event() {
	l.begins(string(rapid.SampledFrom(settings).Draw(l.rt, "setting")), l.people[:rapid.IntRange(1, 2).Draw(l.rt, "how many")]...)
}

// begins has something happen, unless its automation is switched off.
func (l *life) begins(name string, who ...rekey.SystemUser) {
	e := l.external(who...)
	e.Name = name
	receipts, err := l.AcceptEvents(l.ctx, []rekey.Event{e}, rekey.Authority{})
	l.must(err)
	runs, err := l.db.Runs(l.ctx, rekey.RunQuery{EventID: receipts[0].Event.ID, Limit: 10})
	l.must(err)
	l.runs = append(l.runs, runs...)
	if rapid.Bool().Draw(l.rt, "worked off") {
		l.work()
	}
}

func (l *life) job() {
	if job, ok := l.nextJob(); ok {
		l.must(l.run(job))
	}
}

func (l *life) mood() {
	answer := answers[rapid.SampledFrom([]string{"accepts", "accepts", "defers", "defers", "drops", "refuses"}).Draw(l.rt, "answer")]
	answer.Times = 0
	l.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{answer}})
}

func (l *life) wait() {
	l.pass(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 25 * time.Hour, 73 * time.Hour}).Draw(l.rt, "wait"))
	l.must(l.Sweep(l.ctx, time.Minute))
}

// chooses completes a change with a password that logs in.
func (l *life) chooses() {
	u := l.one()
	credential, err := l.db.Credential(l.ctx, u.ID)
	l.must(err)
	via := []string{}
	if credential.InForce(l.now()) {
		via = append(via, "")
	}
	for _, d := range credential.Live(l.now()) {
		via = append(via, d.ID)
	}
	if len(via) > 0 && u.Status == rekey.UserActive {
		l.chooseVia(u, rapid.SampledFrom(via).Draw(l.rt, "via"), newID())
	}
}

func (l *life) cancels() {
	if len(l.runs) > 0 {
		deeds["cancel"](l.harness, rapid.SampledFrom(l.runs).Draw(l.rt, "run"), rekey.Automation{}, rekey.SystemUser{})
	}
}

// blocks somebody, or restores them.
func (l *life) blocks() {
	u := l.one()
	status := rekey.UserBlocked
	if u.Status == rekey.UserBlocked {
		status = rekey.UserActive
	}
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
		version := u.Version
		u.Status = status
		if err := tx.EndMailed(l.ctx, u.ID, rekey.ReasonBlocked, l.now()); err != nil {
			return err
		}
		return tx.UpdateUser(l.ctx, u, version, "")
	}))
	l.gone[u.ID] = true
}

func (l *life) retries() {
	for _, run := range l.runs {
		for _, d := range l.deliveries(run) {
			if d.State == rekey.DeliveryFailed || d.State == rekey.DeliveryExpired {
				_, _ = l.Retry(l.ctx, d.ID, rekey.SystemAuthority()) // or it is refused
				return
			}
		}
	}
}

// look compares every delivery with what it was. atRest: no job is under way.
func (l *life) look(atRest bool) {
	l.looking.Lock()
	defer l.looking.Unlock()
	unfinished := map[string]int{}
	for _, run := range l.runs {
		left := 0
		for _, d := range l.deliveries(run) {
			l.compare(d)
			if d.State.Unfinished() {
				unfinished[d.UserID]++
			}
			if d.State.Unfinished() || d.Behind() {
				left++
			}
		}
		got, err := l.db.Run(l.ctx, run.ID)
		l.must(err)
		if atRest && (got.State == rekey.RunSending) != (left > 0 && got.State != rekey.RunCancelled) {
			l.rt.Fatalf("a run is %s, and %d of its deliveries are unfinished", got.State, left)
		}
	}
	for _, u := range l.people {
		if unfinished[u.ID] > 1 {
			l.rt.Fatalf("%d deliveries of one person are unfinished (I10)", unfinished[u.ID])
		}
		in := l.wayIn(u)
		if in {
			delete(l.gone, u.ID)
		}
		if !in && unfinished[u.ID] == 0 && !l.gone[u.ID] {
			l.rt.Fatalf("%s has no way in, and nothing is on its way (I1)", u.Address)
		}
	}
	l.last = l.now()
}

// compare checks one delivery against how it was last seen.
func (l *life) compare(d rekey.Delivery) {
	was, seen := l.known[d.ID]
	l.known[d.ID] = d
	if seen && !reaches(was.State, d.State) {
		l.rt.Fatalf("a delivery went from %s to %s, %s", was.State, d.State, d.Reason)
	}
	switch {
	case (d.State == rekey.DeliverySent || d.State == rekey.DeliveryExpired || d.State == rekey.DeliveryDone) && d.AcceptedAt.IsZero():
		l.rt.Fatalf("a delivery is %s although no mail server has accepted it", d.State)
	case d.State == rekey.DeliveryCancelled && d.Reason == rekey.ReasonChosenMeanwhile && seen && was.State == rekey.DeliverySent:
		l.rt.Fatal("a delivery that was sent is cancelled by a change")
	case !d.State.Unfinished() && d.Sealed != nil:
		l.rt.Fatalf("a delivery is %s and still has its letter (I5)", d.State)
	case d.MaybeMailed() && d.EndedAt.IsZero() && l.now().Before(d.ValidUntil) && !d.Live(l.now()):
		l.rt.Fatalf("what may have been mailed does not log in (I2): %s, %s", d.State, d.Reason)
	}
	failed := d.State == rekey.DeliveryFailed && was.State != rekey.DeliveryFailed
	expired := !d.AcceptedAt.IsZero() && l.last.Before(d.ValidUntil) && !l.now().Before(d.ValidUntil)
	if failed || expired {
		l.gone[d.UserID] = true // until they have a way in again
	}
}
