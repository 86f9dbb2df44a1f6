package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"rekey"
)

const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
	phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)

// visit is a logged-in browser that can ask for its sessions.
type visit struct {
	f        *fixture
	sessions *Sessions
	handler  http.Handler
	cookie   *http.Cookie
	ask      func(ctx context.Context)
}

// comeIn logs a user in with a new browser.
func (f *fixture) comeIn(e Entry, agent string) *visit {
	v := &visit{f: f, sessions: f.NewSessions(true)}
	v.handler = v.sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { v.ask(r.Context()) }),
		func(_ http.ResponseWriter, _ *http.Request, err error) { f.t.Error(err) })
	v.do(func(ctx context.Context) { f.ok(v.sessions.Begin(ctx, e, Origin{home, agent})) })
	return v
}

func (v *visit) do(ask func(ctx context.Context)) {
	v.f.t.Helper()
	v.ask = ask
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	if cookies := w.Result().Cookies(); len(cookies) > 0 {
		v.cookie = cookies[0]
	}
}

func (v *visit) list() (list []Session, err error) {
	v.f.t.Helper()
	v.do(func(ctx context.Context) { list, err = v.sessions.List(ctx) })
	return list, err
}

func (v *visit) end(id string) (err error) {
	v.f.t.Helper()
	v.do(func(ctx context.Context) { err = v.sessions.EndOne(ctx, id) })
	return err
}

func (v *visit) isIn() (in bool) {
	v.f.t.Helper()
	v.do(func(ctx context.Context) { _, in = EntryFrom(ctx) })
	return in
}

func TestOnesOwnSessionsAreListedAndNobodyElses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada, bob := f.user(rekey.TypeUI), f.user(rekey.TypeUI)
	began := f.clock()
	desk := f.comeIn(f.entry(ada, chosen), firefox)
	f.comeIn(f.entry(bob, chosen), "")
	f.pass(time.Minute)
	pocket := f.comeIn(f.entry(ada, chosen), phone)
	f.pass(2 * time.Minute)
	pocket.isIn()
	f.pass(time.Minute)

	list, err := desk.list()
	f.ok(err)
	if len(list) != 2 || !list[0].Current || list[1].Current {
		t.Fatalf("listed are %+v", list)
	}
	here, there := list[0], list[1]
	if here.Agent != "Firefox on Windows" || here.Source != home || !here.Began.Equal(began) || !here.Seen.Equal(f.clock()) || here.MustChange {
		t.Errorf("here it is %+v", here)
	}
	if there.Agent != "Safari on iPhone" || !there.Began.Equal(began.Add(time.Minute)) || !there.Seen.Equal(began.Add(3*time.Minute)) {
		t.Errorf("there it is %+v", there)
	}
}

func TestSessionsOfOthersCannotBeEnded(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada, bob := f.comeIn(f.entry(f.user(rekey.TypeUI), chosen), ""), f.comeIn(f.entry(f.user(rekey.TypeUI), chosen), "")
	list, err := bob.list()
	f.ok(err)
	for _, id := range []string{list[0].ID, "", "no such"} {
		if err := ada.end(id); rekey.CodeOf(err) != rekey.CodeNotFound {
			t.Errorf("ending %q: %v", id, err)
		}
	}
	n, err := 0, errors.New("not asked")
	ada.do(func(ctx context.Context) { n, err = ada.sessions.EndOthers(ctx) })
	f.ok(err)
	if n != 0 || !bob.isIn() || !ada.isIn() {
		t.Errorf("%d ended; bob in: %v, ada in: %v", n, bob.isIn(), ada.isIn())
	}
}

func TestEndingASessionEndsItAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada := f.user(rekey.TypeUI)
	visits := make([]*visit, 4)
	for i := range visits {
		visits[i] = f.comeIn(f.entry(ada, chosen), "")
	}
	in := func() (in []bool) {
		for _, v := range visits {
			in = append(in, v.isIn())
		}
		return in
	}
	ids, err := visits[1].list()
	f.ok(err)
	f.ok(visits[0].end(ids[0].ID))
	if got := in(); !slices.Equal(got, []bool{true, false, true, true}) {
		t.Fatalf("in are %v", got)
	}
	n := 0
	visits[0].do(func(ctx context.Context) { n, err = visits[0].sessions.EndOthers(ctx) })
	f.ok(err)
	if got := in(); n != 2 || !slices.Equal(got, []bool{true, false, false, false}) {
		t.Fatalf("%d ended, in are %v", n, got)
	}
	ids, err = visits[0].list()
	f.ok(err)
	f.ok(visits[0].end(ids[0].ID)) // one's own
	if len(ids) != 1 || visits[0].isIn() {
		t.Errorf("listed were %v, in: %v", ids, visits[0].isIn())
	}
}

// A mailed password opens the change and nothing else.
func TestMailedPasswordShowsNoSessions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada := f.user(rekey.TypeUI)
	desk := f.comeIn(f.entry(ada, chosen), "")
	mailed, _ := f.mail(ada, rekey.KeepUntilChanged)
	reader := f.comeIn(f.entry(ada, mailed), phone)
	if _, err := reader.list(); rekey.CodeOf(err) != rekey.CodeForbidden {
		t.Errorf("listed: %v", err)
	}
	list, err := desk.list()
	f.ok(err)
	if len(list) != 2 || !list[1].MustChange {
		t.Fatalf("listed are %+v", list)
	}
	if err := reader.end(list[0].ID); rekey.CodeOf(err) != rekey.CodeForbidden {
		t.Errorf("ended: %v", err)
	}
	var others error
	reader.do(func(ctx context.Context) { _, others = reader.sessions.EndOthers(ctx) })
	if rekey.CodeOf(others) != rekey.CodeForbidden || !desk.isIn() {
		t.Errorf("ended: %v", others)
	}
}

func TestSessionsThatHaveEndedOtherwiseAreNotListed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ada := f.user(rekey.TypeUI)
	f.comeIn(f.entry(ada, chosen), "")
	_, err := f.ChangePassword(t.Context(), Entry{User: f.read(ada)}, secret(chosen), secret(chosen2), home)
	f.ok(err)
	now := f.comeIn(f.entry(f.read(ada), chosen2), "")
	list, err := now.list()
	f.ok(err)
	if len(list) != 1 || !list[0].Current {
		t.Errorf("listed are %+v", list)
	}
}

func TestAgentIsSaidInAFewWords(t *testing.T) {
	t.Parallel()
	const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	for header, want := range map[string]string{
		firefox:               "Firefox on Windows",
		phone:                 "Safari on iPhone",
		chrome:                "Chrome on Linux",
		chrome + " Edg/126.0": "Edge on Linux",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15": "Safari on macOS",
		"curl/8.5.0":                "curl",
		"":                          "",
		"<script>alert(1)</script>": "",
	} {
		if got := agentName(header); got != want {
			t.Errorf("%s is said as %q, want %q", header, got, want)
		}
	}
}
