package mail

import (
	"context"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func TestConnectionThatTakesLongIsForTheNext(t *testing.T) {
	t.Parallel()
	greet := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "CONNECT", Wait: greet}}}, func(c *Config) { c.Connections = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan engine.Outcome)
	msg := message(t, m)
	go func() { got <- m.Send(ctx, msg) }()
	server.WaitForOpen(1)
	cancel()
	if o := <-got; o.Verdict != engine.NotTried {
		t.Errorf("without a greeting: %+v", o)
	}
	go func() { got <- m.Send(t.Context(), msg) }()
	close(greet)
	if o := <-got; o.Verdict != engine.Accepted || server.Opened() != 1 {
		t.Errorf("%+v, %d connections, want 1", o, server.Opened())
	}
}

func TestGreetingThatNeverComesIsTheTransportsThoughNobodyWaits(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "CONNECT", Wait: make(chan struct{})}}})
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan engine.Outcome)
	msg := message(t, m)
	go func() { got <- m.Send(ctx, msg) }()
	server.WaitForOpen(1)
	cancel()
	<-got
	server.Break() // as the limit would
	for m.Down(sentAt).IsZero() {
		<-time.After(time.Millisecond)
	}
}

func TestMessageThatFindsTheServerBackKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Wait: answer}}})
	m.transport.failed(engine.Reply{Text: "connection refused"})
	now := sentAt.Add(time.Minute)
	m.transport.now = func() time.Time { return now }
	got := make(chan engine.Outcome, 2)
	msg := message(t, m)
	go func() { got <- m.Send(t.Context(), msg) }()
	server.WaitForCommand(".")
	if o := m.Send(t.Context(), msg); o.Verdict != engine.Accepted {
		t.Errorf("the other one: %+v", o)
	}
	close(answer)
	if o := <-got; o.Verdict != engine.Accepted {
		t.Errorf("the first one: %+v", o)
	}
}

func TestProbeSeesThatNoMailWouldBeTaken(t *testing.T) {
	t.Parallel()
	for reply, well := range map[string]bool{
		"530 5.7.1 Authentication required": false,
		"554 5.7.1 Relay access denied":     false,
		"550 5.1.1 no such user":            true, // the sender need not have a mailbox
		"450 4.2.0 greylisted":              true,
	} {
		m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Reply: reply}}})
		err := m.Probe(t.Context(), "")
		if (err == nil) != well || m.Down(sentAt).IsZero() != well {
			t.Errorf("%s: %v, down until %s", reply, err, m.Down(sentAt))
		}
		if len(server.Messages()) != 0 {
			t.Error("the probe sent a message")
		}
	}
}

// A refusal of one recipient in words about the transport may be about everybody,
// until the server has accepted a message for another one.
func TestProbeAsksForWhoeverIsToBeMailed(t *testing.T) {
	t.Parallel()
	now := sentAt
	server := mailtest.Start(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<odd@", Reply: "554 5.7.1 Relay access denied"}}})
	m := mailer(t, config(server.Addr()), WithClock(func() time.Time { return now }))
	if err := m.Probe(t.Context(), "odd@example.org"); err == nil || m.Health().State != engine.TransportPaused {
		t.Errorf("whoever is refused: %v, %+v", err, m.Health())
	}
	if err := m.Probe(t.Context(), "ada@example.org"); err != nil {
		t.Errorf("another one: %v", err)
	}
	now = now.Add(time.Hour)
	if err := m.Probe(t.Context(), "odd@example.org"); err == nil {
		t.Error("a probe of another one shows that it serves others")
	}
	now = now.Add(time.Hour)
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
		t.Fatalf("got %+v", got)
	}
	if err := m.Probe(t.Context(), "odd@example.org"); err != nil || m.Health().State != engine.TransportUp {
		t.Errorf("while it serves others: %v, %+v", err, m.Health())
	}
}
