package access

import (
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/password"
)

func TestCompletedChangeEndsEverythingElse(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, id := f.mail(u, rekey.ReplaceWhenSent)
	e := f.entry(u, mailed)
	version, err := f.ChangePassword(t.Context(), e, secret("  "+mailed+"\n"), secret(chosen2), home)
	f.ok(err)
	if after := f.read(u); after.PasswordVersion != version || version == u.PasswordVersion || !after.PasswordChangedAt.Equal(f.clock()) {
		t.Errorf("version %d, stored %d, before %d", version, after.PasswordVersion, u.PasswordVersion)
	}
	d, err := f.db.Delivery(t.Context(), id)
	f.ok(err)
	if d.State != rekey.DeliveryDone || !d.ChangedAt.Equal(f.clock()) {
		t.Errorf("the delivery is %s, changed at %v", d.State, d.ChangedAt)
	}
	f.refused(f.logIn(u.Address, mailed, home))
	f.refused(f.logIn(u.Address, chosen, home))
	f.ok(f.logIn(u.Address, chosen2, home))
}

func TestChangeNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	first, _ := f.mail(u, rekey.KeepUntilChanged)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	for name, c := range map[string]struct{ current, new, field string }{
		"wrong current":          {wrong, chosen2, "current_password"},
		"too short":              {mailed, "short", "new_password"},
		"the mailed one":         {mailed, mailed, "new_password"},
		"another mailed one":     {mailed, first, "new_password"},
		"the mailed one, padded": {mailed, mailed + " ", "new_password"},
		"the same again":         {chosen, chosen, "new_password"},
		"with the name in it":    {mailed, "ada-lovelace-byron-42", "new_password"},
	} {
		_, err := f.ChangePassword(t.Context(), f.entry(u, mailed), secret(c.current), secret(c.new), home)
		if rekey.CodeOf(err) != rekey.CodeInvalid || !fields(err)[c.field] {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f.read(u).PasswordVersion != u.PasswordVersion {
		t.Error("something was changed")
	}
	f.ok(f.logIn(u.Address, mailed, home)) // until the change it can be used again
}

func TestClassicPolicyRemembersAndLimitsChanges(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Policy = password.Classic })
	u := f.user(rekey.TypeUI)
	e := f.entry(u, chosen)
	change := func(current, chosen string) error {
		version, err := f.ChangePassword(t.Context(), e, secret(current), secret(chosen), home)
		if err == nil {
			e.User.PasswordVersion = version
		}
		return err
	}
	f.ok(change(chosen, "First-choice-1"))
	f.pass(time.Minute)
	if err := change("First-choice-1", chosen); !fields(err)["new_password"] {
		t.Errorf("an earlier one: %v", err)
	}
	f.ok(change("First-choice-1", "Second-choice-2"))
	f.pass(time.Minute)
	if err := change("Second-choice-2", "First-choice-1"); !fields(err)["new_password"] {
		t.Errorf("an earlier one: %v", err)
	}
	f.ok(change("Second-choice-2", "Third-choice-3"))
	f.pass(time.Minute)
	if err := change("Third-choice-3", "Fourth-choice-4"); !fields(err)["new_password"] {
		t.Errorf("the fourth in a day: %v", err)
	}
}

func TestWrongCurrentPasswordCountsAsAFailedLogIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	e := f.entry(u, chosen)
	for range 5 {
		if _, err := f.ChangePassword(t.Context(), e, secret(wrong), secret(chosen2), home); !fields(err)["current_password"] {
			t.Fatal(err)
		}
	}
	if got := f.events(rekey.UserLocked); len(got) != 1 {
		t.Errorf("%d locks", len(got))
	}
	f.refused(f.logIn(u.Address, chosen, home))
	if _, err := f.ChangePassword(t.Context(), e, secret(chosen), secret(chosen2), home); !fields(err)["current_password"] {
		t.Errorf("while locked: %v", err)
	}
}

func TestOfTwoChangesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	entries := []Entry{f.entry(u, chosen), f.entry(u, mailed)}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, current := range []string{chosen, mailed} {
		wg.Go(func() {
			_, errs[i] = f.ChangePassword(t.Context(), entries[i], secret(current), secret([]string{chosen2, chosen3}[i]), home)
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("the two changes ended with %v and %v", errs[0], errs[1])
	}
	winner := chosen2
	if errs[0] != nil {
		winner = chosen3
	}
	f.ok(f.logIn(u.Address, winner, home))
	if got := f.read(u).PasswordVersion; got != u.PasswordVersion+1 {
		t.Errorf("version %d after %d", got, u.PasswordVersion)
	}
}

// Changes between the check of the current password and the commit happen while the
// new password is hashed.
func TestChangeIsOvertakenByWhateverEndsThePasswordUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mailed  bool
		happens func(f *fixture, u rekey.SystemUser)
	}{
		"changed elsewhere": {false, func(f *fixture, u rekey.SystemUser) {
			verifier, err := f.argon2.Hash(f.t.Context(), secret(chosen3))
			f.ok(err)
			f.update(func(tx *txOf) error { return tx.CompleteChange(f.t.Context(), u.ID, "", verifier, f.clock()) })
		}},
		"the mailed one expires": {true, func(f *fixture, _ rekey.SystemUser) { f.pass(72 * time.Hour) }},
		"the chosen one rests":   {false, func(f *fixture, u rekey.SystemUser) { f.mail(u, rekey.ReplaceWhenSent) }},
		"a later mail replaces":  {true, func(f *fixture, u rekey.SystemUser) { f.mail(u, rekey.ReplaceWhenSent) }},
		"revoked": {false, func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.Revoke(f.t.Context(), map[string]string{u.ID: ""}, f.clock()) })
		}},
		"blocked": {false, func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meanwhile := &interrupting{}
			f := setup(t, func(c *Config) { meanwhile.Hasher, c.Argon2 = c.Argon2, meanwhile })
			u := f.user(rekey.TypeUI)
			typed := chosen
			if c.mailed {
				typed, _ = f.mail(u, rekey.KeepUntilChanged)
			}
			e := f.entry(u, typed)
			meanwhile.do = func() { c.happens(f, u) }
			if _, err := f.ChangePassword(t.Context(), e, secret(typed), secret(chosen2), home); rekey.CodeOf(err) != rekey.CodeConflict {
				t.Errorf("got %v", err)
			}
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
			f.refused(f.logIn(u.Address, chosen2, home))
		})
	}
}

func TestChangeOfAnOlderSessionIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	e := f.entry(u, chosen)
	_, err := f.ChangePassword(t.Context(), e, secret(chosen), secret(chosen2), home)
	f.ok(err)
	if _, err := f.ChangePassword(t.Context(), e, secret(chosen2), secret(chosen3), home); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("got %v", err)
	}
}

func TestJudgementOfACandidateHasItsShare(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits = Limits{PerSecond: 1, Burst: 2} })
	u := f.user(rekey.TypeUI)
	for candidate, want := range map[string]bool{"ada": false, chosen2: true} {
		got, err := f.Judge(secret(candidate), u, home)
		f.ok(err)
		for _, rule := range got.Rules {
			if rule.Name == password.RuleLength && rule.Satisfied != want {
				t.Errorf("%q: %+v", candidate, rule)
			}
		}
		if want != (got.Strength >= 3) {
			t.Errorf("%q: strength %d", candidate, got.Strength)
		}
	}
	if _, err := f.Judge(secret(chosen2), u, home); rekey.CodeOf(err) != rekey.CodeLimited {
		t.Errorf("got %v", err)
	}
	f.ok(f.logIn(u.Address, chosen, home)) // log-ins have a share of their own
}
