package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// crowd adds members in one transaction, who have not chosen a password.
func (h *harness) crowd(n int) []rekey.SystemUser {
	h.t.Helper()
	list := make([]rekey.SystemUser, n)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		for i := range list {
			list[i] = rekey.SystemUser{
				ID: newID(), Address: fmt.Sprintf("crowd%d@example.org", i), Type: rekey.TypeUI, Role: rekey.RoleMember,
				Status: rekey.UserActive, CreatedAt: h.now(),
			}
			if err := list[i].Validate(); err != nil {
				return err
			}
			if err := tx.InsertUser(h.ctx, list[i]); err != nil {
				return err
			}
		}
		return nil
	}))
	return list
}

// everybody is an automation that sends to all members.
func (h *harness) everybody(params rekey.SendParams) rekey.Automation {
	params.EverybodyInSelection = true
	return h.automation(params, h.selected(`user.role == "member"`))
}

// wantOneMailEach checks that everybody was sent exactly one password.
func (h *harness) wantOneMailEach(people []rekey.SystemUser) {
	h.t.Helper()
	mails := map[string]int{}
	for _, m := range h.peer.Messages() {
		for _, to := range m.To {
			mails[to]++
		}
	}
	for _, u := range people {
		if mails[u.Address] != 1 {
			h.t.Errorf("%s got %d mails", u.Address, mails[u.Address])
		}
	}
}

func TestEverybodyInTheSelectionIsReachedAndOthersAreCounted(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.everybody(rekey.SendParams{})
	ada := h.person("ada@example.org")
	h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
	h.person("blocked@example.org", func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.person("op@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	run := h.happen()
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.want(run, ada, rekey.DeliverySent, "")
	if n := len(h.deliveries(run)); n != 1 {
		t.Errorf("%d deliveries, want one: whoever merely does not match is counted", n)
	}
	tallies, hidden, err := h.db.Tallies(h.ctx, []string{run.ID}, rekey.RankAdministrator)
	h.must(err)
	got := map[rekey.Reason]int64{}
	for _, t := range tallies[run.ID] {
		got[t.Reason] += t.Count
	}
	want := map[rekey.Reason]int64{"": 1, rekey.ReasonAPIUser: 1, rekey.ReasonBlocked: 1, rekey.ReasonNotSelected: 1, rekey.ReasonNotOwners: 1}
	for reason, n := range want {
		if got[reason] != n {
			t.Errorf("%d for %q, want %d (owner %s)", got[reason], reason, n, a.OwnerID)
		}
	}
	if hidden[run.ID] != 0 {
		t.Errorf("%d are hidden from an Administrator", hidden[run.ID])
	}
	tallies, hidden, err = h.db.Tallies(h.ctx, []string{run.ID}, rekey.RankMember)
	h.must(err)
	for _, tally := range tallies[run.ID] {
		if tally.Reason == rekey.ReasonNotSelected {
			t.Error("somebody of a higher rank is counted for a lower one")
		}
	}
	if hidden[run.ID] != 2 {
		t.Errorf("%d are hidden, want the operator and the owner", hidden[run.ID])
	}
}

func TestEverybodyIsNotForAnEventThatNamesSomebody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.everybody(rekey.SendParams{})
	run := h.happen(h.person("ada@example.org"))
	h.work()
	h.wantRun(run, rekey.RunFailed, rekey.ReasonNamesUsers)
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestLargeRunIsPlannedInPartsAndSendsNothingBefore(t *testing.T) {
	t.Parallel()
	for name, ceiling := range map[string]int{"sure": 1000, "held until it is known": 120} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			people := h.crowd(120)
			h.everybody(rekey.SendParams{Ceiling: ceiling})
			parts := 0
			h.onStep = func(s engine.Step) {
				if s != engine.StepPart {
					return
				}
				parts++
				h.must(h.Sweep(h.ctx, time.Minute))
				h.mu.Lock()
				defer h.mu.Unlock()
				if len(h.jobs) != 0 {
					t.Error("a batch may be taken before all is planned")
				}
			}
			run := h.happen()
			h.must(h.run(h.mustJob(engine.TaskExecute)))
			if parts < 2 {
				t.Errorf("planned in %d parts", parts)
			}
			h.onStep = func(engine.Step) {}
			h.work()
			h.wantRun(run, rekey.RunFinished, "")
			h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: 120, rekey.DeliverySkipped: 1})
			h.wantOneMailEach(people)
		})
	}
}

func TestPlanningGoesOnWhereACrashLeftIt(t *testing.T) {
	t.Parallel()
	for name, ceiling := range map[string]int{"sure": 1000, "held until it is known": 170} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			people := h.crowd(170)
			h.everybody(rekey.SendParams{Ceiling: ceiling})
			run := h.happen()
			h.loseJobs()
			for crashes := 0; ; crashes++ { // after each part
				ctx, crash := context.WithCancel(h.ctx)
				h.onStep = func(engine.Step) { crash() }
				err := h.Execute(ctx, run.ID)
				h.loseJobs()
				crash()
				if stored, _ := h.db.Run(h.ctx, run.ID); stored.State != rekey.RunPlanning {
					if crashes < 3 {
						t.Errorf("crashed %d times only", crashes)
					}
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("got %v", err)
				}
			}
			h.onStep = func(engine.Step) {}
			h.must(h.Sweep(h.ctx, 0))
			h.work()
			h.wantRun(run, rekey.RunFinished, "")
			h.wantOneMailEach(people)
		})
	}
}

