package mail

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// clock is one that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestPausesDoubleUpToAMinuteAndEndWithSuccess(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{Greeting: "554 no service"})
	c := &clock{now: sentAt}
	m := mailer(t, config(server.Addr()), WithClock(c.Now))
	msg := message(t, m)
	var pauses []time.Duration
	for range 8 {
		if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried || got.Reply.Code != 554 {
			t.Fatalf("got %+v", got)
		}
		opened := server.Opened()
		if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried || got.Reply.Code != 554 || server.Opened() != opened {
			t.Fatalf("while down: %+v", got)
		}
		until := m.Down(c.Now())
		pauses = append(pauses, until.Sub(c.Now()))
		if !m.Down(until).IsZero() {
			t.Error("still down when the pause is over")
		}
		c.advance(until.Sub(c.Now()))
	}
	const s = time.Second
	if want := []time.Duration{1 * s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v, want %v", pauses, want)
	}
	if h := m.Health(); h.State != engine.TransportDown || !h.Since.Equal(sentAt) || h.LastReply.Code != 554 || h.Open != 0 {
		t.Errorf("health: %+v", h)
	}
	server.SetScript(mailtest.Script{})
	if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
		t.Fatalf("got %+v", got)
	}
	if h := m.Health(); h.State != engine.TransportUp || !h.Since.Equal(c.Now()) || !h.LastAccepted.Equal(c.Now()) || h.LastReply.Code != 250 {
		t.Errorf("health: %+v", h)
	}
}

func TestJitterShortensPausesByUpToHalf(t *testing.T) {
	t.Parallel()
	for jitter, want := range map[float64]time.Duration{0: 500 * time.Millisecond, 0.5: 750 * time.Millisecond} {
		tr := newTransport(options{now: func() time.Time { return sentAt }, jitter: func() float64 { return jitter }, log: slog.New(slog.DiscardHandler)})
		tr.failed(engine.Reply{})
		if got := tr.down(sentAt).Sub(sentAt); got != want {
			t.Errorf("jitter %v: %v, want %v", jitter, got, want)
		}
	}
}

func TestServerThatIsGoneIsTriedByOneMessageAtATime(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{Greeting: "554 no service"})
	c := &clock{now: sentAt}
	m := mailer(t, config(server.Addr()), WithClock(c.Now))
	msg := message(t, m)
	m.Send(t.Context(), msg)
	c.advance(time.Second)
	release := make(chan struct{})
	server.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "EHLO", Times: 1, Wait: release}}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	server.WaitForCommand("EHLO")
	if n := server.Opened(); n != 2 {
		t.Errorf("%d connections while one message probes, want 2", n)
	}
	close(release)
	all.Wait()
	if n := len(server.Messages()); n != 8 {
		t.Errorf("%d messages", n)
	}
}

func TestFailuresAtTheSameTimeCountOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "CONNECT", Wait: release, Reply: "554 no", Drop: mailtest.DropAfter}}})
	msg := message(t, m)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried {
				t.Errorf("got %+v", got)
			}
		})
	}
	server.WaitForOpen(8)
	close(release)
	all.Wait()
	if until := m.Down(sentAt); !until.Equal(sentAt.Add(time.Second)) {
		t.Errorf("down for %v, want 1s", until.Sub(sentAt))
	}
}

func TestPauseLastsUntilAMessageIsAccepted(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{})
	c := &clock{now: sentAt}
	m := mailer(t, config(server.Addr()), WithClock(c.Now))
	msg := message(t, m)
	m.Send(t.Context(), msg)
	reply := engine.Reply{Code: 550, Text: "everybody is spam"}
	m.Pause(c.Now(), reply)
	if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried || got.Reply != reply {
		t.Errorf("while paused: %+v", got)
	}
	if h := m.Health(); h.State != engine.TransportPaused || h.Until.IsZero() {
		t.Errorf("health: %+v", h)
	}
	c.advance(time.Second)
	server.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: "550 everybody is spam"}}})
	m.Send(t.Context(), msg)
	m.Pause(c.Now(), reply)
	if until := m.Down(c.Now()); until.Sub(c.Now()) != 2*time.Second {
		t.Errorf("the second pause lasts %v, want 2s", until.Sub(c.Now()))
	}
	c.advance(2 * time.Second)
	server.SetScript(mailtest.Script{})
	if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
		t.Errorf("got %+v", got)
	}
	if h := m.Health(); h.State != engine.TransportUp {
		t.Errorf("health: %+v", h)
	}
}

func TestRefusedConnectionNamesItself(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	msg := message(t, m)
	server.Close()
	if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried || got.Reply.Text != "connect: connection refused" {
		t.Errorf("got %+v", got)
	}
}
