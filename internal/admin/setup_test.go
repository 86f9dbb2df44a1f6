package admin_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/pgtest"
	"rekey/internal/selection"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// office is the service on a real database and the real engine, without a mail
// server: runs are executed and nothing is sent.
type office struct {
	*admin.Service
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the test's own, for as long as the test
	db     *store.DB
	engine *engine.Engine
	// One of each role, and the first administrator.
	root, manager, operator, member rekey.SystemUser

	mu   sync.Mutex
	at   time.Time
	tick time.Duration // how much time passes whenever somebody asks
}

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", strconv.Itoa(suite.Times(10, 100))); err != nil {
		panic(err)
	}
	os.Exit(pgtest.Main(m))
}

// setup is an office on SQLite.
func setup(t *testing.T) *office {
	t.Helper()
	return setupOn(t, storetest.Open(t))
}

func setupOn(t *testing.T, db *store.DB, change ...func(*admin.Config)) *office {
	t.Helper()
	o := &office{t: t, ctx: t.Context(), at: monday}
	db.Enqueue = func(context.Context, any, []engine.Task) error { return nil }
	compiler, err := selection.New(selection.Limits{})
	o.must(err)
	o.db = db
	o.engine = engine.New(engine.Config{
		Store:    db.ForEngine(),
		Domains:  rekey.Domains{"desk.example"},
		Selector: selects{compiler}, Observer: nobody{}, Logger: slog.New(slog.DiscardHandler),
		Clock: o.now, NewID: newID, Random: rand.Reader, Jitter: func() float64 { return 0 },
	})
	db.Finished = func(ctx context.Context, tx *store.Tx, runID string) error {
		return o.engine.Finished(ctx, tx, runID, tx.Sent)
	}
	config := admin.Config{
		Store: db, Runner: o.engine, Compiler: compiler,
		Clock: o.now, NewID: newID, Random: rand.Reader,
	}
	for _, c := range change {
		c(&config)
	}
	o.Service = admin.New(config)
	o.must(o.EnsureBuiltIns(o.ctx))
	o.root = o.person(rekey.RoleAdministrator)
	o.manager, o.operator, o.member = o.person(rekey.RoleManager), o.person(rekey.RoleOperator), o.person(rekey.RoleMember)
	return o
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(o.tick)
	return o.at
}

// person puts a system user into the database, past all checks.
func (o *office) person(role rekey.Role, change ...func(*rekey.SystemUser)) rekey.SystemUser {
	o.t.Helper()
	id := newID()
	u := rekey.SystemUser{
		ID: id, Address: string(role) + "." + id[24:] + "@example.org", FirstName: "Ada", LastName: "Lovelace",
		Type: rekey.TypeUI, Role: role, Status: rekey.UserActive, CreatedAt: o.now(), Version: 1,
	}
	for _, c := range change {
		c(&u)
	}
	o.must(u.Validate())
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.InsertUser(o.ctx, u) }))
	return o.user(u.ID)
}

func api(u *rekey.SystemUser) { u.Type = rekey.TypeAPI }

func hybrid(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid }

func (o *office) user(id string) rekey.SystemUser {
	o.t.Helper()
	u, err := o.db.User(o.ctx, id)
	o.must(err)
	return u
}

// events returns the users of all events of a type, the latest first.
func (o *office) events(eventType string) (users []string) {
	o.t.Helper()
	list, _, err := o.db.Events(o.ctx, eventType, "", "", 100)
	o.must(err)
	for _, e := range list {
		users = append(users, e.Users...)
	}
	return users
}

// runs executes what waits and returns all runs of an automation.
func (o *office) runs(automationID string) []rekey.Run {
	o.t.Helper()
	list, err := o.db.Runs(o.ctx, rekey.RunQuery{AutomationID: automationID, Limit: 100})
	o.must(err)
	for i, r := range list {
		o.must(o.engine.Execute(o.ctx, r.ID))
		list[i], err = o.db.Run(o.ctx, r.ID)
		o.must(err)
	}
	return list
}

