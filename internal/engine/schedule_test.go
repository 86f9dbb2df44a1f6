package engine_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// daily is an automation that sends to all members each day at 10:00; it is 9:00 now.
func (h *harness) daily(change ...func(*rekey.Automation)) rekey.Automation {
	h.t.Helper()
	change = append([]func(*rekey.Automation){h.selected(`user.role == "member"`), func(a *rekey.Automation) {
		a.EventType, a.EventFilter.Schedule = rekey.ScheduleReached, rekey.Schedule{Start: "2026-03-02T10:00", Rule: "FREQ=DAILY"}
	}}, change...)
	a := h.automation(rekey.SendParams{EverybodyInSelection: true}, change...)
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.PutNextMoment(h.ctx, a.ID, a.NextMoment(h.now())) }))
	return a
}

// runsOf lists the runs of an automation, oldest first.
func (h *harness) runsOf(a rekey.Automation) []rekey.Run {
	h.t.Helper()
	runs, err := h.db.Runs(h.ctx, rekey.RunQuery{AutomationID: a.ID, Limit: 100, Oldest: true})
	h.must(err)
	return runs
}

// wantNext checks when the schedule of an automation comes next.
func (h *harness) wantNext(a rekey.Automation, want time.Time) {
	h.t.Helper()
	stored, err := h.db.Automation(h.ctx, a.ID)
	h.must(err)
	if !stored.NextAt.Equal(want) {
		h.t.Errorf("the schedule comes next at %v, want %v", stored.NextAt, want)
	}
}

func (h *harness) sweep() {
	h.t.Helper()
	h.must(h.Sweep(h.ctx, engine.SweepEvery))
	h.work()
}

func TestMomentOfAScheduleStartsOneRunOfItsOwnAutomation(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a, other := h.daily(), h.daily(func(a *rekey.Automation) { a.EventFilter.Schedule.Start = "2026-03-02T11:00" })
	ada := h.person("ada@example.org")
	h.pass(time.Hour - time.Second)
	h.sweep()
	if runs := h.runsOf(a); len(runs) != 0 {
		t.Fatalf("a run before the moment: %+v", runs)
	}
	h.pass(time.Second)
	for range 3 {
		h.sweep()
	}
	runs := h.runsOf(a)
	if len(runs) != 1 || len(h.runsOf(other)) != 0 {
		t.Fatalf("%d runs, and %d of the other automation; want 1 and 0", len(runs), len(h.runsOf(other)))
	}
	h.want(runs[0], ada, rekey.DeliverySent, "")
	h.wantNext(a, monday.Add(25*time.Hour))
	event, err := h.db.Event(h.ctx, runs[0].EventID)
	h.must(err)
	if event.Source != rekey.InternalSource || event.SourceID != a.ID+" 2026-03-02T10:00:00Z" || !event.Time.Equal(monday.Add(time.Hour)) || event.Automation != a.ID {
		t.Errorf("the event is %+v", event)
	}
}

