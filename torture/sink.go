package main

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// sink is the mail server. Each node has a door of its own, so that it is known
// who brings what.
type sink struct {
	report  *report
	boxes   *mailboxes
	weather weather
	sweep   sweep
	seed    uint64

	mu       sync.Mutex
	doors    []net.Listener
	last     uint64 // number of the last connection
	sessions map[*session]bool
	traps    map[int]*trap // by node
	// hole is an address to which nobody gets an answer; "" is nobody's.
	hole string
}

func newSink(r *report, boxes *mailboxes, seed uint64) *sink {
	return &sink{report: r, boxes: boxes, seed: seed, sessions: map[*session]bool{}, traps: map[int]*trap{},
		sweep: sweep{client: map[int]bool{}, server: map[int]bool{}}}
}

// open opens a door for a node and returns its address.
func (s *sink) open(ctx context.Context, node int) (string, error) {
	var listen net.ListenConfig
	door, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.doors = append(s.doors, door)
	s.mu.Unlock()
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			go s.serve(node, c)
		}
	}()
	return door.Addr().String(), nil
}

// serve speaks with one client until it goes.
func (s *sink) serve(node int, c net.Conn) {
	conn := &dropping{Conn: c, reads: -1, writes: -1}
	defer conn.Close()
	s.mu.Lock()
	s.last++
	p := &session{sink: s, node: node, conn: conn, random: rand.New(rand.NewPCG(s.seed, s.last))} //nolint:gosec // nothing secret
	if s.weather.of(refusing) > 0 {
		p.most = 1 + p.random.IntN(4)
	}
	s.sessions[p] = true
	s.mu.Unlock()
	p.run()
	s.mu.Lock()
	delete(s.sessions, p)
	s.mu.Unlock()
}

// calm ends all moods, and the connections that are in one.
func (s *sink) calm() {
	s.weather.set(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.sessions {
		_ = p.conn.Close()
	}
}

// close shuts the doors.
func (s *sink) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, door := range s.doors {
		_ = door.Close()
	}
	for p := range s.sessions {
		_ = p.conn.Close()
	}
}

// swallow has nobody answered who brings mail for an address.
func (s *sink) swallow(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hole = address
}

func (s *sink) swallows(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hole != "" && s.hole == address
}

// woke tells that a node was stopped at a moment and goes on: on each of the
// connections that it has now it may bring one more message that others have
// brought meanwhile.
func (s *sink) woke(node int, stopped time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.sessions {
		if p.node == node {
			p.stale.Store(&staleness{since: stopped})
		}
	}
}

// trap waits for a node to come to a step of the dialogue, and keeps it there
// until it is let go.
type trap struct {
	step   string
	sprung chan struct{} // closed when the node is there
	let    chan struct{} // closed to let it go
}

// set has the next connection of a node that comes to a step wait there. A trap
// that was set before is let go.
func (s *sink) set(node int, step string) *trap {
	t := &trap{step, make(chan struct{}), make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traps[node] = t
	return t
}

// unset takes a trap away, and lets go whoever is in it.
func (s *sink) unset(node int, t *trap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.traps[node] == t {
		delete(s.traps, node)
	}
	close(t.let)
}

// pass waits while a node is in a trap at a step.
func (s *sink) pass(node int, step string) {
	s.mu.Lock()
	t := s.traps[node]
	if t == nil || t.step != step {
		s.mu.Unlock()
		return
	}
	delete(s.traps, node)
	s.mu.Unlock()
	close(t.sprung)
	<-t.let
}
