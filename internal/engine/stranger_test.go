package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
)

// onLock is an automation for those who are locked out.
func (h *harness) onLock() {
	h.t.Helper()
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
		a.EventType, a.EventFilter = rekey.UserLocked, rekey.EventFilter{}
	})
}

// Whoever guesses passwords can have a mail sent. That must not use up what
// keeps automations from changing somebody's password over and over: they would
// pass over a victim whose password has leaked.
func TestStrangerCannotKeepAutomationsFromSomebody(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]time.Duration{"on one day": time.Hour, "on many days": 48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			h.onLock()
			h.automation(rekey.SendParams{})
			ada := h.person("ada@example.org")
			for range 3 {
				locked := h.record(rekey.Event{Type: rekey.UserLocked, Users: []string{ada.ID}})
				h.work()
				h.want(locked, ada, rekey.DeliverySent, "")
				h.pass(between)
			}
			leaked := h.happen(ada)
			h.work()
			h.want(leaked, ada, rekey.DeliverySent, "")
		})
	}
}

func TestStrangerCannotFloodAMailbox(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.onLock()
	h.automation(rekey.SendParams{})
	ada := h.person("ada@example.org")
	lock := func() rekey.Run {
		run := h.record(rekey.Event{Type: rekey.UserLocked, Users: []string{ada.ID}})
		h.work()
		h.pass(time.Hour)
		return run
	}
	h.happen(ada) // counts, too
	h.work()
	h.pass(time.Hour)
	lock()
	lock()
	h.want(lock(), ada, rekey.DeliverySkipped, rekey.ReasonThreeInADay)
	h.pass(48 * time.Hour)
	h.want(lock(), ada, rekey.DeliverySkipped, rekey.ReasonThreeUnused)
}

// A mail that a stranger asked for expires unused as well: what answers that
// must not take the chosen password away either.
func TestWhatAStrangerCanSetOffTakesNothingAway(t *testing.T) {
	t.Parallel()
	for _, name := range []string{rekey.PasswordResetRequested, rekey.UserLocked, rekey.PasswordExpired} {
		event, ok := rekey.FindEventType(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		for old, allowed := range map[string]bool{"replace": false, "revoke": false, "keep": true} {
			_, err := rekey.ParseSendParams([]byte(`{"use_event_parameter": true, "old_password": "`+old+`"}`), event)
			if (err == nil) != allowed {
				t.Errorf("%s with %s: %v", name, old, err)
			}
		}
	}
}
