package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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
	real := h.happen(people[:2]...)
	h.work()
	h.wantRun(real, rekey.RunFinished, "")
	h.wantStates(real, map[rekey.DeliveryState]int64{rekey.DeliverySent: 2})
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
	real := h.happen(ada)
	h.work()
	h.want(real, ada, rekey.DeliverySent, "")
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

// counting counts what an observer is told.
type counting struct{ told map[string]int }

func (c counting) Event(e rekey.Event, _ bool) { c.told["event "+e.Type]++ }
func (c counting) Run(r rekey.Run)             { c.told["run "+string(r.State)]++ }
func (c counting) Delivery(d rekey.Delivery, _ time.Duration) {
	c.told["delivery "+string(d.State)+" "+string(d.Reason)]++
}

// world is everything that a later run, a person or a figure could notice, but the trials
// themselves.
func (h *harness) world(people []rekey.SystemUser, automations []rekey.Automation, told map[string]int) string {
	h.t.Helper()
	var ids, all []string
	for _, u := range people {
		ids = append(ids, u.ID)
		all = append(all, fmt.Sprintf("%+v", h.user(u.ID)))
		credential, err := h.db.Credential(h.ctx, u.ID)
		h.must(err)
		all = append(all, fmt.Sprintf("%+v", credential))
	}
	histories, err := h.db.Histories(h.ctx, ids, "", "", h.now())
	h.must(err)
	unfinished := map[string]bool{}
	for _, a := range automations {
		ids = append(ids, a.ID)
	}
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) (err error) {
		if unfinished, err = tx.Unfinished(h.ctx, ids); err != nil {
			return err
		}
		for _, a := range automations {
			lately, err := tx.AddRecipients(h.ctx, a.ID, 0, h.now())
			if err != nil {
				return err
			}
			due, err := tx.RunsDue(h.ctx, a.ID, h.now())
			if err != nil {
				return err
			}
			all = append(all, fmt.Sprint(lately, due))
		}
		return nil
	}))
	for _, a := range automations {
		held, err := h.db.HeldRuns(h.ctx, a.ID, a.Version, h.now())
		h.must(err)
		failures, err := h.db.Failures(h.ctx, a.ID, h.now().Add(-48*time.Hour))
		h.must(err)
		missed, err := h.db.Missed(h.ctx, a.ID, h.now().Add(-48*time.Hour))
		h.must(err)
		all = append(all, fmt.Sprint(held, failures, missed))
	}
	hours, err := h.db.Hourly(h.ctx, h.now().Add(-72*time.Hour))
	h.must(err)
	figures, err := h.db.FiguresOf(h.ctx, ids, h.now().Add(-72*time.Hour))
	h.must(err)
	depth, err := h.db.Depth(h.ctx)
	h.must(err)
	reasons, err := h.db.HeldByReason(h.ctx)
	h.must(err)
	runs, deliveries, err := h.db.Backlog(h.ctx, h.now(), 1_000)
	h.must(err)
	all = append(all, fmt.Sprint(histories, unfinished, hours, figures, depth, reasons, runs, deliveries, told, len(h.peer.Messages()), h.outbox()))
	return strings.Join(all, "\n")
}

// outbox counts the notices that are scheduled or written.
func (h *harness) outbox() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, job := range h.jobs {
		if job.Kind == engine.TaskNotify || job.Kind == engine.TaskNotice {
			n++
		}
	}
	return n
}

// TestTrialLeavesNothingBehindThatALaterRunCouldNotice lets runs of active automations and
// people do anything, then some trials, and compares the world before and after them.
func TestTrialLeavesNothingBehindThatALaterRunCouldNotice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<refused@", Reply: "550 5.1.1 no such user"}}})
		told := counting{map[string]int{}}
		h.config.Observer = told
		h.Engine = engine.New(h.config)
		people := slices.Concat(h.people(3), []rekey.SystemUser{h.person("refused@example.org"),
			h.person("api@example.org", func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })})
		old := rapid.SampledFrom(settings).Draw(rt, "old password")
		everybody := rapid.Bool().Draw(rt, "everybody")
		params := rekey.SendParams{OldPassword: old, Ceiling: rapid.IntRange(1, 6).Draw(rt, "ceiling"), EverybodyInSelection: everybody}
		a := h.automation(params, h.selected(`user.role == "member"`))
		step := func(what string) {
			named := people[:rapid.IntRange(1, len(people)).Draw(rt, what)]
			if everybody {
				named = nil
			}
			h.happen(named...)
			if rapid.Bool().Draw(rt, "work") {
				h.work()
			}
			h.pass(rapid.SampledFrom([]time.Duration{time.Minute, 2 * time.Hour}).Draw(rt, "wait"))
		}
		for range rapid.IntRange(0, 4).Draw(rt, "runs") {
			step("named")
		}
		h.work()
		h.pass(2 * time.Hour)
		h.work() // the notices, too
		h.switchTo(a.ID, rekey.AutomationTrial)
		a, err := h.db.Automation(h.ctx, a.ID)
		h.must(err)
		before := h.world(people, []rekey.Automation{a}, h.without(told))
		at := h.now()
		for range rapid.IntRange(1, 5).Draw(rt, "trials") {
			step("tried")
		}
		h.work()
		h.mu.Lock()
		h.at = at // so that nothing else has changed
		h.mu.Unlock()
		if after := h.world(people, []rekey.Automation{a}, h.without(told)); after != before {
			rt.Fatalf("before the trials:\n%s\nafter them:\n%s", before, after)
		}
	})
}

