package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

func TestWhoseFaultIsWhose(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		rules    []mailtest.Rule
		want     engine.Verdict
		code     int
		down     bool // the transport is marked down
		accepted int  // messages that the server has
		opened   int  // connections; 0: one
	}{
		{name: "accepted", want: engine.Accepted, code: 250, accepted: 1},
		{name: "accepted with another 2xx", rules: []mailtest.Rule{{On: "DOT", Reply: "251 forwarded"}}, want: engine.Accepted, code: 251, accepted: 1},
		{name: "accepted, then gone", rules: []mailtest.Rule{{On: "DOT", Reply: "250 ok", Drop: mailtest.DropAfter}}, want: engine.Accepted, code: 250, accepted: 1},
		{name: "accepted, broken within a reply of two lines", rules: []mailtest.Rule{{On: "DOT", Reply: "250-ok", Drop: mailtest.DropAfter}}, want: engine.Accepted, code: 250, accepted: 1},
		{name: "accepted with a reply of 64 KiB", rules: []mailtest.Rule{{On: "DOT", Reply: "250 " + strings.Repeat("x", 64<<10)}}, want: engine.Accepted, code: 250, accepted: 1},
		{name: "accepted with 2,000 lines", rules: []mailtest.Rule{{On: "DOT", Reply: strings.Repeat("250-more\r\n", 2000) + "250 done"}}, want: engine.Accepted, code: 250, accepted: 1},
		{name: "accepted with an endless reply", rules: []mailtest.Rule{{On: "DOT", Reply: strings.Repeat("250-more and more\r\n", 20_000), Drop: mailtest.DropAfter}}, want: engine.Accepted, code: 250, accepted: 1},

		{name: "5xx to RCPT", rules: []mailtest.Rule{{On: "RCPT", Reply: "550 5.1.1 no such user"}}, want: engine.Refused, code: 550},
		{name: "5xx to DATA", rules: []mailtest.Rule{{On: "DATA", Reply: "554 5.7.1 no"}}, want: engine.Refused, code: 554},
		{name: "5xx to the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "550 5.7.1 spam"}}, want: engine.Refused, code: 550},
		{name: "5xx to the dot, then gone", rules: []mailtest.Rule{{On: "DOT", Reply: "550 no", Drop: mailtest.DropAfter}}, want: engine.Refused, code: 550},

		{name: "4xx to RCPT", rules: []mailtest.Rule{{On: "RCPT", Reply: "450 4.2.1 greylisted"}}, want: engine.Deferred, code: 450},
		{name: "4xx to DATA", rules: []mailtest.Rule{{On: "DATA", Reply: "451 4.3.0 later"}}, want: engine.Deferred, code: 451},
		{name: "4xx to the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "452 4.3.1 full"}}, want: engine.Deferred, code: 452},
		{name: "421 to the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "421 4.3.2 bye"}}, want: engine.Deferred, code: 421},
		{name: "421 to RCPT, always", rules: []mailtest.Rule{{On: "RCPT", Reply: "421 4.3.2 bye"}}, want: engine.Deferred, code: 421, opened: 2},
		{name: "broken at RCPT", rules: []mailtest.Rule{{On: "RCPT", Drop: mailtest.DropBefore}}, want: engine.Deferred},
		{name: "broken at DATA", rules: []mailtest.Rule{{On: "DATA", Drop: mailtest.DropBefore}}, want: engine.Deferred},
		{name: "nonsense at RCPT", rules: []mailtest.Rule{{On: "RCPT", Reply: "hello?"}}, want: engine.Deferred},

		{name: "broken instead of the reply to the dot", rules: []mailtest.Rule{{On: "DOT", Drop: mailtest.DropBefore, Record: true}}, want: engine.Doubtful, accepted: 1},
		{name: "broken within a line of the reply to the dot", rules: []mailtest.Rule{{On: "DOT", Raw: "55", Drop: mailtest.DropBefore}}, want: engine.Doubtful},
		{name: "nonsense to the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "maybe"}}, want: engine.Doubtful},
		{name: "two minds about the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "550-no\r\n250 yes", Record: true}}, want: engine.Doubtful, accepted: 1},
		{name: "354 to the dot", rules: []mailtest.Rule{{On: "DOT", Reply: "354 more?", Record: true}}, want: engine.Doubtful, code: 354, accepted: 1},

		{name: "5xx greeting", rules: []mailtest.Rule{{On: "CONNECT", Reply: "554 no service", Drop: mailtest.DropAfter}}, want: engine.NotTried, code: 554, down: true},
		{name: "4xx greeting", rules: []mailtest.Rule{{On: "CONNECT", Reply: "421 busy"}}, want: engine.NotTried, code: 421, down: true},
		{name: "nonsense for a greeting", rules: []mailtest.Rule{{On: "CONNECT", Reply: "SSH-2.0-OpenSSH"}}, want: engine.NotTried, down: true},
		{name: "no greeting", rules: []mailtest.Rule{{On: "CONNECT", Drop: mailtest.DropBefore}}, want: engine.NotTried, down: true},
		{name: "5xx to EHLO", rules: []mailtest.Rule{{On: "EHLO", Reply: "550 not you"}}, want: engine.NotTried, code: 550, down: true},
		{name: "5xx to MAIL", rules: []mailtest.Rule{{On: "MAIL", Reply: "550 5.7.1 sender refused"}}, want: engine.NotTried, code: 550, down: true},
		{name: "4xx to MAIL", rules: []mailtest.Rule{{On: "MAIL", Reply: "451 4.3.0 later"}}, want: engine.NotTried, code: 451, down: true},
		{name: "421 to MAIL", rules: []mailtest.Rule{{On: "MAIL", Reply: "421 4.3.2 bye"}}, want: engine.NotTried, code: 421, down: true},
		{name: "broken at MAIL, always", rules: []mailtest.Rule{{On: "MAIL", Drop: mailtest.DropBefore}}, want: engine.NotTried, down: true, opened: 2},

		{name: "421 to RCPT, once", rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "421 4.3.2 bye"}}, want: engine.Accepted, code: 250, accepted: 1, opened: 2},
		{name: "421 to DATA, once", rules: []mailtest.Rule{{On: "DATA", Times: 1, Reply: "421 4.3.2 bye"}}, want: engine.Accepted, code: 250, accepted: 1, opened: 2},
		{name: "HELO where EHLO is not known", rules: []mailtest.Rule{{On: "EHLO", Reply: "502 what?"}}, want: engine.Accepted, code: 250, accepted: 1},
	} {
		for _, extensions := range [][]string{nil, {}} {
			t.Run(fmt.Sprintf("%s/pipelining=%t", c.name, extensions == nil), func(t *testing.T) {
				t.Parallel()
				m, server := setup(t, mailtest.Script{Rules: c.rules, Extensions: extensions})
				got := m.Send(t.Context(), message(t, m))
				if got.Verdict != c.want || got.Reply.Code != c.code {
					t.Errorf("got verdict %d, reply %+v; want %d, %d", got.Verdict, got.Reply, c.want, c.code)
				}
				if down := !m.Down(sentAt).IsZero(); down != c.down {
					t.Errorf("down = %t, want %t", down, c.down)
				}
				server.Close()
				if n := len(server.Messages()); n != c.accepted {
					t.Errorf("the server has %d messages, want %d", n, c.accepted)
				}
				opened := max(c.opened, 1)
				if extensions != nil && c.name == "broken at MAIL, always" {
					opened = 1 // without pipelining, the first try says it all
				}
				if server.Opened() != opened {
					t.Errorf("%d connections, want %d", server.Opened(), opened)
				}
			})
		}
	}
}

func TestConnectionBrokenAtEveryByteOfTheBody(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	msg := message(t, m)
	whole := len(raw(t, m, msg)) + len(finalDot)
	for at := 0; at <= whole; at += max(1, whole/40) {
		server.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "BODY", AfterBytes: at, Drop: mailtest.DropBefore}}})
		got := m.Send(t.Context(), msg)
		// Deferred means that the message was certainly not accepted. If all of
		// it was written at once, nobody knows that.
		if got.Verdict != engine.Deferred && got.Verdict != engine.Doubtful {
			t.Fatalf("broken at byte %d of %d: verdict %d", at, whole, got.Verdict)
		}
	}
}

