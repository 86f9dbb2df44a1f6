package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/client"
	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/api"
	"rekey/internal/engine"
	"rekey/internal/password"
	"rekey/internal/seal"
	"rekey/internal/selection"
	"rekey/internal/server"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
	"rekey/internal/userfile"
)

// All passwords in these tests are this one.
const chosen = "orbit-candle-7-harvest"

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// office is the API on a real database with the real use cases, reached over
// HTTP. The queue is the test's: nothing is executed unless it says so.
type office struct {
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the test's, for as long as the test
	db     *store.DB
	engine *engine.Engine
	access *access.Service
	admin  *admin.Service
	api    *api.API
	mailed *password.Mailed
	url    string
	log    *syncBuffer

	mu   sync.Mutex
	at   time.Time
	jobs []engine.Task

	// root is an Administrator, siem an API user who may post siem.* from /siem.
	root, siem rekey.SystemUser
}

func setup(t *testing.T, change ...func(*admin.Config)) *office {
	t.Helper()
	o := &office{t: t, ctx: t.Context(), at: monday, log: &syncBuffer{}}
	o.db = storetest.Open(t)
	o.db.Enqueue = o.enqueue
	compiler, err := selection.New(selection.Limits{})
	o.must(err)
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	o.must(err)
	o.mailed = password.NewMailed(keys)
	logger := slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	metrics := server.NewMetrics()
	o.engine = engine.New(engine.Config{
		Store: o.db.ForEngine(), Selector: selects{compiler}, Mailed: o.mailed,
		Observer: metrics, Logger: logger, Clock: o.now, NewID: newID, Random: rand.Reader, Jitter: func() float64 { return 0 },
	})
	config := admin.Config{
		Store: o.db, Runner: o.engine,
		Compiler: compiler, Clock: o.now, NewID: newID, Random: rand.Reader,
	}
	for _, c := range change {
		c(&config)
	}
	o.admin = admin.New(config)
	argon2, err := password.NewArgon2(password.Argon2Config{Params: password.Params{Memory: 8, Time: 1, Threads: 1}, Queue: 1000})
	o.must(err)
	o.access, err = access.New(access.Config{
		Store: o.db, Record: o.engine.Record, Argon2: argon2, Mailed: o.mailed,
		Limits: access.Limits{PerSecond: 1e6, Burst: 1e6}, Clock: o.now, NewID: newID, Logger: logger,
	})
	o.must(err)
	o.must(o.admin.EnsureBuiltIns(o.ctx))
	o.api, err = api.New(api.Config{Access: o.access, Engine: o.engine, Admin: o.admin, Logger: logger, Clock: o.now, Version: "test", Imports: userfile.NewTurns()})
	o.must(err)
	mux := http.NewServeMux()
	mux.Handle("/api/", noting(o.api))
	web := httptest.NewServer(server.New(server.Config{Handler: mux, Logger: logger, Metrics: metrics, NewID: newID}))
	t.Cleanup(web.Close)
	o.url = web.URL
	verifier, err := argon2.Hash(o.ctx, rekey.NewSecret(chosen))
	o.must(err)
	o.root = o.person("root@example.org", verifier, func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
	o.siem = o.person("siem@example.org", verifier, func(u *rekey.SystemUser) {
		u.Type, u.Sources = rekey.TypeAPI, []rekey.EventSource{{Source: "/siem", Names: []string{"siem.*"}}}
	})
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
	return o.at
}

func (o *office) enqueue(_ context.Context, _ any, jobs []engine.Task) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.jobs = append(o.jobs, jobs...)
	return nil
}

// person puts a system user into the database, past all checks.
func (o *office) person(address, verifier string, change ...func(*rekey.SystemUser)) rekey.SystemUser {
	o.t.Helper()
	u := rekey.SystemUser{
		ID: newID(), Address: address, Type: rekey.TypeHybrid, Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: o.now(),
	}
	for _, c := range change {
		c(&u)
	}
	o.must(u.Validate())
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error {
		if err := tx.InsertUser(o.ctx, u); err != nil || verifier == "" {
			return err
		}
		return tx.CompleteChange(o.ctx, u.ID, "", verifier, o.now().Add(-24*time.Hour))
	}))
	u, err := o.db.User(o.ctx, u.ID)
	o.must(err)
	return u
}

