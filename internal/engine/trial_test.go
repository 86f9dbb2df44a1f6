package engine_test

import (
	"fmt"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func inTrial(a *rekey.Automation) { a.Status = rekey.AutomationTrial }

// switchTo gives an automation another status, as admin does.
func (h *harness) switchTo(id string, status rekey.AutomationStatus) {
	h.t.Helper()
	a, err := h.db.Automation(h.ctx, id)
	h.must(err)
	before := a.Version
	a.Status, a.Version = status, a.Version+1
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, before, "") }))
}

func (h *harness) wantTrial(run rekey.Run, want bool) {
	h.t.Helper()
	now, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	if now.Trial != want {
		h.t.Errorf("the run is a trial: %v, want %v", now.Trial, want)
	}
}

func TestTrialDoesEverythingButSend(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, inTrial)
	ada, api := h.person("ada@example.org"), h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	run := h.happen(ada, api)
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantTrial(run, true)
	h.want(run, ada, rekey.DeliveryWouldBeSent, "")
	h.want(run, api, rekey.DeliverySkipped, rekey.ReasonAPIUser)
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("a trial sent %d mails", n)
	}
	if h.user(ada.ID).PasswordVersion != ada.PasswordVersion {
		t.Error("a trial changed a password")
	}
}

func TestRunIsATrialFromEachOfThreeMomentsAndStaysOne(t *testing.T) {
	t.Parallel()
	const active, trial = rekey.AutomationActive, rekey.AutomationTrial
	for _, c := range []struct {
		name                   string
		event, execute, issued rekey.AutomationStatus
		want                   bool
	}{
		{"never", active, active, active, false},
		{"when the event came", trial, active, active, true},
		{"when it was executed", active, trial, active, true},
		{"at ISSUE", active, active, trial, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			a := h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.Status = c.event })
			ada := h.person("ada@example.org")
			run := h.happen(ada)
			h.switchTo(a.ID, c.execute)
			h.must(h.run(h.mustJob(engine.TaskExecute)))
			h.switchTo(a.ID, c.issued)
			h.work()
			h.switchTo(a.ID, active)
			h.work()
			h.wantTrial(run, c.want)
			h.wantRun(run, rekey.RunFinished, "")
			want := rekey.DeliverySent
			if c.want {
				want = rekey.DeliveryWouldBeSent
			}
			h.want(run, ada, want, "")
		})
	}
}

// An automation goes into trial while a run of it is sending. What has a password goes
// on, also if its mail waits, or was taken back by a pause.
func TestWhatWasBegunGoesOnInATrial(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		for _, paused := range []bool{false, true} {
			t.Run(fmt.Sprint(old, paused), func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
				a := h.automation(rekey.SendParams{OldPassword: old})
				ada := h.person("ada@example.org")
				run := h.happen(ada)
				h.work()
				h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
				h.switchTo(a.ID, rekey.AutomationTrial)
				h.peer.SetScript(mailtest.Script{})
				if paused {
					h.pause()
					_, err := h.Resume(h.ctx)
					h.must(err)
				}
				h.pass(time.Hour)
				h.work()
				h.want(run, ada, rekey.DeliverySent, "")
				if n := len(h.mailed(ada.Address)); n != 1 {
					t.Errorf("they got %d mails, want 1", n)
				}
				again := h.happen(ada)
				h.work()
				h.wantTrial(again, true)
			})
		}
	}
}

func TestTrialHoldsNothingAndSaysThatItWouldBeHeld(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{Ceiling: 2}, inTrial)
	people := h.people(4)
	first := h.happen(people[:3]...)
	h.work()
	h.wantRun(first, rekey.RunFinished, rekey.ReasonCeiling)
	h.wantStates(first, map[rekey.DeliveryState]int64{rekey.DeliveryWouldBeSent: 3})
	if held, err := h.db.HeldRuns(h.ctx, a.ID, a.Version, h.now()); err != nil || held.All() != 0 {
		t.Error("a trial waits for approval", held, err)
	}
	second := h.happen(people[:2]...) // what would be held does not count
	h.work()
	h.wantRun(second, rekey.RunFinished, "")
	third := h.happen(people[3])
	h.work()
	h.wantRun(third, rekey.RunFinished, rekey.ReasonCeiling)
	h.switchTo(a.ID, rekey.AutomationActive)
	sending := h.happen(people[:2]...)
	h.work()
	h.wantRun(sending, rekey.RunFinished, "")
	h.wantStates(sending, map[rekey.DeliveryState]int64{rekey.DeliverySent: 2})
}

func TestTrialWouldBeHeldWhileItsOwnerIsBlocked(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{}, inTrial)
	h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	run := h.happen(h.person("ada@example.org"))
	h.work()
	h.wantRun(run, rekey.RunFinished, rekey.ReasonOwnerBlocked)
}