func TestMomentThatWasMissedIsMadeUpForOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rule  string
		away  time.Duration // from 9:00 on
		state rekey.RunState
		event time.Duration // from 9:00 on
		next  time.Duration
	}{
		"3 hours":                          {"FREQ=DAILY", 4 * time.Hour, rekey.RunFinished, time.Hour, 25 * time.Hour},
		"3 days, and the last one counts":  {"FREQ=DAILY", 76 * time.Hour, rekey.RunFinished, 73 * time.Hour, 97 * time.Hour},
		"3 days, of a week":                {"FREQ=WEEKLY", 76 * time.Hour, rekey.RunCancelled, time.Hour, (7*24 + 1) * time.Hour},
		"a moment less than a day":         {"FREQ=WEEKLY", 25*time.Hour - time.Second, rekey.RunFinished, time.Hour, (7*24 + 1) * time.Hour},
		"a day":                            {"FREQ=WEEKLY", 25 * time.Hour, rekey.RunCancelled, time.Hour, (7*24 + 1) * time.Hour},
		"3 days, and it happens only once": {"", 76 * time.Hour, rekey.RunCancelled, time.Hour, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			a := h.daily(func(a *rekey.Automation) { a.EventFilter.Schedule.Rule = test.rule })
			h.person("ada@example.org")
			h.pass(test.away)
			h.sweep()
			h.sweep()
			runs := h.runsOf(a)
			if len(runs) != 1 {
				t.Fatalf("%d runs, want 1", len(runs))
			}
			reason := rekey.Reason("")
			if test.state == rekey.RunCancelled {
				reason = rekey.ReasonMissed
			}
			h.wantRun(runs[0], test.state, reason)
			event, err := h.db.Event(h.ctx, runs[0].EventID)
			h.must(err)
			if want := monday.Add(test.event); !event.Time.Equal(want) {
				t.Errorf("made up for %v, want %v", event.Time, want)
			}
			next := time.Time{}
			if test.next > 0 {
				next = monday.Add(test.next)
			}
			h.wantNext(a, next)
			h.pass(time.Minute)
			h.work()
			told := h.mailedTo(h.user(a.OwnerID).Address)
			if missed := test.state == rekey.RunCancelled; missed != (len(told) == 1) {
				t.Errorf("missed %v, and the owner got %d mails", missed, len(told))
			} else if missed && !strings.Contains(told[0].Text, "did not run when its schedule came") {
				t.Errorf("the owner is told\n%s", told[0].Text)
			}
		})
	}
}

func TestOfAScheduleOneRunWaitsForTheEndOfAPause(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	a := h.daily()
	ada := h.person("ada@example.org")
	h.pause()
	h.idle(72 * time.Hour)
	if runs := h.runsOf(a); len(runs) != 1 || runs[0].State != rekey.RunWaiting {
		t.Fatalf("in the pause there are %+v", runs)
	}
	h.resume()
	h.work()
	runs := h.runsOf(a)
	if len(runs) != 1 {
		t.Fatalf("%d runs after the pause, want 1", len(runs))
	}
	h.want(runs[0], ada, rekey.DeliverySent, "")
	h.wantNext(a, monday.Add(73*time.Hour))
}

// Nodes whose clocks differ look at the same moments, and their transactions may be undone
// or end with their process.
func TestManyNodesStartOneRunForEachMoment(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		const days = 12
		a := h.daily()
		ahead := h.config
		ahead.Store, ahead.Node = second.Concurrent().ForEngine(), newID()
		ahead.Clock = func() time.Time { return h.now().Add(3 * time.Second) }
		nodes := []*engine.Engine{h.Engine, engine.New(ahead)}
		h.pass(time.Hour - 2*time.Second)
		for range days {
			for range 3 {
				var all sync.WaitGroup
				h.away.Store(int64(rand.IntN(2))) // the first node's transaction finds no database
				for _, node := range nodes {
					all.Go(func() {
						if err := node.Sweep(h.ctx, engine.SweepEvery); err != nil && rekey.CodeOf(err) != rekey.CodeUnavailable {
							t.Error(err)
						}
					})
				}
				all.Wait()
				h.away.Store(0)
				h.work()
				h.pass(time.Second)
			}
			h.pass(24*time.Hour - 3*time.Second)
		}
		seen := map[time.Time]bool{}
		for _, run := range h.runsOf(a) {
			event, err := h.db.Event(h.ctx, run.EventID)
			h.must(err)
			if seen[event.Time] {
				t.Errorf("two runs for %v", event.Time)
			}
			seen[event.Time] = true
		}
		for day := range days {
			if at := monday.Add(time.Hour + time.Duration(day)*24*time.Hour); !seen[at] {
				t.Errorf("no run for %v", at)
			}
		}
		if len(seen) != days {
			t.Errorf("%d runs, want %d", len(seen), days)
		}
	})
}
