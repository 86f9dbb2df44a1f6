package e2e

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/directory/directorytest"
)

// What happens in the directory between the import and the event: nobody is mailed on
// the word of an old import.
func TestAccountsAreReadBeforeAPasswordIsIssued(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		grace, gone, disabled, mover, renamed, other, late := e.add("grace"), e.add("gone"), e.add("disabled"), e.add("mover"), e.add("renamed"), e.add("other"), e.add("late")
		builtIn := e.people("ada")[0]
		e.sync()
		for _, change := range []error{
			e.server.Delete(t.Context(), e.login("gone")), e.server.Block(t.Context(), e.login("disabled")), e.server.Move(t.Context(), e.login("mover"), ""),
			e.server.Rename(t.Context(), e.login("renamed"), e.login("Somebody Else")), e.server.Set(t.Context(), e.login("other"), "mail", "mallory@example.org"),
			e.server.SetPassword(t.Context(), e.login("late"), "Help-Desk-Word-77"),
		} {
			if change != nil {
				t.Fatal(change)
			}
		}
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.KeepUntilChanged}, nil)
		got := e.finish(e.leaked(grace, gone, disabled, mover, renamed, other, late, builtIn))
		for p, want := range map[string][]string{
			grace.Address: {"sent"}, renamed.Address: {"sent"}, late.Address: {"sent"}, builtIn.Address: {"sent"},
			gone.Address: {"skipped", "gone_from_directory"}, mover.Address: {"skipped", "gone_from_directory"},
			disabled.Address: {"skipped", "blocked", "locked_in_directory"}, other.Address: {"skipped", "other_address_in_directory"},
		} {
			d := got[p]
			if d.State != want[0] || len(want) > 1 && !slices.Contains(want[1:], d.Reason) {
				t.Errorf("%s: %s %s, want %v", p, d.State, d.Reason, want)
			}
		}
	})
}

func TestDirectoryThatIsDownHoldsBackItsOwnPeopleAlone(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	e := withDirectory(t, server, server.Settings())
	grace, builtIn := e.add("grace"), e.people("ada")[0]
	e.sync()
	e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	event := e.leaked(grace, builtIn)
	e.sent(builtIn, 1)
	run := e.run(event, func(client.Run) bool {
		found, err := e.admin.Deliveries(t.Context(), "", client.DeliveryFilter{State: "queued"})
		return err == nil && len(found.Items) == 1 && found.Items[0].Reason == "directory_down"
	})
	if run.Ended() {
		t.Error("the run has ended")
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.binds("grace", startPassword, true) // nothing was revoked
	e.pass(2 * time.Minute)
	if d := e.finish(event)[grace.Address]; d.State != "sent" {
		t.Errorf("the delivery is %s %s", d.State, d.Reason)
	}
	e.binds("grace", startPassword, false)
}

// behindProxy is a world whose people live behind a proxy of an OpenLDAP server.
func behindProxy(t *testing.T) (*estateOf, *directorytest.Proxy) {
	t.Helper()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return withProxy(t, server)
}

// withProxy starts a world whose directory is behind a proxy.
func withProxy(t *testing.T, server directorytest.Real) (*estateOf, *directorytest.Proxy) {
	t.Helper()
	proxy, err := directorytest.StartProxy(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return withDirectory(t, server, proxy.Settings(server.Settings())), proxy
}

// The directory takes the revocation and does not answer: the mail waits, and those of
// others do not.
func TestRevocationWithoutAnAnswerHoldsBackItsOwnMailAlone(t *testing.T) {
	t.Parallel()
	e, proxy := behindProxy(t)
	grace, builtIn := e.add("grace"), e.people("ada")[0]
	e.sync()
	e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
	proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
		if o.Write() {
			return directorytest.Hold
		}
		return directorytest.PassOn
	})
	event := e.leaked(grace, builtIn)
	e.sent(builtIn, 1)
	eventually(t, "the revocation", func() bool {
		return errors.Is(e.server.CanBind(t.Context(), e.login("grace"), startPassword), directorytest.ErrRefused)
	})
	proxy.Cut() // instead of waiting until Rekey gives up
	e.run(event, func(client.Run) bool {
		found, err := e.admin.Deliveries(t.Context(), "", client.DeliveryFilter{State: "deferred"})
		return err == nil && len(found.Items) == 1 && found.Items[0].Reason == "directory_down"
	})
	e.binds("grace", startPassword, false)
	proxy.Rule(nil)
	e.pass(2 * time.Minute)
	if d := e.finish(event)[grace.Address]; d.State != "sent" {
		t.Errorf("the delivery is %s %s", d.State, d.Reason)
	}
	b := e.browser("")
	b.logIn(grace.Address, e.mailed(grace)[0])
	if p := b.choose("", chosenThere); p.path != "/login" {
		t.Errorf("the choice: %d %s", p.status, p.path)
	}
	e.binds("grace", chosenThere, true)
}

// A directory that accepts connections and says nothing. On the page people are told so.
func TestDirectoryThatSaysNothingHoldsBackItsOwnPeopleAlone(t *testing.T) {
	t.Parallel()
	e, proxy := behindProxy(t)
	grace, anna, builtIn := e.add("grace"), e.add("anna"), e.people("ada")[0]
	e.sync()
	e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
	mailed := e.receive(e.leaked(anna), anna)

	proxy.Rule(func(int, directorytest.Operation) directorytest.Verdict { return directorytest.Hold })
	event := e.leaked(grace, builtIn)
	e.sent(builtIn, 1)
	e.run(event, func(client.Run) bool {
		found, err := e.admin.Deliveries(t.Context(), "", client.DeliveryFilter{State: "queued"})
		return err == nil && len(found.Items) == 1 && found.Items[0].Reason == "directory_down"
	})
	e.binds("grace", startPassword, true) // nothing was revoked
	b := e.browser("")
	b.logIn(anna.Address, mailed)
	if p := b.choose("", chosenThere); p.status != 503 || !strings.Contains(p.body, "Nothing was changed.") {
		t.Errorf("the choice: %d %s\n%s", p.status, p.path, p.body)
	}

	proxy.Rule(nil)
	if p := b.choose("", chosenThere); p.path != "/login" {
		t.Errorf("the second choice: %d %s\n%s", p.status, p.path, p.body)
	}
	e.binds("anna", chosenThere, true)
	e.pass(2 * time.Minute)
	if d := e.finish(event)[grace.Address]; d.State != "sent" {
		t.Errorf("the delivery is %s %s", d.State, d.Reason)
	}
	e.binds("grace", startPassword, false)
}

// A policy that would refuse the page's write, and one that wants the old password,
// take nothing from anybody.
func TestPolicyThatLeavesNoWayBackIsNotRevoked(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		grace := e.add("grace")
		e.must(e.server.SetPolicy(t.Context(), e.login("grace"), directorytest.Policy{MinAge: 24 * time.Hour}))
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
		d := e.finish(e.leaked(grace))[grace.Address]
		if !e.ad() {
			if d.State != "skipped" || d.Reason != "not_revocable_in_directory" {
				t.Errorf("the delivery is %s %s", d.State, d.Reason)
			}
			e.binds("grace", startPassword, true)
			return
		}
		e.binds("grace", startPassword, false)
		b := e.browser("")
		b.logIn(grace.Address, e.mailed(grace)[0])
		if p := b.choose("", chosenThere); p.path != "/login" {
			t.Fatalf("the choice: %d %s\n%s", p.status, p.path, p.body)
		}
		e.binds("grace", chosenThere, true)
	})
}
