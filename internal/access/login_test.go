package access

import (
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestChosenPasswordOpensTheConsoleByType(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, kind := range []rekey.UserType{rekey.TypeUI, rekey.TypeHybrid} {
		u := f.user(kind)
		e := f.entry(u, chosen)
		if e.MustChange() || e.User.ID != u.ID {
			t.Errorf("%s: entered as %+v", kind, e)
		}
	}
	f.refused(f.logIn(f.user(rekey.TypeAPI).Address, chosen, home))
}

func TestAddressIsFoundInAnyCase(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.ok(f.logIn(" "+strings.ToUpper(u.Address)+" ", chosen, home))
}

func TestMailedPasswordOpensTheChangeForEveryType(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, kind := range []rekey.UserType{rekey.TypeUI, rekey.TypeAPI, rekey.TypeHybrid} {
		u := f.user(kind)
		mailed, id := f.mail(u, rekey.KeepUntilChanged)
		e := f.entry(u, " "+mailed+"\r\n")
		if e.ViaDelivery != id || !e.MustChange() || !e.ValidUntil.Equal(f.clock().Add(72*time.Hour)) {
			t.Errorf("%s: entered as %+v", kind, e)
		}
		if d, err := f.Store.Delivery(t.Context(), id); err != nil || !d.OpenedAt.Equal(f.clock()) { // an undo leaves it alone
			t.Errorf("%s: first used at %s, %v", kind, d.OpenedAt, err)
		}
	}
}

// The refusal is one value, and each costs one computation of Argon2 and the
// same rows, so that text, status and time tell nothing.
func TestRefusalsAreAllTheSame(t *testing.T) {
	t.Parallel()
	f := setup(t)
	active := f.user(rekey.TypeUI)
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	locked := f.user(rekey.TypeUI)
	for range 5 {
		f.refused(f.logIn(locked.Address, wrong, home))
	}
	resting := f.user(rekey.TypeUI)
	mailed, _ := f.mail(resting, rekey.ReplaceWhenSent)
	blockedMailed := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	toBlocked, _ := f.mail(blockedMailed, rekey.KeepUntilChanged)
	none := f.user(rekey.TypeUI)
	f.update(func(tx *txOf) error { return tx.Revoke(t.Context(), map[string]string{none.ID: ""}, f.clock()) })

	for name, try := range map[string]struct{ address, typed string }{
		"wrong":                    {active.Address, wrong},
		"empty":                    {active.Address, ""},
		"too long":                 {active.Address, strings.Repeat("x", 5000)},
		"unknown":                  {"nobody@example.org", chosen},
		"no address":               {"not an address\r\n", chosen},
		"blocked, right":           {blocked.Address, chosen},
		"blocked, wrong":           {blocked.Address, wrong},
		"blocked, mailed":          {blockedMailed.Address, toBlocked},
		"locked, right":            {locked.Address, chosen},
		"locked, wrong":            {locked.Address, wrong},
		"resting":                  {resting.Address, chosen},
		"somebody else's mailed":   {active.Address, mailed},
		"no chosen password":       {none.Address, chosen},
		"API user, right password": {f.user(rekey.TypeAPI).Address, chosen},
	} {
		before := f.argon2.n.Load()
		err := f.logIn(try.address, try.typed, home)
		if err != error(errRefused) { //nolint:errorlint // the very same value is the claim
			t.Errorf("%s: %v", name, err)
		}
		if cost := f.argon2.n.Load() - before; cost != 1 {
			t.Errorf("%s: %d computations of Argon2", name, cost)
		}
	}
}

func TestAdmissionCostsOneComputationToo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	for _, typed := range []string{chosen, mailed} {
		before := f.argon2.n.Load()
		f.ok(f.logIn(u.Address, typed, home))
		if cost := f.argon2.n.Load() - before; cost != 1 {
			t.Errorf("%d computations of Argon2", cost)
		}
	}
}

func TestChosenPasswordRestsWhileItsReplacementLives(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.ReplaceWhenSent)
	f.refused(f.logIn(u.Address, chosen, home))
	f.ok(f.logIn(u.Address, mailed, home))
	f.ok(f.logIn(u.Address, mailed, home)) // until the change it can be used again

	f.pass(72 * time.Hour)
	f.refused(f.logIn(u.Address, mailed, home))
	f.ok(f.logIn(u.Address, chosen, home))
}

func TestKeptPasswordStaysBesideTheMailedOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	f.ok(f.logIn(u.Address, chosen, home))
	f.ok(f.logIn(u.Address, mailed, home))
}

func TestEnteringIsAnEventOnlyWithTheChosenPassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	f.ok(f.logIn(u.Address, mailed, home))
	if got := f.events(rekey.UserLoggedOn); len(got) != 0 || !f.read(u).LastLoginAt.IsZero() {
		t.Errorf("with the mailed password: %v, last log-in %v", got, f.read(u).LastLoginAt)
	}
	f.ok(f.logIn(u.Address, chosen, home))
	if got := f.events(rekey.UserLoggedOn); len(got) != 1 || got[0] != u.ID || !f.read(u).LastLoginAt.Equal(f.clock()) {
		t.Errorf("with the chosen password: %v, last log-in %v", got, f.read(u).LastLoginAt)
	}
}

func TestEntryKnowsTheLogInBefore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.entry(u, chosen)
	earlier := f.clock()
	f.pass(time.Hour)
	if e := f.entry(u, chosen); !e.LastLogin.Equal(earlier) {
		t.Errorf("the log-in before was at %v, want %v", e.LastLogin, earlier)
	}
}

func TestVerifierIsStrengthenedAtLogIn(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Argon2 = cheap(t, 2) })
	u := f.user(rekey.TypeUI) // hashed with one pass
	f.ok(f.logIn(u.Address, chosen, home))
	credential, err := f.db.Credential(t.Context(), u.ID)
	f.ok(err)
	if !strings.Contains(credential.Chosen, "t=2") {
		t.Errorf("the stored verifier is %.30s…", credential.Chosen)
	}
	if f.read(u).PasswordVersion != u.PasswordVersion {
		t.Error("strengthening the verifier ended the sessions")
	}
	f.ok(f.logIn(u.Address, chosen, home))
}

func TestMissingKeyRefusesAndCountsNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	_, id := f.mail(u, rekey.KeepUntilChanged)
	f.ok(f.corrupt(id))
	for range 6 {
		if err := f.logIn(u.Address, wrong, home); err == nil || rekey.CodeOf(err) != rekey.CodeInternal {
			t.Fatalf("got %v, want an internal error", err)
		}
	}
	if got := f.events(rekey.UserLocked); len(got) != 0 {
		t.Error("a missing key locked the user")
	}
}

func TestMissingKeyKeepsNobodyFromAnotherPassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	_, id := f.mail(u, rekey.KeepUntilChanged)
	f.ok(f.corrupt(id))
	f.ok(f.logIn(u.Address, mailed, home))
	before := f.argon2.n.Load()
	f.ok(f.logIn(u.Address, chosen, home))
	if n := f.argon2.n.Load() - before; n != 1 {
		t.Errorf("it cost %d computations", n)
	}
	if _, err := f.ChangePassword(t.Context(), f.entry(u, chosen), secret(chosen), secret(mailed), home); !fields(err)["new_password"] {
		t.Errorf("a mailed password was chosen: %v", err)
	}
}

func TestRequestsAreLimitedBeforeAnyArgon2(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits = Limits{PerSecond: 1, Burst: 3} })
	u := f.user(rekey.TypeUI)
	for range 3 {
		f.refused(f.logIn(u.Address, wrong, home))
	}
	before := f.argon2.n.Load()
	if err := f.logIn(u.Address, chosen, home); rekey.CodeOf(err) != rekey.CodeLimited {
		t.Errorf("got %v", err)
	}
	if f.argon2.n.Load() != before {
		t.Error("a request over the limit cost a computation")
	}
	f.ok(f.logIn(u.Address, chosen, away))
	f.pass(time.Second)
	f.ok(f.logIn(u.Address, chosen, home))
}

func TestPruneForgetsWhatHasExpired(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.refused(f.logIn(u.Address, wrong, home))
	f.pass(25 * time.Hour)
	f.ok(f.Prune(t.Context()))
	name := counterName("pair", u.AddressKey, sourceKey(home))
	times, _, err := f.db.Counter(t.Context(), name, f.clock().Add(-25*time.Hour))
	if err != nil || len(times) != 0 {
		t.Errorf("still there: %v, %v", times, err)
	}
}
