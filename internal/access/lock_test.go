package access

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"rekey/internal/store"

	"pgregory.net/rapid"

	"rekey"
)

func TestFifthFailureLocksForThatAddressAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for range 4 {
		f.refused(f.logIn(u.Address, wrong, away))
	}
	if got := f.events(rekey.UserLocked); len(got) != 0 {
		t.Fatal("locked too early")
	}
	f.refused(f.logIn(u.Address, wrong, away))
	f.refused(f.logIn(u.Address, chosen, away))
	f.ok(f.logIn(u.Address, chosen, home))
	if got := f.events(rekey.UserLocked); len(got) != 1 || got[0] != u.ID {
		t.Errorf("user.locked for %v", got)
	}
	f.pass(20*time.Minute - time.Second)
	f.refused(f.logIn(u.Address, chosen, away))
	f.pass(time.Second)
	f.ok(f.logIn(u.Address, chosen, away))
}

func TestTriesWhileLockedNeitherProlongNorAnnounceIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for range 30 {
		f.refused(f.logIn(u.Address, wrong, away))
	}
	if got := f.events(rekey.UserLocked); len(got) != 1 {
		t.Errorf("%d events for one lock", len(got))
	}
	f.pass(20 * time.Minute)
	f.ok(f.logIn(u.Address, chosen, away))
}

func TestFailuresOfTheDayBeforeDoNotCount(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.refused(f.logIn(u.Address, wrong, home))
	f.pass(12 * time.Hour)
	for range 3 {
		f.refused(f.logIn(u.Address, wrong, home))
	}
	f.pass(12 * time.Hour)
	f.refused(f.logIn(u.Address, wrong, home))
	f.ok(f.logIn(u.Address, chosen, home))
}

func TestSuccessForgetsTheFailures(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for range 4 {
		f.refused(f.logIn(u.Address, wrong, home))
	}
	f.ok(f.logIn(u.Address, chosen, home))
	for range 4 {
		f.refused(f.logIn(u.Address, wrong, home))
	}
	f.ok(f.logIn(u.Address, chosen, home))
}

func TestMailedPasswordIsAcceptedWhileLockedAndEndsIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	mailed, _ := f.mail(u, rekey.KeepUntilChanged)
	for range 5 {
		f.refused(f.logIn(u.Address, wrong, home))
	}
	f.refused(f.logIn(u.Address, chosen, home))
	f.ok(f.logIn(u.Address, mailed, home))
	f.ok(f.logIn(u.Address, chosen, home))
}

// The attack of the specification: a stranger asks for resets, and guesses
// until the lock. The owner's own password goes on working where they are, and
// the mailed one lets them in anywhere and ends the lock.
func TestStrangerCannotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	f.ok(f.logIn(u.Address, chosen, home))
	stranger := netip.MustParseAddr("203.0.113.0")
	for range 12 { // many addresses, all failing
		stranger = stranger.Next()
		f.ok(f.Forgot(t.Context(), u.Address, stranger))
		for range 5 {
			f.refused(f.logIn(u.Address, wrong, stranger))
		}
	}
	if got := f.events(rekey.PasswordResetRequested); len(got) != 1 {
		t.Errorf("%d resets went through", len(got))
	}
	mailed, _ := f.mail(u, rekey.KeepUntilChanged) // what the reset leads to

	f.ok(f.logIn(u.Address, chosen, home))
	f.refused(f.logIn(u.Address, chosen, away)) // the account as a whole is locked
	f.ok(f.logIn(u.Address, mailed, away))
	f.ok(f.logIn(u.Address, chosen, netip.MustParseAddr("192.0.2.99")))
}

func TestManyAddressesDoNotHelpTheGuesser(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits = Limits{PerSecond: 1e6, Burst: 1e6, AccountFailures: 10} })
	u := f.user(rekey.TypeUI)
	source := netip.MustParseAddr("203.0.113.0")
	for range 10 {
		source = source.Next()
		f.refused(f.logIn(u.Address, wrong, source))
	}
	f.refused(f.logIn(u.Address, chosen, source.Next()))
	f.pass(20 * time.Minute)
	f.ok(f.logIn(u.Address, chosen, source.Next()))
}

func TestOwnersAddressIsForgottenAfterNinetyDays(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *Config) { c.Limits = Limits{PerSecond: 1e6, Burst: 1e6, AccountFailures: 3} })
	u := f.user(rekey.TypeUI)
	f.ok(f.logIn(u.Address, chosen, home))
	f.pass(90 * 24 * time.Hour)
	for range 3 {
		f.refused(f.logIn(u.Address, wrong, away))
	}
	f.refused(f.logIn(u.Address, chosen, home))
}

