package console_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/rig"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

const typed = "orbit-candle-7-harvest" // everybody's chosen password

// office is a whole server on an empty database, with a mail server that takes
// everything. The first of each role is there. Its clock stands still unless a
// test moves it.
type office struct {
	*app.App
	t    *testing.T
	mail *mailtest.Server

	root, manager, operator, member rekey.SystemUser

	stepped chan struct{} // the engine has done something

	mu sync.Mutex
	at time.Time
}

func (o *office) step(engine.Step) {
	select {
	case o.stepped <- struct{}{}:
	default: // it was not looked at since the last one
	}
}

func open(t *testing.T, changes ...func(*app.Config)) *office {
	t.Helper()
	o := &office{t: t, stepped: make(chan struct{}, 1), mail: mailtest.Start(t, mailtest.Script{}), at: time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)}
	smtp, err := rig.Mail(o.mail.Addr())
	o.ok(err)
	config := app.Config{
		Listen: "127.0.0.1:0", Database: filepath.Join(t.TempDir(), "rekey.db"), TimeZone: "Europe/Berlin", SMTP: smtp,
	}
	for _, change := range changes {
		change(&config)
	}
	storetest.Write(t, config.Database)
	o.App, err = app.New(t.Context(), config, app.Options{Argon2: password.Params{Memory: 8, Time: 1, Threads: 1}, Clock: o.now, Steps: o.step})
	o.ok(err)
	o.root = o.person(rekey.RoleAdministrator)
	o.manager, o.operator, o.member = o.person(rekey.RoleManager), o.person(rekey.RoleOperator), o.person(rekey.RoleMember)
	// Not the test's own context, which ends before the tab is closed.
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		o.ok(<-ended)
		o.ok(o.Close())
	})
	return o
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

// restored does to the database what a restore does: all sessions end.
func (o *office) restored() {
	o.t.Helper()
	_, err := o.DB.MarkRestored(o.t.Context(), o.now())
	o.ok(err)
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// person puts a system user with a chosen password into the database, past all
// checks.
func (o *office) person(role rekey.Role, changes ...func(*rekey.SystemUser)) rekey.SystemUser {
	o.t.Helper()
	u := o.newcomer(role, changes...)
	o.ok(o.GivePassword(o.t.Context(), u.ID, rekey.NewSecret(typed), o.now().Add(-30*24*time.Hour)))
	return o.read(u.ID)
}

// newcomer is a person who never had a password.
func (o *office) newcomer(role rekey.Role, changes ...func(*rekey.SystemUser)) rekey.SystemUser {
	o.t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	u := rekey.SystemUser{
		ID: id, Address: string(role) + "." + id[24:] + "@example.org", FirstName: "Ada", LastName: "Byron",
		Type: rekey.TypeUI, Role: role, Status: rekey.UserActive, CreatedAt: o.now(), Version: 1,
	}
	for _, change := range changes {
		change(&u)
	}
	o.ok(u.Validate())
	o.ok(o.DB.Update(o.t.Context(), func(tx *store.Tx) error { return tx.InsertUser(o.t.Context(), u) }))
	return u
}

// read returns a system user as stored.
func (o *office) read(id string) rekey.SystemUser {
	o.t.Helper()
	u, err := o.DB.User(o.t.Context(), id)
	o.ok(err)
	return u
}

// visitor is a browser that keeps cookies and follows no redirects.
type visitor struct {
	o      *office
	client *http.Client
}

// as returns a browser in which u has logged in.
func (o *office) as(u rekey.SystemUser) *visitor {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	o.ok(err)
	v := &visitor{o, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	v.post("/login", url.Values{"address": {u.Address}, "password": {typed}}).leads("/")
	return v
}

// seen is an answer with its whole body.
type seen struct {
	*http.Response

	t    *testing.T
	body string
}

func (v *visitor) send(r *http.Request) seen {
	v.o.t.Helper()
	response, err := v.client.Do(r)
	v.o.ok(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	v.o.ok(err)
	if strings.Contains(string(body), typed) {
		v.o.t.Errorf("%s %s: a password is in the answer", r.Method, r.URL.Path)
	}
	return seen{response, v.o.t, string(body)}
}

func (v *visitor) get(path string) seen {
	v.o.t.Helper()
	r, err := http.NewRequestWithContext(v.o.t.Context(), http.MethodGet, v.o.URL()+path, nil)
	v.o.ok(err)
	return v.send(r)
}

func (v *visitor) post(path string, form url.Values) seen {
	v.o.t.Helper()
	r, err := http.NewRequestWithContext(v.o.t.Context(), http.MethodPost, v.o.URL()+path, strings.NewReader(form.Encode()))
	v.o.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// leads checks that an answer is a redirect to a path, whatever its query.
func (s seen) leads(path string) seen {
	s.t.Helper()
	to, _, _ := strings.Cut(s.Header.Get("Location"), "?")
	if s.StatusCode != http.StatusSeeOther || to != path {
		s.t.Errorf("%s %s: %s to %q, want to be led to %q\n%s", s.Request.Method, s.Request.URL.Path, s.Status, s.Header.Get("Location"), path, s.body)
	}
	return s
}

// shows checks the status of a page, and that it holds texts.
func (s seen) shows(status int, texts ...string) seen {
	s.t.Helper()
	if s.StatusCode != status {
		s.t.Errorf("%s %s: %s, want %d", s.Request.Method, s.Request.URL.Path, s.Status, status)
	}
	for _, text := range texts {
		if !strings.Contains(s.body, text) {
			s.t.Errorf("%s %s: the page lacks %q:\n%s", s.Request.Method, s.Request.URL.Path, text, s.body)
		}
	}
	return s
}

// lacks checks that a page does not hold texts.
func (s seen) lacks(texts ...string) seen {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.body, text) {
			s.t.Errorf("%s %s: the page holds %q", s.Request.Method, s.Request.URL.Path, text)
		}
	}
	return s
}

// entries are those of a page.
func entries[T any](l admin.Listed[T], err error) ([]T, error) { return l.Entries, err }
