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
		all = append(all, fmt.Sprint(held, failures))
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
		if job.Kind == engine.TaskNotice {
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
		h.pass(2 * time.Hour)
		h.work() // the digest ends an hour after its mail
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
