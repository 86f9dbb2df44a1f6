package api_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/password"
	"rekey/internal/store"
)

// mail gives a system user a mailed password that is live.
func (o *office) mail(u rekey.SystemUser) string {
	o.t.Helper()
	secret, err := password.Generate(rand.Reader, nil)
	o.must(err)
	a := o.automation()
	d := rekey.Delivery{
		ID: newID(), RunID: newID(), UserID: u.ID, Subject: u.ID, Number: 1, State: rekey.DeliveryQueued,
		OldPassword: rekey.KeepUntilChanged, UpdatedAt: o.now(),
	}
	verifier, err := o.mailed.Make(secret, d.ID)
	o.must(err)
	run := rekey.Run{ID: d.RunID, AutomationID: a.ID, EventID: newID(), State: rekey.RunSending, DueAt: o.now(), CreatedAt: o.now()}
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		if err := tx.InsertRun(o.ctx, run); err != nil {
			return err
		}
		if err := tx.Plan(o.ctx, []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Verifier, d.Attempting = rekey.DeliveryIssued, verifier, true
		d.IssuedAt, d.ValidUntil, d.Address, d.PasswordVersion = o.now(), o.now().Add(time.Hour), u.Address, u.PasswordVersion
		_, err := tx.Issue(o.ctx, []rekey.Delivery{d})
		return err
	}))
	return secret.Reveal()
}

func TestMailedPasswordOpensNothingButTheChangeOfPassword(t *testing.T) {
	t.Parallel()
	o := setup(t)
	mailed := o.mail(o.siem)
	paths := o.paths()
	if len(paths) < 30 {
		t.Fatalf("only %d operations", len(paths))
	}
	before := o.stored()
	for _, p := range paths {
		if p.path == "/api/v1/account/password" {
			continue
		}
		q := request{method: p.method, path: strings.ReplaceAll(p.path, "{id}", o.siem.ID), as: o.siem, password: mailed}
		if got := o.send(q); got.status != http.StatusForbidden || !strings.Contains(got.problem.Detail, "/api/v1/account/password") {
			t.Errorf("%s %s: %s", p.method, p.path, got.problem.Detail)
		}
	}
	if after := o.stored(); after != before {
		t.Errorf("something was stored:\n%s\n%s", before, after)
	}
	event := o.post(oneEvent, event(nil))
	event.password = mailed
	o.refused(event, http.StatusForbidden)

	c := o.client(client.WithPassword(o.siem.Address, mailed))
	err := c.ChangePassword(o.ctx, client.PasswordChange{CurrentPassword: mailed, NewPassword: "short"})
	if p := problemOf(t, err); p.Status != 422 || p.Errors[0].Field != "new_password" {
		t.Errorf("weak password: %+v", p)
	}
	for _, typed := range []string{strings.ToLower(mailed), strings.ReplaceAll(mailed, "-", "")} {
		err := c.ChangePassword(o.ctx, client.PasswordChange{CurrentPassword: mailed, NewPassword: typed})
		if p := problemOf(t, err); p.Status != 422 || !strings.Contains(p.Errors[0].Message, "the password from the mail") {
			t.Errorf("the mailed password, typed otherwise: %+v", p)
		}
	}
	for _, typed := range []string{strings.ReplaceAll(mailed, "-", ""), "“" + strings.ReplaceAll(mailed, "-", "–") + "”.", strings.Replace(mailed, "-", "-\r\n", 1)} {
		c := o.client(client.WithPassword("mailto:"+o.siem.Address, typed))
		err := c.ChangePassword(o.ctx, client.PasswordChange{CurrentPassword: typed, NewPassword: "short"})
		if p := problemOf(t, err); p.Status != 422 || p.Errors[0].Field != "new_password" {
			t.Errorf("the mailed password as people type it: %+v", p)
		}
	}
	const own = "velvet-anchor-9-thistle"
	o.must(c.ChangePassword(o.ctx, client.PasswordChange{CurrentPassword: mailed, NewPassword: own}))
	if _, err := o.client(client.WithPassword(o.siem.Address, own)).Account(o.ctx); err != nil {
		t.Errorf("with the new password: %v", err)
	}
	for _, old := range []string{mailed, chosen} {
		_, err := o.client(client.WithPassword(o.siem.Address, old)).Account(o.ctx)
		if problemOf(t, err).Status != http.StatusUnauthorized {
			t.Errorf("with an old password: %v", err)
		}
	}
	if log := o.log.String(); strings.Contains(log, mailed) || strings.Contains(log, own) {
		t.Error("a password is in the log")
	}
}

func TestPasswordOfTheWrongTypeIsNotQuoted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	got := o.refused(request{method: "PUT", path: "/api/v1/account/password", as: o.siem,
		body: `{"current_password":["hunter2-and-more"],"new_password":7,"hunter3-unknown":"hunter4-and-more"}`}, 422,
		"current_password", "new_password", "hunter3-unknown")
	if strings.Contains(got.text, "hunter2") || strings.Contains(got.text, "hunter4") || strings.Contains(o.log.String(), "hunter") {
		t.Errorf("a value is quoted: %s", got.text)
	}
}
