// Package app assembles the server: New makes it from its settings, Run serves
// until its context ends, Close releases everything.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/console"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/password"
	"rekey/internal/queue"
	"rekey/internal/seal"
	"rekey/internal/selection"
	"rekey/internal/server"
	"rekey/internal/store"
)

// Options are for tests and programs, besides the settings. The zero value is
// right for a program.
type Options struct {
	// Logger defaults to one that discards everything.
	Logger *slog.Logger
	// Clock defaults to the system's. Timeouts are always real time.
	Clock func() time.Time
	// QueueClock is the queue's clock in tests that make time pass faster. The
	// default is the machine's or the database's.
	QueueClock func() time.Time
	// Out is where the one-time set-up address is printed. It must not be a log.
	// If it is nil, no address is made, and the log says how to get one.
	Out io.Writer
	// Ready is called once Run answers requests and works; it may be nil.
	Ready func()
	// Lease is how long a claim on a delivery holds; zero means the engine's
	// default.
	Lease time.Duration
	// Steps is called at each step of the engine; it may be nil.
	Steps func(engine.Step)
	// Argon2 is the cost of chosen passwords; the zero value is the default.
	Argon2 password.Params
	// Limits on log-ins; the zero value is the default.
	Limits access.Limits
}

// App is an assembled server.
type App struct {
	Config Config
	DB     *store.DB
	Keys   *seal.Keys
	Mailer *mail.Mailer
	Engine *engine.Engine
	Access *access.Service
	Admin  *admin.Service

	directories *directories
	compiler    *selection.Compiler
	mailed      *password.Mailed
	metrics     *server.Metrics
	queue       *queue.Queue
	mux         *http.ServeMux
	pages       *console.Console
	server      *server.Server
	log         *slog.Logger
	now         func() time.Time
	out         io.Writer
	ready       func()
	node        string                    // names this process among those on the same database
	swept       atomic.Pointer[time.Time] // when a sweep last succeeded, by the system's clock
	wrote       atomic.Pointer[writing]   // the result of the last write of readiness
}

// New opens the database, migrates it, and assembles the server. It already
// listens, so that URL is known, but answers nothing before Run. Errors name the
// wrong setting.
func New(ctx context.Context, c Config, o Options) (*App, error) {
	c.Complete()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	db, err := store.Open(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	a := &App{node: nodeName(), Config: c, DB: db, log: o.Logger, now: o.Clock, out: o.Out, ready: o.Ready, mux: http.NewServeMux()}
	for _, step := range []func(context.Context, Options) error{a.openDirectories, a.storage, a.listen, a.works, a.doors} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = func() time.Time { return time.Now().UTC() }
	}
	if o.Ready == nil {
		o.Ready = func() {}
	}
	return o
}

// storage migrates the database and opens its keys.
func (a *App) storage(ctx context.Context, _ Options) (err error) {
	if err = a.migrate(ctx); err != nil {
		return err
	}
	if store.IsPostgres(a.Config.Database) && mayBeRead(a.Config.Database) {
		a.log.WarnContext(ctx, "the connection to the database may not use TLS, so others could read it: add sslmode=verify-full to its address",
			"database", a.Config.DatabaseName())
	}
	if a.Keys, err = openKeys(ctx, a.DB, a.Config.Keys, a.now()); err != nil {
		return err
	}
	a.mailed = password.NewMailed(a.Keys)
	a.compiler, err = selection.New(selection.Limits{})
	return err
}

// migrate migrates the database. PostgreSQL may be shared by several nodes: without
// Config.Migrate it only checks the schema, and the error says what to run. A
// SQLite file that was moved is refused. Each start marks the file anew.
func (a *App) migrate(ctx context.Context) error {
	if a.DB.Postgres() == nil || a.Config.Migrate {
		if err := a.DB.Migrate(ctx); err != nil {
			return err
		}
		return a.DB.NewMark(ctx)
	}
	return a.DB.Migrated(ctx)
}

