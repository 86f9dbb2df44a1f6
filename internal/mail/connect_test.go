package mail

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// secured is setup with a server whose certificate is known.
func secured(t *testing.T, script mailtest.Script, security string, change ...func(*Config)) (*Mailer, *mailtest.Server) {
	t.Helper()
	server := mailtest.Start(t, script)
	c := config(server.Addr())
	c.TLS, c.CAFile = security, server.CAFile()
	for _, f := range change {
		f(&c)
	}
	return mailer(t, c), server
}

func TestTLSCarriesTheMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		security string
		script   mailtest.Script
	}{
		{StartTLS, mailtest.Script{StartTLS: true}},
		{ImplicitTLS, mailtest.Script{ImplicitTLS: true}},
		{StartTLS, mailtest.Script{StartTLS: true, Username: "rekey", Password: "hunter2"}},
		{StartTLS, mailtest.Script{StartTLS: true, Username: "rekey", Password: "hunter2", Mechanisms: []string{"LOGIN"}}},
	} {
		m, server := secured(t, c.script, c.security, func(s *Config) {
			s.Username, s.Password = c.script.Username, rekey.NewSecret(c.script.Password)
		})
		for range 2 {
			if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
				t.Errorf("%s: %+v", c.security, got)
			}
		}
		if server.Opened() != 1 {
			t.Errorf("%d connections", server.Opened())
		}
		if err := m.Probe(t.Context(), ""); err != nil {
			t.Error(err)
		}
	}
}

func TestConnectionsThatAreNotSafeAreRefused(t *testing.T) {
	t.Parallel()
	unchanged := func(*Config) {}
	for _, c := range []struct {
		name   string
		script mailtest.Script
		change func(*Config)
		text   string
	}{
		{"STARTTLS is not offered", mailtest.Script{}, unchanged, "STARTTLS: the server does not offer it"},
		{"STARTTLS is refused", mailtest.Script{StartTLS: true, Rules: []mailtest.Rule{{On: "STARTTLS", Reply: "454 not now"}}}, unchanged, "not now"},
		{"the certificate is not known", mailtest.Script{StartTLS: true}, func(c *Config) { c.CAFile = "" }, "certificate"},
		{"the certificate is another's", mailtest.Script{StartTLS: true}, func(c *Config) {
			c.Host = "127.0.0.2"
		}, ""},
		{"replies before TLS", mailtest.Script{StartTLS: true, Rules: []mailtest.Rule{{On: "STARTTLS", Reply: "220 go on\r\n250 injected"}}}, unchanged, "spoke before TLS"},
		{"AUTH is refused", mailtest.Script{StartTLS: true, Username: "rekey", Password: "other"}, func(c *Config) {
			c.Username, c.Password = "rekey", rekey.NewSecret("hunter2")
		}, "535 5.7.8 wrong"},
		{"AUTH is not offered", mailtest.Script{StartTLS: true}, func(c *Config) {
			c.Username, c.Password = "rekey", rekey.NewSecret("hunter2")
		}, "leave out smtp.username"},
		{"AUTH quotes the password", mailtest.Script{StartTLS: true, Username: "rekey", Password: "x", Rules: []mailtest.Rule{{On: "AUTH", Reply: "535 hunter2 is wrong"}}}, func(c *Config) {
			c.Username, c.Password = "rekey", rekey.NewSecret("hunter2")
		}, "535 [redacted] is wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, server := secured(t, c.script, StartTLS, c.change)
			got := m.Send(t.Context(), message(t, m))
			if got.Verdict != engine.NotTried || !strings.Contains(fmt.Sprint(got.Reply.Code, " ", got.Reply.Text), c.text) || strings.Contains(got.Reply.Text, "hunter2") {
				t.Errorf("got %+v", got)
			}
			if m.Down(sentAt).IsZero() || len(server.Messages()) != 0 {
				t.Error("the transport is not marked down, or a message went out")
			}
			if err := m.Probe(t.Context(), ""); rekey.CodeOf(err) != rekey.CodeUnavailable || !strings.Contains(err.Error(), c.text) {
				t.Errorf("Probe: %v", err)
			}
			for _, command := range server.Commands() {
				if strings.HasPrefix(command, "MAIL") {
					t.Error("the envelope was sent")
				}
			}
		})
	}
}

