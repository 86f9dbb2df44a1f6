package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// undoRun begins the undo of a run by somebody, and reports whether nobody had before.
func (h *harness) undoRun(run rekey.Run, by rekey.SystemUser) (first bool) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) (err error) {
		first, err = tx.UndoRun(h.ctx, run.ID, by.ID, h.now())
		return err
	}))
	return first
}

func (h *harness) administrator() rekey.SystemUser {
	return h.person(newID()+"@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
}

func (h *harness) run1(id string) rekey.Run {
	h.t.Helper()
	run, err := h.db.Run(h.ctx, id)
	h.must(err)
	return run
}

// TestUndoEndsAMailedPasswordOnlyIfAChosenOneIsInForce has one person for each rule.
func TestUndoEndsAMailedPasswordOnlyIfAChosenOneIsInForce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setting rekey.OldPassword
		who     func(h *harness) rekey.SystemUser
		then    func(h *harness, u rekey.SystemUser, d rekey.Delivery) // before the undo
		want    rekey.Undone
	}{
		"their chosen password is kept":  {rekey.KeepUntilChanged, nil, nil, rekey.UndoneEnded},
		"their chosen password rests":    {rekey.ReplaceWhenSent, nil, nil, rekey.UndoneEnded},
		"they are of a directory":        {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, nil, rekey.UndoneEnded},
		"they have never chosen one":     {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.newcomer("ada@example.org") }, nil, rekey.UndoneNoChosen},
		"their chosen one was revoked":   {rekey.RevokeAtOnce, nil, nil, rekey.UndoneRevoked},
		"a directory's was revoked":      {rekey.RevokeAtOnce, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, nil, rekey.UndoneRevoked},
		"they have logged in with it":    {rekey.KeepUntilChanged, nil, (*harness).openedMail, rekey.UndoneBegun},
		"they are locked there":          {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, (*harness).lockedThere, rekey.UndoneDirectory},
		"their password expired there":   {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, (*harness).expiredThere, rekey.UndoneDirectory},
		"they are locked there since":    {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, live(func(a *engine.LiveAccount) { a.Account.Locked = true }), rekey.UndoneDirectory},
		"they are blocked there since":   {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, live(func(a *engine.LiveAccount) { a.Blocked = true }), rekey.UndoneDirectory},
		"somebody set another there":     {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, live(func(a *engine.LiveAccount) { a.Account.Token = "of the help desk" }), rekey.UndoneDirectory},
		"their directory is down":        {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, live(func(a *engine.LiveAccount) { *a = engine.LiveAccount{Reason: rekey.ReasonDirectoryDown} }), rekey.UndoneDirectory},
		"the settings lack it by now":    {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, (*harness).withoutDirectories, rekey.UndoneDirectory},
		"a choice there is under way":    {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.inDirectory("ada@example.org") }, (*harness).choosingThere, rekey.UndoneDirectory},
		"they are in":                    {rekey.KeepUntilChanged, nil, func(h *harness, u rekey.SystemUser, d rekey.Delivery) { h.chooseVia(u, d.ID, "new") }, ""},
		"it has expired":                 {rekey.KeepUntilChanged, nil, func(h *harness, _ rekey.SystemUser, _ rekey.Delivery) { h.pass(engine.Lifetime + time.Hour) }, ""},
		"they are an Administrator, too": {rekey.KeepUntilChanged, func(h *harness) rekey.SystemUser { return h.administrator() }, nil, rekey.UndoneEnded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.withDirectories()
			h.automation(rekey.SendParams{OldPassword: c.setting})
			var ada rekey.SystemUser
			if c.who == nil {
				ada = h.person("ada@example.org")
			} else {
				ada = c.who(h)
			}
			run := h.happen(ada)
			h.work()
			if c.then != nil {
				c.then(h, ada, h.delivery(run, ada))
			}
			before, err := h.db.Credential(h.ctx, ada.ID)
			h.must(err)
			by := h.administrator()
			if !h.undoRun(run, by) {
				t.Error("it had been undone before")
			}
			h.work()
			d, credential := h.delivery(run, ada), h.credentialOf(ada)
			if d.Undone != c.want || (c.want == rekey.UndoneEnded) != (d.Reason == rekey.ReasonUndone) {
				t.Fatalf("got %q, %s %s", d.Undone, d.State, d.Reason)
			}
			if live := len(credential.Live(h.now())); live != 0 && c.want == rekey.UndoneEnded || live != len(before.Live(h.now())) && c.want != rekey.UndoneEnded {
				t.Errorf("%d mailed passwords log in", live)
			}
			if c.want == rekey.UndoneEnded && (!credential.InForce(h.now()) || d.State != rekey.DeliverySuperseded) {
				t.Errorf("the chosen password is not in force; the delivery is %s", d.State)
			}
			told := 0
			for _, m := range h.mailedTo(ada.Address) {
				if strings.Contains(m.Text, "was withdrawn on") {
					told++
				}
			}
			if want := map[bool]int{true: 1}[c.want == rekey.UndoneEnded]; told != want {
				t.Errorf("they were told %d times, want %d", told, want)
			}
			now := h.run1(run.ID)
			if now.UndoneBy != by.ID || now.UndoneAt.IsZero() || now.Phase != "" || now.UndoneEnded+now.UndoneKept != map[bool]int{true: 1}[c.want != ""] {
				t.Errorf("the run says %+v", now)
			}
			if h.undoRun(run, ada) || h.run1(run.ID).UndoneBy != by.ID {
				t.Error("it was undone twice")
			}
		})
	}
}

