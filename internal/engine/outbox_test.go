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

// ofStaff adds a user of the directory staff whose address is held for 72 hours.
func (h *harness) ofStaff() rekey.SystemUser {
	return h.person("new@example.net", func(u *rekey.SystemUser) {
		u.Directory = rekey.DirectoryAccount{Directory: "staff", Key: newID(), AddressHeldUntil: h.now().Add(72 * time.Hour)}
	})
}

// tell tells the old address of a user.
func (h *harness) tell(u rekey.SystemUser, next time.Time) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return h.Tell(h.ctx, tx, engine.QueuedNotice{Kind: engine.NoticeAddressChanged, UserID: u.ID, Address: "old@example.org", NextAt: next})
	}))
}

// told returns what the old address was sent.
func (h *harness) told() []mailtest.Mail { return h.mailedTo("old@example.org") }

func TestOldAddressIsToldWithoutTheNewOne(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	u := h.ofStaff()
	h.tell(u, time.Time{})
	h.work()
	h.must(h.Sweep(h.ctx, 0))
	h.pass(time.Hour)
	h.must(h.Sweep(h.ctx, time.Minute))
	h.work()
	mails := h.told()
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "staff") || !strings.Contains(mails[0].Text, "Until 5 March, 09:00 UTC") {
		t.Fatalf("got %+v", mails)
	}
	if strings.Contains(mails[0].Text+mails[0].HTML, "example.net") {
		t.Error("the mail shows the new address")
	}
}

func TestNoticeSaysWhatIsTrueWhenItIsSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(h *harness, u rekey.SystemUser)
		want      string // "": no mail
	}{
		"the address is confirmed": {func(h *harness, u rekey.SystemUser) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Directory.AddressHeldUntil = time.Time{} })
		}, "now sends your passwords to the new address"},
		"the old address is in force again": {func(h *harness, u rekey.SystemUser) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Address = "Old@example.org" })
		}, ""},
		"the user is deleted": {func(h *harness, u rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.DeleteUser(h.ctx, u.ID, "", h.now()) }))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			u := h.ofStaff()
			h.tell(u, time.Time{})
			c.meanwhile(h, u)
			h.work()
			mails := h.told()
			if c.want == "" && len(mails) != 0 || c.want != "" && (len(mails) != 1 || !strings.Contains(mails[0].Text, c.want)) {
				t.Errorf("got %+v", mails)
			}
		})
	}
}

func TestNoticeIsSentOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	greylisted := []mailtest.Rule{{On: "RCPT TO:<old@", Times: 2, Reply: "451 4.7.1 greylisted"}}
	notLoggedIn := []mailtest.Rule{{On: "MAIL FROM", Times: 2, Reply: "530 5.7.0 authentication required"}}
	for name, c := range map[string]struct {
		rules   []mailtest.Rule
		happens func(h *harness, u rekey.SystemUser)
	}{
		"its job is lost":             {nil, func(h *harness, _ rekey.SystemUser) { h.loseJobs() }},
		"the mail server puts it off": {greylisted, func(*harness, rekey.SystemUser) {}},
		"no mail can be sent":         {notLoggedIn, func(*harness, rekey.SystemUser) {}},
		"another node ends with it": {nil, func(h *harness, u rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				last, err := tx.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged)
				if err == nil {
					_, err = tx.ClaimNotice(h.ctx, last.ID, h.now(), h.now().Add(engine.Lease))
				}
				return err
			}))
		}},
		"sending is paused for a while": {nil, func(h *harness, _ rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.PutPause(h.ctx, rekey.Pause{At: h.now(), By: "root", Reason: "test"})
				return err
			}))
			for range 10 {
				h.work()
				h.pass(time.Minute)
				h.must(h.Sweep(h.ctx, time.Minute))
			}
			if len(h.told()) != 0 {
				h.t.Error("it was sent during the pause")
			}
			_, err := h.Resume(h.ctx)
			h.must(err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, mailtest.Script{Rules: c.rules}, func(t *testing.T, h *harness, second *store.DB) {
				u := h.ofStaff()
				h.tell(u, time.Time{})
				c.happens(h, u)
				other := h.node(second, func(s engine.Store) engine.Store { return s })
				for range 30 {
					h.work()
					h.pass(time.Minute)
					h.must(h.Sweep(h.ctx, time.Minute))
					h.must(other.Sweep(h.ctx, time.Minute))
				}
				if n := len(h.told()); n != 1 {
					t.Errorf("it was sent %d times", n)
				}
			})
		})
	}
}

