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

// newcomer adds a system user who never had a password.
func (h *harness) newcomer(address string) rekey.SystemUser {
	h.t.Helper()
	u := rekey.SystemUser{ID: newID(), Address: address, FirstName: "Ada", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: h.now()}
	h.must(u.Validate())
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.InsertUser(h.ctx, u) }))
	return h.user(u.ID)
}

// What a mail says of the old password is true of its reader when the password
// is issued, and stays true: see mail.TestMailSaysWhatIsTrueOfEachReader for the
// words.
func TestMailSpeaksOfTheOldPasswordThatItsReaderHas(t *testing.T) {
	t.Parallel()
	const (
		welcome = "Welcome to Rekey: choose your password"
		usual   = "Your new password for Rekey"
		late    = "Expired?"
		rests   = "Your old password does not work while this one is valid."
		stays   = "Your old password does not change until you choose a new one."
		ended   = "Your old password was revoked and does not return."
		revoked = "Your old password no longer works and does not return."
		mailed  = "Passwords that you got by mail before no longer work."
	)
	type words = map[rekey.OldPassword][2]string
	for name, c := range map[string]struct {
		is   func(h *harness) rekey.SystemUser
		want words
	}{
		"never had one": {func(h *harness) rekey.SystemUser { return h.newcomer("ada@example.org") },
			words{rekey.ReplaceWhenSent: {welcome, late}, rekey.KeepUntilChanged: {welcome, late}, rekey.RevokeAtOnce: {welcome, mailed}}},
		"let the first one expire": {func(h *harness) rekey.SystemUser {
			ada := h.newcomer("ada@example.org")
			h.sent(ada)
			h.pass(engine.Lifetime + time.Hour)
			return ada
		}, words{rekey.ReplaceWhenSent: {welcome, late}, rekey.KeepUntilChanged: {welcome, late}, rekey.RevokeAtOnce: {welcome, mailed}}},
		"has chosen one": {func(h *harness) rekey.SystemUser { return h.person("ada@example.org") },
			words{rekey.ReplaceWhenSent: {usual, rests}, rekey.KeepUntilChanged: {usual, stays}, rekey.RevokeAtOnce: {usual, revoked}}},
		"has one that rests": {func(h *harness) rekey.SystemUser {
			ada := h.person("ada@example.org")
			h.sent(ada)
			return ada
		}, words{rekey.ReplaceWhenSent: {usual, rests}, rekey.KeepUntilChanged: {usual, stays}, rekey.RevokeAtOnce: {usual, revoked}}},
		"was revoked": {func(h *harness) rekey.SystemUser {
			ada := h.person("ada@example.org")
			h.unchoose(ada.ID)
			return ada
		}, words{rekey.ReplaceWhenSent: {usual, ended}, rekey.KeepUntilChanged: {usual, ended}, rekey.RevokeAtOnce: {usual, revoked}}},
	} {
		for old, want := range c.want {
			t.Run(name+", "+string(old), func(t *testing.T) {
				t.Parallel()
				h := setup(t, mailtest.Script{})
				first := h.automation(rekey.SendParams{})
				ada := c.is(h)
				h.deactivate(first)
				h.automation(rekey.SendParams{OldPassword: old})
				run := h.happen(ada)
				h.work()
				h.want(run, ada, rekey.DeliverySent, "")
				mails := h.mailedTo(ada.Address)
				last := mails[len(mails)-1]
				if last.Subject != want[0] || !strings.Contains(last.Text, "\n"+want[1]) {
					t.Errorf("it says %q\n%s\nwant %q and %q", last.Subject, last.Text, want[0], want[1])
				}
			})
		}
	}
}
