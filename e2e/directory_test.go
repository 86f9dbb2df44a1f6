package e2e

import (
	"errors"
	"strings"
	"testing"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

// estateOf is a world whose people live in a real directory.
type estateOf struct {
	*world

	server directorytest.Server
	name   string
}

// inRealDirectories runs a test with OpenLDAP and with Active Directory (Samba).
func inRealDirectories(t *testing.T, test func(t *testing.T, server directorytest.Server, settings directory.Settings)) {
	t.Helper()
	begin := func(t *testing.T, server directorytest.Server, settings directory.Settings, end func() error) {
		t.Cleanup(func() {
			if err := end(); err != nil {
				t.Error(err)
			}
		})
		test(t, server, settings)
	}
	t.Run("openldap", func(t *testing.T) {
		t.Parallel()
		s, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
		if err != nil {
			t.Fatal(err)
		}
		begin(t, s, s.Settings(), s.Close)
	})
	t.Run("ad", func(t *testing.T) {
		t.Parallel()
		s, err := directorytest.StartSamba(t.Context())
		if errors.Is(err, directorytest.ErrNotRoot) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		begin(t, s, s.Settings(), s.Close)
	})
}

// inDirectories runs a test in a world with each of these directories.
func inDirectories(t *testing.T, test func(t *testing.T, e *estateOf)) {
	t.Helper()
	inRealDirectories(t, func(t *testing.T, server directorytest.Server, settings directory.Settings) {
		test(t, &estateOf{withDirectory(t, settings), server, settings.Name})
	})
}

// withDirectory is a world with a directory.
func withDirectory(t *testing.T, settings directory.Settings) *world {
	t.Helper()
	return setup(t, options{change: func(c *app.Config) { c.Directories = app.Directories{settings} }})
}

const startPassword = "Old-Pass-of-Tests-1"

// add creates an account in the directory.
func (e *estateOf) add(login string) person {
	e.t.Helper()
	p := person{User: client.User{Address: login + "@example.org"}, password: startPassword}
	if _, err := e.server.Add(e.t.Context(), directorytest.Person{Login: login, Address: p.Address, Password: startPassword}); err != nil {
		e.t.Fatal(err)
	}
	return p
}

// sync imports the directory, after the import with which the server begins.
func (e *estateOf) sync() {
	e.t.Helper()
	eventually(e.t, "the import", func() bool {
		_, err := e.app.Admin.Sync(e.t.Context(), e.name, "test", true, false)
		if err != nil && rekey.CodeOf(err) != rekey.CodeConflict {
			e.t.Fatal(err)
		}
		return err == nil
	})
}

// binds checks whether a password logs in to the directory from outside.
func (e *estateOf) binds(login, password string, want bool) {
	e.t.Helper()
	err := e.server.CanBind(e.t.Context(), login, password)
	if err != nil && !errors.Is(err, directorytest.ErrRefused) || (err == nil) != want {
		e.t.Errorf("%s with %q: %v, want to get in: %v", login, password, err, want)
	}
}

func TestPasswordOfTheMailIsRedeemedAndTheDirectoryIsWrittenOnce(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		grace := e.add("grace")
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.ReplaceWhenSent}, nil) // keep is used instead
		event := e.leaked(grace)
		mailed := e.receive(event, grace)
		e.binds("grace", startPassword, true)
		e.binds("grace", mailed, false)
		e.wantEntry(grace, startPassword, refused) // Rekey is no way around the directory

		b := e.browser("")
		if p := b.logIn(grace.Address, mailed); entryOf(t, p) != toChange {
			t.Fatal("the mailed password does not log in")
		}
		const chosen = "Seven-Copper-Kettles-9"
		if p := b.choose("", chosen); p.path != "/login" || !strings.Contains(p.body, "Your new password is set in the directory") {
			t.Fatalf("after the change: %d %s\n%s", p.status, p.path, p.body)
		}
		e.binds("grace", chosen, true)
		e.wantEntry(grace, chosen, refused)
		e.wantEntry(grace, mailed, refused)
		if d := e.finish(event)[grace.Address]; d.State != "done" {
			t.Errorf("the delivery is %s", d.State)
		}
	})
}

func TestRevokedPasswordOfADirectoryEndsBeforeTheMail(t *testing.T) {
	t.Parallel()
	inDirectories(t, func(t *testing.T, e *estateOf) {
		ada := e.add("ada")
		e.sync()
		e.automation(e.admin, rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, nil)
		event := e.leaked(ada)
		mailed := e.receive(event, ada)
		e.binds("ada", startPassword, false)
		b := e.browser("")
		b.logIn(ada.Address, mailed)
		const chosen = "Seven-Copper-Kettles-9"
		if p := b.choose("", chosen); p.path != "/login" {
			t.Fatalf("after the change: %d %s\n%s", p.status, p.path, p.body)
		}
		e.binds("ada", chosen, true)
		e.binds("ada", startPassword, false)
	})
}
