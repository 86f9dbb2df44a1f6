package access

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rekey"
)

// browser keeps one cookie.
type browser struct {
	t       testing.TB
	handler http.Handler
	cookie  *http.Cookie
	// seen is the Entry of the last request.
	seen Entry
	in   bool
	// during runs while GET /long is answered; held says whether the session was valid
	// before and after.
	during func()
	held   [2]bool
}

// open returns a browser without a session. POST /in begins one for the entry,
// POST /out ends it.
func (f *fixture) open(secure bool, e *Entry) *browser {
	sessions := f.NewSessions(secure)
	b := &browser{t: f.t}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /in", func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.Begin(r.Context(), *e, Origin{home, r.UserAgent()}); err != nil {
			f.t.Error(err)
		}
	})
	mux.HandleFunc("POST /out", func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.End(r.Context()); err != nil {
			f.t.Error(err)
		}
	})
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) { b.seen, b.in = EntryFrom(r.Context()) })
	mux.HandleFunc("GET /long", func(_ http.ResponseWriter, r *http.Request) {
		for i := range b.held {
			var err error
			if b.seen, b.held[i], err = sessions.Holds(r.Context()); err != nil {
				f.t.Error(err)
			}
			if i == 0 {
				b.during()
			}
		}
	})
	b.handler = sessions.Handler(mux, func(_ http.ResponseWriter, _ *http.Request, err error) { f.t.Error(err) })
	return b
}

func (b *browser) send(method, path string) *http.Cookie {
	b.t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) == 0 {
		return nil
	}
	if b.cookie = cookies[0]; b.cookie.MaxAge < 0 {
		b.cookie = nil
	}
	return cookies[0]
}

func (b *browser) isIn() bool {
	b.t.Helper()
	b.send("GET", "/")
	return b.in
}

func TestSessionEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mailed  bool
		happens func(f *fixture, u rekey.SystemUser)
	}{
		"blocked": {false, func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
		}},
		"blocked and restored meanwhile": {false, func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.EndSessions(f.t.Context(), u.ID) })
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked })
			f.change(u, func(u *rekey.SystemUser) { u.Status = rekey.UserActive })
		}},
		"type API": {false, func(f *fixture, u rekey.SystemUser) {
			f.change(u, func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI })
		}},
		"deleted": {false, func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.DeleteUser(f.t.Context(), u.ID, "", f.clock()) })
		}},
		"revoked": {false, func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.Revoke(f.t.Context(), map[string]string{u.ID: ""}, f.clock()) })
		}},
		"changed elsewhere": {false, func(f *fixture, u rekey.SystemUser) {
			_, err := f.ChangePassword(f.t.Context(), Entry{User: f.read(u)}, secret(chosen), secret(chosen2), home)
			f.ok(err)
		}},
		"idle for 30 minutes": {false, func(f *fixture, _ rekey.SystemUser) { f.pass(30 * time.Minute) }},
		"mailed one expired": {true, func(f *fixture, u rekey.SystemUser) {
			f.update(func(tx *txOf) error { return tx.EndMailed(f.t.Context(), u.ID, "expired", f.clock()) })
		}},
		"mailed one was replaced": {true, func(f *fixture, u rekey.SystemUser) { f.mail(u, rekey.ReplaceWhenSent) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			u := f.user(rekey.TypeUI)
			typed := chosen
			if c.mailed {
				typed, _ = f.mail(u, rekey.KeepUntilChanged)
			}
			e := f.entry(u, typed)
			b := f.open(true, &e)
			b.send("POST", "/in")
			if !b.isIn() || b.seen.User.ID != u.ID || b.seen.MustChange() != c.mailed {
				t.Fatalf("in: %v, as %+v", b.in, b.seen)
			}
			b.during = func() { c.happens(f, u) }
			if b.send("GET", "/long"); b.held != [2]bool{true, false} {
				t.Errorf("before and after, while an answer goes on, it held: %v", b.held)
			}
			if b.isIn() {
				t.Error("the session lives on")
			}
		})
	}
}

