package main

import (
	"maps"
	"sync"
)

// What the sink can do to its clients.
const (
	slow     = "slow"     // 5 s a reply, on this connection
	silent   = "silent"   // no answer from some step on, until the client gives up
	dropped  = "dropped"  // the connection is dropped at the next byte position
	disorder = "disorder" // replies come twice, too early, or swapped
	garbage  = "garbage"  // sends bytes that are no reply
	long     = "long"     // replies of 64 KiB
	closed   = "closed"   // the greeting is a refusal
	refusing = "refusing" // 4xx, 5xx or 421 to a command or the final dot
	alike    = "alike"    // the same 5xx to everybody
)

// moods of the sink, in the order in which a connection is asked for them.
var moods = []string{closed, dropped, silent, slow, disorder, garbage, long}

// weather is how likely each mood is on a connection, and refusing and alike on
// a message. It is safe for concurrent use.
type weather struct {
	mu     sync.Mutex
	chance map[string]float64
}

func (w *weather) of(mood string) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chance[mood]
}

// set is the weather from now on.
func (w *weather) set(chance map[string]float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chance = maps.Clone(chance)
}

// The lengths of a dialogue with one message, from the client and to it.
const (
	clientBytes = 9_600
	serverBytes = 260
)

// sweep goes through the positions at which a connection can be dropped.
type sweep struct {
	mu                           sync.Mutex
	next, nextClient, nextServer int
	client, server               map[int]bool // positions that were had
}

// stride goes through all positions of the client in an order in which early
// and late ones alternate; it has no divisor in common with their number.
const stride = 4_793

// limit has a connection dropped at the next position: after a number of bytes from
// the client, or, every third time, to it.
func (s *sweep) limit(d *dropping) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	d.reset = s.next/3%2 == 0
	if s.next%3 == 0 {
		d.writes = s.nextServer % serverBytes
		s.nextServer++
		s.server[d.writes] = true
		return
	}
	d.reads = s.nextClient * stride % clientBytes
	s.nextClient++
	s.client[d.reads] = true
}

// had returns how many positions of each side were used.
func (s *sweep) had() (client, server int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.client), len(s.server)
}
