package engine_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// access is how a person can get in at a moment, and what an undo must not change.
type access struct {
	credential rekey.Credential
	chosenIn   bool // with the chosen password
	user       rekey.SystemUser
	others     []rekey.Delivery // of all other runs
}

func (a access) in(l *life) bool { return a.chosenIn || len(a.credential.Live(l.now())) > 0 }

// accessOf does not use the rules of the undo.
func (l *life) accessOf(u rekey.SystemUser, undone rekey.Run) (a access) {
	credential, err := l.db.Credential(l.ctx, u.ID)
	l.must(err)
	a.credential, a.user = credential, l.user(u.ID)
	a.chosenIn = credential.InForce(l.now())
	if !a.user.Directory.BuiltIn() {
		writes, err := l.db.DirectoryWritesTo(l.ctx, u.ID)
		l.must(err)
		unknown := slices.ContainsFunc(writes, rekey.DirectoryWrite.Pending)
		a.chosenIn = a.chosenIn && !unknown && !a.user.Directory.Locked
		if live, changed := l.staff.accounts[u.ID]; changed {
			a.chosenIn = a.chosenIn && live.Reason == "" && !live.Account.Locked
		}
	}
	all, err := l.db.Deliveries(l.ctx, rekey.DeliveryQuery{UserID: u.ID, MaxRank: rekey.RankAdministrator, Limit: 1000})
	l.must(err)
	a.others = slices.DeleteFunc(all, func(d rekey.Delivery) bool { return d.RunID == undone.ID })
	return a
}

// undoing compares how people get in before and after each part of an undo.
func (l *life) undoing(run rekey.Run, do func() error) error {
	before := map[string]access{}
	note := func() {
		for _, u := range l.people {
			before[u.ID] = l.accessOf(u, run)
		}
	}
	compare := func() {
		for _, u := range l.people {
			l.sameAccess(before[u.ID], l.accessOf(u, run), run)
		}
		note()
	}
	note()
	l.onStep = func(s engine.Step) {
		if s == engine.StepPartEnded {
			compare()
		}
	}
	err := do()
	compare()
	l.onStep = func(engine.Step) { l.look(false) }
	return err
}

func (l *life) sameAccess(was, is access, run rekey.Run) {
	u := was.user
	switch {
	case was.in(l) && !is.in(l):
		l.rt.Fatalf("%s could get in before the undo, and cannot after it", u.Address)
	case was.credential.Chosen != is.credential.Chosen || u.PasswordVersion != is.user.PasswordVersion:
		l.rt.Fatalf("the undo changed the chosen password of %s, or ended their sessions", u.Address)
	case !slices.EqualFunc(was.others, is.others, func(a, b rekey.Delivery) bool {
		return a.State == b.State && a.EndedAt.Equal(b.EndedAt) && a.Verifier == b.Verifier
	}):
		l.rt.Fatalf("the undo touched what another run sent to %s", u.Address)
	}
	for _, d := range was.credential.Live(l.now()) {
		if slices.ContainsFunc(is.credential.Mailed, func(o rekey.Delivery) bool { return o.ID == d.ID }) {
			continue
		}
		switch {
		case d.RunID != run.ID:
			l.rt.Fatal("a mailed password of another run ended")
		case !is.chosenIn:
			l.rt.Fatalf("a mailed password of %s ended, and no chosen one is in force", u.Address)
		case !d.OpenedAt.IsZero():
			l.rt.Fatalf("a mailed password of %s ended, although they had begun to choose", u.Address)
		}
	}
}

// undoes a run, all of it or the first parts; then its node ends.
func (l *life) undoes() {
	if len(l.runs) == 0 {
		return
	}
	run := rapid.SampledFrom(l.runs).Draw(l.rt, "undone")
	l.must(l.undoing(run, func() error {
		return l.db.Update(l.ctx, func(tx *store.Tx) error {
			_, err := tx.UndoRun(l.ctx, run.ID, l.user(l.automation().OwnerID).ID, l.now())
			return err
		})
	}))
	l.goesOn(run)
}

