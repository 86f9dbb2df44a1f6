package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

// estateOf is a world whose people live in a real directory. Other tests use the same
// directory at the same time, so the logins of a test end with its number.
type estateOf struct {
	*world

	server directorytest.Real
	name   string
	number int64
}

// The directories that the tests share. No test may stop them.
var (
	sharedSlapd = sync.OnceValues(func() (directorytest.Real, error) {
		return begun(directorytest.StartSlapd(context.Background(), directorytest.SlapdOptions{}))
	})
	sharedSamba = sync.OnceValues(func() (directorytest.Real, error) {
		return begun(directorytest.StartSamba(context.Background()))
	})
	begunDirectories struct {
		sync.Mutex

		servers []directorytest.Real
	}
	estates atomic.Int64 // numbers of tests
)

// begun notes that a directory was started.
func begun(server directorytest.Real, err error) (directorytest.Real, error) {
	if err == nil {
		begunDirectories.Lock()
		defer begunDirectories.Unlock()
		begunDirectories.servers = append(begunDirectories.servers, server)
	}
	return server, err
}

// stopDirectories stops the directories that the tests share, after them.
func stopDirectories() error {
	var errs []error
	for _, server := range begunDirectories.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}

// shared returns a directory that the tests share.
func shared(t *testing.T, start func() (directorytest.Real, error)) directorytest.Real {
	t.Helper()
	server, err := start()
	if errors.Is(err, directorytest.ErrNotRoot) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// inRealDirectories runs a test with OpenLDAP and with Active Directory (Samba).
func inRealDirectories(t *testing.T, test func(t *testing.T, server directorytest.Real)) {
	t.Helper()
	for kind, start := range map[directory.Kind]func() (directorytest.Real, error){directory.OpenLDAP: sharedSlapd, directory.AD: sharedSamba} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, shared(t, start))
		})
	}
}

// inDirectories runs a test in a world with each of these directories.
func inDirectories(t *testing.T, test func(t *testing.T, e *estateOf)) {
	t.Helper()
	inRealDirectories(t, func(t *testing.T, server directorytest.Real) { test(t, withDirectory(t, server, server.Settings())) })
}

// withDirectory is a world with a directory.
func withDirectory(t *testing.T, server directorytest.Real, settings directory.Settings) *estateOf {
	t.Helper()
	// For the directory, whose clock is that of the machine, its accounts must be young.
	begins := time.Now().Add(-6 * 24 * time.Hour)
	w := setup(t, options{begins: begins, change: func(c *app.Config) { c.Directories = app.Directories{settings} }})
	return &estateOf{w, server, settings.Name, estates.Add(1)}
}

// ad reports whether the directory is Active Directory.
func (e *estateOf) ad() bool { return e.name == "corp" }

const startPassword = "Old-Pass-of-Tests-1"

// login is the login of a name in this test.
func (e *estateOf) login(name string) string { return fmt.Sprintf("%s-%d", name, e.number) }

// add creates an account in the directory.
func (e *estateOf) add(name string) person {
	e.t.Helper()
	login := e.login(name)
	p := person{User: client.User{Address: login + "@example.org"}, password: startPassword}
	_, err := e.server.Add(e.t.Context(), directorytest.Person{Login: login, Address: p.Address, Password: startPassword})
	e.must(err)
	return p
}

func (e *estateOf) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
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
func (e *estateOf) binds(name, password string, want bool) {
	e.t.Helper()
	err := e.server.CanBind(e.t.Context(), e.login(name), password)
	if err != nil && !errors.Is(err, directorytest.ErrRefused) || (err == nil) != want {
		e.t.Errorf("%s with %q: %v, want to get in: %v", e.login(name), password, err, want)
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