// as is a client of a system user.
func (o *office) as(u rekey.SystemUser) *client.Client {
	return o.client(client.WithPassword(u.Address, chosen))
}

// client waits for answers as long as a test may.
func (o *office) client(who client.Option) *client.Client {
	return client.New(o.url, who, client.WithAttempts(1), client.WithHTTPClient(&http.Client{Timeout: suite.Limit}))
}

// stored returns everything in the database that a request could have stored, except
// the event that a user logged on.
func (o *office) stored() string {
	o.t.Helper()
	events, _, err := o.db.Events(o.ctx, "", "", "", 10_000)
	o.must(err)
	events = slices.DeleteFunc(events, func(e rekey.Event) bool { return e.Type == rekey.UserLoggedOn })
	users, err := o.db.Users(o.ctx, rekey.UserQuery{MaxRank: 3, Limit: 10_000})
	o.must(err)
	automations, err := o.db.Automations(o.ctx, rekey.AutomationQuery{Limit: 10_000})
	o.must(err)
	selections, err := o.db.Selections(o.ctx, "", "", 10_000)
	o.must(err)
	runs, err := o.db.Runs(o.ctx, rekey.RunQuery{Limit: 10_000})
	o.must(err)
	for i := range users {
		users[i].LastPasswordCallAt = time.Time{}
	}
	return fmt.Sprintf("%v\n%v\n%v\n%v\n%v", events, users, automations, selections, runs)
}

// external counts the external events in the database.
func (o *office) external() []rekey.Event {
	o.t.Helper()
	events, _, err := o.db.Events(o.ctx, rekey.External, "", "", 10_000)
	o.must(err)
	for i, e := range events {
		events[i], err = o.db.Event(o.ctx, e.ID) // a list has no data
		o.must(err)
	}
	return events
}

// request is one request as it goes over the wire.
type request struct {
	method, path string
	header       map[string]string
	body         string
	as           rekey.SystemUser // the zero value: nobody
	password     string           // "" is chosen
}

// response is the answer to a request.
type response struct {
	status  int
	header  http.Header
	text    string
	problem client.Problem
}

// fields are the names of the fields that the problem complains about.
func (r response) fields() (names []string) {
	for _, f := range r.problem.Errors {
		names = append(names, f.Field)
	}
	return names
}

func (o *office) send(q request) response {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.ctx, q.method, o.url+q.path, strings.NewReader(q.body))
	o.must(err)
	if q.as.ID != "" {
		secret := q.password
		if secret == "" {
			secret = chosen
		}
		r.SetBasicAuth(q.as.Address, secret)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	o.must(err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	o.must(err)
	got := response{status: answer.StatusCode, header: answer.Header, text: string(text)}
	if answer.Header.Get("Content-Type") == "application/problem+json" {
		o.must(json.Unmarshal(text, &got.problem))
		if got.problem.Status != got.status || got.problem.Detail == "" || got.problem.Instance == "" ||
			got.problem.Type != server.ProblemsPath+"#"+got.problem.Code {
			o.t.Errorf("%s %s: problem %+v", q.method, q.path, got.problem)
		}
	} else if got.status >= 400 {
		o.t.Errorf("%s %s: %d is no problem: %s", q.method, q.path, got.status, text)
	}
	return got
}

// refused sends what must be refused with a status, names the fields, and
// stores nothing.
func (o *office) refused(q request, status int, fields ...string) response {
	o.t.Helper()
	before := o.stored()
	got := o.send(q)
	if got.status != status || !slices.Equal(got.fields(), fields) {
		o.t.Errorf("%s %s: %d %v, want %d %v: %s", q.method, q.path, got.status, got.fields(), status, fields, got.text)
	}
	if after := o.stored(); after != before {
		o.t.Errorf("%s %s was refused, and something was stored:\n%s\n%s", q.method, q.path, before, after)
	}
	return got
}

// problemOf returns the problem of a call of the client.
func problemOf(t *testing.T, err error) *client.Problem {
	t.Helper()
	p, ok := err.(*client.Problem) //nolint:errorlint // the client returns it as it is
	if !ok {
		t.Fatalf("error %v is no problem", err)
	}
	return p
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

type selects struct{ compiler *selection.Compiler }

func (s selects) Compile(expression string, _ uint64) (engine.Calculation, error) {
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return nil, err
	}
	return program.Start(selection.RunBudget()), nil
}
