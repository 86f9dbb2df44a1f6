package access

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/password"
)

// proven logs in with a mailed password and returns the browser of the session.
func (f *fixture) proven(u rekey.SystemUser, mailed string) *browser {
	f.t.Helper()
	e := f.entry(u, mailed)
	b := f.open(false, &e)
	b.send("POST", "/in")
	if !b.isIn() {
		f.t.Fatal("there is no session")
	}
	return b
}

// choose sets a password without the current one.
func (f *fixture) choose(e Entry, text string) error {
	_, err := f.ChangePassword(f.t.Context(), e, rekey.Secret{}, secret(text), home)
	return err
}

func TestSessionOfAMailedPasswordChoosesWithoutGivingItAgain(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, id := f.mail(u, rekey.KeepUntilChanged)
	b := f.proven(u, mailed)
	for name, refused := range map[string]string{"too short": "short", "the mailed one": mailed, "with the name in it": "ada-lovelace-byron-42"} {
		if err := f.choose(b.seen, refused); !fields(err)["new_password"] {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.pass(proofFor - time.Second)
	if !b.isIn() {
		t.Fatal("the session has ended")
	}
	f.ok(f.choose(b.seen, chosen2))
	d, err := f.db.Delivery(t.Context(), id)
	f.ok(err)
	if d.State != rekey.DeliveryDone {
		t.Errorf("the delivery is %s", d.State)
	}
	f.refused(f.logIn(u.Address, mailed, home))
	f.ok(f.logIn(u.Address, chosen2, home))
}

func TestSessionOfAMailedPasswordGivesItAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	b := f.proven(u, mailed)
	f.pass(proofFor)
	if !b.isIn() {
		t.Fatal("the session has ended")
	}
	for range 2 * f.Limits.Failures { // an empty field is no guess
		if err := f.choose(b.seen, chosen2); !fields(err)["current_password"] {
			t.Fatalf("got %v", err)
		}
	}
	if got := f.events(rekey.UserLocked); len(got) != 0 {
		t.Errorf("%d locks", len(got))
	}
	_, err := f.ChangePassword(t.Context(), b.seen, secret(mailed), secret(chosen2), home)
	f.ok(err)
	f.ok(f.logIn(u.Address, chosen2, home))
}

func TestSessionOfAChosenPasswordProvesNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	b := f.proven(u, chosen)
	if err := f.choose(b.seen, chosen2); !fields(err)["current_password"] {
		t.Errorf("got %v", err)
	}
	f.ok(f.logIn(u.Address, chosen, home))
}

// The session is read before the request is answered; what ends the mailed password
// comes in between, or while the new one is hashed.
func TestSessionChoosesNoPasswordOnceItsMailedOneHasEnded(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(f *fixture, u rekey.SystemUser){
		"it expires":   func(f *fixture, _ rekey.SystemUser) { f.pass(72 * time.Hour) },
		"a later mail": func(f *fixture, u rekey.SystemUser) { f.mail(u, rekey.ReplaceWhenSent) },
		"its user is blocked": func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		},
		"it is revoked": func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.Revoke(f.t.Context(), map[string]string{u.ID: ""}, f.clock()) })
		},
		"a password is chosen elsewhere": func(f *fixture, u rekey.SystemUser) {
			verifier, err := f.argon2.Hash(f.t.Context(), secret(chosen3))
			f.ok(err)
			f.update(func(tx *txOf) error { return tx.CompleteChange(f.t.Context(), u.ID, "", verifier, f.clock()) })
		},
	} {
		for when, during := range map[string]bool{"before": false, "while hashing": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				meanwhile := &interrupting{}
				f := setup(t, func(c *Config) { meanwhile.Hasher, c.Argon2 = c.Argon2, meanwhile })
				u := f.user(rekey.TypeUI)
				mailed, _ := f.mail(u, rekey.KeepUntilChanged)
				e := f.proven(u, mailed).seen
				e.ProvenUntil = e.ProvenUntil.Add(100 * time.Hour) // so that its end alone is tried
				if during {
					meanwhile.do = func() { meanwhile.do = nil; ends(f, u) }
				} else {
					ends(f, u)
				}
				if err := f.choose(e, chosen2); rekey.CodeOf(err) != rekey.CodeConflict {
					t.Errorf("got %v", err)
				}
				f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
				f.refused(f.logIn(u.Address, chosen2, home))
			})
		}
	}
}

func TestChoosingWithoutTheCurrentPasswordHasItsShare(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits = Limits{PerSecond: 1, Burst: 2}; c.Policy = password.Classic })
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	e := f.proven(u, mailed).seen
	if err := f.choose(e, "short"); !fields(err)["new_password"] {
		t.Fatal(err)
	}
	if err := f.choose(e, chosen2); rekey.CodeOf(err) != rekey.CodeLimited {
		t.Errorf("got %v", err)
	}
}