// listen begins to listen: the next steps need the address.
func (a *App) listen(ctx context.Context, _ Options) error {
	a.metrics = server.NewMetrics(server.TransportUp(a.transportUp),
		server.QueueDepth(figures{a.log, "the queue", a.DB.Depth}.values), server.RunsHeld(figures{a.log, "held runs", a.DB.HeldByReason}.values),
		server.DirectoriesUp(figures{a.log, "the directories", a.directoriesUp}.values),
		server.Gauge("rekey_paused", "1 while sending is paused, else 0.", figure{a.log, "whether sending is paused", a.paused}.value),
		server.Gauge("rekey_disk_free_bytes", "Free space on the disk of the database, or with PostgreSQL on the disk of the keys of this node.",
			figure{a.log, "the free space", a.freeSpace}.value),
		server.Gauge("rekey_database_size_bytes", "Size of the database on its disk.", figure{a.log, "the size of the database", a.DB.Size}.value))
	a.server = server.New(server.Config{
		Address: a.Config.Listen, PublicURL: a.Config.publicURL(), Hosts: a.Config.Hosts, TrustedProxies: a.Config.proxies(), Handler: a.mux, Denied: a.denied,
		Logger: a.log, Metrics: a.metrics, NewID: newID, Clock: a.now,
	})
	if err := a.server.Listen(ctx); err != nil {
		return notListening(a.Config.Listen, err)
	}
	if u, err := url.Parse(a.URL()); err == nil && u.Scheme == "http" && !mail.IsLoopback(u.Hostname()) {
		a.log.WarnContext(ctx, "passwords typed on the pages cross the network without encryption: put a proxy with TLS in front and set public_url to its https:// address",
			"url", a.URL())
	}
	return nil
}

// works makes the mailer, the engine and the queue.
func (a *App) works(ctx context.Context, o Options) (err error) {
	restored, err := a.DB.RestoredBlindly(ctx)
	if err != nil {
		return err
	}
	options := []mail.Option{mail.WithClock(a.now), mail.WithLogger(a.log)}
	if a.DB.Postgres() != nil && a.Config.SMTP.Rate > 0 {
		options = append(options, mail.WithLimiter(newSharedRate(a.DB, a.Config.SMTP.Rate)))
	}
	if a.Config.SMTP.OAuthTokenURL != "" {
		options = append(options, mail.WithTokens(a.Config.tokens(a.DB, a.Keys, a.node, a.now)))
	}
	if a.Mailer, err = mail.New(a.Config.mail(a.URL()), options...); err != nil {
		return err
	}
	a.Engine = engine.New(engine.Config{
		Store:       a.DB.Concurrent().ForEngine(),
		Node:        a.node,
		Restored:    restored,
		Mailer:      a.Mailer,
		Sealer:      a.Keys,
		Selector:    selector{a.compiler, a.now},
		Mailed:      a.mailed,
		Observer:    a.metrics,
		Directories: a.directories.forEngine(),
		Domains:     a.Config.NotifyDomains,
		Logger:      a.log,
		Clock:       a.now,
		NewID:       newID,
		Random:      rand.Reader,
		Jitter:      mathrand.Float64,
		Lease:       o.Lease,
		Steps:       o.Steps,
	})
	a.queue, err = queue.New(queue.Config{
		SQLite: a.DB.SQLite(), Postgres: a.DB.Postgres(), Logger: a.log, Clock: a.now, Node: a.node, Workers: a.workers(),
		Stubbed: o.QueueClock,
	}, jobs{a.Engine, a})
	if err != nil {
		return err
	}
	a.DB.Enqueue, a.DB.Wake = a.queue.Enqueue, a.queue.Wake
	a.DB.Finished = func(ctx context.Context, tx *store.Tx, runID string) error {
		return a.Engine.Finished(ctx, tx, runID, tx.Sent)
	}
	return nil
}

// workers is how many jobs this node runs at once.
func (a *App) workers() int {
	if !a.Config.has(roleEngine) {
		return 0
	}
	return a.Config.Workers
}

// jobs are the engine's, with a sweep that also prunes the tables of other
// packages.
type jobs struct {
	*engine.Engine
	app *App
}

// Sweep implements queue.Engine.
func (j jobs) Sweep(ctx context.Context, grace time.Duration) error {
	return errors.Join(j.app.sweep(ctx, grace), j.app.Access.Prune(ctx), j.app.prune(ctx))
}

// sweep runs the engine's sweep and notes the time.
func (a *App) sweep(ctx context.Context, grace time.Duration) error {
	if err := a.Engine.Sweep(ctx, grace); err != nil {
		return err
	}
	if a.DB.Postgres() != nil {
		return a.DB.NoteSweep(ctx, a.node)
	}
	now := time.Now()
	a.swept.Store(&now)
	return nil
}

