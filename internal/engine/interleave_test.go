package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
	"rekey/internal/suite"
)

// turns has one of several workers go on at a time, from one step to the next: so
// their steps can be put in any order, and every order can be had again.
type turns struct {
	next, at chan struct{}
	ended    chan error
}

// take waits for the next turn.
func (w turns) take() {
	w.at <- struct{}{}
	<-w.next
}

// begin starts a worker, and waits until it takes its first turn.
func begin(work func(turns) error) *turns {
	w := &turns{next: make(chan struct{}), at: make(chan struct{}), ended: make(chan error, 1)}
	go func() { w.ended <- work(*w) }()
	return w
}

// step lets the worker go on up to its next turn. It reports whether there is one.
func (w *turns) step(started bool) (more bool, err error) {
	if started {
		w.next <- struct{}{}
	}
	select {
	case <-w.at:
		return true, nil
	case err := <-w.ended:
		return false, err
	}
}

// stepping is a store at which each look and each act is a turn.
type stepping struct {
	engine.Store
	w *turns
}

func (s stepping) Update(ctx context.Context, fn func(engine.Tx) error) error {
	s.w.take()
	return s.Store.Update(ctx, fn)
}

func (s stepping) Histories(ctx context.Context, ids []string, trialOf, again string, now time.Time) (map[string]engine.History, error) {
	s.w.take()
	return s.Store.Histories(ctx, ids, trialOf, again, now)
}

func (s stepping) Claimed(ctx context.Context, id, claim string, now time.Time) (claimed, paused bool, err error) {
	s.w.take()
	return s.Store.Claimed(ctx, id, claim, now)
}

var settings = []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce}

// answers of the mail server to a message.
var answers = map[string]mailtest.Rule{
	"accepts": {On: "DOT", Times: 1, Reply: "250 2.0.0 ok"},
	"defers":  {On: "DOT", Times: 1, Reply: "451 4.3.0 try later"},
	"drops":   {On: "DOT", Times: 1, Drop: mailtest.DropBefore, Record: true},
	"refuses": {On: "DOT", Times: 1, Reply: "550 5.1.1 no such user"},
}

// deeds are what somebody does between two steps.
var deeds = map[string]func(*harness, rekey.Run, rekey.Automation, rekey.SystemUser){
	"nothing": func(*harness, rekey.Run, rekey.Automation, rekey.SystemUser) {},
	"cancel": func(h *harness, run rekey.Run, _ rekey.Automation, _ rekey.SystemUser) {
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
			return err
		}))
	},
	"block the owner": func(h *harness, _ rekey.Run, a rekey.Automation, _ rekey.SystemUser) {
		h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	},
	"choose": func(h *harness, _ rekey.Run, _ rekey.Automation, u rekey.SystemUser) {
		if h.inForce(u) {
			h.choose(u, "chosen meanwhile")
		}
	},
}

// Two runs for one person, with whatever settings, may take their steps in any
// order, on two nodes, whatever the mail server answers and whatever somebody does
// in between: at every moment the person has a way in, or is still to be sent one.
func TestTwoRunsForOnePersonInAnyOrderLeaveThemAWayIn(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		automations := map[string]rekey.Automation{}
		for _, setting := range settings {
			for _, of := range []string{"first ", "second "} {
				automations[of+string(setting)] = h.on(of+string(setting), rekey.SendParams{OldPassword: setting, Ceiling: 10_000})
			}
		}
		random := rapid.Custom(func(rt *rapid.T) order { return anOrder(rt) })
		for n := range suite.Times(10, 500) {
			o := random.Example(n)
			o.play(t, h, second, automations)
			if t.Failed() {
				t.Fatalf("it was %+v", o)
			}
		}
	})
}

// order is one way for two runs to go beside each other.
type order struct {
	Settings  [2]rekey.OldPassword
	Answers   []string
	Steps     []bool // the second run goes on, for as long as there is one that can
	Meanwhile string
	Whose     int // the run that is meant by Meanwhile
	When      int // after how many steps
}

