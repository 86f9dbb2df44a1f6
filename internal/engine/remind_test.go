package engine_test

import (
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

const half = engine.Lifetime / 2

// reminding is an automation that reminds after half of the time.
func reminding() rekey.SendParams {
	return rekey.SendParams{OldPassword: rekey.KeepUntilChanged, Remind: "50%"}
}

// reminders returns what somebody was sent as a reminder.
func (h *harness) reminders(u rekey.SystemUser) (found []mailtest.Mail) {
	h.t.Helper()
	for _, m := range h.mailedTo(u.Address) {
		if strings.HasPrefix(m.Subject, "Reminder:") {
			found = append(found, m)
		}
	}
	return found
}

// goOn lets some hours pass, with a sweep each minute at first.
func (h *harness) goOn() {
	h.t.Helper()
	for _, step := range []time.Duration{0, time.Minute, time.Minute, time.Minute, time.Hour, 4 * time.Hour} {
		h.pass(step)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
	}
}

func TestWhoeverHasNotUsedTheirPasswordIsRemindedOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, _ *store.DB) {
		h.automation(reminding())
		ada := h.person("ada@example.org")
		run := h.happen(ada)
		h.work()
		secret := h.mailedTo(ada.Address)[0]
		h.pass(half - time.Minute)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
		if n := len(h.reminders(ada)); n != 0 {
			t.Fatalf("%d reminders before half of the time", n)
		}
		h.pass(2 * time.Minute)
		h.goOn()
		h.pass(12 * time.Hour)
		h.goOn()
		got := h.reminders(ada)
		if len(got) != 1 || !strings.Contains(got[0].Text, "On 2 March, 09:00 UTC") || !strings.Contains(got[0].Text, "valid until 5 March, 09:00 UTC") {
			t.Fatalf("got %+v", got)
		}
		for line := range strings.SplitSeq(secret.Text, "\n") {
			if h.opens(ada, strings.TrimSpace(line)) && strings.Contains(got[0].Text+got[0].HTML, strings.TrimSpace(line)) {
				t.Error("the reminder has the password")
			}
		}
		if strings.Contains(got[0].Text+got[0].HTML, "https://") {
			t.Error("the reminder has a link")
		}
		if d := h.delivery(run, ada); !d.RemindedAt.Equal(monday.Add(half+time.Minute)) || d.State != rekey.DeliverySent {
			t.Errorf("reminded at %s, %s", d.RemindedAt, d.State)
		}
	})
}

// TestNobodyIsRemindedOfWhatDoesNotWait looks at both moments: before the reminder is due,
// and when its mail is about to be begun.
func TestNobodyIsRemindedOfWhatDoesNotWait(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(h *harness, u rekey.SystemUser, d rekey.Delivery){
		"they are in":     func(h *harness, u rekey.SystemUser, d rekey.Delivery) { h.chooseVia(u, d.ID, "new") },
		"in another way":  func(h *harness, u rekey.SystemUser, _ rekey.Delivery) { h.chooseVia(u, "", "new") },
		"they have begun": (*harness).openedMail,
		"they are blocked": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		},
		"it has expired": func(h *harness, _ rekey.SystemUser, _ rekey.Delivery) { h.pass(half) },
		"the run is undone": func(h *harness, _ rekey.SystemUser, d rekey.Delivery) {
			h.undoRun(rekey.Run{ID: d.RunID}, h.administrator())
		},
		"a later one is out": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.deactivateAll()
			h.automation(rekey.SendParams{})
			h.happen(u)
			h.work()
		},
		"one is on its way": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.deactivateAll()
			h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
			run := h.happen(u)
			h.must(h.Execute(h.ctx, run.ID))
			h.loseJobs()
		},
		"their mailed passwords ended": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.EndMailed(h.ctx, u.ID, rekey.ReasonBlocked, h.now()) }))
		},
		"their address is another": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Address = "other@example.org" })
		},
		"they are deleted": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteUser(h.ctx, u.ID, "", h.now()) }))
		},
		"the automation is deleted": func(h *harness, _ rekey.SystemUser, d rekey.Delivery) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				return tx.DeleteAutomation(h.ctx, h.run1(d.RunID).AutomationID, "", h.now())
			}))
		},
		"it reminds no more": func(h *harness, _ rekey.SystemUser, d rekey.Delivery) {
			a, err := h.db.Automation(h.ctx, h.run1(d.RunID).AutomationID)
			h.must(err)
			a.JobParams = rekey.SendParams{UseEventParameter: true}.JSON()
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(h.ctx, a, a.Version, "") }))
		},
		"they got three mails": func(h *harness, u rekey.SystemUser, _ rekey.Delivery) {
			h.deactivateAll()
			h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
				a.EventType, a.OwnerID, a.BuiltIn = rekey.PasswordSendRequested, "", "password_send"
			})
			for range 3 {
				run := h.record(rekey.Event{Type: rekey.PasswordSendRequested, Users: []string{u.ID}})
				for range 2 { // not the job of the notice
					h.must(h.Execute(h.ctx, run.ID))
					h.must(h.Deliver(h.ctx, run.ID, 1))
				}
				h.want(run, u, rekey.DeliverySent, "")
			}
		},
	} {
		for moment, claimed := range map[string]bool{"before it is due": false, "before the mail": true} {
			t.Run(name+"/"+moment, func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{})
				h.automation(reminding())
				ada := h.person("ada@example.org")
				run := h.happen(ada)
				h.work()
				h.pass(half)
				var job engine.Task
				if claimed {
					h.must(h.Sweep(h.ctx, time.Minute))
					job = h.mustJob(engine.TaskNotice)
				}
				then(h, ada, h.delivery(run, ada))
				if claimed {
					h.must(h.SendNotice(h.ctx, job.NoticeID))
				}
				h.must(h.Sweep(h.ctx, time.Minute))
				for _, u := range []string{ada.Address, "other@example.org"} {
					if n := len(h.reminders(rekey.SystemUser{Address: u})); n != 0 {
						t.Errorf("%d reminders to %s", n, u)
					}
				}
				if claimed {
					return
				}
				h.goOn()
				if n := len(h.reminders(ada)); n != 0 {
					t.Errorf("%d reminders later", n)
				}
			})
		}
	}
}

