package mail

import (
	"cmp"
	"context"
	"crypto"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"rekey/internal/engine"
)

// Mailer composes messages and sends them. It is safe for concurrent use.
type Mailer struct {
	settings  *settings
	templates *templates
	forms     *lru.Cache[uint64, parsedForm] // by a hash of their bytes
	tls       *tls.Config
	tokens    Tokens        // nil: the account has a password
	signer    crypto.Signer // nil: messages are not signed
	limit     Limiter       // nil: no limit
	pool      *pool
	transport *transport
}

var _ engine.Mailer = (*Mailer)(nil)

// Option changes a default of New.
type Option func(*options)

type options struct {
	now    func() time.Time
	jitter func() float64
	log    *slog.Logger
	limit  Limiter
	tokens Tokens
}

// Limiter limits the rate of messages.
type Limiter interface {
	// Wait blocks until the next message may be sent.
	Wait(ctx context.Context) error
}

// WithClock sets the clock for backoff and health; default time.Now. Timeouts on the
// network always use real time.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithLogger sets the log for two messages: that the mail server cannot be used, and
// that it can be used again. Default: none.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithLimiter replaces the limiter for Config.Rate by one that all nodes share.
func WithLimiter(l Limiter) Option { return func(o *options) { o.limit = l } }

// WithJitter sets the source of the backoff's jitter, numbers in [0,1). Each pause
// lasts from half to all of its nominal length. Default: math/rand.
func WithJitter(jitter func() float64) Option { return func(o *options) { o.jitter = jitter } }

// New returns a Mailer. It reads the templates, the certificates and the DKIM key,
// but does not connect. If Config.Templates is set, it calls Check.
//
// Errors: a *rekey.Error naming the wrong settings, and those of Check.
func New(c Config, opts ...Option) (*Mailer, error) {
	s, err := c.complete()
	if err != nil {
		return nil, err
	}
	o := options{now: time.Now, jitter: rand.Float64, log: slog.New(slog.DiscardHandler)}
	for _, option := range opts {
		option(&o)
	}
	forms, _ := lru.New[uint64, parsedForm](maxForms) // it refuses only sizes below 1
	m := &Mailer{settings: s, forms: forms, tokens: o.tokens, transport: newTransport(o)}
	if m.templates, err = loadTemplates(s); err != nil {
		return nil, err
	}
	if m.tls, err = s.tlsConfig(); err != nil {
		return nil, err
	}
	if m.signer, err = s.signer(); err != nil {
		return nil, err
	}
	if s.Rate > 0 {
		m.limit = cmp.Or(o.limit, Limiter(rate.NewLimiter(rate.Limit(s.Rate), 1)))
	}
	m.pool = newPool(s, m.connect, func(err error) { m.transport.failed(reason(err)) })
	if s.Templates == "" {
		return m, nil // tests check the built-in templates
	}
	return m, m.Check()
}

// Connections implements engine.Mailer.
func (m *Mailer) Connections() int { return m.settings.Connections }

// Down implements engine.Mailer.
func (m *Mailer) Down(now time.Time) time.Time { return m.transport.down(now) }

// Pause implements engine.Mailer. Pauses double like the backoff, until a
// message is accepted.
func (m *Mailer) Pause(now time.Time, reply engine.Reply) { m.transport.pause(now, reply) }

// Close waits for the messages that are being sent, at most for their timeouts, and
// closes all connections. Send answers NotTried from then on.
func (m *Mailer) Close() error {
	m.pool.close()
	return nil
}

// Compose implements engine.Mailer. The same occasion gives the same form, as long
// as settings and templates are the same.
//
// Errors: a template that cannot be executed.
func (m *Mailer) Compose(o engine.Occasion) ([]byte, error) {
	if o.Message {
		return m.templates.message(o).encode().marshal()
	}
	r, err := m.templates.password(o)
	if err != nil {
		return nil, err
	}
	return r.encode().marshal()
}

// Preview renders a message as a reader would see it: subject, text and HTML, with
// the sample letter filled in. The sample needs no password.
func (m *Mailer) Preview(o engine.Occasion, sample engine.Letter) (subject, text, html string, err error) {
	r, err := m.templates.password(o)
	if err != nil {
		return "", "", "", err
	}
	subject, text, html = r.preview(sample)
	return subject, text, html, nil
}

// Probe implements engine.Mailer. It connects, sends EHLO, starts TLS, logs in, and
// names the sender and the recipient to; without to, the recipient is the sender. If
// that fails, the transport is down from then on, as after a message. The error, a
// *rekey.Error with CodeUnavailable, names the step that failed.
func (m *Mailer) Probe(ctx context.Context, to string) error { return m.probe(ctx, to) }
