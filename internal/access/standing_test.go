package access

import (
	"net/netip"
	"testing"
	"time"

	"rekey"
	"rekey/internal/store"
)

func (f *fixture) standing(u rekey.SystemUser) Standing {
	f.t.Helper()
	s, err := f.Standing(f.t.Context(), u, u.ID)
	f.ok(err)
	return s
}

func TestStandingSaysWhatLogsIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	since := f.clock().Add(-30 * 24 * time.Hour)
	if s := f.standing(u); !s.HasChosen || !s.InForce || !s.ChosenSince.Equal(since) || len(s.Mailed) != 0 || s.Never() || s.Blocked {
		t.Errorf("with a chosen password: %+v", s)
	}
	_, first := f.mail(u, rekey.KeepUntilChanged)
	f.pass(31 * time.Hour)
	text, second := f.mail(u, rekey.ReplaceWhenSent)
	s := f.standing(u)
	if !s.HasChosen || s.InForce || len(s.Mailed) == 0 {
		t.Fatalf("while a mailed one takes its place: %+v", s)
	}
	latest := s.Mailed[0]
	if latest.DeliveryID != second || !latest.IssuedAt.Equal(f.clock()) || !latest.AcceptedAt.Equal(f.clock()) || !latest.ValidUntil.Equal(f.clock().Add(72*time.Hour)) {
		t.Errorf("the mailed one is %+v", latest)
	}
	for _, m := range s.Mailed[1:] {
		if m.DeliveryID != first {
			t.Errorf("listed is %+v, too", m)
		}
	}
	e := f.entry(u, text)
	_, err := f.ChangePassword(t.Context(), e, secret(text), secret(chosen2), home)
	f.ok(err)
	if s := f.standing(u); !s.InForce || !s.ChosenSince.Equal(f.clock()) || len(s.Mailed) != 0 {
		t.Errorf("after the change: %+v", s)
	}
	f.mail(u, rekey.ReplaceWhenSent)
	f.pass(72 * time.Hour)
	if s := f.standing(u); !s.InForce || len(s.Mailed) != 0 {
		t.Errorf("when the mailed one has expired: %+v", s)
	}
	f.update(func(tx *store.Tx) error { return tx.Revoke(t.Context(), map[string]string{u.ID: ""}, f.clock()) })
	if s := f.standing(u); s.HasChosen || s.InForce || s.ChosenSince.IsZero() || s.Never() {
		t.Errorf("revoked: %+v", s)
	}
	f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	if s, err := f.Standing(t.Context(), f.user(rekey.TypeUI), u.ID); err != nil || !s.Blocked {
		t.Errorf("blocked: %+v (%v)", s, err)
	}
}

func TestStandingOfSomebodyNewIsThatTheyNeverHadAPassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := rekey.SystemUser{ID: f.newID(), Address: "new@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive}
	f.ok(u.Validate())
	f.update(func(tx *store.Tx) error { return tx.InsertUser(t.Context(), u) })
	if s := f.standing(u); !s.Never() || s.HasChosen || s.InForce {
		t.Errorf("new: %+v", s)
	}
	f.mail(u, rekey.ReplaceWhenSent)
	if s := f.standing(u); s.Never() || len(s.Mailed) != 1 {
		t.Errorf("with a mailed one: %+v", s)
	}
}

func TestStandingSaysUntilWhenLogInIsLocked(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits.AccountFailures = 8 })
	u := f.user(rekey.TypeUI)
	for range 5 {
		f.refused(f.logIn(u.Address, wrong, away))
	}
	until := f.clock().Add(20 * time.Minute)
	if s := f.standing(u); !s.LockedSomewhereUntil.Equal(until) || !s.LockedUntil.IsZero() {
		t.Errorf("locked for one address: %+v", s)
	}
	f.ok(f.logIn(u.Address, chosen, home)) // opens nothing for that address
	f.pass(time.Minute)
	for i := range 3 {
		f.refused(f.logIn(u.Address, wrong, netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})))
	}
	until = until.Add(time.Minute)
	if s := f.standing(u); !s.LockedSomewhereUntil.Equal(until) || !s.LockedUntil.Equal(until) {
		t.Errorf("locked as a whole: %+v", s)
	}
	if s := f.standing(f.user(rekey.TypeUI)); !s.LockedSomewhereUntil.IsZero() || !s.LockedUntil.IsZero() {
		t.Errorf("somebody else: %+v", s)
	}
	text, _ := f.mail(u, rekey.KeepUntilChanged)
	f.ok(f.logIn(u.Address, text, away)) // ends the lock
	if s := f.standing(u); !s.LockedSomewhereUntil.IsZero() || !s.LockedUntil.IsZero() {
		t.Errorf("after the mailed one: %+v", s)
	}
	for range 5 {
		f.refused(f.logIn(u.Address, wrong, away))
	}
	f.pass(20 * time.Minute)
	if s := f.standing(u); !s.LockedSomewhereUntil.IsZero() {
		t.Errorf("when the time is over: %+v", s)
	}
}

func TestStandingIsShownToThoseWhoMayViewAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	boss := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
	operator := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Role = rekey.RoleOperator })
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status, u.Role = rekey.UserBlocked, rekey.RoleAdministrator })
	_, nobody := f.Standing(t.Context(), boss, "no such")
	for _, c := range []struct{ actor, of rekey.SystemUser }{{operator, boss}, {blocked, operator}, {rekey.SystemUser{}, boss}} {
		_, err := f.Standing(t.Context(), c.actor, c.of.ID)
		if rekey.CodeOf(err) != rekey.CodeNotFound || err.Error() != nobody.Error() {
			t.Errorf("a %s %s is told %v of a %s", c.actor.Status, c.actor.Role, err, c.of.Role)
		}
	}
	if _, err := f.Standing(t.Context(), boss, operator.ID); err != nil {
		t.Error(err)
	}
}