func TestFourthTrialOfADaySkipsWhoWouldHaveBeenSentThree(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{}, inTrial)
	other := h.automation(rekey.SendParams{}, inTrial, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "other"}
	})
	ada := h.person("ada@example.org")
	for range 3 {
		run := h.happen(ada)
		h.work()
		h.want(run, ada, rekey.DeliveryWouldBeSent, "")
		h.pass(time.Minute)
	}
	fourth := h.happen(ada)
	h.work()
	h.want(fourth, ada, rekey.DeliverySkipped, rekey.ReasonThreeInADay)
	event := h.external(ada)
	event.Name = "other"
	h.want(h.postFor(event, other), ada, rekey.DeliveryWouldBeSent, "") // its trials are its own
	h.switchTo(a.ID, rekey.AutomationActive)
	sending := h.happen(ada)
	h.work()
	h.want(sending, ada, rekey.DeliverySent, "")
	h.switchTo(a.ID, rekey.AutomationTrial)
	h.pass(25 * time.Hour)
	next := h.happen(ada)
	h.work()
	h.want(next, ada, rekey.DeliveryWouldBeSent, "")
}

func TestTrialIsNotTriedAgainByHand(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{}, inTrial)
	api := h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	run := h.happen(api)
	h.work()
	h.change(api.ID, func(u *rekey.SystemUser) { u.Type = rekey.TypeUI })
	for _, d := range h.deliveries(run) {
		if _, err := h.Retry(h.ctx, d.ID, rekey.SystemAuthority()); rekey.CodeOf(err) != rekey.CodeConflict {
			t.Errorf("retrying %s gives %v", d.State, err)
		}
	}
}

func TestScheduleIsReachedInTrial(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.daily(inTrial)
	ada := h.person("ada@example.org")
	h.pass(time.Hour)
	h.sweep()
	runs := h.runsOf(a)
	if len(runs) != 1 {
		t.Fatalf("%d runs, want 1: %+v", len(runs), runs)
	}
	h.wantTrial(runs[0], true)
	h.want(runs[0], ada, rekey.DeliveryWouldBeSent, "")
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("a trial sent %d mails", n)
	}
}

// A large trial is planned part by part, as any large run, and goes on after a crash.
func TestLargeTrialIsPlannedPartByPart(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.automation(rekey.SendParams{EverybodyInSelection: true, Ceiling: 3}, inTrial, h.selected(`user.role == "member"`))
	n := int64(len(h.crowd(3 * engine.PlanStep)))
	run := h.happen()
	crash := true
	h.onStep = func(s engine.Step) {
		if s == engine.StepPart && crash {
			crash = false
			panic("crash")
		}
	}
	func() {
		defer func() { _ = recover() }()
		h.work()
	}()
	h.pass(time.Minute)
	h.must(h.Sweep(h.ctx, 0))
	h.work()
	h.wantRun(run, rekey.RunFinished, rekey.ReasonCeiling)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryWouldBeSent: n, rekey.DeliverySkipped: 1})
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		if lately, err := tx.AddRecipients(h.ctx, a.ID, 0, h.now()); err != nil || lately != 0 {
			t.Error("a trial reserved people", lately, err)
		}
		return nil
	}))
}

// A run in trial is not followed by another, whether it was a trial from the start or became
// one while it was sending.
func TestTrialIsNotFollowedByTheNextAutomationOfAChain(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]rekey.AutomationStatus{"from the start": rekey.AutomationTrial, "at ISSUE": rekey.AutomationActive} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			links := h.chain(2, func(a *rekey.Automation) { a.Status = at })
			h.happen(h.person("ada@example.org"))
			h.must(h.run(h.mustJob(engine.TaskExecute)))
			h.switchTo(links[0].ID, rekey.AutomationTrial)
			h.work()
			h.switchTo(links[0].ID, rekey.AutomationActive)
			h.wantNoRun(links[1])
			h.happen(h.person("bob@example.org"))
			h.switchTo(links[1].ID, rekey.AutomationTrial) // it is followed by a trial
			h.work()
			h.wantTrial(h.oneRun(links[1]), true)
		})
	}
}

// What had a password goes on in a run that became a trial. The end of the run is no event,
// although its automation is active again by then.
func TestRunThatBecameATrialIsNotFollowedEither(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "451 4.3.0 try later"}}})
	links := h.chain(2)
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	h.switchTo(links[0].ID, rekey.AutomationTrial)
	h.pass(time.Hour)
	h.work()
	h.wantTrial(run, true)
	h.switchTo(links[0].ID, rekey.AutomationActive)
	h.peer.SetScript(mailtest.Script{})
	h.pass(2 * time.Hour)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.wantRun(run, rekey.RunFinished, "")
	h.wantNoRun(links[1])
}
