package main

import (
	"context"
	"errors"
	"net"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"rekey/internal/rig"
	"rekey/internal/rig/peer"
)

// Sink takes every message and keeps only the recipient, and one whole message in
// sampleEvery. Its rate with clients that only send is the ceiling of all measurements.
// The bench calls its methods.
type Sink struct {
	pace atomic.Int64 // nanoseconds that each message takes

	mu      sync.Mutex
	taken   Taken
	people  []string
	target  int64         // of Wait
	reached chan struct{} // closed at the target
}

// sampleEvery is one in how many messages is kept.
const sampleEvery = 997

// Taken is what the sink has taken since it was last emptied.
type Taken struct {
	Count    int64
	Distinct int // recipients
	Bytes    int64
	Last     time.Time // when the last was taken
	Samples  []string  // whole messages
}

// runSink is the sink's process.
func runSink(ctx context.Context) error {
	debug.SetGCPercent(400)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	s := &Sink{}
	server, err := peer.Listen(ctx, s.serve)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := rig.Announce(server.Addr(), s, &Meter{}); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// serve takes the messages of a client.
func (s *Sink) serve(conn net.Conn) {
	p := peer.New(conn)
	var unsaid Taken // whose replies are not written yet
	var people []string
	p.Reply = func(step, _, usual string) (string, bool) {
		if step == "DOT" {
			people, unsaid.Bytes = append(people, p.To...), unsaid.Bytes+int64(len(p.Message))
			if unsaid.Samples == nil && s.wantsSample() {
				unsaid.Samples = []string{string(p.Message)}
			}
			if pace := s.pace.Load(); pace > 0 {
				<-time.After(time.Duration(pace)) // of this connection; others go on
			}
		}
		return usual, true
	}
	p.Said = func() {
		if len(people) > 0 {
			s.accepted(people, unsaid)
		}
		people, unsaid = people[:0], Taken{}
	}
	p.Run()
}

// wantsSample reports whether the next message is to be kept.
func (s *Sink) wantsSample() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken.Samples) == 0 || (s.taken.Count+1)/sampleEvery > int64(len(s.taken.Samples))
}

// accepted notes messages whose replies are written.
func (s *Sink) accepted(people []string, more Taken) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.taken
	t.Count, t.Bytes, t.Last = t.Count+int64(len(people)), t.Bytes+more.Bytes, now
	t.Samples = append(t.Samples, more.Samples...)
	s.people = append(s.people, people...)
	if s.reached != nil && t.Count >= s.target {
		close(s.reached)
		s.reached = nil
	}
}

// Empty forgets what was taken.
func (s *Sink) Empty(_ int, _ *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.people = Taken{}, s.people[:0]
	return nil
}

// Pace has each message take some time.
func (s *Sink) Pace(each time.Duration, _ *int) error { //nolint:unparam // net/rpc wants an error
	s.pace.Store(int64(each))
	return nil
}

// Count says how many messages were taken.
func (s *Sink) Count(_ int, n *int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n = s.taken.Count
	return nil
}

// Wait waits for the n-th message, and says when the last one was taken.
func (s *Sink) Wait(n int64, last *time.Time) error {
	s.mu.Lock()
	if s.taken.Count < n {
		reached := make(chan struct{})
		s.target, s.reached = n, reached
		s.mu.Unlock()
		<-reached
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	*last = s.taken.Last
	return nil
}

// Report says what was taken.
func (s *Sink) Report(_ int, t *Taken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	*t = s.taken
	t.Distinct = len(slices.Compact(slices.Sorted(slices.Values(s.people))))
	return nil
}

// errLost is returned when fewer messages came than were to.
var errLost = errors.New("messages were lost")