func TestTwoWorkersPlanNobodyTwice(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.crowd(120)
	h.everybody(rekey.SendParams{Ceiling: 1000})
	run := h.happen()
	h.loseJobs()
	nested := false
	h.onStep = func(engine.Step) {
		if !nested {
			nested = true
			h.must(h.Execute(h.ctx, run.ID)) // a second one goes on from the first part
		}
	}
	h.must(h.Execute(h.ctx, run.ID))
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestPlanningHandsOnBeforeItsJobEnds(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.crowd(120)
	h.everybody(rekey.SendParams{Ceiling: 1000})
	h.onMatch = func() { h.pass(100 * time.Millisecond) }
	run := h.happen()
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	h.wantRun(run, rekey.RunPlanning, "")
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantOneMailEach(people)
}

func TestSomebodyNamedTwiceFarApartIsReachedOnce(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.crowd(110)
	h.automation(rekey.SendParams{Ceiling: 109}) // so that they are held first
	event := h.external(people...)
	event.Users[109] = people[0].Address
	run := h.post(event)
	h.work()
	h.wantRun(run, rekey.RunFinished, "")
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliverySent: 109})
	h.wantOneMailEach(people[:109])
}

func TestSelectionThatBreaksHalfWayTouchesNobody(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	people := h.crowd(120)
	a := h.everybody(rekey.SendParams{Ceiling: 1000})
	broken := false
	h.onStep = func(s engine.Step) {
		if s == engine.StepPart && !broken {
			broken = true
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteSelection(h.ctx, a.SelectionID, "", time.Time{}) }))
		}
	}
	run := h.happen()
	h.work()
	h.wantRun(run, rekey.RunFailed, rekey.ReasonSelectionBroken)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryCancelled: engine.PlanStep})
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	later := h.external(people[0])
	h.deactivate(a)
	b := h.automation(rekey.SendParams{})
	h.want(h.postFor(later, b), people[0], rekey.DeliverySent, "")
}

func TestCancelledWhilePlanningSendsNothing(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.crowd(260)
	h.everybody(rekey.SendParams{Ceiling: 1000})
	run := h.happen()
	parts := 0
	h.onStep = func(engine.Step) {
		if parts++; parts == 4 {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
		}
	}
	h.work()
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonCancelledByHand)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryCancelled: 4 * engine.PlanStep})
	if n := len(h.peer.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	h.must(h.Sweep(h.ctx, 0))
	if _, more := h.nextJob(); more {
		t.Error("something is left to be done")
	}
}

func TestRunOfManyBatchesHasJobsForSomeAtATime(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	const people = (engine.OpenAtOnce+2)*engine.BatchSize + 1
	h.crowd(people)
	h.everybody(rekey.SendParams{Ceiling: people + 10})
	run := h.happen()
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	if n := len(h.jobs); n != engine.OpenAtOnce {
		t.Fatalf("%d batches have jobs", n)
	}
	h.pass(2 * time.Minute)
	h.loseJobs()
	h.must(h.Sweep(h.ctx, time.Minute))
	if n := len(h.jobs); n != engine.OpenAtOnce {
		t.Fatalf("the sweep took %d batches for lost", n)
	}
	h.must(h.run(h.mustJob(engine.TaskDeliver)))
	if last := h.jobs[len(h.jobs)-1]; len(h.jobs) != engine.OpenAtOnce || last.Batch != engine.OpenAtOnce+1 {
		t.Errorf("after a batch has ended there are %d jobs, the last one for batch %d", len(h.jobs), last.Batch)
	}
	h.wantRun(run, rekey.RunSending, "")
}

func TestBlockedOwnersHalfPlannedRunKeepsNobodyFromAPassword(t *testing.T) {
	t.Parallel()
	for name, ceiling := range map[string]int{"while it is planned": 1000, "while it is released": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			people := h.crowd(110)
			a := h.everybody(rekey.SendParams{Ceiling: ceiling})
			run := h.happen()
			if ceiling == 100 {
				h.work()
				h.approve(run)
			}
			ctx, crash := context.WithCancel(h.ctx)
			h.onStep = func(engine.Step) { crash() }
			if err := h.Execute(ctx, run.ID); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			h.onStep = func(engine.Step) {}
			h.loseJobs()
			h.change(a.OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
			h.must(h.Sweep(h.ctx, 0))
			h.work()
			h.wantRun(run, rekey.RunCancelled, rekey.ReasonOwnerBlocked)
			event := h.external(people[0])
			h.deactivate(a)
			h.want(h.postFor(event, h.automation(rekey.SendParams{})), people[0], rekey.DeliverySent, "")
		})
	}
}

func TestRunIsNotPlannedByTwoVersionsOfItsAutomation(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.crowd(60)
	a := h.everybody(rekey.SendParams{Ceiling: 1000})
	run := h.happen()
	ctx, crash := context.WithCancel(h.ctx)
	h.onStep = func(engine.Step) { crash() }
	if err := h.Execute(ctx, run.ID); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	h.onStep = func(engine.Step) {}
	changed := a
	changed.Version++
	changed.JobParams = []byte(`{"everybody_in_selection": true, "ceiling": 1000, "old_password": "keep"}`)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, changed, a.Version, "") }))
	h.work()
	h.wantRun(run, rekey.RunCancelled, rekey.ReasonAutomationChanged)
	h.wantStates(run, map[rekey.DeliveryState]int64{rekey.DeliveryCancelled: engine.PlanStep})
	if n := h.lately(a); n != 0 {
		t.Errorf("%d count of a run that has ended", n)
	}
}