func (h *harness) credentialOf(u rekey.SystemUser) rekey.Credential {
	h.t.Helper()
	credential, err := h.db.Credential(h.ctx, u.ID)
	h.must(err)
	return credential
}

func (h *harness) openedMail(_ rekey.SystemUser, d rekey.Delivery) {
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.Opened(h.ctx, d.ID, h.now()) }))
}

// live changes the account of somebody in their directory, which no import has read yet.
func live(change func(*engine.LiveAccount)) func(*harness, rekey.SystemUser, rekey.Delivery) {
	return func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
		a := engine.LiveAccount{Address: u.Address, Account: u.Directory}
		change(&a)
		h.config.Directories.(*scripted).accounts[u.ID] = a //nolint:errcheck,forcetypeassert // withDirectories
	}
}

func (h *harness) withoutDirectories(u rekey.SystemUser, _ rekey.Delivery) {
	h.config.Directories = nil
	h.Engine = engine.New(h.config)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.NotePassword(h.ctx, u.ID, "", h.now()) })) // as on OpenLDAP without a policy
}

func (h *harness) lockedThere(u rekey.SystemUser, _ rekey.Delivery) {
	h.change(u.ID, func(u *rekey.SystemUser) { u.Directory.Locked = true })
}

func (h *harness) expiredThere(u rekey.SystemUser, _ rekey.Delivery) {
	h.change(u.ID, func(u *rekey.SystemUser) { u.Directory.ExpiresAt = h.now() })
}

func (h *harness) choosingThere(u rekey.SystemUser, d rekey.Delivery) {
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return tx.PutDirectoryWrite(h.ctx, rekey.DirectoryWrite{DeliveryID: d.ID, Kind: rekey.WriteChoose, UserID: u.ID, Token: "first", BegunAt: h.now()})
	}))
}

// Another mail has replaced the chosen password of ada: if that of the later run ended, too,
// nothing but the first would be left, which is of another run.
func TestUndoLeavesAPasswordWhileAnotherRunKeepsTheChosenOneAtRest(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.on("replace", rekey.SendParams{})
	h.on("keep", rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada := h.person("ada@example.org")
	first := h.happens("replace", ada)
	h.work()
	second := h.happens("keep", ada)
	h.work()
	h.undoRun(second, h.administrator())
	h.work()
	if d := h.delivery(second, ada); d.Undone != rekey.UndoneResting || !d.Live(h.now()) {
		t.Errorf("that of the second run: %q, %s", d.Undone, d.State)
	}
	h.undoRun(first, h.administrator())
	h.work()
	if d := h.delivery(first, ada); d.Undone != rekey.UndoneEnded || d.Live(h.now()) {
		t.Errorf("that of the first run: %q, %s", d.Undone, d.State)
	}
	if d := h.delivery(second, ada); !d.Live(h.now()) {
		t.Error("the password of another run ended")
	}
}

// Whose password somebody may not set, keeps what they were mailed.
func TestUndoReachesOnlyWhomItsPersonMaySetAPassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada := h.person("ada@example.org")
	manager := h.person("bo@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	operator := h.person("op@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	run := h.happen(ada, manager, operator)
	h.work()
	h.undoRun(run, operator)
	h.work()
	for u, want := range map[string]rekey.Undone{ada.ID: rekey.UndoneEnded, manager.ID: rekey.UndoneNotTheirs, operator.ID: rekey.UndoneNotTheirs} {
		if d := h.delivery(run, h.user(u)); d.Undone != want {
			t.Errorf("%s: got %q, want %q", h.user(u).Address, d.Undone, want)
		}
	}
}

// An undo that goes on when whoever began it is blocked ends nothing more.
func TestUndoOfSomebodyWhoIsBlockedSinceEndsNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	by := h.administrator()
	h.undoRun(run, by)
	h.change(by.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.work()
	if d := h.delivery(run, ada); d.Undone != rekey.UndoneNotTheirs || !d.Live(h.now()) {
		t.Errorf("got %q, %s", d.Undone, d.State)
	}
}

// What has not been sent is cancelled, what may have been sent counts as mailed, also for
// the limits.
func TestUndoCancelsWhatIsNotSentAndCountsWhatMayBe(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{
		{On: "DOT", Times: 1, Drop: mailtest.DropBefore, Record: true}, {On: "RCPT TO:<later@", Reply: "451 4.7.1 greylisted"},
	}})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	doubtful := h.person("doubtful@example.org")
	run := h.happen(doubtful)
	h.work()
	if d := h.delivery(run, doubtful); d.State != rekey.DeliveryDeferred || !d.Doubtful {
		t.Fatalf("got %s %+v", d.State, d)
	}
	later := h.person("later@example.org")
	second := h.happen(later)
	h.work()
	for _, r := range []rekey.Run{run, second} {
		h.undoRun(r, h.administrator())
	}
	h.work()
	d := h.delivery(run, doubtful)
	if d.State != rekey.DeliveryCancelled || d.Undone != rekey.UndoneEnded || d.Live(h.now()) || d.Sealed != nil {
		t.Errorf("what may have been sent: %s %q", d.State, d.Undone)
	}
	histories, err := h.db.Histories(h.ctx, []string{doubtful.ID, later.ID}, "", "", h.now())
	h.must(err)
	if histories[doubtful.ID].InDay != 1 || histories[doubtful.ID].UnusedInRow != 1 || histories[later.ID].InDay != 0 {
		t.Errorf("the limits count %+v", histories)
	}
	if d := h.delivery(second, later); d.State != rekey.DeliveryCancelled || d.Reason != rekey.ReasonUndone || d.Undone != "" {
		t.Errorf("what was not sent: %s %s %q", d.State, d.Reason, d.Undone)
	}
	for _, r := range []rekey.Run{run, second} {
		if got := h.run1(r.ID); got.State != rekey.RunCancelled || got.Reason != rekey.ReasonUndone {
			t.Errorf("the run is %s, %s", got.State, got.Reason)
		}
	}
	if _, err := h.Retry(h.ctx, h.delivery(second, later).ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("a retry in the undone run: %v", err)
	}
	h.settleDown()
	if n := len(h.mailedTo("later@example.org")); n != 0 {
		t.Errorf("%d mails were sent after the undo", n)
	}
}

