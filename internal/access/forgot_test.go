package access

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
)

func TestForgotNamesOnlyWhoCanUseIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	for _, address := range []string{u.Address, blocked.Address, "nobody@example.org", "not an address"} {
		f.ok(f.Forgot(t.Context(), address, home))
	}
	if got := f.events(rekey.PasswordResetRequested); len(got) != 1 || got[0] != u.ID {
		t.Errorf("events for %v", got)
	}
}

// A request for an unknown address writes the same rows, so that neither the time nor
// the database tells.
func TestForgotLeavesTheSameRowsForEveryAddress(t *testing.T) {
	t.Parallel()
	f := setup(t)
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	for n, address := range []string{f.user(rekey.TypeUI).Address, blocked.Address, "nobody@example.org", chosen} {
		f.ok(f.Forgot(t.Context(), address, home))
		list, _, err := f.db.Events(t.Context(), rekey.PasswordResetRequested, "", "", 10)
		f.ok(err)
		if len(list) != n+1 {
			t.Errorf("%s: %d events, want %d", address, len(list), n+1)
		}
		for _, e := range list {
			if kept := fmt.Sprintf("%+v", e); strings.Contains(kept, "nobody") || strings.Contains(kept, chosen) {
				t.Errorf("what was typed is in %s", kept)
			}
		}
		times, _, err := f.db.Counter(t.Context(), counterName("resets-for", rekey.AddressKey(address)), f.clock())
		f.ok(err)
		if len(times) != 1 {
			t.Errorf("%s: counted %d times", address, len(times))
		}
	}
}

func TestOneAddressIsAnsweredAtMostThreeTimesADay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	source := netip.MustParseAddr("203.0.113.0")
	ask := func() int {
		source = source.Next()
		f.ok(f.Forgot(t.Context(), u.Address, source))
		return len(f.events(rekey.PasswordResetRequested))
	}
	if ask() != 1 {
		t.Error("not answered")
	}
	if ask() != 1 {
		t.Error("twice within 15 minutes")
	}
	f.pass(15*time.Minute - time.Second)
	if ask() != 1 {
		t.Error("twice within 15 minutes")
	}
	f.pass(time.Second)
	if ask() != 2 {
		t.Error("not answered after 15 minutes")
	}
	f.pass(time.Hour)
	if ask() != 3 {
		t.Error("not answered a third time")
	}
	f.pass(22 * time.Hour)
	if ask() != 3 {
		t.Error("four in 24 hours")
	}
	f.pass(time.Hour)
	if ask() != 4 {
		t.Error("not answered on the next day")
	}
}

// A user without a way in gets a password, whatever was requested before.
func TestWhoeverHasNoWayInIsAnsweredWhateverWasAskedBefore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	source := netip.MustParseAddr("203.0.113.0")
	ask := func() int {
		source = source.Next()
		f.ok(f.Forgot(t.Context(), u.Address, source))
		return len(f.events(rekey.PasswordResetRequested))
	}
	for n := range 3 { // a stranger asks three times, for all that anybody knows
		if ask() != n+1 {
			t.Fatal("not answered")
		}
		f.pass(16 * time.Minute)
	}
	if ask() != 3 {
		t.Error("four in 24 hours, for somebody who has a way in")
	}
	f.update(func(tx *store.Tx) error {
		return tx.Revoke(t.Context(), map[string]string{u.ID: ""}, f.clock())
	})
	for n := range 5 {
		if ask() != 4+n {
			t.Fatalf("somebody without any way in was not answered the %d. time", n+1)
		}
		f.pass(time.Second)
	}
	if ask() != 8 {
		t.Error("six in a quarter of an hour")
	}
	f.pass(15 * time.Minute)
	if ask() != 9 {
		t.Error("not answered a quarter of an hour later")
	}
	f.mail(u, rekey.KeepUntilChanged)
	f.pass(time.Hour)
	if ask() != 9 {
		t.Error("answered although a mail was accepted, which is a way in")
	}
	f.pass(engine.Lifetime)
	if ask() != 10 {
		t.Error("not answered after the mailed password has expired")
	}
}

func TestOneSourceMayAskFiveTimes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range 5 {
		f.ok(f.Forgot(t.Context(), f.newID()+"@example.org", home))
	}
	u := f.user(rekey.TypeUI)
	if err := f.Forgot(t.Context(), u.Address, home); rekey.CodeOf(err) != rekey.CodeLimited {
		t.Errorf("got %v", err)
	}
	if got := f.events(rekey.PasswordResetRequested); len(got) != 0 {
		t.Errorf("events for %v", got)
	}
	f.ok(f.Forgot(t.Context(), u.Address, away))
	f.pass(15 * time.Minute)
	f.ok(f.Forgot(t.Context(), u.Address, home))
}