func TestNobodyIsRemindedWhomTheirDirectoryKeepsOut(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.withDirectories()
	h.automation(reminding())
	ada, bob := h.inDirectory("ada@example.org"), h.inDirectory("bob@example.org")
	h.happen(ada, bob)
	h.work()
	h.change(bob.ID, func(u *rekey.SystemUser) { u.Directory.LockedByAdmin = true })
	h.pass(half)
	h.goOn()
	if n, out := len(h.reminders(ada)), len(h.reminders(bob)); n != 1 || out != 0 {
		t.Errorf("%d reminders, and %d to whom it keeps out", n, out)
	}
}

func TestReminderKeepsQuietHours(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(reminding(), func(a *rekey.Automation) { a.TimeFrame.Hours = rekey.DayHours{From: "08:00", To: "10:00"} })
	ada := h.person("ada@example.org")
	run := h.happen(ada)
	h.work()
	morning := monday.Add(47 * time.Hour) // half of the time is Tuesday, 21:00
	if d := h.delivery(run, ada); !d.RemindAt.Equal(morning) {
		t.Fatalf("to be reminded at %s", d.RemindAt)
	}
	h.pass(half)
	h.goOn()
	if n := len(h.reminders(ada)); n != 0 {
		t.Fatalf("%d reminders in quiet hours", n)
	}
	h.pass(morning.Sub(h.now()))
	h.must(h.Sweep(h.ctx, time.Minute))
	h.pass(3 * time.Hour) // its job comes late: it is quiet again, until after the password expires
	h.work()
	if n := len(h.reminders(ada)); n != 0 {
		t.Fatalf("%d reminders in quiet hours, late", n)
	}
	h.pass(21*time.Hour + 2*time.Minute) // Thursday, 08:02
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	if n := len(h.reminders(ada)); n != 1 {
		t.Errorf("%d reminders", n)
	}
}

func TestReminderCountsAmongTheThreeADayAndKeepsNobodyFromWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.on("first", reminding())
	h.on("later", rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, func(a *rekey.Automation) {
		a.EventType, a.EventFilter, a.OwnerID, a.BuiltIn = rekey.PasswordResetRequested, rekey.EventFilter{}, "", "password_reset"
	})
	ada := h.person("ada@example.org")
	h.happens("first", ada)
	h.work()
	h.pass(half)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	if n := len(h.reminders(ada)); n != 1 {
		t.Fatalf("%d reminders", n)
	}
	for _, want := range []struct {
		state  rekey.DeliveryState
		reason rekey.Reason
	}{{rekey.DeliverySent, ""}, {rekey.DeliverySent, ""}, {rekey.DeliverySkipped, rekey.ReasonThreeInADay}} {
		run := h.happens("later", ada)
		h.work()
		h.want(run, ada, want.state, want.reason)
	}
	forgot := h.record(rekey.Event{Type: rekey.PasswordResetRequested, Users: []string{ada.ID}})
	h.work()
	h.want(forgot, ada, rekey.DeliverySent, "")
}

func TestReminderIsNoUnusedPassword(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(reminding())
	ada := h.person("ada@example.org")
	for range 2 {
		h.happen(ada)
		h.work()
		h.pass(half)
		h.must(h.Sweep(h.ctx, time.Minute))
		h.work()
		h.pass(half)
	}
	if n := len(h.reminders(ada)); n != 2 {
		t.Fatalf("%d reminders", n)
	}
	third := h.happen(ada)
	h.work()
	h.want(third, ada, rekey.DeliverySent, "")
}

func TestNobodyIsRemindedOfWhatTheyAskedForOrAStrangerSetOff(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(reminding())
	ada := h.person("ada@example.org")
	e := h.external(ada)
	e.Outsiders = true
	h.post(e)
	h.work()
	h.pass(half)
	h.goOn()
	if n := len(h.reminders(ada)); n != 0 || len(h.mailedTo(ada.Address)) != 1 {
		t.Errorf("%d reminders of %d mails", n, len(h.mailedTo(ada.Address)))
	}
}
