package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/api"
	"rekey/internal/console"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/password"
	"rekey/internal/server"
)

// Version is the program's, set when it is built.
var Version = "development"

// doors makes the services for people and programs, and their routes.
func (a *App) doors(ctx context.Context, o Options) error {
	a.Admin = admin.New(admin.Config{
		Store:    a.DB,
		Runner:   a.Engine,
		Compiler: a.compiler,
		Clock:    a.now,
		NewID:    newID,
		Random:   rand.Reader,
	})
	if err := a.Admin.EnsureBuiltIns(ctx); err != nil {
		return err
	}
	argon2, err := password.NewArgon2(password.Argon2Config{Params: o.Argon2})
	if err != nil {
		return err
	}
	policy, err := password.ParsePolicy(a.Config.Policy)
	if err != nil {
		return err
	}
	a.Access, err = access.New(access.Config{
		Store:   a.DB,
		Record:  a.Engine.Record,
		Argon2:  argon2,
		Mailed:  a.mailed,
		Policy:  policy,
		Limits:  o.Limits,
		Clock:   a.now,
		NewID:   newID,
		Logger:  a.log,
		Observe: a.entered,
	})
	if err != nil {
		return err
	}
	return a.routes()
}

// routes registers the API, the console, the metrics and the health checks.
func (a *App) routes() error {
	rest, err := api.New(api.Config{
		Access: a.Access, Engine: a.Engine, Admin: a.Admin, Logger: a.log, Clock: a.now, Version: Version,
	})
	if err != nil {
		return err
	}
	a.pages, err = console.New(console.Config{
		Access:   a.Access,
		Sessions: a.Access.NewSessions(strings.HasPrefix(a.URL(), "https://")),
		Admin:    a.Admin,
		Mail:     a.Mailer,
		System:   a.Config.SystemName,
		TimeZone: a.Config.TimeZone,
		Clock:    a.now,
		Logger:   a.log,
	})
	if err != nil {
		return err
	}
	if a.Config.has(roleAPI) {
		a.mux.Handle("/api/", rest)
	}
	if a.Config.has(roleConsole) {
		a.mux.Handle("/", a.pages.Handler())
	}
	a.metrics.Register(a.mux)
	server.NewHealth(a.log, a.now,
		server.Check{Name: "database", Needed: true, Look: a.lookAtDatabase},
		server.Check{Name: "queue", Needed: a.Config.has(roleEngine), Look: a.lookAtQueue},
		server.Check{Name: "transport", Look: a.lookAtTransport},
	).Register(a.mux)
	return nil
}

// denied answers a request that a page of another origin sent: the API with a
// problem, the console with a page.
func (a *App) denied(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		server.Answer(w, r, a.log, err)
		return
	}
	a.pages.Fail(w, r, err)
}

// writeEvery is the least time between two test writes of readiness. An answer is
// cached for one second, so readiness shows a full disk within five.
const writeEvery = 4 * time.Second

// lookAtDatabase returns an error if the database cannot be written or read. Its
// write waits for its turn like any other.
func (a *App) lookAtDatabase(ctx context.Context) error {
	last := a.wrote.Load()
	if last == nil || a.now().Sub(last.at) >= writeEvery {
		last = &writing{a.now(), a.tryWriting(ctx)}
		a.wrote.Store(last)
	}
	if last.err != nil {
		return fmt.Errorf("write: %w", last.err)
	}
	if _, err := a.DB.Setting(ctx, keyProof); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// writing is the result of a test write.
type writing struct {
	at  time.Time
	err error
}

// tryWriting makes a test write.
func (a *App) tryWriting(ctx context.Context) error {
	written := make(chan error, 1)
	go func() { written <- a.DB.TryWriting(ctx, []byte(a.now().Format(time.RFC3339))) }()
	select {
	case err := <-written:
		return err
	case <-ctx.Done(): // TryWriting itself does not end with the context
		return ctx.Err()
	}
}

// sweepLate is the time without a sweep after which the queue counts as stuck.
const sweepLate = 3 * engine.SweepEvery

// lookAtQueue returns an error if no jobs are done: sweeps are jobs, too.
func (a *App) lookAtQueue(ctx context.Context) error {
	since, found, err := a.sinceSweep(ctx)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("there was no sweep yet")
	}
	if since > sweepLate {
		return fmt.Errorf("the last sweep was %s ago", since.Round(time.Second))
	}
	return nil
}

