package mailtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

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
	t        testing.TB
	listener net.Listener
	tls      *tls.Config
	caFile   string
	work     sync.WaitGroup
	done     chan struct{}

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something happened
	script   Script
	used     []int // how often each rule was applied
	messages []Message
	commands []string
	conns    map[net.Conn]bool
	opened   int
}

// Start starts a server, which ends with the test.
func Start(t testing.TB, script Script) *Server {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mailtest: %v", err)
	}
	s := &Server{t: t, listener: listener, done: make(chan struct{}), changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.SetScript(script)
	s.tls, s.caFile = certificate(t)
	s.work.Go(s.accept)
	t.Cleanup(s.Close)
	return s
}

// Addr is where the server listens, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// CAFile names a PEM file with the certificate of the server, for 127.0.0.1
// and localhost.
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

// Opened is how many connections there have been.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Open is how many connections there are.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
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

// WaitForOpen waits until so many connections are open.
func (s *Server) WaitForOpen(n int) {
	s.t.Helper()
	s.until("the connections", func() bool { return len(s.conns) == n })
}

// until waits for a condition, which is asked with mu held.
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

// Break closes all connections without a word.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Close ends the server and all connections. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.done:
		s.mu.Unlock()
		return
	default:
	}
	close(s.done)
	s.mu.Unlock()
	_ = s.listener.Close()
	s.Break()
	s.work.Wait()
}

// happened wakes whoever waits. It is called with mu held.
func (s *Server) happened() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		select {
		case <-s.done: // Close has broken all others already
			_ = c.Close()
		default:
		}
		s.conns[c] = true
		s.opened++
		crowded := s.script.MaxConnections > 0 && len(s.conns) > s.script.MaxConnections
		s.happened()
		s.mu.Unlock()
		s.work.Go(func() {
			sess := &session{server: s, raw: c, net: c, in: bufio.NewReader(c)}
			if crowded {
				sess.send("421 4.7.0 too many connections")
			} else {
				sess.run()
			}
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.happened()
			s.mu.Unlock()
		})
	}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
	s.happened()
}

func (s *Server) record(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	s.happened()
}

func (s *Server) current() Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.script
}