func TestNoticeThatNobodyTakesEnds(t *testing.T) {
	t.Parallel()
	for reply, most := range map[string]int{"550 5.1.1 no such user": 1, "451 4.2.2 mailbox full": 40} {
		h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<old@", Reply: reply}}})
		u := h.ofStaff()
		h.tell(u, time.Time{})
		for range 8 * 24 * 6 {
			h.work()
			h.pass(10 * time.Minute)
			h.must(h.Sweep(h.ctx, time.Minute))
		}
		last, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged)
		h.must(err)
		if n := h.commands("RCPT TO:<old@"); last.EndedAt.IsZero() || n < 1 || n > most {
			t.Errorf("%s: tried %d times, ended at %s", reply, n, last.EndedAt)
		}
	}
}

// commands counts the commands that the mail server got.
func (h *harness) commands(prefix string) (n int) {
	for _, command := range h.peer.Commands() {
		if strings.HasPrefix(command, prefix) {
			n++
		}
	}
	return n
}

func TestTwoNodesSendANoticeOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, mailtest.Script{}, func(t *testing.T, h *harness, second *store.DB) {
		u := h.ofStaff()
		h.tell(u, time.Time{})
		last, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged)
		h.must(err)
		other := h.node(second, func(s engine.Store) engine.Store { return s })
		config := h.config
		config.Mailer = meanwhile{h.mailer, func() { h.must(other.SendNotice(h.ctx, last.ID)) }}
		h.must(engine.New(config).SendNotice(h.ctx, last.ID))
		h.must(other.SendNotice(h.ctx, last.ID))
		if n := len(h.told()); n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
}

func TestNoticeThatChangesWhileItIsSentIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *harness, tx *store.Tx, n engine.QueuedNotice) error
		later  int // mails to the second address
	}{
		"it goes to another address by now": {func(h *harness, tx *store.Tx, n engine.QueuedNotice) error {
			n.Address = "second@example.org"
			return h.Tell(h.ctx, tx, n)
		}, 1},
		"its user is deleted": {func(h *harness, tx *store.Tx, n engine.QueuedNotice) error {
			return tx.DeleteUser(h.ctx, n.UserID, "", h.now())
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			u := h.ofStaff()
			h.tell(u, time.Time{})
			last := func() engine.QueuedNotice {
				n, err := h.db.LastNotice(h.ctx, u.ID, engine.NoticeAddressChanged)
				h.must(err)
				return n
			}
			n := last()
			config := h.config
			config.Mailer = meanwhile{h.mailer, func() {
				h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return c.change(h, tx, n) }))
			}}
			h.must(engine.New(config).SendNotice(h.ctx, n.ID))
			for range 10 {
				h.pass(time.Minute)
				h.must(h.Sweep(h.ctx, time.Minute))
				h.work()
			}
			if got := len(h.mailedTo("second@example.org")); got != c.later || len(h.told()) != 1 {
				t.Errorf("%d mails to the second address, %d to the first", got, len(h.told()))
			}
			if c.later == 0 && last().ID != "" {
				t.Error("the notice of a deleted user is back")
			}
		})
	}
}

func TestNoticeOfTomorrowIsSentTomorrow(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.tell(h.ofStaff(), h.now().Add(24*time.Hour))
	for hour := range 26 {
		h.work()
		if n := len(h.told()); hour < 24 && n > 0 || hour == 25 && n != 1 {
			t.Fatalf("after %d hours it was sent %d times", hour, n)
		}
		h.pass(time.Hour)
		h.must(h.Sweep(h.ctx, time.Minute))
	}
}
