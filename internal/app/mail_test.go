package app

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/mail/mailtest"
)

// serving is a Config whose mail server is a scripted one.
func serving(t *testing.T, server *mailtest.Server) Config {
	t.Helper()
	c := valid()
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.SMTP.Host = host
	if c.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	c.SMTP.TLS = tlsPlain
	return c
}

func TestMailSettingsReachTheMailServer(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailtest.Script{StartTLS: true})
	c := serving(t, server)
	c.SMTP.TLS, c.SMTP.CAFile, c.SMTP.ServerName = tlsStartTLS, server.CAFile(), "localhost"
	c.SMTP.HelloName, c.SMTP.EnvelopeFrom, c.SMTP.ReplyTo = "out.example.org", "bounces@example.org", "Help desk <help@example.org>"
	c.SMTP.AnswerTimeout = 7 * time.Minute
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	given := c.mail("https://rekey.example.org")
	if given.AnswerTimeout != 7*time.Minute || given.GreetingTimeout != 5*time.Minute {
		t.Errorf("time limits: %+v", given)
	}
	mailer, err := mail.New(given)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailer.Close() })
	if outcome := mailer.SendTest(t.Context(), "ada@example.org", "en"); outcome.Verdict != engine.Accepted {
		t.Fatalf("got %+v", outcome)
	}
	if !slices.Contains(server.Commands(), "EHLO out.example.org") {
		t.Errorf("commands: %q", server.Commands())
	}
	message := server.Messages()[0]
	if message.From != "bounces@example.org" || !strings.Contains(string(message.Data), "\r\nReply-To: \"Help desk\" <help@example.org>\r\n") {
		t.Errorf("from %s:\n%s", message.From, message.Data)
	}
	c.SMTP.ServerName = "other.example.org"
	if mailer, err = mail.New(c.mail("https://rekey.example.org")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailer.Close() })
	if err := mailer.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "other.example.org") {
		t.Errorf("with another server's name: %v", err)
	}
}