func TestPlainConnectionsNeedLoopbackOrLeave(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Config)
		field  string
	}{
		{"far and plain", func(c *Config) { c.Host = "smtp.example.org" }, "smtp.tls"},
		{"far, plain and allowed, but with AUTH", func(c *Config) {
			c.Host, c.AllowPlain, c.Username, c.Password = "smtp.example.org", true, "rekey", rekey.NewSecret("x")
		}, "smtp.username"},
		{"no address", func(c *Config) { c.Host = "" }, "smtp.host"},
		{"no such port", func(c *Config) { c.Port = -1 }, "smtp.port"},
		{"no sender", func(c *Config) { c.From = "" }, "smtp.from"},
		{"a sender with a line break", func(c *Config) { c.From = "a@example.org\r\nBcc: eve@example.org" }, "smtp.from"},
		{"no console", func(c *Config) { c.BaseURL = "" }, "public_url"},
		{"a console of another kind", func(c *Config) { c.BaseURL = "javascript:alert(1)" }, "public_url"},
		{"a user name alone", func(c *Config) { c.Username = "rekey" }, "smtp.password_file"},
		{"an unknown language", func(c *Config) { c.Language = "tlh" }, "language"},
		{"an unknown zone", func(c *Config) { c.TimeZone = "Mars/Olympus" }, "time_zone"},
		{"an unknown policy", func(c *Config) { c.Policy = "lax" }, "policy"},
		{"too many connections", func(c *Config) { c.Connections = 101 }, "smtp.connections"},
		{"a negative rate", func(c *Config) { c.Rate = -1 }, "smtp.rate"},
		{"a negative time", func(c *Config) { c.DataTimeout = -1 }, "smtp.data_timeout"},
		{"a contact of two lines", func(c *Config) { c.Contact = "a\nb" }, "contact"},
		{"a missing CA file", func(c *Config) { c.CAFile = "/does/not/exist" }, "smtp.ca_file"},
		{"a missing key", func(c *Config) { c.DKIM = DKIM{Selector: "s", KeyFile: "/does/not/exist"} }, "dkim.key_file"},
		{"a key without a selector", func(c *Config) { c.DKIM = DKIM{KeyFile: "/does/not/exist"} }, "dkim.selector"},
		{"a missing folder", func(c *Config) { c.Templates = "/does/not/exist" }, "templates"},
	} {
		settings := config("127.0.0.1:25")
		c.change(&settings)
		if _, err := New(settings); err == nil || rekey.CodeOf(err) != rekey.CodeInvalid || !strings.Contains(err.Error(), c.field+":") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	far := config("smtp.example.org:25")
	far.AllowPlain = true
	if m, err := New(far); err != nil {
		t.Errorf("far, plain and allowed: %v", err)
	} else if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestConnectionsStayBelowTheirCeilingAndAreClosedWhenIdle(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Wait: release}}}, func(c *Config) {
		c.Connections, c.Idle = 3, 20*time.Millisecond
	})
	if m.Connections() != 3 {
		t.Errorf("Connections() = %d", m.Connections())
	}
	msg := message(t, m)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	server.WaitForOpen(3)
	if h := m.Health(); h.Open != 3 || h.Busy != 3 {
		t.Errorf("health: %+v", h)
	}
	close(release)
	all.Wait()
	server.WaitForOpen(0)
	server.WaitForCommand("QUIT")
}

func TestServerThatTakesFewerConnectionsIsNotDown(t *testing.T) {
	t.Parallel()
	m, _ := setup(t, mailtest.Script{MaxConnections: 2})
	msg := message(t, m)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted {
				t.Errorf("got %+v", got)
			}
		})
	}
	all.Wait()
}

func TestCloseWaitsForWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m, server := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Wait: release}}})
	msg := message(t, m)
	got, closed := make(chan engine.Outcome, 1), make(chan struct{})
	go func() { got <- m.Send(t.Context(), msg) }()
	server.WaitForCommand(".")
	go func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		close(closed)
	}()
	select {
	case <-closed:
		t.Error("Close did not wait")
	default:
	}
	close(release)
	<-closed
	if o := <-got; o.Verdict != engine.Accepted {
		t.Errorf("got %+v", o)
	}
	if o := m.Send(t.Context(), msg); o.Verdict != engine.NotTried {
		t.Errorf("after Close: %+v", o)
	}
	server.WaitForOpen(0)
}

func TestIdleConnectionIsAskedWhetherItIsThere(t *testing.T) {
	t.Parallel()
	m, server := setup(t, mailtest.Script{})
	msg := message(t, m)
	m.Send(t.Context(), msg)
	m.pool.mu.Lock()
	m.pool.idle[0].idleSince = time.Now().Add(-checkAfter)
	m.pool.mu.Unlock()
	if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted || server.Opened() != 1 {
		t.Errorf("got %+v over %d connections", got, server.Opened())
	}
	server.WaitForCommand("NOOP")

	server.SetScript(mailtest.Script{Rules: []mailtest.Rule{{On: "NOOP", Reply: "421 bye"}}})
	m.pool.mu.Lock()
	m.pool.idle[0].idleSince = time.Now().Add(-checkAfter)
	m.pool.mu.Unlock()
	if got := m.Send(t.Context(), msg); got.Verdict != engine.Accepted || server.Opened() != 2 {
		t.Errorf("got %+v over %d connections", got, server.Opened())
	}
}

func TestProbeThatFailsMarksTheTransportDown(t *testing.T) {
	t.Parallel()
	m, _ := setup(t, mailtest.Script{Greeting: "554 5.3.2 out of order"})
	if err := m.Probe(t.Context(), ""); err == nil {
		t.Fatal("the probe found nothing wrong")
	}
	if m.Down(sentAt).IsZero() || m.Health().State != engine.TransportDown || m.Health().LastReply.Code != 554 {
		t.Errorf("after it the transport is %+v", m.Health())
	}
	ended, end := context.WithCancel(t.Context())
	end()
	other, _ := setup(t, mailtest.Script{})
	if err := other.Probe(ended, ""); err == nil || !other.Down(sentAt).IsZero() {
		t.Errorf("a probe that was broken off: %v, down until %s", err, other.Down(sentAt))
	}
}

func TestNameInEHLOCanBeLookedUp(t *testing.T) {
	t.Parallel()
	machine, _ := os.Hostname()
	ofMachine := func(otherwise string) string {
		if strings.Contains(machine, ".") {
			return machine
		}
		return otherwise
	}
	for _, c := range []struct{ hello, url, from, want string }{
		{"mail.example.com", "https://rekey.example.org", "rekey@example.net", "mail.example.com"},
		{"", "https://rekey.example.org:8443", "rekey@example.net", "rekey.example.org"},
		{"", "http://127.0.0.1:8440", "Rekey <rekey@example.net>", ofMachine("example.net")},
		{"", "http://[::1]:8440", "rekey@example.net", ofMachine("example.net")},
		{"", "http://localhost:8440", "rekey@example.net", ofMachine("example.net")},
	} {
		config := config("127.0.0.1:25")
		config.HelloName, config.BaseURL, config.From = c.hello, c.url, c.from
		settings, err := config.complete()
		if err != nil || settings.HelloName != c.want {
			t.Errorf("%+v: %v, %v", c, settings.HelloName, err)
		}
	}
}

func TestExtraCertificatesAreUsedBesideTheSystems(t *testing.T) {
	t.Parallel()
	m, _ := secured(t, mailtest.Script{StartTLS: true}, StartTLS, func(c *Config) { c.ExtraCAFile, c.CAFile = c.CAFile, "" })
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
		t.Errorf("got %+v", got)
	}
}