func anOrder(rt *rapid.T) order {
	often := append([]rekey.OldPassword{rekey.RevokeAtOnce, rekey.RevokeAtOnce}, settings...)
	return order{
		Settings:  [2]rekey.OldPassword{rapid.SampledFrom(often).Draw(rt, "first"), rapid.SampledFrom(often).Draw(rt, "second")},
		Answers:   rapid.SliceOfN(rapid.SampledFrom([]string{"defers", "defers", "defers", "accepts", "drops", "refuses"}), 4, 4).Draw(rt, "answers"),
		Steps:     rapid.SliceOfN(rapid.Bool(), 24, 24).Draw(rt, "steps"),
		Meanwhile: rapid.SampledFrom([]string{"nothing", "nothing", "nothing", "cancel", "block the owner", "choose"}).Draw(rt, "meanwhile"),
		Whose:     rapid.IntRange(0, 1).Draw(rt, "whose"),
		When:      rapid.IntRange(0, 10).Draw(rt, "when"),
	}
}

// play plays an order with somebody new.
func (o order) play(t *testing.T, h *harness, second *store.DB, automations map[string]rekey.Automation) {
	t.Helper()
	script := mailtest.Script{}
	for _, answer := range o.Answers {
		script.Rules = append(script.Rules, answers[answer])
	}
	h.peer.SetScript(script)
	u := h.person(newID() + "@example.org")
	names := [2]string{"first " + string(o.Settings[0]), "second " + string(o.Settings[1])}
	var runs [2]rekey.Run
	for i, name := range names {
		runs[i] = h.happens(name, u)
	}
	h.loseJobs() // the workers are it
	var workers [2]*turns
	for i, db := range []*store.DB{h.db, second} {
		workers[i] = begin(func(w turns) error {
			node := h.node(db, func(s engine.Store) engine.Store { return stepping{s, &w} })
			if err := node.Execute(h.ctx, runs[i].ID); err != nil {
				return err
			}
			return node.Deliver(h.ctx, runs[i].ID, 1)
		})
	}
	var started, over [2]bool
	for n := 0; !over[0] || !over[1]; n++ {
		i := 0
		if n < len(o.Steps) && o.Steps[n] || over[0] {
			i = 1
		}
		if over[i] {
			i = 1 - i
		}
		if n == o.When {
			deeds[o.Meanwhile](h, runs[o.Whose], automations[names[o.Whose]], u)
		}
		more, err := workers[i].step(started[i])
		h.must(err)
		started[i], over[i] = true, !more
		o.holds(t, h, u)
	}
	h.settleDown()
	o.holds(t, h, u)
	for i, run := range runs {
		if got, err := h.db.Run(h.ctx, run.ID); err != nil || got.FinishedAt.IsZero() && got.State != rekey.RunHeld {
			t.Errorf("run %d is %s, %v", i, got.State, err)
		}
	}
	if h.wayIn(u) {
		h.restore(o, automations, names)
		return
	}
	// The mail was refused for good: they are served if it happens again.
	h.restore(o, automations, names)
	h.happens("first "+string(rekey.RevokeAtOnce), u)
	h.settleDown()
	if !h.wayIn(u) {
		t.Errorf("somebody without a way in is not served")
	}
}

// restore lets an owner act again who was blocked.
func (h *harness) restore(o order, automations map[string]rekey.Automation, names [2]string) {
	h.t.Helper()
	if o.Meanwhile == "block the owner" {
		h.change(automations[names[o.Whose]].OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
		h.settleDown()
	}
}

// holds checks that somebody has a way in, or is still to be sent one, unless the
// mail server has refused for good what was to give it back; and that they are
// sent one at a time (I10).
func (o order) holds(t *testing.T, h *harness, u rekey.SystemUser) {
	t.Helper()
	list, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{UserID: u.ID, MaxRank: rekey.RankAdministrator, Limit: 100})
	h.must(err)
	unfinished := slices.DeleteFunc(slices.Clone(list), func(d rekey.Delivery) bool { return !d.State.Unfinished() })
	if len(unfinished) > 1 {
		t.Errorf("%d deliveries are unfinished (I10)", len(unfinished))
	}
	refused := slices.ContainsFunc(list, func(d rekey.Delivery) bool {
		return d.OldPassword == rekey.RevokeAtOnce && d.State == rekey.DeliveryFailed && d.Reason == rekey.ReasonRefused
	})
	if len(unfinished) > 0 || refused || h.wayIn(u) {
		return
	}
	for _, d := range list {
		t.Logf("%s %s, %s: %d %s", d.OldPassword, d.State, d.Reason, d.ReplyCode, d.ReplyText)
	}
	t.Error("there is no way in, and nothing is on its way")
}
