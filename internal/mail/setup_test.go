package mail

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sample = "GK7RTW-4MXHQD-P9VCEJ-NY3FBA"

var (
	sentAt     = time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	validUntil = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)
)

func generated(t testing.TB, text string) password.Generated {
	t.Helper()
	g, err := password.FromSealed([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func letter(t testing.TB) engine.Letter {
	t.Helper()
	return engine.Letter{
		DeliveryID: "0190b1c2-7f3a-7000-8000-000000000001", To: "ada@example.org", Name: "Ada Lovelace",
		TimeZone: "Europe/Berlin", Password: generated(t, sample), Date: sentAt, ValidUntil: validUntil,
	}
}

func occasion() engine.Occasion {
	return engine.Occasion{Language: "en", Reader: rekey.TypeUI, Automation: "Locked out", EventType: rekey.UserLocked,
		Involved: true, OldPassword: rekey.KeepUntilChanged}
}

func config(addr string) Config {
	host, port, _ := strings.Cut(addr, ":")
	number, _ := strconv.Atoi(port)
	return Config{
		SMTP:   SMTP{Host: host, Port: number, TLS: Plain, From: "Rekey <rekey@example.org>"},
		System: "Rekey", BaseURL: "https://rekey.example.org", Contact: "the help desk", Language: "en", TimeZone: "Europe/Berlin", Policy: PolicyModern,
	}
}

// setup starts a server and a mailer that uses it. Jitter is 1, so that pauses
// last exactly 1 s, 2 s, 4 s on a clock that stands still.
func setup(t testing.TB, script mailtest.Script, change ...func(*Config)) (*Mailer, *mailtest.Server) {
	t.Helper()
	server := mailtest.Start(t, script)
	c := config(server.Addr())
	for _, f := range change {
		f(&c)
	}
	return mailer(t, c), server
}

func mailer(t testing.TB, c Config, opts ...Option) *Mailer {
	t.Helper()
	opts = append([]Option{WithClock(func() time.Time { return sentAt }), WithJitter(func() float64 { return 1 })}, opts...)
	m, err := New(c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func message(t testing.TB, m *Mailer) engine.Message {
	t.Helper()
	form, err := m.Compose(occasion())
	if err != nil {
		t.Fatal(err)
	}
	return engine.Message{Form: form, Letter: letter(t)}
}

// raw fills a message in as it goes over the wire, without its final dot.
func raw(t testing.TB, m *Mailer, msg engine.Message) []byte {
	t.Helper()
	var buffer []byte
	if _, err := m.write(&buffer, msg); err != nil {
		t.Fatal(err)
	}
	return buffer[:len(buffer)-len(finalDot)]
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
