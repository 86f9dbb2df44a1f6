package access

import (
	"testing"
	"time"

	"rekey"
)

func TestBasicLetsInAPIAndHybridUsersOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, kind := range []rekey.UserType{rekey.TypeAPI, rekey.TypeHybrid} {
		u := f.user(kind)
		f.ok(f.basic(u, chosen))
		if got := f.read(u).LastPasswordCallAt; !got.Equal(f.clock()) {
			t.Errorf("%s: last call by password at %v", kind, got)
		}
	}
	ui := f.user(rekey.TypeUI)
	f.refused(f.basic(ui, chosen))
	mailed, _ := f.mail(ui, rekey.KeepUntilChanged)
	f.refused(f.basic(ui, mailed))
	if _, err := f.BasicForChange(t.Context(), ui.Address, secret(mailed), home); err != error(errRefused) { //nolint:errorlint // the very same value is the claim
		t.Errorf("change over the API: %v", err)
	}
}

func TestMailedPasswordOpensNothingOfTheAPIButTheChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	mailed, id := f.mail(u, rekey.KeepUntilChanged)
	for range 2 { // and is not remembered as if it did
		if err := f.basic(u, mailed); rekey.CodeOf(err) != rekey.CodeForbidden {
			t.Fatalf("got %v", err)
		}
	}
	e, err := f.BasicForChange(t.Context(), u.Address, secret(mailed), home)
	f.ok(err)
	if e.ViaDelivery != id {
		t.Errorf("entered as %+v", e)
	}
	if got := f.read(u).LastPasswordCallAt; !got.IsZero() {
		t.Errorf("the mailed password counts as a call, at %v", got)
	}
	if got := f.events(rekey.UserLoggedOn); len(got) != 0 {
		t.Errorf("the mailed password counts as a log-on of %v", got)
	}
}

func TestBasicIsRememberedForAMinute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	f.ok(f.basic(u, chosen))
	before := f.argon2.n.Load()
	f.pass(time.Minute - time.Second)
	f.ok(f.basic(u, chosen))
	if f.argon2.n.Load() != before {
		t.Error("a remembered credential cost a computation")
	}
	f.refused(f.basic(u, wrong))
	f.pass(time.Second)
	f.ok(f.basic(u, chosen))
	if got := f.argon2.n.Load() - before; got != 2 {
		t.Errorf("%d computations, want one for the wrong password and one after a minute", got)
	}
	if _, err := f.Basic(t.Context(), u.Address, secret(chosen), away); err != nil || f.argon2.n.Load()-before != 3 {
		t.Errorf("from another address it is not remembered: %v", err)
	}
}

func TestRememberedCredentialIsDroppedAtOnce(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(f *fixture, u rekey.SystemUser){
		"blocked": func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		},
		"type UI": func(f *fixture, u rekey.SystemUser) { f.change(u, func(u *rekey.SystemUser) { u.Type = rekey.TypeUI }) },
		"address": func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Address = "new@example.org" })
		},
		"replaced": func(f *fixture, u rekey.SystemUser) { f.mail(u, rekey.ReplaceWhenSent) },
		"revoked": func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.Revoke(f.t.Context(), map[string]string{u.ID: ""}, f.clock()) })
		},
		"deleted": func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.DeleteUser(f.t.Context(), u.ID, "", f.clock()) })
		},
		"a change": func(f *fixture, u rekey.SystemUser) {
			_, err := f.ChangePassword(f.t.Context(), Entry{User: f.read(u)}, secret(chosen), secret(chosen2), home)
			f.ok(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			u := f.user(rekey.TypeHybrid)
			f.ok(f.basic(u, chosen))
			happens(f, u)
			f.refused(f.basic(u, chosen))
		})
	}
}

func TestCallsAreALogOnAtMostOnceInFiveMinutes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	token := f.token(u)
	for range 10 {
		f.ok(f.basic(u, chosen))
		_, err := f.Bearer(t.Context(), token)
		f.ok(err)
		f.pass(29 * time.Second)
	}
	if got := f.events(rekey.UserLoggedOn); len(got) != 1 {
		t.Errorf("%d events in five minutes", len(got))
	}
	f.pass(time.Minute) // it may be noticed a minute late
	f.ok(f.basic(u, chosen))
	if got := f.events(rekey.UserLoggedOn); len(got) != 2 {
		t.Errorf("%d events after five minutes", len(got))
	}
}

