package e2e

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"rekey"
	"rekey/internal/app"
	"rekey/internal/pgtest"
	"rekey/internal/rig"
	"rekey/internal/store/storetest"
)

// onBoth runs a test on each of the databases.
func onBoth(t *testing.T, test func(t *testing.T, o options)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, options{})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, options{database: storetest.Postgres(t)})
	})
}

// join starts another node beside w, with the same keys and mail server.
func (w *world) join(roles ...string) *world {
	w.t.Helper()
	c := w.app.Config
	c.Listen, c.PublicURL, c.Roles = "127.0.0.1:0", "", roles
	other := &world{t: w.t, watch: w.watch, folder: w.folder, peer: w.peer, callers: w.callers, served: make(chan error, 1)}
	other.ahead.Store(w.ahead.Load())
	other.last.Store(w.joined.Add(1) * 1000)
	var err error
	other.app, err = app.New(w.t.Context(), c, app.Options{Clock: other.now, Argon2: cheap, Limits: free})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(other.close)
	other.callIn()
	other.start()
	return other
}

func everyRole() []string { return []string{"console", "api", "engine"} }

func TestSessionsAndLocksHoldOnEveryNode(t *testing.T) {
	t.Parallel()
	one := setup(t, options{database: storetest.Postgres(t)})
	other := one.join(everyRole()...)
	ada := one.people("ada")[0]

	b := one.browser("")
	b.logIn(ada.Address, ada.password)
	if p := b.at(other).get("/account"); p.path != "/account" {
		t.Errorf("the session that one node has begun leads to %s on the other", p.path)
	}
	if _, err := other.admin.BlockUser(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	if p := b.get("/account"); p.path != "/login" {
		t.Errorf("blocked on the other node, the session goes on at %s", p.path)
	}

	grace := one.people("grace")[0]
	for i := range 6 {
		w := []*world{one, other}[i%2]
		w.wantEntry(grace, "not-"+grace.password, refused)
	}
	for _, w := range []*world{one, other} {
		w.wantEntry(grace, grace.password, refused) // locked, however the attempts were spread
	}
}

func TestNodesShareTheWorkByTheirRoles(t *testing.T) {
	t.Parallel()
	console := setup(t, options{database: storetest.Postgres(t), change: func(c *app.Config) { c.Roles = []string{"console", "api"} }})
	console.automation(console.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	ada := console.people("ada")[0]
	id := console.leaked(ada)
	if n := len(console.mailed(ada)); n != 0 {
		t.Errorf("%d mails from a node without the engine", n)
	}
	engine := console.join("engine")
	for _, path := range []string{"/login", "/api/v1/account"} {
		if p := engine.browser("").get(path); p.status != 404 {
			t.Errorf("%s on a node with the engine alone: %d", path, p.status)
		}
	}
	console.wantEntry(ada, console.receive(id, ada), toChange)
	console.finish(id)
}

func TestNodesThatAreRestartedOneAfterTheOtherLoseNothing(t *testing.T) {
	t.Parallel()
	one := setup(t, options{database: storetest.Postgres(t)})
	one.automation(one.admin, rekey.SendParams{OldPassword: "replace"}, nil)
	people := one.people("ada", "grace", "alan", "edsger", "barbara", "donald")
	ids := make([]string, len(people))
	node := one.join(everyRole()...)
	for i, p := range people {
		w := one
		if i%2 == 1 {
			w = node
		}
		ids[i] = w.leaked(p)
		if i%2 == 1 { // in the middle of what it does
			next := one.join(everyRole()...)
			node.close()
			node = next
		}
	}
	for i, p := range people {
		one.wantEntry(p, one.receive(ids[i], p), toChange)
		one.finish(ids[i])
		if n := len(one.mailed(p)); n != 1 {
			t.Errorf("%d mails to %s", n, p.Address)
		}
	}
}

func TestNodeRefusesASchemaThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	smtp, err := rig.Mail("127.0.0.1:25")
	if err != nil {
		t.Fatal(err)
	}
	c := app.Config{Listen: "127.0.0.1:0", Database: address, Keys: filepath.Join(t.TempDir(), "keys"), SMTP: smtp, StopTimeout: time.Second}
	refused := func(why string, want rekey.Code) {
		t.Helper()
		a, err := app.New(t.Context(), c, app.Options{})
		if rekey.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", why, err, want)
		}
		if err == nil {
			_ = a.Close()
		}
	}
	refused("nobody has migrated it", rekey.CodeUnavailable)
	c.Migrate = true
	a, err := app.New(t.Context(), c, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.DB.Postgres().Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	refused("a newer program has migrated it, and this one is asked to", rekey.CodeConflict)
	c.Migrate = false
	refused("a newer program has migrated it", rekey.CodeConflict)
}