// goesOn continues with the end of a run, for some parts.
func (l *life) goesOn(run rekey.Run) {
	parts := rapid.IntRange(0, 3).Draw(l.rt, "parts")
	if parts == 0 {
		return
	}
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	err := l.undoing(run, func() error {
		compare := l.onStep
		l.onStep = func(s engine.Step) {
			compare(s)
			if parts--; parts == 0 {
				cancel()
			}
		}
		return l.Execute(ctx, run.ID)
	})
	if ctx.Err() == nil {
		l.must(err)
	}
}

// opens logs in with a mailed password, to choose another, or begins to choose one.
func (l *life) opensOne() {
	u := l.one()
	credential, err := l.db.Credential(l.ctx, u.ID)
	l.must(err)
	live := credential.Live(l.now())
	if len(live) == 0 || u.Status != rekey.UserActive {
		return
	}
	d := rapid.SampledFrom(live).Draw(l.rt, "opened")
	l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
		if !u.Directory.BuiltIn() && rapid.Bool().Draw(l.rt, "begins to choose") {
			return tx.PutDirectoryWrite(l.ctx, rekey.DirectoryWrite{DeliveryID: d.ID, Kind: rekey.WriteChoose, UserID: u.ID, Token: "first", BegunAt: l.now()})
		}
		return tx.Opened(l.ctx, d.ID, l.now())
	}))
}

// locks an account in the directory, or unlocks it.
func (l *life) locksThere() {
	for _, u := range l.people {
		if u := l.user(u.ID); !u.Directory.BuiltIn() {
			l.change(u.ID, func(u *rekey.SystemUser) { u.Directory.Locked = !u.Directory.Locked })
		}
	}
}

// changesThere does something to an account that no import has read yet.
func (l *life) changesThere() {
	for _, u := range l.people {
		if u := l.user(u.ID); !u.Directory.BuiltIn() {
			a := engine.LiveAccount{Address: u.Address, Account: u.Directory}
			switch rapid.SampledFrom([]string{"down", "locked", "as before"}).Draw(l.rt, "there") {
			case "down":
				a = engine.LiveAccount{Reason: rekey.ReasonDirectoryDown}
			case "locked":
				a.Account.Locked = true
			}
			l.staff.accounts[u.ID] = a
		}
	}
}

func (l *life) eventForSome() {
	var who []rekey.SystemUser
	for _, u := range l.people {
		if rapid.Bool().Draw(l.rt, "named") {
			who = append(who, u)
		}
	}
	if len(who) > 0 {
		l.begins(string(rapid.SampledFrom(settings).Draw(l.rt, "setting")), who...)
	}
}

// choosesOne completes a change with a password that logs in, also in the directory.
func (l *life) choosesOne() {
	u := l.one()
	if u.Directory.BuiltIn() {
		l.chooses()
		return
	}
	a := l.accessOf(u, rekey.Run{})
	if live := a.credential.Live(l.now()); len(live) > 0 && u.Status == rekey.UserActive {
		l.must(l.db.Update(l.ctx, func(tx *store.Tx) error {
			d := live[0]
			w := rekey.DirectoryWrite{DeliveryID: d.ID, Kind: rekey.WriteChoose, UserID: u.ID, Outcome: rekey.WriteSet, BegunAt: l.now(), EndedAt: l.now()}
			if err := tx.PutDirectoryWrite(l.ctx, w); err != nil {
				return err
			}
			return tx.CompleteChangeInDirectory(l.ctx, u.ID, d.ID, newID(), l.now())
		}))
	}
}

