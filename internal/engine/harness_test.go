package engine_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/pgtest"
	"rekey/internal/seal"
	"rekey/internal/selection"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// monday is when the tests begin.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// harness is an engine on a real database and a scripted mail server, with a
// clock and a queue that the test moves by hand.
type harness struct {
	*engine.Engine
	config engine.Config
	t      *testing.T
	ctx    context.Context //nolint:containedctx // it ends with the test, as the harness does
	db     *store.DB
	peer   *mailtest.Server
	mailer *mail.Mailer
	keys   *seal.Keys
	onStep func(engine.Step)
	// onMatch is called while a selection is calculated.
	onMatch func()
	// onUpdate is called before each transaction.
	onUpdate func()
	// onIssue is called before what ISSUE decided is written.
	onIssue func(*store.Tx)

	// away is how many transactions in a row find no database.
	away atomic.Int64

	mu   sync.Mutex
	at   time.Time
	jobs []engine.Task
}

func TestMain(m *testing.M) {
	// A check of a model takes a quarter of a second, and ten times as long under
	// the race detector.
	if err := flag.Set("rapid.checks", strconv.Itoa(suite.Times(10, 300))); err != nil {
		panic(err)
	}
	os.Exit(pgtest.Main(m))
}

// setup is a harness on SQLite.
func setup(t *testing.T, script mailtest.Script) *harness {
	t.Helper()
	return setupOn(t, script, storetest.Open(t))
}

// onBoth runs a test on SQLite, where there is one node, and on PostgreSQL with
// two. second is the database as the second node has it.
func onBoth(t *testing.T, script mailtest.Script, test func(t *testing.T, h *harness, second *store.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		h := setup(t, script)
		test(t, h, h.db)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		address := storetest.Postgres(t)
		h := setupOn(t, script, openNode(t, address))
		second := openNode(t, address)
		second.Enqueue, second.Finished = h.db.Enqueue, h.db.Finished
		test(t, h, second)
	})
}

// openNode opens a PostgreSQL until the test ends, as a node does.
func openNode(t *testing.T, address string) *store.DB {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// node is another engine, on the database as a node has it.
func (h *harness) node(db *store.DB, around func(engine.Store) engine.Store) *engine.Engine {
	c := h.config
	c.Node = newID()
	c.Store = around(db.Concurrent().ForEngine())
	return engine.New(c)
}

func setupOn(t *testing.T, script mailtest.Script, db *store.DB) *harness {
	t.Helper()
	dir := t.TempDir()
	h := &harness{db: db, t: t, ctx: t.Context(), at: monday, peer: mailtest.Start(t, script), onStep: func(engine.Step) {}, onMatch: func() {}, onUpdate: func() {}, onIssue: func(*store.Tx) {}}
	var err error
	h.db.Enqueue = func(_ context.Context, _ any, jobs []engine.Task) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.jobs = append(h.jobs, jobs...)
		return nil
	}
	h.keys, err = seal.Create(filepath.Join(dir, "keys.json"))
	h.must(err)
	host, port, _ := strings.Cut(h.peer.Addr(), ":")
	number, err := strconv.Atoi(port)
	h.must(err)
	h.mailer, err = mail.New(mail.Config{
		SMTP: mail.SMTP{Host: host, Port: number, TLS: mail.Plain, From: "Rekey <rekey@example.org>"}, System: "Rekey", BaseURL: "https://rekey.example.org",
		Language: "en", TimeZone: "UTC", Policy: mail.PolicyModern, AnswerGrace: 100 * time.Millisecond,
	}, mail.WithClock(h.now), mail.WithJitter(func() float64 { return 0 }))
	h.must(err)
	t.Cleanup(func() { h.must(h.mailer.Close()) })
	compiler, err := selection.New(selection.Limits{})
	h.must(err)
	h.config = engine.Config{
		Store:  disturbed{h.db.ForEngine(), h},
		Mailer: h.mailer, Sealer: h.keys, Selector: selects{compiler, h}, Mailed: password.NewMailed(h.keys),
		Domains: rekey.Domains{"desk.example"}, Observer: nobody{}, Logger: slog.New(slog.DiscardHandler), Clock: h.now, NewID: newID, Random: rand.Reader,
		Jitter: func() float64 { return 0 }, Steps: func(s engine.Step) { h.onStep(s) },
	}
	h.Engine = engine.New(h.config)
	h.db.Finished = h.finished
	return h
}

// disturbed is a store that undoes every transaction once before it lets it be,
// as PostgreSQL may because of another one.
type disturbed struct {
	engine.Store

	h *harness
}

var errUndone = errors.New("undone because of another")

func (d disturbed) Update(ctx context.Context, fn func(engine.Tx) error) error {
	d.h.onUpdate()
	if d.h.away.Add(-1) >= 0 {
		return rekey.NewError(rekey.CodeUnavailable, "The database cannot be reached at the moment.")
	}
	err := d.h.db.Update(ctx, func(tx *store.Tx) error { return cmp.Or(fn(issues{tx, d.h}), errUndone) })
	if !errors.Is(err, errUndone) {
		return err
	}
	return d.h.db.Update(ctx, func(tx *store.Tx) error { return fn(issues{tx, d.h}) })
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// must ends the test with an error and its cause, which is not shown to people.
func (h *harness) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err, errors.Unwrap(err))
	}
}

func (h *harness) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// pass moves the clock.
func (h *harness) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// work runs all jobs that are due, and those that they make.
func (h *harness) work() {
	h.t.Helper()
	for {
		job, ok := h.nextJob()
		if !ok {
			return
		}
		h.must(h.run(job))
	}
}

