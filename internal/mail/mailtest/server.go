package mailtest

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"rekey/internal/rig/peer"
	"rekey/internal/suite"
)

// Message is one that the server accepted.
type Message struct {
	From string
	To   []string
	Data []byte // without the dots that were stuffed
}

// Server is a mail server on loopback.
type Server struct {
	*peer.Server

	t      testing.TB
	tls    *tls.Config
	caFile string
	done   chan struct{} // closed by Close

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something happened
	script   Script
	used     []int // how often each rule was applied
	messages []Message
	commands []string
	open     int // connections
	opened   int
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, script Script) *Server {
	t.Helper()
	s := &Server{t: t, done: make(chan struct{}), changed: make(chan struct{})}
	s.SetScript(script)
	s.tls, s.caFile = certificate(t)
	var err error
	if s.Server, err = peer.Listen(t.Context(), s.serve); err != nil {
		t.Fatalf("mailtest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// CAFile names a PEM file with the certificate of the server, for 127.0.0.1
// and example.com.
func (s *Server) CAFile() string { return s.caFile }

// SetScript changes how the server behaves from the next command on.
func (s *Server) SetScript(script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.used = script, make([]int, len(script.Rules))
}

// Messages returns what was accepted so far.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Commands returns the commands so far, of all connections as they came.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Opened returns how many connections there have been.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Open returns how many connections there are now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// WaitFor waits until n messages have been accepted and returns them all.
func (s *Server) WaitFor(n int) []Message {
	s.t.Helper()
	s.until("the messages", func() bool { return len(s.messages) >= n })
	return s.Messages()
}

// WaitForCommand waits until a command that begins like this has come.
func (s *Server) WaitForCommand(prefix string) {
	s.t.Helper()
	s.until("the command "+prefix, func() bool {
		return slices.ContainsFunc(s.commands, func(c string) bool { return strings.HasPrefix(c, prefix) })
	})
}

// WaitForOpen waits until exactly n connections are open.
func (s *Server) WaitForOpen(n int) {
	s.t.Helper()
	s.until("the connections", func() bool { return s.open == n })
}

// until waits for a condition, which it checks with mu held.
func (s *Server) until(what string, condition func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), suite.Limit)
	defer cancel()
	for {
		s.mu.Lock()
		ok, changed := condition(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			s.t.Fatalf("mailtest: waited in vain for %s", what)
		}
	}
}

// Close ends the server and all connections. It may be called twice.
func (s *Server) Close() {
	s.note(func() {
		select {
		case <-s.done:
		default:
			close(s.done)
		}
	})
	s.Server.Close()
}

// note changes the record and wakes waiting callers.
func (s *Server) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

// serve speaks with one client.
func (s *Server) serve(conn net.Conn) {
	crowded := false
	s.note(func() {
		s.open++
		s.opened++
		crowded = s.script.MaxConnections > 0 && s.open > s.script.MaxConnections
	})
	c := &session{Session: peer.New(conn), server: s}
	c.Reply = c.reply
	if crowded {
		c.Write("421 4.7.0 too many connections")
		_ = c.Flush()
	} else if !s.current().ImplicitTLS || c.startTLS() {
		c.Run()
	}
	_ = conn.Close()
	s.note(func() { s.open-- })
}

// rule returns the rule for a command, and counts it as applied.
func (s *Server) rule(command string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.script.Rules {
		r := &s.script.Rules[i]
		if r.fits(command) && (r.Times == 0 || s.used[i] < r.Times) {
			s.used[i]++
			return *r, true
		}
	}
	return Rule{}, false
}

func (s *Server) heard(command string) {
	s.note(func() { s.commands = append(s.commands, command) })
}

func (s *Server) current() Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.script
}
