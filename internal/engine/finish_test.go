package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// finished is the hook of the store.
func (h *harness) finished(ctx context.Context, tx *store.Tx, runID string) error {
	return h.Finished(ctx, tx, runID, tx.Sent)
}

// refusesBob is a mail server that refuses mails to bob, a number of times or always.
func refusesBob(times int) mailtest.Script {
	return mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<bob@", Times: times, Reply: "550 5.1.1 no such user"}}}
}

// follows makes an automation wait for the end of another one, and keep old passwords.
func follows(before rekey.Automation) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.EventType, a.EventFilter = rekey.AutomationFinished, rekey.EventFilter{Automation: before.ID}
	}
}

// chain adds automations that run one after another, and keep old passwords.
func (h *harness) chain(length int, first ...func(*rekey.Automation)) []rekey.Automation {
	h.t.Helper()
	keep := rekey.SendParams{OldPassword: rekey.KeepUntilChanged}
	list := []rekey.Automation{h.automation(keep, first...)}
	for len(list) < length {
		list = append(list, h.automation(keep, follows(list[len(list)-1])))
	}
	return list
}

// edit writes an automation past all checks, as SQL by hand could.
func (h *harness) edit(a rekey.Automation, change func(*rekey.Automation)) {
	h.t.Helper()
	stored, err := h.db.Automation(h.ctx, a.ID)
	h.must(err)
	change(&stored)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, stored, stored.Version, "") }))
}

func revokes(a *rekey.Automation) {
	p := a.SendParams()
	p.OldPassword = rekey.RevokeAtOnce
	a.JobParams = p.JSON()
}

// oneRun returns the only run of an automation.
func (h *harness) oneRun(a rekey.Automation) rekey.Run {
	h.t.Helper()
	runs := h.runsOf(a)
	if len(runs) != 1 {
		h.t.Fatalf("%d runs, want 1", len(runs))
	}
	return runs[0]
}

func (h *harness) wantNoRun(a rekey.Automation) {
	h.t.Helper()
	if runs := h.runsOf(a); len(runs) != 0 {
		h.t.Fatalf("%d runs, want none: %+v", len(runs), runs)
	}
}

func (h *harness) eventOf(run rekey.Run) rekey.Event {
	h.t.Helper()
	e, err := h.db.Event(h.ctx, run.EventID)
	h.must(err)
	return e
}

func TestEndOfARunStartsTheNextAutomationWithThoseWhoWereSentAPassword(t *testing.T) {
	t.Parallel()
	onBoth(t, refusesBob(0), func(t *testing.T, h *harness, _ *store.DB) {
		links := h.chain(3)
		ada, bob := h.person("ada@example.org"), h.person("bob@example.org")
		eve := h.person("eve@example.org", func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		run := h.happen(ada, bob, eve)
		h.work()
		h.wantRun(h.oneRun(links[0]), rekey.RunFinished, "")
		second := h.oneRun(links[1])
		event := h.eventOf(second)
		if event.SourceID != run.ID || event.Source != rekey.InternalSource || event.Automation != links[0].ID || !slices.Equal(event.Users, []string{ada.ID}) {
			t.Errorf("the event is %+v, want one of the run %s that names %s", event, run.ID, ada.ID)
		}
		h.want(second, ada, rekey.DeliverySent, "")
		third := h.oneRun(links[2])
		h.want(third, ada, rekey.DeliverySent, "")
		if got := h.eventOf(third).Chain.Automations; !slices.Equal(got, []string{links[0].ID, links[1].ID}) {
			t.Errorf("the chain is %v", got)
		}
	})
}

func TestRunThatReachesNobodyFinishesAndACancelledOneDoesNot(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	links := h.chain(2)
	h.happen()
	h.work()
	second := h.oneRun(links[1])
	h.wantRun(second, rekey.RunFinished, "")
	if users := h.eventOf(second).Users; len(users) != 0 {
		t.Errorf("the event names %v", users)
	}

	h = setup(t, mailtest.Script{})
	links = h.chain(2)
	run := h.happen(h.person("ada@example.org"))
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
		return err
	}))
	h.work()
	h.wantNoRun(links[1])
}

