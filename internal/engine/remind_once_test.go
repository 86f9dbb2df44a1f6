package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// crashing is a store whose nth transaction from now on fails: before its commit, or after
// it.
type crashing struct {
	engine.Store

	left  *int
	after bool
}

var errCrash = errors.New("the process was killed")

func (c crashing) Update(ctx context.Context, fn func(engine.Tx) error) error {
	*c.left--
	if *c.left != 0 {
		return c.Store.Update(ctx, fn)
	}
	if c.after {
		if err := c.Store.Update(ctx, fn); err != nil {
			return err
		}
		return errCrash
	}
	return c.Store.Update(ctx, func(tx engine.Tx) error { return errors.Join(fn(tx), errCrash) })
}

// A node is killed at each step of a sweep and of the mail; another carries on.
func TestReminderIsSentAtMostOnceWhereverANodeIsKilled(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		h.automation(reminding())
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		lost := 0
		for step := 1; step <= 14; step++ {
			for _, after := range []bool{false, true} {
				ada := h.person(newID() + "@example.org")
				h.happen(ada)
				h.work()
				h.pass(half)
				left := step
				dies := h.node(h.db, func(s engine.Store) engine.Store { return crashing{s, &left, after} })
				if err := dies.Sweep(h.ctx, time.Minute); err == nil {
					for job, ok := h.nextJob(); ok; job, ok = h.nextJob() {
						_ = dies.SendNotice(h.ctx, job.NoticeID) // it may be killed
					}
				}
				h.loseJobs()
				for range 5 {
					h.pass(2 * time.Minute)
					h.must(other.Sweep(h.ctx, time.Minute))
					h.work()
				}
				n := len(h.reminders(ada))
				if n == 0 {
					lost++
				}
				if n > 1 {
					t.Errorf("killed at transaction %d, after its commit: %v: %d reminders", step, after, n)
				}
			}
		}
		if lost != 1 { // only a crash between the commit that begins it and the mail loses it
			t.Errorf("%d reminders were lost, want 1", lost)
		}
	})
}

func TestReminderIsNeverRepeatedWhateverTheMailServerSays(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]mailtest.Rule{
		"put off": {On: "RCPT TO:<ada@", Times: 1, Reply: "451 4.7.1 greylisted"},
		"refused": {On: "RCPT TO:<ada@", Times: 1, Reply: "550 5.1.1 unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.automation(reminding())
			ada := h.person("ada@example.org")
			h.happen(ada)
			h.work()
			h.pass(half)
			h.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{rule}})
			h.goOn()
			if n := len(h.reminders(ada)); n != 0 {
				t.Errorf("%d reminders", n)
			}
		})
	}
}

func TestReminderWaitsWhileNoMailCanBeSent(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(reminding())
	ada := h.person("ada@example.org")
	h.happen(ada)
	h.work()
	h.pass(half)
	h.mailer.Pause(h.now(), engine.Reply{Code: 550, Text: "nobody"})
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	if n := len(h.reminders(ada)); n != 0 {
		t.Fatalf("%d reminders meanwhile", n)
	}
	h.goOn()
	if n := len(h.reminders(ada)); n != 1 {
		t.Errorf("%d reminders", n)
	}
}

func TestNodesAtOnceSendOneReminder(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		h.automation(reminding())
		people := h.people(12)
		h.happen(people...)
		h.work()
		h.pass(half)
		same := func(s engine.Store) engine.Store { return s }
		nodes := []*engine.Engine{h.node(h.db, same), h.node(second, same), h.node(second, same)}
		together := func(do func(*engine.Engine) error) {
			var all sync.WaitGroup
			for _, node := range nodes {
				all.Go(func() {
					if err := do(node); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		together(func(e *engine.Engine) error { return e.Sweep(h.ctx, 0) })
		for job, ok := h.nextJob(); ok; job, ok = h.nextJob() {
			together(func(e *engine.Engine) error { return e.SendNotice(h.ctx, job.NoticeID) })
		}
		for _, u := range people {
			if n := len(h.reminders(u)); n != 1 {
				t.Errorf("%d reminders to %s", n, u.Address)
			}
		}
	})
}
