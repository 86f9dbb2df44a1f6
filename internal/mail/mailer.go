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

// Mailer composes messages and hands them to the mail server. It is safe for
// use by many goroutines.
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

// Option changes what New puts together.
type Option func(*options)

type options struct {
	now    func() time.Time
	jitter func() float64
	log    *slog.Logger
	limit  Limiter
	tokens Tokens
}

// Limiter keeps messages apart.
type Limiter interface {
	// Wait returns when the next message may be sent.
	Wait(ctx context.Context) error
}

// WithClock sets the clock that backoff and health go by; default time.Now.
// Timeouts on the network are always real time.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithLogger sets where it is written, once each, that the mail server cannot be
// used, and that it can be again. Default: nowhere.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithLimiter has Config.Rate kept by somebody who knows of other senders.
func WithLimiter(l Limiter) Option { return func(o *options) { o.limit = l } }

// WithJitter sets the source of the backoff's jitter, numbers in [0,1): each
// pause lasts between half of its nominal length and all of it. Default
// math/rand.
func WithJitter(jitter func() float64) Option { return func(o *options) { o.jitter = jitter } }

// New returns a Mailer. It reads the templates, the certificates and the DKIM key, and
// connects to nothing. Where a folder overrides templates, it renders each in
// every combination (see Check).
//
// Errors: a *rekey.Error naming the settings that are wrong, and those of
// Check.
func New(c Config, opts ...Option) (*Mailer, error) {
	s, err := c.complete()
	if err != nil {
		return nil, err
	}
	o := options{now: time.Now, jitter: rand.Float64, log: slog.New(slog.DiscardHandler)}
	for _, option := range opts {
		option(&o)
	}
	forms, _ := lru.New[uint64, parsedForm](maxForms) // which refuses no size but 0
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
		return m, nil // what is built in is checked by the tests
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

// Close waits for the messages that are on their way, which their own timeouts
// bound, and closes all connections. Send answers NotTried from then on.
func (m *Mailer) Close() error {
	m.pool.close()
	return nil
}

// Compose implements engine.Mailer. The same occasion gives the same form as
// long as settings and templates are the same.
//
// Errors: what a template has come to since New checked it.
func (m *Mailer) Compose(o engine.Occasion) ([]byte, error) {
	r, err := m.templates.password(o)
	if err != nil {
		return nil, err
	}
	return r.encode().marshal()
}

// Preview renders what a reader would see: the subject, the text and the HTML
// part with the sample letter filled in. A sample needs no password.
func (m *Mailer) Preview(o engine.Occasion, sample engine.Letter) (subject, text, html string, err error) {
	r, err := m.templates.password(o)
	if err != nil {
		return "", "", "", err
	}
	subject, text, html = r.preview(sample)
	return subject, text, html, nil
}

// Probe implements engine.Mailer: it connects, greets, starts TLS, logs in, and
// names the sender and a recipient. Without to, that is the sender. A server that
// cannot be used is down from then on, as after a message. Its error, a
// *rekey.Error with CodeUnavailable, names the step that failed.
func (m *Mailer) Probe(ctx context.Context, to string) error { return m.probe(ctx, to) }