func TestRunFinishesOnceAlthoughADeliveryIsRetriedLater(t *testing.T) {
	t.Parallel()
	for name, listens := range map[string]bool{"somebody waits": true, "nobody waits at first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, refusesBob(1))
			first := h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
			want := 0
			if listens {
				h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, follows(first))
				want = 1
			}
			run := h.happen(h.person("ada@example.org"), h.person("bob@example.org"))
			h.work()
			h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, follows(first)) // from now on
			failed, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{RunID: run.ID, States: []rekey.DeliveryState{rekey.DeliveryFailed}, MaxRank: 3, Limit: 10})
			h.must(err)
			if len(failed) != 1 {
				t.Fatalf("%d failed, want 1", len(failed))
			}
			h.pass(time.Hour)
			_, err = h.Retry(h.ctx, failed[0].ID, rekey.SystemAuthority())
			h.must(err)
			h.work()
			h.wantRun(h.oneRun(first), rekey.RunFinished, "")
			n, err := h.db.CountEvents(h.ctx, rekey.AutomationFinished, 10)
			h.must(err)
			if n != want {
				t.Errorf("%d events, want %d", n, want)
			}
		})
	}
}

// What a stranger sets off only keeps, whatever the automations say by now.
func TestChainThatAStrangerSetsOffOnlyKeeps(t *testing.T) {
	t.Parallel()
	for links := 2; links <= 4; links++ {
		for change := 1; change < links; change++ {
			t.Run(fmt.Sprint(links, " links, number ", change+1, " revokes"), func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{})
				chain := h.chain(links, forgot)
				ada := h.person("ada@example.org")
				h.edit(chain[change], revokes)
				h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}})
				h.work()
				h.wantRun(h.oneRun(chain[change]), rekey.RunFailed, rekey.ReasonBadParameters)
				for _, later := range chain[change+1:] {
					h.wantNoRun(later)
				}
				h.wantInForce(ada)
			})
		}
	}
}

// A run that was planned in another way is stopped at ISSUE.
func TestChainThatAStrangerSetsOffIsLookedAtAgainWhenThePasswordIsIssued(t *testing.T) {
	t.Parallel()
	for links := 2; links <= 4; links++ {
		t.Run(fmt.Sprint(links, " links"), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			chain := h.chain(links, forgot)
			ada := h.person("ada@example.org")
			h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}})
			h.stepAt(engine.StepPlanned, links, func() {
				_, err := h.db.SQLite().ExecContext(h.ctx, `UPDATE deliveries SET old_password = 'revoke' WHERE state = 'queued'`)
				h.must(err)
			})
			h.work()
			h.want(h.oneRun(chain[links-1]), ada, rekey.DeliverySkipped, rekey.ReasonOutsiders)
			h.wantInForce(ada)
		})
	}
}

// A mapping may be given to a source, or its trust taken back, while a chain runs.
func TestSourceOfAChainIsLookedAtAgainWhenThePasswordIsIssued(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	chain := h.chain(3)
	h.edit(chain[2], revokes)
	ada := h.person("ada@example.org")
	tickets := h.tickets(true)
	h.post(h.ticket(false, ada))
	h.stepAt(engine.StepPlanned, 3, func() { h.trust(tickets, false) })
	h.work()
	h.want(h.oneRun(chain[2]), ada, rekey.DeliverySkipped, rekey.ReasonOutsiders)
}

// stepAt calls fn when a step is reached for the nth time.
func (h *harness) stepAt(step engine.Step, n int, fn func()) {
	h.onStep = func(s engine.Step) {
		if s != step {
			return
		}
		if n--; n == 0 {
			fn()
		}
	}
}

func TestLoopIsStoppedWhenItRuns(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	links := h.chain(3)
	ada := h.person("ada@example.org")
	h.happen(ada)
	h.edit(links[0], follows(links[2]))
	h.work()
	runs := h.runsOf(links[0])
	if len(runs) != 2 {
		t.Fatalf("%d runs, want 2", len(runs))
	}
	h.wantRun(runs[0], rekey.RunFinished, "")
	h.wantRun(runs[1], rekey.RunCancelled, rekey.ReasonLoop)
	h.oneRun(links[1])
	h.oneRun(links[2])
}

func TestChainEndsAfterEightAutomations(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	links := h.chain(rekey.MaxChain + 2)
	h.happen()
	h.work()
	for _, a := range links[:rekey.MaxChain] {
		h.wantRun(h.oneRun(a), rekey.RunFinished, "")
	}
	h.wantRun(h.oneRun(links[rekey.MaxChain]), rekey.RunCancelled, rekey.ReasonChainTooLong)
	h.wantNoRun(links[rekey.MaxChain+1])
}

