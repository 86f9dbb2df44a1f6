package app

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

// silentServer accepts connections and says nothing.
type silentServer struct {
	net.Listener

	accepted atomic.Int64
}

func startSilent(t *testing.T) *silentServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &silentServer{Listener: l}
	t.Cleanup(func() { _ = s.Close() })
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			s.accepted.Add(1)
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return s
}

func (s *silentServer) open(t *testing.T, name string) *directory.Directory {
	t.Helper()
	d, err := directory.Open(directory.Settings{
		Name: name, Kind: directory.OpenLDAP, Addresses: []string{"ldaps://" + s.Addr().String()},
		Base: "dc=example,dc=org", BindDN: "cn=rekey,dc=example,dc=org", Password: rekey.NewSecret("Bind-Word-1"),
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSilentDirectoryIsAskedOnceAMinute(t *testing.T) {
	t.Parallel()
	one, two := startSilent(t), startSilent(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	d := &directories{
		byName: map[string]*directory.Directory{"one": one.open(t, "one"), "two": two.open(t, "two")},
		log:    slog.New(slog.DiscardHandler), now: func() time.Time { return now }, silent: map[string]time.Time{},
	}
	ada := rekey.SystemUser{ID: "ada", Directory: rekey.DirectoryAccount{Directory: "one", Key: "1"}}
	bert := rekey.SystemUser{ID: "bert", Directory: rekey.DirectoryAccount{Directory: "two", Key: "2"}}
	ask := func(want int64) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		live := d.Read(ctx, []rekey.SystemUser{ada, bert})
		if live["ada"].Reason != rekey.ReasonDirectoryDown || live["bert"].Reason != rekey.ReasonDirectoryDown {
			t.Errorf("read: %+v", live)
		}
		if _, doubtful, reason := d.Scramble(ctx, ada, "token"); doubtful || reason != rekey.ReasonDirectoryDown {
			t.Errorf("scramble: doubtful %v, %s", doubtful, reason)
		}
		for name, s := range map[string]*silentServer{"one": one, "two": two} { // beside each other: both were reached
			if n := s.accepted.Load(); n != want {
				t.Errorf("%s was asked %d times, want %d", name, n, want)
			}
		}
	}
	ask(1)
	ask(1)
	now = now.Add(silentFor - time.Second)
	ask(1)
	now = now.Add(time.Second)
	ask(2)
	now = now.Add(-time.Hour) // a clock that is set back
	ask(3)

	// A scramble that hangs is remembered in the same place.
	now = now.Add(24 * time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, doubtful, reason := d.Scramble(ctx, ada, "token"); doubtful || reason != rekey.ReasonDirectoryDown {
		t.Errorf("scramble: doubtful %v, %s", doubtful, reason)
	}
	d.Read(t.Context(), []rekey.SystemUser{ada})
	if n := one.accepted.Load(); n != 4 {
		t.Errorf("asked %d times, want 4", n)
	}
}