// without leaves out the events, which are of the world and not of a trial.
func (h *harness) without(c counting) map[string]int {
	told := map[string]int{}
	for what, n := range c.told {
		if !strings.HasPrefix(what, "event ") {
			told[what] = n
		}
	}
	return told
}

// TestRecordOfATrialIsThatOfTheSameRunHadItBeenActive plays the same events in two worlds:
// in one the automation is active, in the other it is in trial. Who is sent a password
// chooses one, in both.
func TestRecordOfATrialIsThatOfTheSameRunHadItBeenActive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		params := rekey.SendParams{
			OldPassword: rapid.SampledFrom(settings).Draw(rt, "old password"), Ceiling: rapid.IntRange(1, 8).Draw(rt, "ceiling"),
			IncludeAPIUsers: rapid.Bool().Draw(rt, "API users"), EverybodyInSelection: rapid.Bool().Draw(rt, "everybody"),
		}
		type occurrence struct {
			named int
			then  time.Duration
		}
		events := make([]occurrence, rapid.IntRange(1, 6).Draw(rt, "events"))
		for i := range events {
			events[i] = occurrence{rapid.IntRange(1, 5).Draw(rt, "named"), rapid.SampledFrom([]time.Duration{time.Minute, 2 * time.Hour, 25 * time.Hour}).Draw(rt, "then")}
		}
		records := map[rekey.AutomationStatus]string{}
		for _, status := range []rekey.AutomationStatus{rekey.AutomationActive, rekey.AutomationTrial} {
			h := setup(t, mailtest.Script{})
			people := h.people(3)
			for _, kind := range []rekey.UserType{rekey.TypeAPI, rekey.TypeHybrid} {
				people = append(people, h.person(string(kind)+"@example.org", func(u *rekey.SystemUser) { u.Type = kind }))
			}
			h.automation(params, h.selected(`user.role == "member"`), func(a *rekey.Automation) { a.Status = status })
			for _, e := range events {
				named := people[:e.named]
				if params.EverybodyInSelection {
					named = nil
				}
				run := h.happen(named...)
				h.work()
				records[status] += h.recordOf(run) + "\n"
				for _, d := range h.deliveries(run) {
					if d.State == rekey.DeliverySent || d.State == rekey.DeliveryWouldBeSent && !h.wouldBeHeld(run) {
						h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
							return tx.CompleteChange(h.ctx, d.UserID, "", "chosen again", h.now())
						}))
					}
				}
				h.pass(e.then)
			}
		}
		if got, want := records[rekey.AutomationTrial], records[rekey.AutomationActive]; got != want {
			rt.Fatalf("as active:\n%s\nin trial:\n%s", want, got)
		}
	})
}

func (h *harness) wouldBeHeld(run rekey.Run) bool {
	h.t.Helper()
	now, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	return now.Reason == rekey.ReasonCeiling
}

// recordOf is what a run recorded, in words that are the same for a trial: who would get a
// password, who would not and why, and whether it is held.
func (h *harness) recordOf(run rekey.Run) string {
	h.t.Helper()
	run, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	text := []string{fmt.Sprint(run.Reason, run.Detail, run.Candidates, run.Looked, run.Recipients)}
	if run.Reason == "" {
		text = append(text, string(run.State))
	}
	for _, d := range h.deliveries(run) {
		u := h.user(d.UserID)
		switch d.State {
		case rekey.DeliverySkipped:
			text = append(text, u.Address+" "+string(d.Reason))
		default:
			text = append(text, u.Address+" gets one")
		}
	}
	slices.Sort(text)
	tallies, _, err := h.db.Tallies(h.ctx, []string{run.ID}, rekey.RankAdministrator)
	h.must(err)
	for _, tally := range tallies[run.ID] {
		if tally.State == rekey.DeliverySkipped {
			text = append(text, fmt.Sprint(tally))
		}
	}
	return strings.Join(text, "; ")
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
			panic("crash") //nolint:forbidigo // as if the process was killed
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
