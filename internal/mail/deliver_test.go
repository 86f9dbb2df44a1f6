package mail

import (
	"bufio"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// half is a connection that takes only so many bytes.
type half struct {
	net.Conn
	takes  int
	answer io.Reader
}

func (h *half) Write(p []byte) (int, error) {
	if len(p) > h.takes {
		return h.takes, syscall.EPIPE
	}
	return len(p), nil
}

func (h *half) Read(p []byte) (int, error)      { return h.answer.Read(p) }
func (h *half) SetDeadline(time.Time) error     { return nil }
func (h *half) SetReadDeadline(time.Time) error { return nil }

func TestWriteThatFailsTellsWhetherTheDotHasLeft(t *testing.T) {
	t.Parallel()
	body := []byte("Subject: it\r\n\r\nthat\r\n" + finalDot)
	for _, c := range []struct {
		missing int
		answer  string
		want    engine.Verdict
	}{
		{len(body), "", engine.Deferred},
		{4, "", engine.Deferred},
		{3, "", engine.Deferred}, // up to the line before the dot
		{2, "", engine.Doubtful}, // the dot itself has left
		{1, "", engine.Doubtful},
		{0, "", engine.Doubtful},
		{4, "552 5.3.4 too big\r\n", engine.Refused},
		{4, "452 4.3.1 full\r\n", engine.Deferred},
		{4, "250 what?\r\n", engine.Deferred},
		{1, "250 ok\r\n", engine.Accepted},
		{1, "550 no\r\n", engine.Refused},
	} {
		wire := &half{takes: len(body) - c.missing, answer: strings.NewReader(c.answer)}
		conn := &conn{settings: &settings{}, net: wire, in: bufio.NewReader(wire)}
		if got := conn.data(t.Context(), body); got.verdict != c.want {
			t.Errorf("%d bytes missing, answer %q: verdict %d, want %d", c.missing, c.answer, got.verdict, c.want)
		}
	}
}

func TestRefusedRecipientLeavesTheConnectionToTheNext(t *testing.T) {
	t.Parallel()
	for _, extensions := range [][]string{nil, {}} {
		m, server := setup(t, mailtest.Script{Extensions: extensions, Rules: []mailtest.Rule{{On: "RCPT TO:<bob@", Reply: "550 5.1.1 unknown"}}})
		for i, to := range []string{"ada@example.org", "bob@example.org", "cy@example.org", "dee@example.org"} {
			msg := message(t, m)
			msg.Letter.To = to
			want := engine.Accepted
			if i == 1 {
				want = engine.Refused
			}
			if got := m.Send(t.Context(), msg); got.Verdict != want {
				t.Errorf("%s: verdict %d, want %d", to, got.Verdict, want)
			}
		}
		if len(server.WaitFor(3)) != 3 || server.Opened() != 1 {
			t.Errorf("%d messages over %d connections, want 3 over 1", len(server.Messages()), server.Opened())
		}
	}
}

func TestDataAcceptedForNobodyGetsAnEmptyMessage(t *testing.T) {
	t.Parallel()
	// RFC 2920 §3.1: DATA behind a refused RCPT may be answered 354 all the same.
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{
		{On: "RCPT", Times: 1, Reply: "550 unknown"}, {On: "DATA", Times: 1, Reply: "354 go on"},
	}})
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Refused {
		t.Errorf("verdict %d", got.Verdict)
	}
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted || server.Opened() != 1 {
		t.Errorf("then verdict %d over %d connections", got.Verdict, server.Opened())
	}
	if n := len(server.WaitFor(1)); n != 1 {
		t.Errorf("%d messages", n)
	}
}