// A hundred guesses at once are no better than five in a row: the decision sees
// every failure before it.
func TestGuessesAtOnceLockLikeGuessesInARow(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() { _ = f.logIn(u.Address, wrong, away) })
	}
	wg.Wait()
	f.refused(f.logIn(u.Address, chosen, away))
	if got := f.events(rekey.UserLocked); len(got) != 1 {
		t.Errorf("%d events for one lock", len(got))
	}
}

func TestUnknownAddressIsCountedLikeAKnownOne(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	for _, address := range []string{u.Address, "nobody@example.org", "my-Passw0rd typed in the wrong field"} {
		for range 5 {
			f.refused(f.logIn(address, wrong, home))
		}
		var l *lock
		f.update(func(tx *store.Tx) (err error) {
			l, err = f.readLock(t.Context(), tx, rekey.AddressKey(address), home, f.clock())
			return err
		})
		if !l.closed(f.clock()) {
			t.Errorf("%q is not locked", address)
		}
	}
	if got := f.events(rekey.UserLocked); len(got) != 1 {
		t.Errorf("%d events, want one for the user who exists", len(got))
	}
}

func TestPasswordThatRestsIsNoGuess(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeAPI)
	f.mail(u, rekey.ReplaceWhenSent)
	for range 20 { // a program that knows nothing of the mail
		f.refused(f.basic(u, chosen))
	}
	if got := f.events(rekey.UserLocked); len(got) != 0 {
		t.Error("a password that rests locked its user")
	}
	f.pass(72 * time.Hour)
	f.ok(f.basic(u, chosen))
}

func TestOneNetworkOfIPv6IsOneSource(t *testing.T) {
	t.Parallel()
	for _, pair := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	} {
		if got := sourceKey(netip.MustParseAddr(pair.a)) == sourceKey(netip.MustParseAddr(pair.b)); got != pair.same {
			t.Errorf("%s and %s: same source is %v", pair.a, pair.b, got)
		}
	}
}

// In any order of attempts, the fifth failure within a day since the last lock or
// success locks for 20 minutes, and nothing else does.
func TestTallyKeepsExactlyToItsRule(t *testing.T) {
	t.Parallel()
	const limit, within, lockFor = 5, 24 * time.Hour, 20 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		var got tally
		var failures []time.Time // the model: all since the last lock or success
		var until time.Time
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(12*time.Hour)).Draw(t, "gap")))
			if rapid.IntRange(0, 19).Draw(t, "success") == 0 && !got.locked(now) {
				got, failures = tally{}, nil
				continue
			}
			locks := got.fail(now, limit, within, lockFor)
			if now.Before(until) {
				if locks {
					t.Fatalf("locked twice")
				}
				continue
			}
			failures = append(failures, now)
			lately := 0
			for _, at := range failures {
				if now.Sub(at) < within {
					lately++
				}
			}
			if want := lately >= limit; locks != want {
				t.Fatalf("locks %v with %d failures in a day", locks, lately)
			}
			if locks {
				failures, until = nil, now.Add(lockFor)
			}
			if got.locked(now) != now.Before(until) {
				t.Fatalf("locked %v", got.locked(now))
			}
			if len(got.times) > limit {
				t.Fatalf("%d moments are kept", len(got.times))
			}
		}
	})
}

// People type passwords into the field of the address: nothing of one is kept,
// not even as a hash that can be guessed.
func TestWhatIsNoAddressIsNotKeptEvenAsAHash(t *testing.T) {
	t.Parallel()
	f := setup(t)
	counters := func() (n int) {
		f.ok(f.db.SQLite().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM counters`).Scan(&n))
		return n
	}
	for range 5 { // the last one locks, which is counted too
		f.refused(f.logIn(chosen, wrong, home))
	}
	f.ok(f.Forgot(t.Context(), chosen, home))
	one := counters()
	for _, typed := range []string{chosen2, chosen3, "", "?", "hunter2 @ home", `"quoted"@example.org`} {
		f.refused(f.logIn(typed, wrong, home))
	}
	f.ok(f.Forgot(t.Context(), chosen2, home))
	if more := counters(); more != one {
		t.Errorf("%d counters for one text, %d for many", one, more)
	}
}