func TestSessionLastsTwelveHoursOfUse(t *testing.T) {
	t.Parallel()
	f := setup(t)
	e := f.entry(f.user(rekey.TypeUI), chosen)
	b := f.open(true, &e)
	b.send("POST", "/in")
	for range 12*3 - 1 {
		f.pass(20 * time.Minute)
		if !b.isIn() {
			t.Fatal("ended while in use")
		}
	}
	f.pass(20 * time.Minute)
	if b.isIn() {
		t.Error("the session outlives twelve hours")
	}
}

func TestSessionOfALongAnswerEndsWithTheLogOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	e := f.entry(u, chosen)
	b := f.open(true, &e)
	cookie := b.send("POST", "/in")
	b.during = func() {
		other := &browser{t: t, handler: b.handler, cookie: cookie}
		other.send("POST", "/out")
	}
	if b.send("GET", "/long"); b.held != [2]bool{true, false} {
		t.Errorf("before and after it held: %v", b.held)
	}
}

func TestSessionInAFormThatIsNotKnownEnds(t *testing.T) {
	t.Parallel()
	f := setup(t)
	u := f.user(rekey.TypeUI)
	e := f.entry(u, chosen)
	b := f.open(true, &e)
	token := hashOf(b.send("POST", "/in").Value)
	f.update(func(tx *txOf) error {
		return tx.PutSession(t.Context(), token, u.ID, []byte("\x0e\xff\x81gob"), f.clock(), f.clock().Add(time.Hour))
	})
	if b.isIn() {
		t.Error("it is taken for one")
	}
	if _, found, err := f.Store.Session(t.Context(), token, f.clock()); found || err != nil {
		t.Errorf("it is still there: %v, %v", found, err)
	}
}

func TestWhatAPageAsksByItselfKeepsNoSessionAlive(t *testing.T) {
	t.Parallel()
	f := setup(t)
	e := f.entry(f.user(rekey.TypeUI), chosen)
	b := f.open(true, &e)
	cookie := b.send("POST", "/in")
	for range 2 {
		f.pass(15*time.Minute - time.Second)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(cookie)
		r.Header.Set("Accept", "text/event-stream")
		b.handler.ServeHTTP(httptest.NewRecorder(), r)
		if !b.in {
			t.Fatal("not in")
		}
	}
	f.pass(2 * time.Second)
	if b.isIn() {
		t.Error("the session was kept alive")
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	f := setup(t)
	e := f.entry(f.user(rekey.TypeUI), chosen)
	for _, secure := range []bool{true, false} {
		b := f.open(secure, &e)
		if c := b.send("GET", "/"); c != nil {
			t.Error("a visitor without a session gets a cookie")
		}
		c := b.send("POST", "/in")
		if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
			t.Errorf("secure %v: %v", secure, c)
		}
		if strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("secure %v: named %s", secure, c.Name)
		}
		if _, found, err := f.db.Session(t.Context(), c.Value, f.clock()); found || err != nil {
			t.Errorf("the token itself is in the database (%v)", err)
		}
		before := c.Value
		if again := b.send("POST", "/in"); again.Value == before {
			t.Error("the token was not renewed at log-in")
		}
		b.cookie.Value = before
		if b.isIn() {
			t.Error("the token before the log-in is still good")
		}
	}
}

func TestLoggedOutIsLoggedOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	e := f.entry(f.user(rekey.TypeUI), chosen)
	b := f.open(true, &e)
	kept := b.send("POST", "/in")
	began := f.clock()
	f.pass(2 * time.Minute)
	b.send("POST", "/out")
	if b.cookie != nil {
		t.Error("the cookie stays")
	}
	// A request that is under way when the session ends does not bring it back.
	f.ok(f.touch(t.Context(), hashOf(kept.Value), e.User.ID, began, f.clock()))
	b.cookie = kept
	if b.isIn() {
		t.Error("the session can be used after logging out")
	}
}
