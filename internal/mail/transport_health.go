package mail

import (
	"context"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"rekey/internal/engine"
)

const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// transport knows whether the mail server can be used.
type transport struct {
	now    func() time.Time
	jitter func() float64
	log    *slog.Logger // gets changes of the state
	// probe is a lock for the one message that tests whether the server is back.
	probe chan struct{}

	mu       sync.Mutex
	failures int // in a row; 0 while it can be used
	paused   bool
	until    time.Time // not before then; zero while it can be used
	since    time.Time
	tried    bool
	last     engine.Reply // the last reply about the transport
	accepted time.Time
	probed   probed
}

// probed is a recipient whom the server refused to a probe, and when.
type probed struct {
	to string
	at time.Time
}

func newTransport(o options) *transport {
	return &transport{now: o.now, jitter: o.jitter, log: o.log, probe: make(chan struct{}, 1), since: o.now()}
}

// down returns the time before which the server is not tried.
func (t *transport) down(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.until) {
		return t.until
	}
	return time.Time{}
}

// enter reports whether a message may be tried. After a failure, only one at a time
// may: the caller must call done when it has ended. ok is false while the transport is
// down, or if ctx has ended.
func (t *transport) enter(ctx context.Context) (done func(), ok bool) {
	nothing := func() {}
	for {
		t.mu.Lock()
		failed, blocked := t.failures > 0, t.now().Before(t.until)
		t.mu.Unlock()
		if blocked {
			return nothing, false
		}
		if !failed {
			return nothing, true
		}
		select {
		case t.probe <- struct{}{}:
		case <-ctx.Done():
			return nothing, false
		}
		t.mu.Lock()
		failed, blocked = t.failures > 0, t.now().Before(t.until)
		t.mu.Unlock()
		release := sync.OnceFunc(func() { <-t.probe })
		if failed && !blocked {
			return release, true
		}
		release()
	}
}

// failed marks the transport down. Messages that fail together count once.
func (t *transport) failed(reply engine.Reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.backOff(t.now(), reply)
}

// pause marks the transport down until a message is accepted.
func (t *transport) pause(now time.Time, reply engine.Reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.paused {
		t.log.Warn("the mail server accepts no mail from Rekey: mails wait until it does", replyAttrs(reply)...)
	}
	t.paused = true
	t.backOff(now, reply)
}

// anAddress finds the addresses in a reply: they must not be in the log.
var anAddress = regexp.MustCompile(`[^\s<(]+@[^\s>)]+`)

// replyAttrs returns a reply for the log.
func replyAttrs(reply engine.Reply) []any {
	return []any{"reply_code", reply.Code, "reply", anAddress.ReplaceAllString(reply.Text, "[address]")}
}

func (t *transport) backOff(now time.Time, reply engine.Reply) {
	t.last, t.tried = reply, true
	if now.Before(t.until) {
		return
	}
	if t.failures == 0 {
		t.since = now
		if !t.paused {
			t.log.Warn("the mail server cannot be used: mails wait", replyAttrs(reply)...)
		}
	}
	length := min(firstPause<<min(t.failures, 10), maxPause)
	t.failures++
	t.until = now.Add(length/2 + time.Duration(float64(length/2)*t.jitter()))
}

// greeted records that MAIL FROM was answered with 2xx: the server works. It does not
// end a pause, which is for faults of later steps.
func (t *transport) greeted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.paused {
		return
	}
	t.clear()
}

func (t *transport) isPaused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.paused
}

// acceptedSince reports whether a message was accepted after a moment.
func (t *transport) acceptedSince(moment time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.accepted.After(moment)
}

// refusesOnly records that the server refused a recipient to a probe. It reports
// whether the server did so before and has accepted a message since: then the fault is
// the recipient's alone.
func (t *transport) refusesOnly(to string) bool {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.probed
	t.probed = probed{to, now}
	return before.to == to && t.accepted.After(before.at)
}

// took records an accepted message.
func (t *transport) took(r reply) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	t.accepted = now
	t.last = engine.Reply{Code: r.code}
}

func (t *transport) clear() {
	now := t.now()
	if t.failures > 0 {
		t.log.Warn("the mail server can be used again", "after", now.Sub(t.since).Round(time.Second))
	}
	if t.failures > 0 || !t.tried {
		t.since = now
	}
	t.failures, t.paused, t.until, t.tried = 0, false, time.Time{}, true
}

// Health returns the state of the transport. It does not connect.
func (m *Mailer) Health() engine.Transport {
	t := m.transport
	t.mu.Lock()
	defer t.mu.Unlock()
	h := engine.Transport{State: engine.TransportUnknown, Since: t.since, LastReply: t.last, LastAccepted: t.accepted}
	switch {
	case t.failures > 0 && t.paused:
		h.State, h.Until = engine.TransportPaused, t.until
	case t.failures > 0:
		h.State, h.Until = engine.TransportDown, t.until
	case t.tried:
		h.State = engine.TransportUp
	}
	h.Open, h.Busy = m.pool.counts()
	return h
}
