package access

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rekey"
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

// Whoever asks for an address that is nobody's has the same rows written, so
// that neither the time it takes nor the database tells.
func TestForgotLeavesTheSameRowsForEveryAddress(t *testing.T) {
	t.Parallel()
	f := setup(t)
	blocked := f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
	for n, address := range []string{f.user(rekey.TypeUI).Address, blocked.Address, "nobody@example.org", chosen} {
		f.ok(f.Forgot(t.Context(), address, home))
		list, err := f.db.Events(t.Context(), rekey.PasswordResetRequested, "", "", 10)
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