func TestChainReachesOnlyWhomAllItsOwnersMayReach(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	operator := h.person("operator@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	manager := h.person("manager@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	first := h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) { a.OwnerID = operator.ID })
	second := h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, follows(first))
	third := h.automation(rekey.SendParams{SystemUser: manager.ID}, follows(second))
	h.happen(h.person("ada@example.org"))
	h.work()
	h.want(h.oneRun(third), manager, rekey.DeliverySkipped, rekey.ReasonNotChains)

	h.pass(48 * time.Hour)
	h.happen()
	h.change(operator.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.work()
	for _, run := range h.runsOf(first)[1:] {
		h.wantRun(run, rekey.RunHeld, rekey.ReasonOwnerBlocked)
	}
	if n := len(h.runsOf(second)); n != 1 {
		t.Errorf("%d runs of the second automation, want 1", n)
	}
}

func TestRunIsCancelledIfAnEarlierOwnerWasBlocked(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	links := h.chain(2)
	h.edit(links[1], func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Hours, Value: 1} })
	h.happen(h.person("ada@example.org"))
	h.work()
	h.change(links[0].OwnerID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.pass(time.Hour)
	h.work()
	h.wantRun(h.oneRun(links[1]), rekey.RunCancelled, rekey.ReasonOwnerBlocked)
}

func TestDeactivatingALinkStopsTheChain(t *testing.T) {
	t.Parallel()
	deactivate := func(a *rekey.Automation) { a.Status = rekey.AutomationInactive }
	for _, step := range []engine.Step{engine.StepPlanned, engine.StepIssued, engine.StepAnswered} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			links := h.chain(3)
			h.stepAt(step, 2, func() { h.edit(links[1], deactivate) })
			h.happen(h.person("ada@example.org"))
			h.work()
			h.oneRun(links[1])
			h.wantNoRun(links[2])
		})
	}
}

func TestPauseStopsAChain(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	links := h.chain(2)
	ada := h.person("ada@example.org")
	h.stepAt(engine.StepRecorded, 1, func() {
		h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
			_, err := tx.PutPause(h.ctx, rekey.Pause{At: h.now(), By: "root", Reason: "test"})
			return err
		}))
	})
	h.happen(ada)
	h.work()
	second := h.oneRun(links[1])
	h.wantRun(second, rekey.RunWaiting, "")
	_, err := h.Resume(h.ctx)
	h.must(err)
	h.work()
	h.want(h.oneRun(links[1]), ada, rekey.DeliverySent, "")
}

// The last delivery of a run ends in the transaction of somebody else.
func TestRunThatEndsElsewhereStartsTheNextAutomation(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<ada@", Reply: "451 later"}}}, func(_ *testing.T, h *harness, second *store.DB) {
		links := h.chain(2)
		ada := h.person("ada@example.org")
		h.happen(ada)
		h.work()
		h.wantNoRun(links[1])
		h.must(second.Update(h.ctx, func(tx *store.Tx) error { return tx.CompleteChange(h.ctx, ada.ID, "", "chosen", h.now()) }))
		h.oneRun(links[1])
	})
}

func TestLargeRunMakesOneEventAndAVeryLargeOneSeveral(t *testing.T) {
	t.Parallel()
	for people, want := range map[int][]int{
		rekey.MaxEventUsers - 1: {rekey.MaxEventUsers - 1}, rekey.MaxEventUsers: {rekey.MaxEventUsers}, 2*rekey.MaxEventUsers + 1: {rekey.MaxEventUsers, rekey.MaxEventUsers, 1},
	} {
		t.Run(strconv.Itoa(people), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			first := h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
			named := h.automation(rekey.SendParams{}, follows(first))
			one := h.automation(rekey.SendParams{SystemUser: h.person("one@example.org").ID}, follows(first))
			run := h.happen()
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				return h.Finished(h.ctx, tx, run.ID, func(_ context.Context, _, after string, limit int) (users []string, last string, err error) {
					from, _ := strconv.Atoi(after)
					for n := from; n < min(from+limit, people); n++ {
						users = append(users, newID())
					}
					if from+len(users) < people {
						last = strconv.Itoa(from + len(users))
					}
					return users, last, nil
				})
			}))
			var got []int
			for _, run := range h.runsOf(named) {
				got = append(got, len(h.eventOf(run).Users))
			}
			if !slices.Equal(got, want) {
				t.Errorf("events of %v people, want %v", got, want)
			}
			h.oneRun(one)
		})
	}
}