func TestLastCallIsWrittenWhileTheCredentialIsRemembered(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeHybrid)
	f.ok(f.basic(u, chosen))
	f.pass(50 * time.Second)
	_, err := f.BasicForChange(t.Context(), u.Address, secret(chosen), home)
	f.ok(err)
	f.pass(9 * time.Second)
	f.ok(f.basic(u, chosen))
	if got := f.clock().Sub(f.read(u).LastPasswordCallAt); got > time.Minute {
		t.Errorf("the last call on record is %v old", got)
	}
}

// token stores a token that is valid for an hour.
func (f *fixture) token(u rekey.SystemUser) rekey.Secret {
	f.t.Helper()
	text := "rk_" + f.newID()
	_, err := f.db.SQLite().ExecContext(f.t.Context(), `INSERT INTO tokens (id, user_id, name, hash, created_at, expires_at, last_used_at)
		VALUES ($1, $2, 'a program', $3, $4, $5, 0)`, f.newID(), u.ID, rekey.TokenHash(secret(text)), f.clock().UnixMicro(), f.clock().Add(time.Hour).UnixMicro())
	f.ok(err)
	return secret(text)
}

func TestTokenLetsItsUserIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	token := f.token(u)
	got, err := f.Bearer(t.Context(), token)
	f.ok(err)
	if got.ID != u.ID {
		t.Errorf("it is %q's", got.ID)
	}
	if f.read(u).LastPasswordCallAt != (time.Time{}) {
		t.Error("a token counts as a call by password")
	}
	f.pass(time.Hour)
	if _, err := f.Bearer(t.Context(), token); rekey.CodeOf(err) != rekey.CodeUnauthenticated {
		t.Errorf("expired: %v", err)
	}
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	blocked := f.user(rekey.TypeAPI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	revoked := f.user(rekey.TypeAPI)
	gone := f.token(revoked)
	f.update(func(tx *txOf) error { return tx.Revoke(t.Context(), map[string]string{revoked.ID: ""}, f.clock()) })
	for name, token := range map[string]rekey.Secret{
		"unknown":      secret("rk_nothing"),
		"no prefix":    secret("nothing"),
		"empty":        {},
		"blocked user": f.token(blocked),
		"revoked":      gone,
	} {
		if _, err := f.Bearer(t.Context(), token); err != error(errToken) { //nolint:errorlint // the very same value is the claim
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	token := f.token(u)
	used := func() time.Time {
		_, _, at, err := f.db.TokenUser(t.Context(), rekey.TokenHash(token), f.clock())
		f.ok(err)
		return at
	}
	began := f.clock()
	_, err := f.Bearer(t.Context(), token)
	f.ok(err)
	f.pass(59 * time.Second)
	_, err = f.Bearer(t.Context(), token)
	f.ok(err)
	if !used().Equal(began) {
		t.Errorf("used at %v, want %v", used(), began)
	}
	f.pass(time.Second)
	_, err = f.Bearer(t.Context(), token)
	f.ok(err)
	if !used().Equal(f.clock()) {
		t.Errorf("used at %v, want now", used())
	}
}

func TestCallerComesWithTheirSources(t *testing.T) {
	t.Parallel()
	f := setup(t)
	sources := []rekey.EventSource{{Source: "/hr", Names: []string{"hr.joined"}}, {Source: "/siem", Names: []string{"siem.*"}}}
	u := f.user(rekey.TypeAPI, func(u *rekey.SystemUser) { u.Sources = sources })
	token := f.token(u)
	for _, call := range []func() (rekey.SystemUser, error){
		func() (rekey.SystemUser, error) { return f.Basic(t.Context(), u.Address, secret(chosen), home) },
		func() (rekey.SystemUser, error) { return f.Basic(t.Context(), u.Address, secret(chosen), home) }, // remembered
		func() (rekey.SystemUser, error) { return f.Bearer(t.Context(), token) },
	} {
		got, err := call()
		f.ok(err)
		if len(got.Sources) != 2 || !got.MayPost("/siem", "siem.leak") || got.MayPost("/hr", "siem.leak") {
			t.Errorf("sources: %+v", got.Sources)
		}
	}
}
