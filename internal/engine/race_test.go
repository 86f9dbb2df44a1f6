package engine_test

import (
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
	"rekey/internal/suite"
)

// on adds an automation for the external events of a name.
func (h *harness) on(name string, params rekey.SendParams) rekey.Automation {
	h.t.Helper()
	return h.automation(params, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: name}
	})
}

// happens posts an event of a name and returns the run that it starts.
func (h *harness) happens(name string, users ...rekey.SystemUser) rekey.Run {
	h.t.Helper()
	e := h.external(users...)
	e.Name = name
	return h.post(e)
}

// unfinishedOf returns the deliveries of somebody that are still to be sent.
func (h *harness) unfinishedOf(u rekey.SystemUser) []rekey.Delivery {
	h.t.Helper()
	list, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{UserID: u.ID, MaxRank: rekey.RankAdministrator, Limit: 100,
		States: []rekey.DeliveryState{rekey.DeliveryQueued, rekey.DeliveryIssued, rekey.DeliveryDeferred}})
	h.must(err)
	return list
}

// wayIn reports whether somebody can log in for certain.
func (h *harness) wayIn(u rekey.SystemUser) bool {
	h.t.Helper()
	credential, err := h.db.Credential(h.ctx, u.ID)
	h.must(err)
	return credential.WayIn(h.now())
}

// settleDown has the mail server accept everything, lets time pass, and works
// until nothing is left to do.
func (h *harness) settleDown() {
	h.t.Helper()
	h.peer.SetScript(mailtest.Script{})
	for range 3 { // a claim, the longest wait between two attempts, and another
		h.pass(90 * time.Minute)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
	}
}

// Two events that revoke the passwords of the same people at the same moment,
// while the mail server puts every mail off, leave nobody without a way in: not
// even before it accepts one.
func TestTwoRevocationsAtOnceLeaveNobodyWithoutAWayIn(t *testing.T) {
	t.Parallel()
	script := mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}}
	onBoth(t, script, func(t *testing.T, h *harness, second *store.DB) {
		h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce, Ceiling: 10_000})
		h.on("stolen", rekey.SendParams{OldPassword: rekey.RevokeAtOnce, Ceiling: 10_000})
		same := func(s engine.Store) engine.Store { return s }
		nodes := []*engine.Engine{h.node(h.db, same), h.node(second, same)}
		people := h.people(suite.Times(20, 1000))
		var pairs sync.WaitGroup
		room := make(chan struct{}, 8)
		for _, u := range people {
			runs := []rekey.Run{h.happens("leaked", u), h.happens("stolen", u)}
			room <- struct{}{}
			pairs.Go(func() {
				defer func() { <-room }()
				var pair sync.WaitGroup
				for i, run := range runs {
					pair.Go(func() {
						if err := nodes[i].Execute(h.ctx, run.ID); err != nil {
							t.Error(err)
						}
						if err := nodes[i].Deliver(h.ctx, run.ID, 1); err != nil {
							t.Error(err)
						}
					})
				}
				pair.Wait()
			})
		}
		pairs.Wait()
		leftOut := 0
		for _, u := range people {
			if !h.wayIn(u) && len(h.unfinishedOf(u)) == 0 {
				leftOut++
			}
		}
		if leftOut > 0 {
			t.Fatalf("%d of %d people have no way in, and nothing is on its way to them", leftOut, len(people))
		}
		h.settleDown()
		for _, u := range people {
			if !h.wayIn(u) {
				t.Fatalf("%s has no way in", u.Address)
			}
			if n := len(h.mailed(u.Address)); n != 1 {
				t.Errorf("%s got %d mails, want 1", u.Address, n)
			}
		}
	})
}

// Once a password is revoked, its mail is the only way in: no change of mind
// keeps it from being sent.
func TestWhatHasRevokedIsSentWhateverChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*harness, rekey.Run, rekey.Automation, rekey.SystemUser){
		"the run is cancelled": func(h *harness, run rekey.Run, _ rekey.Automation, _ rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
		},
		"the run is undone": func(h *harness, run rekey.Run, _ rekey.Automation, _ rekey.SystemUser) {
			h.undoRun(run, h.administrator())
		},
		"the owner is blocked": func(h *harness, _ rekey.Run, a rekey.Automation, _ rekey.SystemUser) {
			h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		},
		"the automation is deleted": func(h *harness, _ rekey.Run, a rekey.Automation, _ rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteAutomation(h.ctx, a.ID, "", time.Time{}) }))
		},
		"the user calls the API now": func(h *harness, _ rekey.Run, _ rekey.Automation, u rekey.SystemUser) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
		},
		"the password is revoked again": func(h *harness, _ rekey.Run, _ rekey.Automation, u rekey.SystemUser) {
			h.happens("leaked", u)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
			a := h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
			ada := h.person("ada@example.org")
			run := h.happens("leaked", ada)
			h.work()
			h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
			change(h, run, a, ada)
			h.work()
			h.settleDown()
			h.want(run, ada, rekey.DeliverySent, "")
			if !h.wayIn(ada) {
				t.Error("she has no way in")
			}
		})
	}
}

// A revocation whose mail was refused for good gives nobody a way in, so it
// keeps nobody from the next one, from a retry, or from asking.
func TestWhoeverHasNoWayInIsServed(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*harness, rekey.Run, rekey.SystemUser){
		"another event": func(h *harness, _ rekey.Run, u rekey.SystemUser) { h.happens("leaked", u) },
		"a retry by hand": func(h *harness, run rekey.Run, u rekey.SystemUser) {
			_, err := h.Retry(h.ctx, h.delivery(run, u).ID, rekey.SystemAuthority())
			h.must(err)
		},
		"asking": func(h *harness, _ rekey.Run, u rekey.SystemUser) {
			h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{u.ID}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
			h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
				a.EventType, a.OwnerID = rekey.PasswordResetRequested, ""
			})
			ada := h.person("ada@example.org")
			for range 3 { // of which the last is a moment ago
				h.pass(16 * time.Minute)
				h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}})
				h.work()
			}
			h.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.2.1 mailbox disabled"}}})
			run := h.happens("leaked", ada)
			h.work()
			h.want(run, ada, rekey.DeliveryFailed, rekey.ReasonRefused)
			if h.wayIn(ada) {
				t.Fatal("she has a way in although her password was revoked and its mail refused")
			}
			h.peer.SetScript(mailtest.Script{})
			serve(h, run, ada)
			h.work()
			if !h.wayIn(ada) {
				t.Error("she is not served")
			}
		})
	}
}