// TestWhoeverCouldGetInBeforeAnUndoCanGetInAfterIt lets anything happen in any order, with
// undos that stop half-way and are continued, and compares the ways in around each part.
func TestWhoeverCouldGetInBeforeAnUndoCanGetInAfterIt(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	staff := h.withDirectories()
	automations := []string{h.on(large, rekey.SendParams{Ceiling: 1}).ID}
	for _, setting := range settings {
		automations = append(automations, h.on(string(setting), rekey.SendParams{OldPassword: setting, Ceiling: 10_000}).ID)
	}
	steps := map[string]func(*life){
		"event": (*life).eventForSome, "job": (*life).job, "mood": (*life).mood, "wait": (*life).wait, "choose": (*life).choosesOne,
		"cancel": (*life).cancels, "block": (*life).blocks, "retry": (*life).retries,
		"undo": (*life).undoes, "open": (*life).opensOne, "lock": (*life).locksThere, "there": (*life).changesThere,
	}
	maps.Copy(steps, changes)
	often := []string{"event", "event", "event", "job", "job", "job", "mood", "wait", "choose", "cancel", "block", "retry", "undo", "undo", "undo", "undo", "open", "open", "lock", "there"}
	often = append(often, slices.Sorted(maps.Keys(changes))...)
	rapid.Check(t, func(rt *rapid.T) {
		h.loseJobs()
		h.peer.SetScript(mailtest.Script{})
		outcome := rapid.SampledFrom([]string{"set", "doubtful", "down"}).Draw(rt, "scrambles")
		staff.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) {
			if outcome == "set" {
				return newID(), false, ""
			}
			return "", outcome == "doubtful", rekey.ReasonDirectoryDown
		}
		newcomer := h.newcomer(newID() + "@example.org")
		l := &life{harness: h, rt: rt, staff: staff, known: map[string]rekey.Delivery{}, gone: map[string]bool{newcomer.ID: true}, last: h.now(), automations: automations,
			people: []rekey.SystemUser{h.person(newID() + "@example.org"), newcomer, h.inDirectory(newID() + "@example.org"), h.person(newID() + "@example.org")}}
		h.onStep = func(engine.Step) { l.look(false) }
		for range rapid.IntRange(1, 20).Draw(rt, "length") {
			steps[rapid.SampledFrom(often).Draw(rt, "step")](l)
		}
		l.undo() // the pause, and what is blocked
		for _, run := range l.runs {
			if now, err := h.db.Run(h.ctx, run.ID); err == nil && now.Undone() {
				l.must(l.undoing(run, func() error { return h.Execute(h.ctx, run.ID) }))
				l.ended(run)
			}
		}
		h.onStep = func(engine.Step) {}
	})
}

// ended checks that an undo has decided about everybody.
func (l *life) ended(run rekey.Run) {
	now, err := l.db.Run(l.ctx, run.ID)
	l.must(err)
	ended, kept := map[string]bool{}, map[string]bool{}
	for _, d := range l.deliveries(run) {
		switch {
		case d.Undone == rekey.UndoneEnded:
			ended[d.UserID] = true
			if d.Live(l.now()) {
				l.rt.Fatal("a password that the undo ended logs in")
			}
		case d.Undone.Kept():
			kept[d.UserID] = true
		case d.Live(l.now()) && d.IssuedAt.Before(now.UndoneAt):
			l.rt.Fatal("nothing was decided about a mailed password")
		}
	}
	if now.Phase != "" || now.UndoneEnded != len(ended) || now.UndoneKept != len(kept) {
		l.rt.Fatalf("the run counts %d ended and %d kept in the phase %q, and there are %d and %d", now.UndoneEnded, now.UndoneKept, now.Phase, len(ended), len(kept))
	}
}

// inDirectory adds a system user whose password lives in a directory.
func (h *harness) inDirectory(address string) rekey.SystemUser {
	h.t.Helper()
	u := h.person(address, ofDirectory)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return tx.CompleteChangeInDirectory(h.ctx, u.ID, "", "first", h.now().Add(-24*time.Hour))
	}))
	return h.user(u.ID)
}