func TestServerRefusingInMidBodyIsHeard(t *testing.T) {
	t.Parallel()
	m, _ := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Reply: "552 5.3.4 too big", Drop: mailtest.DropAfter}}})
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Refused || got.Reply.Code != 552 {
		t.Errorf("got %+v", got)
	}
}

func TestServerThatClosesAfterThreeMessagesLosesNothing(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{CloseAfter: 3}, func(c *Config) { c.Connections = 2 })
	var all sync.WaitGroup
	for i := range 20 {
		msg := message(t, m)
		msg.Letter.DeliveryID = fmt.Sprintf("delivery-%d", i)
		all.Go(func() {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
				t.Errorf("message %d: %+v", i, got)
			}
		})
	}
	all.Wait()
	if n := len(server.Messages()); n != 20 {
		t.Errorf("%d messages, want 20", n)
	}
	if !m.Down(sentAt).IsZero() {
		t.Error("the transport counts as down")
	}
}

func TestKeptConnectionThatIsGoneCostsNothing(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	msg := message(t, m)
	for range 3 {
		if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
		server.Break()
		server.WaitForOpen(0)
	}
	if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted || server.Opened() != 4 {
		t.Errorf("got %+v over %d connections", got, server.Opened())
	}
}

func TestReadyIsAskedForEachConnectionAndCanSayNo(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT", Times: 1, Reply: "421 bye"}}})
	msg := message(t, m)
	asked := 0
	msg.Ready = func() error {
		if asked++; asked == 2 {
			return errors.New("the claim is lost")
		}
		return nil
	}
	if got := m.Send(t.Context(), msg); got.Verdict != engine.NotTried || asked != 2 {
		t.Errorf("got %+v after %d questions", got, asked)
	}
	if len(server.Messages()) != 0 || !m.Down(sentAt).IsZero() {
		t.Error("Ready's no was not respected, or blamed on the transport")
	}
}