// An undo stops after any part, on any node, and goes on, also while sending is paused. Each
// person is decided about, told and counted once.
func TestUndoGoesOnAfterACrashBetweenItsParts(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged, Ceiling: 100})
		people := append(h.people(4*engine.EndStep+1), h.newcomer("new@example.org"))
		run := h.happen(people...)
		h.work()
		h.pause()
		h.undoRun(run, h.administrator())
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		for part := 0; h.run1(run.ID).Phase != ""; part++ {
			if part > 10 {
				t.Fatal("it does not come to an end")
			}
			h.loseJobs()
			h.pass(2 * time.Minute)
			h.must(h.Sweep(h.ctx, time.Minute))
			if job, ok := h.nextJob(); !ok || job.RunID != run.ID {
				t.Fatalf("the sweep found %v", job)
			}
			ctx, cancel := context.WithCancel(h.ctx)
			h.onStep = func(s engine.Step) {
				if s == engine.StepPartEnded {
					cancel()
				}
			}
			node := h.Engine
			if part%2 == 1 {
				node = other
			}
			if err := node.Execute(ctx, run.ID); err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
				t.Fatal(err)
			}
			cancel()
		}
		h.onStep = func(engine.Step) {}
		if now := h.run1(run.ID); now.UndoneEnded != len(people)-1 || now.UndoneKept != 1 {
			t.Errorf("got %d ended and %d kept of %d", now.UndoneEnded, now.UndoneKept, len(people))
		}
		h.resume()
		h.pass(2 * time.Minute)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
		for _, u := range people[:len(people)-1] {
			if n := len(h.mailedTo(u.Address)); n != 2 {
				t.Errorf("%s got %d mails, want the password and the notice", u.Address, n)
			}
		}
	})
}

// Not by a retry, and not by one that was planned at the same moment.
func TestNothingMoreIsSentInAnUndoneRun(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<bo@", Reply: "550 5.1.1 no such user"}}})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada, bo := h.person("ada@example.org"), h.person("bo@example.org")
	run := h.happen(ada, bo)
	h.work()
	h.peer.SetScript(mailtest.Script{})
	h.undoRun(run, h.administrator())
	h.work()
	if now := h.run1(run.ID); now.State != rekey.RunFinished || now.Reason != "" {
		t.Errorf("the run is %s, %s", now.State, now.Reason)
	}
	failed := h.delivery(run, bo)
	if _, err := h.Retry(h.ctx, failed.ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict || !strings.Contains(err.Error(), "nothing more is sent in it") {
		t.Errorf("a retry: %v", err)
	}
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		next := rekey.Delivery{ID: newID(), RunID: run.ID, UserID: bo.ID, Subject: bo.ID, Number: 2, Batch: 2, State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: h.now()}
		if err := tx.Plan(h.ctx, []rekey.Delivery{next}); err != nil {
			return err
		}
		tx.Enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: run.ID, Batch: 2})
		return tx.ReopenRun(h.ctx, run.ID, h.now())
	}))
	if now := h.run1(run.ID); now.State != rekey.RunFinished {
		t.Errorf("the run is %s again", now.State)
	}
	h.work()
	if d := h.delivery(run, bo); d.State != rekey.DeliverySkipped || d.Reason != rekey.ReasonUndone || h.run1(run.ID).State != rekey.RunFinished {
		t.Errorf("a retry of the same moment: %s, %s", d.State, d.Reason)
	}
}
