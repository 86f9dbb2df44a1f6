package main

import (
	"context"
	"net"
	"sync"
	"time"

	"rekey/internal/rig/peer"
)

// sink is the mail server. It has an address for each node, so that it knows which
// node sends a message.
type sink struct {
	report  *report
	boxes   *mailboxes
	weather weather
	sweep   sweep
	seed    uint64

	mu       sync.Mutex
	doors    []*peer.Server
	last     uint64 // number of the last connection
	sessions map[*session]bool
	traps    map[int]*trap // by node
	// hole is an address to which nobody gets an answer; "" is none.
	hole string
}

func newSink(r *report, boxes *mailboxes, seed uint64) *sink {
	return &sink{report: r, boxes: boxes, seed: seed, sessions: map[*session]bool{}, traps: map[int]*trap{},
		sweep: sweep{client: map[int]bool{}, server: map[int]bool{}}}
}

// open opens a door for a node and returns its address.
func (s *sink) open(ctx context.Context, node int) (string, error) {
	door, err := peer.Listen(ctx, func(c net.Conn) { s.serve(node, c) })
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doors = append(s.doors, door)
	return door.Addr(), nil
}

// serve speaks with one client until it goes.
func (s *sink) serve(node int, c net.Conn) {
	s.mu.Lock()
	s.last++
	p := newSession(s, node, c, s.last)
	s.sessions[p] = true
	s.mu.Unlock()
	p.Run()
	s.mu.Lock()
	delete(s.sessions, p)
	s.mu.Unlock()
}

// calm ends all moods, and the connections that are in one.
func (s *sink) calm() {
	s.weather.set(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, door := range s.doors {
		door.Break()
	}
}

// close shuts the doors.
func (s *sink) close() {
	for _, door := range s.doors {
		door.Close()
	}
}

// swallow makes the sink give no answer to mail for an address.
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

// woke notes that a node was stopped at a moment and continues. On each of its present
// connections it may send one message that others have sent meanwhile.
func (s *sink) woke(node int, stopped time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.sessions {
		if p.node == node {
			p.stale.Store(&staleness{since: stopped})
		}
	}
}

// trap holds a node at a step of the dialogue until it is released.
type trap struct {
	step   string
	sprung chan struct{} // closed when the node is there
	let    chan struct{} // closed to release the node
}

// set makes the next connection of a node wait at a step. It releases an earlier trap.
func (s *sink) set(node int, step string) *trap {
	t := &trap{step, make(chan struct{}), make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traps[node] = t
	return t
}

// unset removes a trap, and releases its node.
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