func TestEnvelopeAsksForHeadersOnly(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	m.Send(t.Context(), message(t, m))
	server.WaitForCommand("MAIL FROM:<rekey@example.org> RET=HDRS")
	server.WaitForCommand("RCPT TO:<ada@example.org>")

	m, server = setup(t, mailtest.Script{Extensions: []string{}})
	m.Send(t.Context(), message(t, m))
	for _, command := range server.Commands() {
		if strings.Contains(command, "RET=") {
			t.Errorf("%q although DSN is not offered", command)
		}
	}
}

func TestReplyThatQuotesTheMessageIsStoredWithoutTheSecret(t *testing.T) {
	t.Parallel()
	m, _ := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Reply: "550 I will not take " + sample + " nor {message}"}}})
	got := m.Send(t.Context(), message(t, m))
	for group := range strings.SplitSeq(sample, "-") {
		if strings.Contains(got.Reply.Text, group) {
			t.Errorf("the reply has %s: %s", group, got.Reply.Text)
		}
	}
	if got.Verdict != engine.Refused || len([]rune(got.Reply.Text)) > 200 || !strings.Contains(got.Reply.Text, leftOut) {
		t.Errorf("got %+v", got)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	for _, c := range []struct {
		on   string
		want engine.Verdict
	}{{"CONNECT", engine.NotTried}, {"EHLO", engine.NotTried}, {"MAIL", engine.NotTried}, {"RCPT", engine.Deferred}, {"DATA", engine.Deferred}, {"DOT", engine.Doubtful}} {
		t.Run(c.on, func(t *testing.T) {
			t.Parallel()
			// A machine under load may be too slow for the commands before: then the
			// limit was too short.
			for limit := 50 * time.Millisecond; ; limit *= 5 {
				m, _ := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: c.on, Wait: never}}})
				s := m.settings // which New would refuse
				s.GreetingTimeout, s.CommandTimeout, s.DataTimeout, s.AnswerTimeout = limit, limit, limit, limit
				got := m.Send(t.Context(), message(t, m))
				if got.Verdict == c.want && got.Reply.Code == 0 && strings.HasSuffix(got.Reply.Text, "no answer in time") {
					return
				}
				if limit > 10*time.Second {
					t.Fatalf("got %+v", got)
				}
			}
		})
	}
}

func TestEndedContextIsNobodysFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		on   string
		want engine.Verdict
	}{{"CONNECT", engine.NotTried}, {"MAIL", engine.NotTried}, {"RCPT", engine.NotTried}, {"DATA", engine.NotTried}, {"DOT", engine.Doubtful}} {
		t.Run(c.on, func(t *testing.T) {
			t.Parallel()
			never, seen := make(chan struct{}), c.on
			if seen == "DOT" {
				seen = "."
			}
			m, server := setup(t, mailtest.Script{Extensions: []string{}, Rules: []mailtest.Rule{{On: c.on, Wait: never}}}, func(c *Config) {
				c.AnswerGrace = time.Millisecond
			})
			ctx, cancel := context.WithCancel(t.Context())
			msg := message(t, m)
			got := make(chan engine.Outcome)
			go func() { got <- m.Send(ctx, msg) }()
			if c.on == "CONNECT" {
				server.WaitForOpen(1)
			} else {
				server.WaitForCommand(seen)
			}
			cancel()
			if o := <-got; o.Verdict != c.want {
				t.Errorf("got %+v, want %d", o, c.want)
			}
			if !m.Down(sentAt).IsZero() {
				t.Error("the transport is blamed")
			}
		})
	}
}

func TestAnswerToTheDotIsWaitedForThoughTheContextEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Wait: release}}}, func(c *Config) { c.AnswerGrace = time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	msg := message(t, m)
	got := make(chan engine.Outcome)
	go func() { got <- m.Send(ctx, msg) }()
	server.WaitForCommand(".")
	cancel()
	close(release)
	if o := <-got; o.Verdict != engine.Accepted {
		t.Errorf("got %+v", o)
	}
}

func TestSlowMailboxDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<slow@", Wait: release}}})
	slow := message(t, m)
	slow.Letter.To = "slow@example.org"
	done := make(chan engine.Outcome)
	go func() { done <- m.Send(t.Context(), slow) }()
	server.WaitForCommand("RCPT TO:<slow@")
	for range 10 {
		if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	close(release)
	if got := <-done; got.Verdict != engine.Accepted {
		t.Errorf("the slow one: %+v", got)
	}
}

func TestRateLimitHolds(t *testing.T) {
	t.Parallel()
	m, _ := setup(t, mailtest.Script{}, func(c *Config) { c.Rate = 50 })
	start := time.Now()
	for range 6 {
		if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	if took := time.Since(start); took < 99*time.Millisecond {
		t.Errorf("6 messages at 50 a second took %v", took)
	}
}

func TestBadLetterIsRefusedWithoutAConnection(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	for name, change := range map[string]func(*engine.Message){
		"line break in the address": func(m *engine.Message) { m.Letter.To = "ada@example.org>\r\nRCPT TO:<eve@example.org" },
		"no address":                func(m *engine.Message) { m.Letter.To = "" },
		"no id":                     func(m *engine.Message) { m.Letter.DeliveryID = "" },
		"no date":                   func(m *engine.Message) { m.Letter.Date = time.Time{} },
		"no form":                   func(m *engine.Message) { m.Form = nil },
		"a form of another version": func(m *engine.Message) { m.Form = []byte(`{"v":99}`) },
	} {
		msg := message(t, m)
		change(&msg)
		if got := m.Send(t.Context(), msg); got.Verdict != engine.Refused || got.Reply.Text == "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if server.Opened() != 0 {
		t.Error("a connection was opened")
	}
}
