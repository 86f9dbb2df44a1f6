package directory_test

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// servers are those that all tests share. No test may stop them.
var servers struct {
	slapd, samba sync.Once
	closers      []func() error
	mu           sync.Mutex
	realSlapd    *directorytest.Slapd
	realSamba    *directorytest.Samba
	err          error
}

func TestMain(m *testing.M) {
	status := m.Run()
	for _, closeServer := range servers.closers {
		if err := closeServer(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

func closeLater(f func() error) {
	servers.mu.Lock()
	defer servers.mu.Unlock()
	servers.closers = append(servers.closers, f)
}

// slapd returns the OpenLDAP server that all tests share.
func slapd(t *testing.T) *directorytest.Slapd {
	t.Helper()
	servers.slapd.Do(func() {
		server, err := directorytest.StartSlapd(context.Background(), directorytest.SlapdOptions{})
		if err == nil {
			closeLater(server.Close)
		}
		servers.realSlapd, servers.err = server, errors.Join(servers.err, err)
	})
	if servers.realSlapd == nil {
		t.Fatal(servers.err)
	}
	return servers.realSlapd
}

// samba returns the domain controller that all tests share.
func samba(t *testing.T) *directorytest.Samba {
	t.Helper()
	servers.samba.Do(func() {
		server, err := directorytest.StartSamba(context.Background())
		if err == nil {
			closeLater(server.Close)
		}
		servers.realSamba, servers.err = server, errors.Join(servers.err, err)
	})
	if errors.Is(servers.err, directorytest.ErrNotRoot) {
		t.Skip(servers.err)
	}
	if servers.realSamba == nil {
		t.Fatal(servers.err)
	}
	return servers.realSamba
}

func open(t *testing.T, s directory.Settings) *directory.Directory {
	t.Helper()
	d, err := directory.Open(s, clock)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// everywhere runs a test on OpenLDAP, on Samba and on the fake.
func everywhere(t *testing.T, test func(t *testing.T, s subject)) {
	t.Helper()
	onReal(t, func(t *testing.T, s subject, _ realServer) { test(t, s) })
	for _, kind := range []directory.Kind{directory.OpenLDAP, directory.AD} {
		t.Run("fake "+string(kind), func(t *testing.T) {
			t.Parallel()
			fake := directorytest.NewFake(kind, clock)
			test(t, subject{"fake " + string(kind), fake, fake})
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

// realServer is what only the real servers can do.
type realServer interface {
	directorytest.Server
	Attribute(ctx context.Context, login, attribute string) ([]string, error)
	Administrator() (string, rekey.Secret)
	Settings() directory.Settings
	PlainAddress() string
}

// onReal runs a test on the real directories.
func onReal(t *testing.T, test func(t *testing.T, s subject, server realServer)) {
	t.Helper()
	t.Run("openldap", func(t *testing.T) {
		t.Parallel()
		server := slapd(t)
		test(t, subject{"openldap", server, open(t, server.Settings())}, server)
	})
	t.Run("ad", func(t *testing.T) {
		t.Parallel()
		server := samba(t)
		test(t, subject{"ad", server, open(t, server.Settings())}, server)
	})
}

// guest returns the name and the password of an account without rights.
func (s subject) guest(t *testing.T) (string, rekey.Secret) {
	t.Helper()
	_, key := s.add(t)
	return s.read(t, key).DN, old
}
