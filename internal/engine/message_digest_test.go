package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func TestSeventhMessageInAnHourWaitsForADigest(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		ada := h.person("ada@example.org")
		h.notifies([]string{desk})
		var runs []rekey.Run
		for n := range 40 {
			run := h.happen(ada)
			h.work()
			runs = append(runs, run)
			if n == 6 && h.messages(run)[desk].Reason != rekey.ReasonDigest {
				t.Fatalf("the seventh: %+v", h.messages(run)[desk])
			}
			h.pass(time.Minute)
		}
		if n := len(h.peer.Messages()); n != 6 {
			t.Fatalf("%d mails in the first 40 minutes", n)
		}
		h.pass(20 * time.Minute)
		h.work()
		for range 4 {
			h.pass(time.Minute)
			h.work()
		}
		mails := h.peer.Messages()
		if len(mails) != 8 {
			t.Fatalf("%d mails after an hour", len(mails))
		}
		for n, want := range []int{20, 14} {
			digest := mailtest.Parse(t, mails[6+n].Data)
			if digest.Subject != fmt.Sprintf("siem.credential_leaked: 1 (%d)", want) || strings.Count(digest.Text, "end") != want {
				t.Errorf("subject %q, text %q", digest.Subject, digest.Text)
			}
		}
		told := 0
		for n, run := range runs {
			d, state := h.messages(run)[desk], h.runOf(run.EventID).State
			if state != rekey.RunFinished {
				t.Errorf("run %d is %s", n, state)
			}
			if d.State == rekey.DeliverySuperseded && d.Reason == rekey.ReasonInDigest && d.ReplacedBy != "" {
				told++
			} else if d.State != rekey.DeliverySent {
				t.Errorf("message %d: %s %s", n, d.State, d.Reason)
			}
		}
		if told != 32 {
			t.Errorf("%d were told in the digest", told)
		}
		h.pass(24 * time.Hour)
		h.work()
		if n := len(h.peer.Messages()); n != 8 {
			t.Errorf("%d mails a day later", n)
		}
	})
}

func TestDigestTellsNoTrial(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	tried := h.notifies([]string{desk})
	for range 7 {
		h.happen()
	}
	h.work()
	tried.Status = rekey.AutomationTrial
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, tried, tried.Version, "") }))
	h.notifies([]string{desk}, func(a *rekey.Automation) { a.EventType, a.EventFilter = rekey.UserWasBlocked, rekey.EventFilter{} })
	h.pass(time.Hour)
	h.mustJob(engine.TaskDeliver) // that of the waiting message is lost
	run := h.record(rekey.Event{Type: rekey.UserWasBlocked, Time: h.now(), Received: h.now()})
	h.work()
	if d := h.messages(run)[desk]; d.State != rekey.DeliverySent {
		t.Errorf("%s %s", d.State, d.Reason)
	}
	mails := h.peer.Messages()
	if len(mails) != 7 {
		t.Fatalf("%d mails", len(mails))
	}
	if mail := mailtest.Parse(t, mails[6].Data); strings.Contains(mail.Subject, "(") {
		t.Errorf("%q tells the trial: %q", mail.Subject, mail.Text)
	}
}

func TestMessageThatWaitsIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	h.notifies([]string{ada.ID})
	var run rekey.Run
	for range 7 {
		run = h.happen()
	}
	h.work()
	h.change(ada.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	h.pass(time.Hour)
	h.work()
	if d := h.messages(run)[ada.Address]; d.State != rekey.DeliverySkipped || d.Reason != rekey.ReasonBlocked || len(h.peer.Messages()) != 6 {
		t.Errorf("%s %s, %d mails", d.State, d.Reason, len(h.peer.Messages()))
	}
}

func TestDelayedDigestKeepsWhatItTells(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.notifies([]string{desk})
	for range 9 {
		h.happen()
	}
	h.work()
	h.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "451 4.3.0 try later"}}})
	h.pass(time.Hour)
	h.work()
	h.pause()
	_, err := h.Resume(h.ctx)
	h.must(err)
	h.pass(time.Hour)
	h.work()
	mails := h.peer.Messages()
	if len(mails) != 7 {
		t.Fatalf("%d mails", len(mails))
	}
	if mail := mailtest.Parse(t, mails[6].Data); strings.Count(mail.Text, "end") != 3 {
		t.Errorf("%q", mail.Text)
	}
}

func (h *harness) carrying(reply string) (head, other rekey.Run, told rekey.Automation) {
	h.t.Helper()
	noise := h.notifies([]string{desk}, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "noise"}
	})
	told = h.notifies([]string{desk}, func(a *rekey.Automation) {
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "told"}
	})
	happens := func(name string) rekey.Run {
		e := h.external()
		e.Name = name
		return h.post(e)
	}
	for range 7 {
		head = happens("noise")
	}
	other = happens("told")
	h.work()
	h.peer.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: reply}}})
	h.pass(time.Hour)
	job := h.mustJob(engine.TaskDeliver)
	for job.RunID != head.ID { // that of the other message comes later
		h.must(h.run(job))
		job = h.mustJob(engine.TaskDeliver)
	}
	h.must(h.run(job))
	_ = noise
	return head, other, told
}

func TestMessageIsNotLostWithTheMailThatTookItAlong(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]struct {
		reply string
		end   func(h *harness, head rekey.Run)
	}{
		"refused": {"550 5.7.1 no", func(*harness, rekey.Run) {}},
		"cancelled": {"451 4.3.0 later", func(h *harness, head rekey.Run) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, head.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
		}},
		"its automation is deleted": {"451 4.3.0 later", func(h *harness, head rekey.Run) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteAutomation(h.ctx, head.AutomationID, "", h.now()) }))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			head, other, _ := h.carrying(ends.reply)
			if d := h.messages(other)[desk]; d.State != rekey.DeliveryQueued || d.ReplacedBy != h.messages(head)[desk].ID {
				t.Fatalf("the message that was taken along: %s %s %q", d.State, d.Reason, d.ReplacedBy)
			}
			ends.end(h, head)
			for range 6 {
				h.pass(time.Hour)
				h.work()
			}
			if d := h.messages(other)[desk]; d.State != rekey.DeliverySent {
				t.Errorf("%s %s, %d mails", d.State, d.Reason, len(h.peer.Messages()))
			}
		})
	}
}
