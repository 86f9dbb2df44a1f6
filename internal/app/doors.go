package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/api"
	"rekey/internal/console"
	"rekey/internal/mail"
	"rekey/internal/password"
	"rekey/internal/server"
	"rekey/internal/userfile"
)

// Version is the program's, set when it is built.
var Version = "development"

// doors makes the services for people and programs, and their routes.
func (a *App) doors(ctx context.Context, o Options) error {
	a.Admin = admin.New(admin.Config{
		Store:       a.DB,
		Runner:      a.Engine,
		Compiler:    a.compiler,
		Clock:       a.now,
		NewID:       newID,
		Random:      rand.Reader,
		KeepDays:    a.Config.KeepDays,
		Directories: named[admin.Directory](a.directories.byName),
		Domains:     a.Config.NotifyDomains,
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
		Store:       a.DB,
		Record:      a.Engine.Record,
		Argon2:      argon2,
		Mailed:      a.mailed,
		Policy:      policy,
		System:      a.Config.SystemName,
		Limits:      o.Limits,
		Clock:       a.now,
		NewID:       newID,
		Logger:      a.log,
		Observe:     a.entered,
		Steps:       o.Steps,
		Directories: named[access.Directory](a.directories.byName),
	})
	if err != nil {
		return err
	}
	return a.routes()
}

// routes registers the API, the console, the metrics and the health checks.
func (a *App) routes() error {
	imports := userfile.NewTurns()
	rest, err := api.New(api.Config{
		Access: a.Access, Engine: a.Engine, Admin: a.Admin, Logger: a.log, Clock: a.now, Version: Version, Imports: imports,
	})
	if err != nil {
		return err
	}
	a.pages, err = console.New(console.Config{
		Access:     a.Access,
		Sessions:   a.Access.NewSessions(strings.HasPrefix(a.URL(), "https://")),
		Admin:      a.Admin,
		Mail:       a.Mailer,
		Keys:       a.Keys,
		System:     a.Config.SystemName,
		Language:   a.Config.Language,
		TimeZone:   a.Config.TimeZone,
		Clock:      a.now,
		Logger:     a.log,
		Imports:    imports,
		ReadSample: api.ReadSample,
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

// entered counts failed log-ins for the metrics.
func (a *App) entered(outcome access.Outcome) {
	switch outcome {
	case access.OutcomeRefused, access.OutcomeLocked, access.OutcomeLimited:
		a.metrics.LoginFailed(string(outcome))
	case access.OutcomeChosen, access.OutcomeMailed, access.OutcomeToken, access.OutcomeFailed:
	}
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