func (h *harness) run(job engine.Task) error {
	switch job.Kind {
	case engine.TaskExecute:
		return h.Execute(h.ctx, job.RunID)
	case engine.TaskNotice:
		return h.SendNotice(h.ctx, job.NoticeID)
	default:
		return h.Deliver(h.ctx, job.RunID, job.Batch)
	}
}

func (h *harness) nextJob() (engine.Task, bool) { return h.jobAt(h.now()) }

// jobAt takes the next job that is due at a moment.
func (h *harness) jobAt(now time.Time) (engine.Task, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.jobs, func(j engine.Task) bool { return !j.At.After(now) })
	if at < 0 {
		return engine.Task{}, false
	}
	job := h.jobs[at]
	h.jobs = slices.Delete(h.jobs, at, at+1)
	return job, true
}

// loseJobs forgets every job, like a queue that was lost.
func (h *harness) loseJobs() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs = nil
}

// person adds a system user with a chosen password.
func (h *harness) person(address string, change ...func(*rekey.SystemUser)) rekey.SystemUser {
	h.t.Helper()
	u := rekey.SystemUser{
		ID: newID(), Address: address, FirstName: "Ada", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive,
		CreatedAt: h.now(),
	}
	for _, c := range change {
		c(&u)
	}
	h.must(u.Validate())
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		if err := tx.InsertUser(h.ctx, u); err != nil {
			return err
		}
		return tx.CompleteChange(h.ctx, u.ID, "", "chosen by "+address, h.now().Add(-24*time.Hour))
	}))
	return h.user(u.ID)
}

func (h *harness) user(id string) rekey.SystemUser {
	h.t.Helper()
	u, err := h.db.User(h.ctx, id)
	h.must(err)
	return u
}

// change writes a user's record.
func (h *harness) change(id string, change func(*rekey.SystemUser)) {
	h.t.Helper()
	u := h.user(id)
	change(&u)
	h.must(u.Validate())
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.UpdateUser(h.ctx, u, u.Version, "") }))
}

// automation adds an active automation for external events, owned by an
// administrator, that sends to people named by the event.
func (h *harness) automation(params rekey.SendParams, change ...func(*rekey.Automation)) rekey.Automation {
	h.t.Helper()
	owner := h.person(newID()+"@example.org", func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	if params.SystemUser == "" && !params.EverybodyInSelection {
		params.UseEventParameter = true
	}
	raw, err := json.Marshal(params)
	h.must(err)
	a := rekey.Automation{
		ID: newID(), Name: "Leaked " + newID(), OwnerID: owner.ID, EventType: rekey.External, JobType: rekey.SendNewPassword,
		JobParams: raw, TimeZone: "UTC", Status: rekey.AutomationActive, Version: 1, CreatedAt: h.now(), UpdatedAt: h.now(),
	}
	for _, c := range change {
		c(&a)
	}
	job, _ := engine.FindJobType(a.JobType)
	h.must(a.Validate(job.JobType))
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.InsertAutomation(h.ctx, a) }))
	return a
}

// selected adds a selection and makes an automation use it.
func (h *harness) selected(expression string) func(*rekey.Automation) {
	h.t.Helper()
	s := rekey.Selection{ID: newID(), Name: "Selection " + newID(), Expression: expression, Version: 1, CreatedAt: h.now(), UpdatedAt: h.now()}
	h.must(s.Validate())
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.InsertSelection(h.ctx, s) }))
	return func(a *rekey.Automation) { a.SelectionID = s.ID }
}

// external is an event that names people.
func (h *harness) external(users ...rekey.SystemUser) rekey.Event {
	e := rekey.Event{
		Type: rekey.External, Name: "siem.credential_leaked", Source: "/siem", SourceID: newID(),
		Time: h.now(), Received: h.now(),
	}
	for _, u := range users {
		e.Users = append(e.Users, u.ID)
	}
	digest := sha256.Sum256([]byte(e.SourceID))
	e.Digest = digest[:]
	return e
}

// happen posts an event and returns the run that it starts.
func (h *harness) happen(users ...rekey.SystemUser) rekey.Run {
	h.t.Helper()
	return h.post(h.external(users...))
}

func (h *harness) post(e rekey.Event) rekey.Run {
	h.t.Helper()
	receipts, err := h.AcceptEvents(h.ctx, []rekey.Event{e}, rekey.Authority{})
	h.must(err)
	return h.runOf(receipts[0].Event.ID)
}

// record records an internal event about people.
func (h *harness) record(e rekey.Event) rekey.Run {
	h.t.Helper()
	var stored rekey.Event
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) (err error) {
		stored, err = h.Record(h.ctx, tx, e)
		return err
	}))
	return h.runOf(stored.ID)
}

func (h *harness) runOf(eventID string) rekey.Run {
	h.t.Helper()
	runs, err := h.db.Runs(h.ctx, rekey.RunQuery{EventID: eventID, Limit: 10})
	h.must(err)
	if len(runs) != 1 {
		h.t.Fatalf("the event started %d runs, want 1", len(runs))
	}
	return runs[0]
}

// selects gives each calculation the budget of a run.
type selects struct {
	compiler *selection.Compiler
	h        *harness
}

func (s selects) Compile(expression string, _ uint64) (engine.Calculation, error) {
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return calculation{program.Start(selection.RunBudget()), s.h}, nil
}

type calculation struct {
	*selection.Calculation

	h *harness
}

func (c calculation) Match(u rekey.SystemUser, now time.Time) (bool, error) {
	c.h.onMatch()
	return c.Calculation.Match(u, now)
}
