package engine_test

import (
	"fmt"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// tickets is the API user of a source with a mapping.
func (h *harness) tickets(trusted bool) rekey.SystemUser {
	h.t.Helper()
	return h.person("tickets@example.org", func(u *rekey.SystemUser) {
		u.Type = rekey.TypeAPI
		u.Sources = []rekey.EventSource{{Source: "/tickets", Names: []string{"*"}, People: "[event.data.reporter]", Trusted: trusted}}
	})
}

// trust changes whether the source is trusted.
func (h *harness) trust(u rekey.SystemUser, trusted bool) {
	h.t.Helper()
	h.change(u.ID, func(u *rekey.SystemUser) { u.Sources[0].Trusted = trusted })
}

// ticket is an event from the source, as it was when it came.
func (h *harness) ticket(outsiders bool, users ...rekey.SystemUser) rekey.Event {
	e := h.external(users...)
	e.Source, e.Outsiders = "/tickets", outsiders
	return e
}

// wantRefused checks that a run of an event in which outsiders have a say failed before
// it sent anything.
func (h *harness) wantRefused(run rekey.Run) {
	h.t.Helper()
	h.wantRun(run, rekey.RunFailed, rekey.ReasonBadParameters)
	if n := len(h.peer.Messages()); n != 0 {
		h.t.Errorf("%d mails", n)
	}
}

func (h *harness) wantInForce(u rekey.SystemUser) {
	h.t.Helper()
	if !h.inForce(u) {
		h.t.Error("the old password was taken away")
	}
}

func TestOutsidersMayOnlyKeepTheOldPassword(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.KeepUntilChanged, rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
		for name, target := range map[string]rekey.SendParams{"the people named": {}, "one person": {SystemUser: "ada"}, "everybody": {EverybodyInSelection: true}} {
			t.Run(fmt.Sprintf("%s %s", name, old), func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{})
				ada := h.person("ada@example.org")
				h.person("root@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
				h.tickets(false)
				event := h.ticket(true, ada)
				change := []func(*rekey.Automation){}
				if target.SystemUser != "" {
					target.SystemUser = ada.ID
				} else if target.EverybodyInSelection {
					event.Users = nil
					change = append(change, h.selected(`user.email == "ada@example.org"`))
				}
				target.OldPassword = old
				h.automation(target, change...)
				run := h.post(event)
				if run.AskedBy != rekey.AskedByStranger {
					t.Errorf("asked by %q", run.AskedBy)
				}
				h.work()
				if old == rekey.KeepUntilChanged {
					h.want(run, ada, rekey.DeliverySent, "")
				} else {
					h.wantRefused(run)
				}
				h.wantInForce(ada)
			})
		}
	}
}

func TestTrustedSourceNamesPeopleLikeAnyOther(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	h.tickets(true)
	h.automation(rekey.SendParams{OldPassword: rekey.ReplaceWhenSent})
	run := h.post(h.ticket(false, ada))
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	if run.AskedBy != rekey.AskedByNobody || h.inForce(ada) {
		t.Errorf("asked by %q, old password in force: %v", run.AskedBy, h.inForce(ada))
	}
}

// What was decided when the event came is looked at again when the password is
// issued: an Administrator may have taken the trust back.
func TestTrustIsLookedAtAgainWhenThePasswordIsIssued(t *testing.T) {
	t.Parallel()
	for _, old := range []rekey.OldPassword{rekey.KeepUntilChanged, rekey.ReplaceWhenSent, rekey.RevokeAtOnce} {
		t.Run(string(old), func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			ada := h.person("ada@example.org")
			h.person("root@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
			tickets := h.tickets(true)
			h.automation(rekey.SendParams{OldPassword: old})
			h.onStep = func(s engine.Step) {
				if s == engine.StepPlanned {
					h.trust(tickets, false)
				}
			}
			run := h.post(h.ticket(false, ada))
			h.work()
			if old == rekey.KeepUntilChanged {
				h.want(run, ada, rekey.DeliverySent, "")
			} else {
				h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonOutsiders)
			}
			h.wantInForce(ada)
		})
	}
}

func TestTrustThatComesLaterDoesNotCountForEarlierEvents(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	tickets := h.tickets(false)
	h.automation(rekey.SendParams{}, func(a *rekey.Automation) { a.Delay = rekey.Delay{Unit: rekey.Days, Value: 2} })
	run := h.post(h.ticket(true, ada))
	h.trust(tickets, true)
	h.pass(48 * time.Hour)
	h.work()
	h.wantRefused(run)
	h.wantInForce(ada)
}

// The limits on what a stranger can set off hold for outsiders, too.
func TestOutsidersCannotFloodAMailboxOrUseUpItsLimit(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	h.tickets(false)
	keep := h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	for n := range 4 {
		run := h.post(h.ticket(true, ada))
		h.work()
		h.pass(time.Hour)
		if n < 3 {
			h.want(run, ada, rekey.DeliverySent, "")
		} else {
			h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonThreeInADay)
		}
	}
	h.deactivate(keep)
	h.automation(rekey.SendParams{})
	leaked := h.happen(ada)
	h.work()
	h.want(leaked, ada, rekey.DeliverySent, "")
}

func TestRetryKeepsTheRuleForOutsiders(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org")
	tickets := h.tickets(true)
	h.automation(rekey.SendParams{})
	h.onStep = func(s engine.Step) {
		if s == engine.StepPlanned {
			h.trust(tickets, false)
		}
	}
	run := h.post(h.ticket(false, ada))
	h.work()
	_, err := h.Retry(h.ctx, h.delivery(run, ada).ID, rekey.SystemAuthority())
	if rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Errorf("retried: %v", err)
	}
}