// draft is a complete automation that nobody has created yet.
func draft(change ...func(*rekey.Automation)) rekey.Automation {
	a := rekey.Automation{
		Name: "Welcome " + newID(), EventType: rekey.UserCreated, JobType: rekey.SendNewPassword,
		JobParams: params(rekey.SendParams{UseEventParameter: true}),
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func params(p rekey.SendParams) json.RawMessage {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return raw
}

func target(id string) func(*rekey.Automation) {
	return func(a *rekey.Automation) { a.JobParams = params(rekey.SendParams{SystemUser: id}) }
}

// automation creates one that is active.
func (o *office) automation(actor rekey.SystemUser, change ...func(*rekey.Automation)) rekey.Automation {
	o.t.Helper()
	saved, err := o.CreateAutomation(o.ctx, actor, draft(change...), true)
	o.must(err)
	return saved.Automation
}

func (o *office) selection(actor rekey.SystemUser, expression string) rekey.Selection {
	o.t.Helper()
	sel, err := o.CreateSelection(o.ctx, actor, rekey.Selection{Name: "Selection " + newID(), Expression: expression})
	o.must(err)
	return sel
}

// refused checks the code of an error and the fields that it names.
func (o *office) refused(err error, code rekey.Code, fields ...string) {
	o.t.Helper()
	if rekey.CodeOf(err) != code {
		o.t.Fatalf("got %v (%s), want it refused as %s", err, rekey.CodeOf(err), code)
	}
	var e *rekey.Error
	if !errors.As(err, &e) {
		o.t.Fatalf("%v is not shown to people", err)
	}
	var named []string
	for _, f := range e.Fields {
		named = append(named, f.Path())
	}
	slices.Sort(named)
	slices.Sort(fields)
	if len(fields) > 0 && !slices.Equal(slices.Compact(named), fields) {
		o.t.Fatalf("%v names %v, want %v", err, named, fields)
	}
}

// unchanged runs act and checks that it stored nothing.
func (o *office) unchanged(act func()) {
	o.t.Helper()
	before := o.everything()
	act()
	if after := o.everything(); after != before {
		o.t.Fatalf("something was stored:\n%s\nbefore it was:\n%s", after, before)
	}
}

// everything returns all users, tokens, automations, selections, events, runs and
// deliveries as text.
func (o *office) everything() string {
	o.t.Helper()
	users, err := o.db.Users(o.ctx, rekey.UserQuery{MaxRank: 3, Limit: 1000})
	o.must(err)
	automations, err := o.db.Automations(o.ctx, rekey.AutomationQuery{Limit: 1000})
	o.must(err)
	selections, err := o.db.Selections(o.ctx, "", "", 1000)
	o.must(err)
	events, _, err := o.db.Events(o.ctx, "", "", "", 1000)
	o.must(err)
	runs, err := o.db.Runs(o.ctx, rekey.RunQuery{Limit: 1000})
	o.must(err)
	deliveries, err := o.db.Deliveries(o.ctx, rekey.DeliveryQuery{MaxRank: 3, Limit: 1000})
	o.must(err)
	var b strings.Builder
	for _, u := range users {
		tokens, err := o.db.TokensOf(o.ctx, u.ID)
		o.must(err)
		full := o.user(u.ID)
		fmt.Fprintf(&b, "%+v %+v\n", full, tokens)
	}
	for _, part := range []any{automations, selections, events, runs, deliveries} {
		fmt.Fprintf(&b, "%+v\n", part)
	}
	return b.String()
}

// selects gives each calculation the budget of a run.
type selects struct{ compiler *selection.Compiler }

func (s selects) Compile(expression string, _ uint64) (engine.Calculation, error) {
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return nil, err
	}
	return program.Start(selection.RunBudget()), nil
}

// nobody is an engine.Observer that does nothing.
type nobody struct{}

func (nobody) Event(rekey.Event, bool)                {}
func (nobody) Run(rekey.Run)                          {}
func (nobody) Delivery(rekey.Delivery, time.Duration) {}

// entries are those of a page.
func entries[T any](l admin.Listed[T], err error) ([]T, error) { return l.Entries, err }