// A sweep deletes pruneAtOnce rows in one transaction, for which other writes
// wait, and makes at most prunePortions transactions of each kind.
const (
	pruneAtOnce   = 500
	prunePortions = 40
)

// prune deletes rows older than Config.KeepDays, and the data of events older than
// Config.KeepEventDataDays. What it leaves, the next sweep deletes.
func (a *App) prune(ctx context.Context) error {
	now := a.now()
	before, dataBefore := now.AddDate(0, 0, -a.Config.KeepDays), now.AddDate(0, 0, -a.Config.KeepEventDataDays)
	return errors.Join(
		a.inPortions(ctx, func(tx *store.Tx) (int, error) { return tx.Prune(ctx, before, now, pruneAtOnce) }),
		a.inPortions(ctx, func(tx *store.Tx) (int, error) { return tx.EraseEventData(ctx, dataBefore, pruneAtOnce) }),
	)
}

// inPortions calls prune in transactions of their own, until one of them deletes less
// than pruneAtOnce.
func (a *App) inPortions(ctx context.Context, prune func(*store.Tx) (int, error)) error {
	for range prunePortions {
		var n int
		err := a.DB.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = prune(tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune: %w", err)
		}
		if n < pruneAtOnce {
			return nil
		}
	}
	return nil
}

// newID returns a UUID of version 7, which sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// URL is the address under which people reach the server.
func (a *App) URL() string { return a.Config.URL(a.server.Address()) }

// Run serves until ctx ends, and then stops: within Config.StopTimeout, and up to 15
// seconds more for mails that are given up. Requests and batches under way finish, or
// are abandoned safely.
func (a *App) Run(ctx context.Context) error {
	running, stopNow := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNow()
	if err := a.begin(running); err != nil {
		return errors.Join(err, a.server.Release()) // waiting clients are refused
	}
	beating := a.beat(running)
	endSync := a.keepSyncing(running)
	served := make(chan error, 1)
	go func() { served <- a.server.Serve() }()
	a.ready()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.StopTimeout)
	defer cancel()
	endSync() // first, so that no request waits for an import by hand
	err = errors.Join(err, a.server.Shutdown(stop))
	stopped := a.queue.Stop(stop)
	a.Engine.Stop(stop)
	return errors.Join(err, stopped, beating.leave(running, stopped == nil))
}

// begin takes up unfinished work, and starts the queue.
func (a *App) begin(ctx context.Context) error {
	if err := a.DB.Recover(ctx); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if a.Config.has(roleEngine) {
		grace := time.Duration(0)
		if a.DB.Postgres() != nil { // others may be at work
			grace = engine.SweepEvery
		}
		if err := a.sweep(ctx, grace); err != nil {
			return fmt.Errorf("first sweep: %w", err)
		}
	}
	if err := a.offerSetup(ctx); err != nil {
		return err
	}
	if err := a.queue.Start(ctx); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	return nil
}

// ReloadKeys reads the key file again, after a rotation, and stores a proof of its
// keys: from then on an older copy of the file is refused.
func (a *App) ReloadKeys(ctx context.Context) error {
	if err := a.Keys.Reload(); err != nil {
		return err
	}
	return adoptKeys(ctx, a.DB, a.Keys, a.now())
}

// Close releases everything. Run must have returned.
func (a *App) Close() error {
	var err error
	if a.Mailer != nil {
		err = a.Mailer.Close()
	}
	if a.server != nil {
		err = errors.Join(err, a.server.Release())
	}
	return errors.Join(err, a.DB.Close())
}

// offerSetup prints the address that makes the first Administrator, if there is
// none and this node has the console.
func (a *App) offerSetup(ctx context.Context) error {
	if !a.Config.has(roleConsole) {
		return nil
	}
	n, err := a.DB.CountAdministrators(ctx, "")
	if err != nil || n > 0 {
		return err
	}
	if a.out == nil {
		a.log.WarnContext(ctx, "there is no Administrator yet: run rekey admin recover, with the server's settings and as the server's user; it prints the address where you create one")
		return nil
	}
	token, err := a.Access.MakeSetupLink(ctx, "")
	if err != nil {
		return fmt.Errorf("set-up address: %w", err)
	}
	_, err = fmt.Fprintf(a.out, "There is no Administrator yet. Open this address within an hour; it works once:\n\n  %s/setup?token=%s\n\n",
		a.URL(), token.Reveal())
	return err
}
