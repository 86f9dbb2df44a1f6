package directory_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

// subject is a directory under test, with the server behind it.
type subject struct {
	name      string
	server    directorytest.Server
	directory directorytest.Directory
}

// ad reports whether it is the real Active Directory.
func (s subject) ad() bool { return s.name == "ad" }

// The servers that all tests share. No test may stop them.
var (
	sharedSlapd = sync.OnceValues(func() (*directorytest.Slapd, error) {
		return directorytest.StartSlapd(context.Background(), directorytest.SlapdOptions{})
	})
	sharedSamba = sync.OnceValues(func() (*directorytest.Samba, error) {
		return directorytest.StartSamba(context.Background())
	})
	used struct{ slapd, samba atomic.Bool }
)

func TestMain(m *testing.M) {
	status := m.Run()
	var err error
	if used.slapd.Load() {
		if server, started := sharedSlapd(); started == nil {
			err = errors.Join(err, server.Close())
		}
	}
	if used.samba.Load() {
		if server, started := sharedSamba(); started == nil {
			err = errors.Join(err, server.Close())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// slapd returns the OpenLDAP server that all tests share.
func slapd(t *testing.T) *directorytest.Slapd {
	t.Helper()
	used.slapd.Store(true)
	server, err := sharedSlapd()
	must(t, err)
	return server
}

// samba returns the domain controller that all tests share.
func samba(t *testing.T) *directorytest.Samba {
	t.Helper()
	used.samba.Store(true)
	server, err := sharedSamba()
	if errors.Is(err, directorytest.ErrNotRoot) {
		t.Skip(err)
	}
	must(t, err)
	return server
}

func open(t *testing.T, s directory.Settings) *directory.Directory {
	t.Helper()
	d, err := directory.Open(s, clock)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// everywhere runs a test on OpenLDAP, on Samba and on the fakes of both, without some of
// them by their names.
func everywhere(t *testing.T, test func(t *testing.T, s subject), without ...string) {
	t.Helper()
	onReal(t, func(t *testing.T, s subject, _ directorytest.Real) { test(t, s) }, without...)
	for _, kind := range []directory.Kind{directory.OpenLDAP, directory.AD} {
		name := "fake " + string(kind)
		if slices.Contains(without, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := directorytest.NewFake(kind, clock)
			test(t, subject{name, fake, fake})
		})
	}
}

// The passwords of the tests. Each account begins with the first one.
var (
	old   = rekey.NewSecret("Old-Pass-of-Tests-1")
	first = rekey.NewSecret("First-Chosen-Word-2")
	later = rekey.NewSecret("Later-Chosen-Word-3")
)

var accounts atomic.Int64

// add creates an account of its own for a test, and returns its login and key.
func (s subject) add(t *testing.T, with ...func(*directorytest.Person)) (string, directory.Key) {
	t.Helper()
	login := fmt.Sprintf("user%d", accounts.Add(1))
	p := directorytest.Person{Login: login, Address: login + "@example.org", Password: old.Reveal()}
	for _, change := range with {
		change(&p)
	}
	key, err := s.server.Add(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return login, key
}

// read returns the account with a key, which must be there.
func (s subject) read(t *testing.T, key directory.Key) directory.Account {
	t.Helper()
	found, err := s.directory.Read(t.Context(), []directory.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	account, ok := found[key]
	if !ok {
		t.Fatalf("%s is not there", key)
	}
	return account
}

// binds fails the test unless a log-in from outside ends as it should.
func (s subject) binds(t *testing.T, login string, password rekey.Secret, should bool) {
	t.Helper()
	err := s.server.CanBind(t.Context(), login, password.Reveal())
	switch {
	case err != nil && !errors.Is(err, directorytest.ErrRefused):
		t.Fatal(err)
	case (err == nil) != should:
		t.Errorf("logging in as %s: %v, want success %v", login, err, should)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is fails the test unless an outcome is as it should be.
func is(t *testing.T, got directory.Outcome, want directory.Result) {
	t.Helper()
	if got.Result != want {
		t.Fatalf("the outcome is %s (%s, cause: %v), want %s", got.Result, got.Refusal, got.Cause, want)
	}
}

// clock is the real one: the servers have no other.
func clock() time.Time { return time.Now() }

// onReal runs a test on OpenLDAP and on Samba, without some of them by their names.
func onReal(t *testing.T, test func(t *testing.T, s subject, server directorytest.Real), without ...string) {
	t.Helper()
	for name, start := range map[string]func(t *testing.T) directorytest.Real{
		"openldap": func(t *testing.T) directorytest.Real { t.Helper(); return slapd(t) },
		"ad":       func(t *testing.T) directorytest.Real { t.Helper(); return samba(t) },
	} {
		if slices.Contains(without, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			test(t, subject{name, server, open(t, server.Settings())}, server)
		})
	}
}

// guest returns the name and the password of an account without rights.
func (s subject) guest(t *testing.T) (string, rekey.Secret) {
	t.Helper()
	_, key := s.add(t)
	return s.read(t, key).DN, old
}
