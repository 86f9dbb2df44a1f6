package e2e

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/access"
	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/rig"
	"rekey/internal/rig/peer"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// source and leak are the source and the name of the events of the tests.
const (
	source = "/siem"
	leak   = "siem.credential_leaked"
)

// world is a server with its mail server, on loopback and in a folder.
type world struct {
	t      *testing.T
	app    *app.App
	peer   *mailtest.Server // nil if the mail goes elsewhere
	folder string
	watch  *watch
	ahead  atomic.Int64 // of the clock, in nanoseconds

	admin *client.Client // as an Administrator
	siem  *client.Client // as an API user who may post events
	// callers are the ids of those two.
	callers [2]string
	last    atomic.Int64 // number of the last event
	// joined is how many nodes have joined.
	joined atomic.Int64

	stop   context.CancelFunc
	served chan error
	closed sync.Once
}

// options of a world.
type options struct {
	script mailtest.Script
	begins time.Time           // what the clock says; default: 60 days ago
	smtp   *app.SMTP           // default: to peer, plain
	steps  func(engine.Step)   // see app.Options
	limits access.Limits       // default: no limits on requests, the lock as usual
	change func(c *app.Config) // changes the settings
	// database is the address of a migrated PostgreSQL; default: a file.
	database string
}

// cheap is a cost of chosen passwords that tests can pay.
var cheap = password.Params{Memory: 64, Time: 1, Threads: 1}

// free lifts the limits on requests and leaves the lock as it is.
var free = access.Limits{PerSecond: 1e6, Burst: 1e6, ResetsPerSource: 1000}

// setup starts a world, which ends with the test. Its clock goes on, but
// begins in the past: so it can be put forward, and the queue, which keeps its
// own time, finds all jobs due.
func setup(t *testing.T, o options) *world {
	t.Helper()
	w := &world{t: t, watch: newWatch(), folder: t.TempDir(), served: make(chan error, 1)}
	begins := o.begins
	if begins.IsZero() {
		begins = time.Now().Add(-60 * 24 * time.Hour)
	}
	w.ahead.Store(int64(time.Until(begins)))
	c := app.Config{
		Listen: "127.0.0.1:0", Database: filepath.Join(w.folder, "rekey.db"), TrustedProxies: []string{"127.0.0.0/8"},
		StopTimeout: suite.Limit,
	}
	var err error
	if o.smtp != nil {
		c.SMTP = *o.smtp
	} else {
		w.peer = mailtest.Start(t, o.script)
		if c.SMTP, err = rig.Mail(w.peer.Addr()); err != nil {
			t.Fatal(err)
		}
	}
	if o.database != "" {
		c.Database, c.Keys = o.database, filepath.Join(w.folder, "rekey.keys")
	} else {
		storetest.Write(t, c.Database)
	}
	if o.change != nil {
		o.change(&c)
	}
	if o.limits == (access.Limits{}) {
		o.limits = free
	}
	w.app, err = app.New(t.Context(), c, app.Options{
		Logger: slog.New(slog.NewJSONHandler(w.watch, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clock:  w.now, Steps: o.steps, Argon2: cheap, Limits: o.limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	w.populate()
	w.start()
	return w
}

func (w *world) now() time.Time { return time.Now().UTC().Add(time.Duration(w.ahead.Load())) }

// pass puts the clock forward and does what the program does every minute.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.ahead.Add(int64(d))
	w.sweep()
}

func (w *world) sweep() {
	w.t.Helper()
	if err := w.app.Engine.Sweep(w.t.Context(), 0); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	running, stop := context.WithCancel(context.Background())
	w.stop = stop
	go func() { w.served <- w.app.Run(running) }()
}

// close stops the server and has the watch look at what is left.
func (w *world) close() {
	w.closed.Do(func() {
		w.learn()
		w.watch.check(w.t, w.folder)
		if w.stop != nil {
			w.stop()
			if err := <-w.served; err != nil {
				w.t.Errorf("the server has ended with: %v", err)
			}
		}
		if err := w.app.Close(); err != nil {
			w.t.Error(err)
		}
		w.learn()
		w.watch.check(w.t, w.folder)
	})
}

// learn tells the watch which passwords were mailed.
func (w *world) learn() {
	if w.peer == nil {
		return
	}
	for _, m := range w.peer.Messages() {
		if mail, err := peer.ReadMail(m.Data); err == nil && mail.Password() != "" {
			w.watch.secret(mail.Password(), strings.Join(m.To, ", "))
		}
	}
}

// person is somebody with the password that they have chosen.
type person struct {
	client.User
	password string
}

// populate makes the first administrator and the poster of events.
func (w *world) populate() {
	w.t.Helper()
	katherine := rekey.SystemUser{Address: "katherine@example.org", Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator}
	siem := rekey.SystemUser{
		Address: "siem@example.org", Type: rekey.TypeAPI, Role: rekey.RoleMember,
		Sources: []rekey.EventSource{{Source: source, Names: []string{"siem.*"}}},
	}
	insertUsers(w.t, w.app, "", w.now().Add(-300*24*time.Hour), &katherine, &siem)
	w.callers = [2]string{katherine.ID, siem.ID}
	w.callIn()
}

// callIn gives the callers of the API a token each.
func (w *world) callIn() {
	w.t.Helper()
	w.admin = w.api(client.WithToken(giveToken(w.t, w.app, w.callers[0], w.now())))
	w.siem = w.api(client.WithToken(giveToken(w.t, w.app, w.callers[1], w.now())))
}

// giveToken stores a token of a user and returns its text.
func giveToken(t testing.TB, a *app.App, userID string, now time.Time) string {
	t.Helper()
	text, err := rig.Token(context.Background(), a, userID, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// insertUsers stores users with one and the same chosen password, or none.
func insertUsers(t testing.TB, a *app.App, chosen string, at time.Time, users ...*rekey.SystemUser) {
	t.Helper()
	if err := rig.Insert(context.Background(), a, chosen, at, users...); err != nil {
		t.Fatal(err)
	}
}

// api is a client of the server whose answers are watched.
func (w *world) api(who client.Option) *client.Client {
	return client.New(w.app.URL(), who, client.WithHTTPClient(&http.Client{Transport: w.heard(), Timeout: suite.Limit}))
}

func (w *world) heard() http.RoundTripper { return heard{w.watch, http.DefaultTransport} }

// browser opens the pages from a network address; "" is loopback's.
func (w *world) browser(from string) *browser {
	w.t.Helper()
	return newBrowser(w.t, w.app.URL(), from, w.heard())
}

// person creates a user over the API, who chose a password long ago. What u
// does not say is as usual.
func (w *world) person(u client.User) person {
	w.t.Helper()
	u.Type, u.Role = cmp.Or(u.Type, "ui"), cmp.Or(u.Role, "member")
	saved, err := w.admin.CreateUser(w.t.Context(), u)
	if err != nil {
		w.t.Fatal(err)
	}
	p := person{saved, w.newPassword(saved.Address)}
	if err := w.app.GivePassword(w.t.Context(), saved.ID, rekey.NewSecret(p.password), w.now().Add(-100*24*time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// people creates users with such names before the @.
func (w *world) people(names ...string) []person {
	w.t.Helper()
	list := make([]person, len(names))
	for i, name := range names {
		list[i] = w.person(client.User{Address: name + "@example.org"})
	}
	return list
}

// newPassword is one that a person could choose, and nobody else has.
func (w *world) newPassword(whose string) string {
	chosen := rig.Chosen()
	w.watch.secret(chosen, whose)
	return chosen
}

// eventually asks again and again until a condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), suite.Limit)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