// sinceSweep returns the time since the last sweep, on this node or another.
func (a *App) sinceSweep(ctx context.Context) (since time.Duration, found bool, err error) {
	if a.DB.Postgres() != nil {
		return a.DB.SinceSweep(ctx)
	}
	swept := a.swept.Load()
	if swept == nil {
		return 0, false, nil
	}
	return time.Since(*swept), true, nil
}

// lookAtTransport returns an error if the last attempts to send mail failed. It
// sends nothing.
func (a *App) lookAtTransport(context.Context) error {
	if a.Mailer.Down(a.now()).IsZero() {
		return nil
	}
	h := a.Mailer.Health()
	return fmt.Errorf("the mail server is %s since %s: %d %s", h.State, h.Since.Format(time.RFC3339), h.LastReply.Code, h.LastReply.Text)
}

// transportUp reports whether the mail server is not known to be down or paused.
func (a *App) transportUp() bool {
	state := a.Mailer.Health().State
	return state != engine.TransportDown && state != engine.TransportPaused
}

// entered counts failed log-ins for the metrics.
func (a *App) entered(outcome access.Outcome) {
	switch outcome {
	case access.OutcomeRefused, access.OutcomeLocked, access.OutcomeLimited:
		a.metrics.LoginFailed(string(outcome))
	case access.OutcomeChosen, access.OutcomeMailed, access.OutcomeToken, access.OutcomeFailed:
	}
}

// depth counts what waits in the queue, for the metrics.
func (a *App) depth() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	depth, err := a.DB.Depth(ctx)
	if err != nil {
		a.log.Warn("the queue could not be counted", "error", err)
	}
	return depth
}

// figure is a number for the metrics.
type figure struct {
	log  *slog.Logger
	what string // its name in the log
	ask  func(ctx context.Context) (int64, error)
}

// value returns the number, or -1 after an error or two seconds.
func (f figure) value() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := f.ask(ctx)
	if err != nil {
		f.log.Warn("a figure for the metrics could not be read", "what", f.what, "error", err)
		return -1
	}
	return float64(n)
}

func (a *App) freeSpace(context.Context) (int64, error) { return freeSpace(a.Config.folder()) }

// paused is 1 while sending is paused.
func (a *App) paused(ctx context.Context) (int64, error) {
	p, err := a.DB.Pause(ctx)
	if err != nil || !p.On() {
		return 0, err
	}
	return 1, nil
}

// runsHeld counts the held runs by reason, for the metrics.
func (a *App) runsHeld() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	held, err := a.DB.HeldByReason(ctx)
	if err != nil {
		a.log.Warn("runs that are held could not be counted", "error", err)
	}
	return held
}

// mail returns the settings of the mailer.
func (c Config) mail(url string) mail.Config {
	return mail.Config{
		SMTP: c.SMTP, DKIM: c.DKIM, System: c.SystemName, BaseURL: url, Contact: c.Contact,
		Language: c.Language, TimeZone: c.TimeZone, Policy: c.Policy, Templates: c.Templates,
	}
}

// publicURL returns PublicURL parsed, or nil if it is not set.
func (c Config) publicURL() *url.URL {
	u, err := url.Parse(c.PublicURL)
	if err != nil || c.PublicURL == "" {
		return nil // Validate has named what is wrong
	}
	return u
}

// proxies returns TrustedProxies as networks.
func (c Config) proxies() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range c.TrustedProxies {
		if address, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(address, address.BitLen()))
		} else if network, err := netip.ParsePrefix(text); err == nil {
			list = append(list, network)
		}
	}
	return list
}
