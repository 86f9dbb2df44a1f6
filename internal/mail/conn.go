package mail

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// conn is a connection to the mail server, after EHLO, TLS and AUTH. It is
// used by one goroutine at a time.
type conn struct {
	settings   *settings
	net        net.Conn
	in         *bufio.Reader
	out        []byte // the envelope, reused
	extensions map[string]string
	pipelining bool
	dsn        bool
	reused     bool // it has carried a message before
	idleSince  time.Time
	// dotLeft: the final dot may have been sent.
	dotLeft atomic.Bool
}

// stepError is a failure of the transport and the step it happened in.
type stepError struct {
	step  string
	reply reply
	cause error
}

// Error implements error.
func (e *stepError) Error() string {
	if e.cause != nil {
		return "mail: " + e.step + ": " + explain(e.cause)
	}
	return fmt.Sprintf("mail: %s: %d %s", e.step, e.reply.code, clip(printable(e.reply.text)))
}

// Unwrap implements the interface of errors.Is.
func (e *stepError) Unwrap() error { return e.cause }

// stored returns the failure in the form that may be stored and shown.
func (e *stepError) stored() engine.Reply {
	if e.cause != nil {
		return engine.Reply{Text: clip(printable(e.step + ": " + explain(e.cause)))}
	}
	return e.reply.stored("")
}

func (s *settings) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{ServerName: cmp.Or(s.ServerName, s.Host), MinVersion: tls.VersionTLS12}
	switch {
	case s.CAFile != "":
		c.RootCAs = x509.NewCertPool()
		return c, appendCertificates(c.RootCAs, "smtp.ca_file", s.CAFile)
	case s.ExtraCAFile != "":
		var err error
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		return c, appendCertificates(c.RootCAs, "smtp.extra_ca_file", s.ExtraCAFile)
	}
	return c, nil
}

// appendCertificates adds the certificates of a PEM file to a pool.
func appendCertificates(pool *x509.CertPool, field, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return rekey.Invalid(field, path+" cannot be read.")
	}
	if !pool.AppendCertsFromPEM(content) {
		return rekey.Invalid(field, path+" has no certificate in PEM.")
	}
	return nil
}

// connect opens a connection and makes it ready for messages. Its error is a
// *stepError.
func (m *Mailer) connect(ctx context.Context) (*conn, error) {
	s := m.settings
	dialer := net.Dialer{Timeout: s.ConnectTimeout}
	raw, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, &stepError{step: "connect", cause: err}
	}
	c := &conn{settings: s, net: raw, in: bufio.NewReaderSize(raw, 4096)}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(past) })
	defer stop()
	if err := c.open(ctx, m.tls, m.tokens); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

// past is a deadline that ends every pending read and write.
var past = time.Unix(1, 0)

// allow sets the time limit of a step, unless ctx has ended.
func (c *conn) allow(ctx context.Context, d time.Duration) error {
	if err := c.net.SetDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	return ctx.Err() // checked after SetDeadline, which may have replaced the deadline "past"
}

// open does all steps before the first message.
func (c *conn) open(ctx context.Context, config *tls.Config, tokens Tokens) error {
	if c.settings.TLS == ImplicitTLS {
		if err := c.startTLS(ctx, config); err != nil {
			return err
		}
	}
	if err := c.allow(ctx, c.settings.GreetingTimeout); err != nil {
		return &stepError{step: "greeting", cause: err}
	}
	greeting, err := readReply(c.in)
	if err != nil || greeting.code != 220 || greeting.broken {
		return failure("greeting", greeting, err)
	}
	if err := c.hello(ctx); err != nil {
		return err
	}
	if c.settings.TLS == StartTLS {
		if err := c.upgrade(ctx, config); err != nil {
			return err
		}
	}
	_, c.pipelining = c.extensions["PIPELINING"]
	_, c.dsn = c.extensions["DSN"]
	return c.authenticate(ctx, tokens)
}

// upgrade starts TLS and sends EHLO again: an attacker may have changed the first
// answer (RFC 3207 §4.2).
func (c *conn) upgrade(ctx context.Context, config *tls.Config) error {
	if _, offered := c.extensions["STARTTLS"]; !offered {
		return &stepError{step: "STARTTLS", cause: errors.New("the server does not offer it")}
	}
	r, err := c.command(ctx, "STARTTLS")
	if err != nil || r.code != 220 {
		return failure("STARTTLS", r, err)
	}
	if c.in.Buffered() > 0 { // an attacker may have added replies (CVE-2011-0411)
		return &stepError{step: "STARTTLS", cause: errors.New("the server spoke before TLS began")}
	}
	if err := c.startTLS(ctx, config); err != nil {
		return err
	}
	return c.hello(ctx)
}

// failure returns the error of a step that was refused by a reply or ended by err.
func failure(step string, r reply, err error) *stepError {
	if err == nil && r.broken {
		err = errors.New("the connection broke")
	}
	return &stepError{step: step, reply: r, cause: err}
}

func (c *conn) startTLS(ctx context.Context, config *tls.Config) error {
	if err := c.allow(ctx, c.settings.CommandTimeout); err != nil {
		return &stepError{step: "TLS", cause: err}
	}
	secure := tls.Client(c.net, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return &stepError{step: "TLS", cause: err}
	}
	c.net = secure
	c.in = bufio.NewReaderSize(secure, 4096)
	return nil
}

// hello sends EHLO and reads the server's extensions.
func (c *conn) hello(ctx context.Context) error {
	r, err := c.command(ctx, "EHLO "+c.settings.HelloName)
	if err == nil && (r.code == 500 || r.code == 502) {
		r, err = c.command(ctx, "HELO "+c.settings.HelloName)
	}
	if err != nil || r.code != 250 || r.broken {
		return failure("EHLO", r, err)
	}
	c.extensions = map[string]string{}
	for i, line := range strings.Split(r.text, "\n") {
		name, value, _ := strings.Cut(line, " ")
		if i == 0 {
			continue
		}
		if first, old := strings.CutPrefix(strings.ToUpper(name), "AUTH="); old { // older than RFC 2554
			name, value = "AUTH", first+" "+value
		}
		name = strings.ToUpper(name)
		if name == "AUTH" { // the two forms may list different mechanisms
			value = c.extensions[name] + " " + value
		}
		c.extensions[name] = value
	}
	return nil
}

// command sends one command and reads its reply. It refuses a line break.
func (c *conn) command(ctx context.Context, line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n") {
		return reply{}, errors.New("mail: a command has a line break")
	}
	if err := c.allow(ctx, c.settings.CommandTimeout); err != nil {
		return reply{}, err
	}
	if _, err := c.net.Write([]byte(line + "\r\n")); err != nil {
		return reply{}, err
	}
	return readReply(c.in)
}

// quit sends QUIT and closes the connection within about one second.
func (c *conn) quit() {
	_ = c.net.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.net.Write([]byte("QUIT\r\n")); err == nil {
		_, _ = readReply(c.in)
	}
	_ = c.net.Close()
}
