package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
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
	// dotLeft: the terminating dot may be on the wire.
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

// stored is the failure as it may be stored and shown.
func (e *stepError) stored() engine.Reply {
	if e.cause != nil {
		return engine.Reply{Text: clip(printable(e.step + ": " + explain(e.cause)))}
	}
	return e.reply.stored("")
}

func (s *settings) tlsConfig() (*tls.Config, error) {
	c := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if s.CAFile == "" {
		return c, nil
	}
	content, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeInvalid, Message: "The file of certificates cannot be read.", Cause: err,
			Fields: []rekey.FieldError{{Field: "mail.ca_file", Message: err.Error()}}}
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(content) {
		return nil, rekey.Invalid("mail.ca_file", "The file has no certificate in PEM.")
	}
	return c, nil
}

// connect opens a connection and makes it ready for messages. Its error is a
// *stepError.
func (m *Mailer) connect(ctx context.Context) (*conn, error) {
	s := m.settings
	dialer := net.Dialer{Timeout: s.DialTimeout}
	raw, err := dialer.DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, &stepError{step: "connect", cause: err}
	}
	c := &conn{settings: s, net: raw, in: bufio.NewReaderSize(raw, 4096)}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(past) })
	defer stop()
	if err := c.open(ctx, m.tls); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

// past is a deadline that ends whatever is waited for.
var past = time.Unix(1, 0)

// allow sets the time limit of a step, unless ctx has ended.
func (c *conn) allow(ctx context.Context, d time.Duration) error {
	if err := c.net.SetDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	return ctx.Err() // after the deadline, so that one of an ended ctx is not undone
}

// open goes through all that comes before the first message.
func (c *conn) open(ctx context.Context, config *tls.Config) error {
	if c.settings.Security == ImplicitTLS {
		if err := c.startTLS(ctx, config); err != nil {
			return err
		}
	}
	if err := c.allow(ctx, c.settings.CommandTimeout); err != nil {
		return &stepError{step: "greeting", cause: err}
	}
	greeting, err := readReply(c.in)
	if err != nil || greeting.code != 220 || greeting.broken {
		return failure("greeting", greeting, err)
	}
	if err := c.hello(ctx); err != nil {
		return err
	}
	if c.settings.Security == StartTLS {
		if err := c.upgrade(ctx, config); err != nil {
			return err
		}
	}
	_, c.pipelining = c.extensions["PIPELINING"]
	_, c.dsn = c.extensions["DSN"]
	return c.authenticate(ctx)
}

// upgrade goes over to TLS and says EHLO again: what was offered before may
// have been changed on the way (RFC 3207 §4.2).
func (c *conn) upgrade(ctx context.Context, config *tls.Config) error {
	if _, offered := c.extensions["STARTTLS"]; !offered {
		return &stepError{step: "STARTTLS", cause: errors.New("the server does not offer it")}
	}
	r, err := c.command(ctx, "STARTTLS")
	if err != nil || r.code != 220 {
		return failure("STARTTLS", r, err)
	}
	if c.in.Buffered() > 0 { // somebody on the way put replies in (CVE-2011-0411)
		return &stepError{step: "STARTTLS", cause: errors.New("the server spoke before TLS began")}
	}
	if err := c.startTLS(ctx, config); err != nil {
		return err
	}
	return c.hello(ctx)
}

// failure is the error of a step that a reply has refused, or an I/O error ended.
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

// hello says EHLO and reads what the server offers.
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
		if name, value, _ := strings.Cut(line, " "); i > 0 {
			c.extensions[strings.ToUpper(name)] = value
		}
	}
	return nil
}

// command sends one command and reads its reply. A line break in it is
// refused.
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

// authenticate logs in, if there is an account. Config.complete has made sure
// that the connection is protected, or on loopback.
func (c *conn) authenticate(ctx context.Context) error {
	s := c.settings
	if s.Username == "" {
		return nil
	}
	encode := base64.StdEncoding.EncodeToString
	lines := []string{"AUTH LOGIN", encode([]byte(s.Username)), encode([]byte(s.Password.Reveal()))}
	offered := strings.Fields(strings.ToUpper(c.extensions["AUTH"]))
	switch {
	case slices.Contains(offered, "PLAIN"): // RFC 4616
		lines = []string{"AUTH PLAIN " + encode([]byte("\x00"+s.Username+"\x00"+s.Password.Reveal()))}
	case !slices.Contains(offered, "LOGIN"):
		return &stepError{step: "AUTH", cause: errors.New("the server offers neither PLAIN nor LOGIN")}
	}
	var r reply
	var err error
	for _, line := range lines { // LOGIN's questions are worded as the server likes
		if r, err = c.command(ctx, line); err != nil || r.code != 334 {
			break
		}
	}
	if err != nil || r.code != 235 {
		// The reply may quote the password, so its text is dropped.
		r.text = "authentication failed"
		return failure("AUTH", r, err)
	}
	return nil
}

// quit says good-bye and closes the connection. Nobody waits long for it.
func (c *conn) quit() {
	_ = c.net.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.net.Write([]byte("QUIT\r\n")); err == nil {
		_, _ = readReply(c.in)
	}
	_ = c.net.Close()
}

func (m *Mailer) probe(ctx context.Context) error {
	c, err := m.connect(ctx)
	if err == nil {
		var r reply
		if r, err = c.command(ctx, "NOOP"); err == nil && !r.positive() {
			err = &stepError{step: "NOOP", reply: r}
		}
		c.quit()
	}
	if err == nil {
		return nil
	}
	if ctx.Err() == nil { // else it was not the server that gave up
		m.transport.failed(reason(err))
	}
	return &rekey.Error{Code: rekey.CodeUnavailable, Message: "The mail server " + m.settings.Addr + " cannot be used: " +
		strings.TrimPrefix(err.Error(), "mail: "), Cause: err}
}
