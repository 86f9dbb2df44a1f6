package console

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/admin"
	"rekey/internal/engine"
	"rekey/internal/password"
	"rekey/internal/server"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
	"rekey/internal/userfile"
)

// Passwords of the tests.
const (
	chosen  = "orbit-candle-7-harvest"
	chosen2 = "velvet-anchor-9-thistle"
)

// fixture is a console on a real database, served on loopback, and a browser
// that keeps cookies and follows no redirects.
type fixture struct {
	t       *testing.T
	db      *store.DB
	access  *access.Service
	console *Console
	server  *httptest.Server
	browser *http.Client

	mu     sync.Mutex
	now    time.Time
	ids    atomic.Int64
	typed  []string // every password that was typed or mailed
	events atomic.Int64
}

type fixedKey struct{}

func (fixedKey) KeyID() string { return "1" }
func (fixedKey) Compute(_ string, data []byte) ([]byte, error) {
	h := hmac.New(sha256.New, []byte("a key of the tests"))
	h.Write(data)
	return h.Sum(nil), nil
}

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)}
	f.db = storetest.Open(t)
	var err error
	f.access, err = access.New(access.Config{
		Store:  f.db,
		Record: f.record, Argon2: cheap(t), Mailed: password.NewMailed(fixedKey{}),
		Limits: access.Limits{PerSecond: 1e6, Burst: 1e6},
		Clock:  f.clock, NewID: f.newID,
	})
	f.ok(err)
	f.console, err = New(Config{
		Access: f.access, Sessions: f.access.NewSessions(false), TimeZone: "Europe/Berlin", Clock: f.clock,
		Admin: admin.New(admin.Config{Store: f.db, Clock: f.clock}), Keys: fixedKey{}, Imports: userfile.NewTurns(),
	})
	f.ok(err)
	web := server.New(server.Config{Handler: f.console.Handler(), Denied: f.console.Fail, Logger: f.console.Logger, NewID: f.newID})
	f.server = httptest.NewServer(web)
	t.Cleanup(f.server.Close)
	f.browser = newBrowser(t)
	return f
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func cheap(t *testing.T) *password.Argon2 {
	t.Helper()
	a, err := password.NewArgon2(password.Argon2Config{Params: password.Params{Memory: 8, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) newID() string { return fmt.Sprintf("id-%06d", f.ids.Add(1)) }

func (f *fixture) record(_ context.Context, _ engine.Tx, e rekey.Event) (rekey.Event, error) {
	f.events.Add(1)
	return e, nil
}

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) update(fn func(tx *store.Tx) error) {
	f.t.Helper()
	f.ok(f.db.Update(f.t.Context(), fn))
}

// user stores a user with the chosen password.
func (f *fixture) user(kind rekey.UserType, changes ...func(*rekey.SystemUser)) rekey.SystemUser {
	f.t.Helper()
	u := rekey.SystemUser{
		ID: f.newID(), FirstName: "Ada", LastName: "Byron", Type: kind,
		Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: f.clock(),
	}
	u.Address = u.ID + "@example.org"
	for _, change := range changes {
		change(&u)
	}
	f.ok(u.Validate())
	verifier, err := cheap(f.t).Hash(f.t.Context(), rekey.NewSecret(chosen))
	f.ok(err)
	f.update(func(tx *store.Tx) error {
		if err := tx.InsertUser(f.t.Context(), u); err != nil {
			return err
		}
		return tx.CompleteChange(f.t.Context(), u.ID, "", verifier, f.clock().Add(-30*24*time.Hour))
	})
	f.typed = append(f.typed, chosen, chosen2)
	return u
}

func (f *fixture) read(u rekey.SystemUser) rekey.SystemUser {
	f.t.Helper()
	u, err := f.db.User(f.t.Context(), u.ID)
	f.ok(err)
	return u
}

// change writes a change to the record of a user.
func (f *fixture) change(u rekey.SystemUser, change func(*rekey.SystemUser)) {
	f.t.Helper()
	u = f.read(u)
	change(&u)
	f.update(func(tx *store.Tx) error { return tx.UpdateUser(f.t.Context(), u, u.Version, "") })
}

// expire ends the mailed passwords of a user, and no session.
func (f *fixture) expire(u rekey.SystemUser) {
	f.t.Helper()
	_, err := f.db.SQLite().ExecContext(f.t.Context(), `UPDATE deliveries SET valid_until = 1 WHERE user_id = $1`, u.ID)
	f.ok(err)
}

// mail issues a password and has the mail server accept it.
func (f *fixture) mail(u rekey.SystemUser) string {
	f.t.Helper()
	g, err := password.Generate(rand.Reader, nil)
	f.ok(err)
	now := f.clock()
	d := rekey.Delivery{
		ID: f.newID(), RunID: f.newID(), UserID: u.ID, Number: 1, Batch: 1,
		State: rekey.DeliveryQueued, OldPassword: rekey.KeepUntilChanged, UpdatedAt: now,
	}
	f.update(func(tx *store.Tx) error {
		if err := tx.Plan(f.t.Context(), []rekey.Delivery{d}); err != nil {
			return err
		}
		d.State, d.Attempting, d.IssuedAt, d.ValidUntil = rekey.DeliveryIssued, true, now, now.Add(72*time.Hour)
		if d.Verifier, err = password.NewMailed(fixedKey{}).Make(g, d.ID); err != nil {
			return err
		}
		_, err := tx.Issue(f.t.Context(), []rekey.Delivery{d})
		return err
	})
	f.typed = append(f.typed, g.Reveal())
	return g.Reveal()
}

// answer is what came back, with its whole body.
type answer struct {
	*http.Response

	body string
}

// send sends a request. No answer may hold a password, whatever it is to.
func (f *fixture) send(method, path string, form url.Values, headers ...string) answer {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.server.URL+path, strings.NewReader(form.Encode()))
	f.ok(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := f.browser.Do(r)
	f.ok(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	f.ok(err)
	for name, values := range form {
		if strings.Contains(name, "password") && len(values[0]) > 5 {
			f.typed = append(f.typed, values[0])
		}
	}
	for _, typed := range f.typed {
		if strings.Contains(string(body), typed) || strings.Contains(fmt.Sprint(response.Header), typed) {
			f.t.Errorf("%s %s: a password is in the answer", method, path)
		}
	}
	return answer{response, string(body)}
}

func (f *fixture) get(path string) answer { f.t.Helper(); return f.send("GET", path, nil) }

// logIn logs the browser in and returns where it is led.
func (f *fixture) logIn(u rekey.SystemUser, typed string) string {
	f.t.Helper()
	got := f.send("POST", "/login", url.Values{"address": {u.Address}, "password": {typed}})
	if got.StatusCode != http.StatusSeeOther {
		f.t.Fatalf("log-in: %s\n%s", got.Status, got.body)
	}
	return got.Header.Get("Location")
}

// leadsTo checks that an answer is a redirect.
func (a answer) leadsTo(t *testing.T, path string) {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != path {
		t.Errorf("%s %s: %s to %q, want to be led to %q", a.Request.Method, a.Request.URL.Path, a.Status, a.Header.Get("Location"), path)
	}
}

// shows checks that a page holds texts, and its status.
func (a answer) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s: %s, want %d", a.Request.Method, a.Request.URL.Path, a.Status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s %s: the page lacks %q:\n%s", a.Request.Method, a.Request.URL.Path, text, a.body)
		}
	}
}

// direct sends a request to the console without a server in front, with the
// browser's cookies.
func (f *fixture) direct(method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(method, f.server.URL+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range f.browser.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	f.console.Handler().ServeHTTP(w, r)
	return w
}
