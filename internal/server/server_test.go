package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/client"
)

// site is a server with a handler, and what it logged.
type site struct {
	*Server
	log     *bytes.Buffer
	metrics *Metrics
}

func setup(t *testing.T, handler http.HandlerFunc) site {
	t.Helper()
	s := site{log: &bytes.Buffer{}, metrics: NewMetrics()}
	logger := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.Server = New(Config{
		Handler: handler, Logger: logger, Metrics: s.metrics, NewID: func() string { return "request-1" },
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	return s
}

func (s site) get(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func problemIn(t *testing.T, w *httptest.ResponseRecorder) client.Problem {
	t.Helper()
	var p client.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return p
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	want := map[rekey.Code]int{
		rekey.CodeMalformed: 400, rekey.CodeUnauthenticated: 401, rekey.CodeForbidden: 403, rekey.CodeNotFound: 404,
		rekey.CodeConflict: 409, rekey.CodeStale: 412, rekey.CodeTooLarge: 413, rekey.CodeInvalid: 422, rekey.CodeLimited: 429,
		rekey.CodeInternal: 500, rekey.CodeUnavailable: 503, CodeTimeout: 408, CodeMethod: 405, CodeMediaType: 415,
		CodeMisdirected: 421, CodePrecondition: 428,
	}
	for _, kind := range Kinds() {
		if _, known := want[kind.Code]; !known {
			t.Errorf("%s is missing in this test", kind.Code)
		}
	}
	want["new"] = 500
	for code, status := range want {
		if got := StatusOf(code); got != status {
			t.Errorf("%s: %d, want %d", code, got, status)
		}
	}
}

func TestCauseIsLoggedUnderTheIDOfTheRequestAndNotShown(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"plain":   errors.New("disk on fire"),
		"wrapped": fmt.Errorf("write: %w", &rekey.Error{Code: rekey.CodeInternal, Message: "it broke", Cause: errors.New("disk on fire")}),
	} {
		var s site
		s = setup(t, func(w http.ResponseWriter, r *http.Request) { Answer(w, r, s.config.Logger, err) })
		w := s.get(httptest.NewRequest(http.MethodGet, "/", nil))
		p := problemIn(t, w)
		if w.Code != 500 || p.Instance != "request-1" || strings.Contains(w.Body.String(), "fire") || strings.Contains(w.Body.String(), "broke") {
			t.Errorf("%s: %s", name, w.Body)
		}
		if !strings.Contains(s.log.String(), `"request_id":"request-1","error":"`) || !strings.Contains(s.log.String(), "disk on fire") {
			t.Errorf("%s: log %s", name, s.log)
		}
	}
}

func TestProblemSaysWhatIsSafeToShow(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	cause := errors.New("secret cause")
	p := Explain(t.Context(), log, fmt.Errorf("save: %w", &rekey.Error{
		Code: rekey.CodeInvalid, Message: "The input is not valid.", Cause: cause, Fields: []rekey.FieldError{{Field: "name", Message: "Too long."}},
	}))
	if p.Status != 422 || p.Type != "/api/docs/problems#invalid" || len(p.Errors) != 1 || p.Errors[0].Field != "name" ||
		strings.Contains(fmt.Sprint(p.Problem), "secret") {
		t.Errorf("%+v", p.Problem)
	}
	if p := Explain(t.Context(), log, rekey.NewError(rekey.CodeUnauthenticated, "No.")); len(p.GetHeaders().Values("WWW-Authenticate")) != 2 {
		t.Errorf("headers %v", p.GetHeaders())
	}
	if p := Explain(t.Context(), log, later{}); p.GetHeaders().Get("Retry-After") != "7" || p.Status != 429 {
		t.Errorf("%d, headers %v", p.Status, p.GetHeaders())
	}
	if p := Explain(t.Context(), log, fmt.Errorf("read: %w", context.DeadlineExceeded)); p.Status != 503 {
		t.Errorf("deadline: %d", p.Status)
	}
	if p := Explain(t.Context(), log, &http.MaxBytesError{}); p.Status != 413 {
		t.Errorf("body: %d", p.Status)
	}
}

// later is an error that says when to come back.
type later struct{}

func (later) Error() string             { return "later" }
func (later) RetryAfter() time.Duration { return 7 * time.Second }
func (later) Unwrap() error             { return rekey.NewError(rekey.CodeLimited, "Too often.") }

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	s := setup(t, func(http.ResponseWriter, *http.Request) { panic("oh no") })
	w := s.get(httptest.NewRequest(http.MethodGet, "/", nil))
	if p := problemIn(t, w); w.Code != 500 || strings.Contains(p.Detail, "oh no") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), "oh no") || !strings.Contains(s.log.String(), `"level":"ERROR","msg":"request"`) {
		t.Errorf("log %s", s.log)
	}
}

// A successful request is logged only at debug.
func TestARequestThatGoesWellIsLoggedAtDebug(t *testing.T) {
	t.Parallel()
	s := setup(t, func(http.ResponseWriter, *http.Request) {})
	s.get(httptest.NewRequest(http.MethodGet, "/", nil))
	if log := s.log.String(); !strings.Contains(log, `"level":"DEBUG","msg":"request"`) {
		t.Errorf("log %s", log)
	}
}

func TestLogHasNoQueryNoHeadersAndNoPathOfAPage(t *testing.T) {
	t.Parallel()
	s := setup(t, func(_ http.ResponseWriter, r *http.Request) { From(r.Context()).Note(slog.String("event_id", "e1")) })
	for _, target := range []string{"/setup/s3cret?token=s3cret", "/api/v1/users?search=s3cret"} {
		r := httptest.NewRequest(http.MethodGet, target, strings.NewReader("s3cret"))
		r.Header.Set("Authorization", "Bearer s3cret")
		r.Header.Set("Cookie", "session=s3cret")
		r.Header.Set("Referer", "https://rekey.example.org/s3cret")
		s.get(r)
	}
	if log := s.log.String(); strings.Contains(log, "s3cret") || !strings.Contains(log, `"path":"/api/v1/users","event_id":"e1"`) {
		t.Errorf("log %s", log)
	}
}

func TestSourceIsTheNearestAddressThatTheCallerCouldNotMakeUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer, forwarded, proto string
		source                 string
		secure                 bool
	}{
		"direct":                      {"192.0.2.1:5", "", "", "192.0.2.1", false},
		"a stranger's header":         {"192.0.2.1:5", "198.51.100.7", "https", "192.0.2.1", false},
		"one proxy":                   {"10.0.0.1:5", "198.51.100.7", "https", "198.51.100.7", true},
		"made up before the proxy":    {"10.0.0.1:5", "1.1.1.1, 198.51.100.7", "http", "198.51.100.7", false},
		"two proxies":                 {"10.0.0.1:5", "1.1.1.1, 198.51.100.7, 10.2.2.2", "", "198.51.100.7", false},
		"a proxy without header":      {"10.0.0.1:5", "", "", "10.0.0.1", false},
		"rubbish":                     {"10.0.0.1:5", "198.51.100.7, <x>", "", "10.0.0.1", false},
		"IPv6":                        {"[2001:db8::1]:5", "", "", "2001:db8::1", false},
		"IPv4 within IPv6":            {"[::ffff:10.0.0.1]:5", "::ffff:198.51.100.7", "", "198.51.100.7", false},
		"all of them trusted proxies": {"10.0.0.1:5", "10.3.3.3, 10.2.2.2", "", "10.3.3.3", false},
	} {
		var got *Request
		s := setup(t, func(_ http.ResponseWriter, r *http.Request) { got = From(r.Context()) })
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		r.Header.Set("X-Forwarded-Proto", c.proto)
		s.get(r)
		if got.Source.String() != c.source || got.Secure != c.secure || got.ID != "request-1" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestHeadersKeepBrowsersSafe(t *testing.T) {
	t.Parallel()
	s := setup(t, func(http.ResponseWriter, *http.Request) {})
	h := s.get(httptest.NewRequest(http.MethodGet, "/", nil)).Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "X-Request-Id": "request-1",
		"Content-Security-Policy":   "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Strict-Transport-Security": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{}
	if got := s.get(r).Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("no Strict-Transport-Security over TLS")
	}
}

func TestWritesFromOtherOriginsAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := s.get(r); problemIn(t, w).Status != http.StatusForbidden {
		t.Errorf("%d", w.Code)
	}
}

func TestHandlerIsGivenNoMoreThanItsTime(t *testing.T) {
	t.Parallel()
	s := New(Config{
		Logger: slog.New(slog.DiscardHandler), NewID: func() string { return "1" }, RequestTimeout: time.Millisecond,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			Answer(w, r, slog.New(slog.DiscardHandler), r.Context().Err())
		}),
	})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestShutdownLetsARequestFinish(t *testing.T) {
	t.Parallel()
	began, finish := make(chan struct{}), make(chan struct{})
	s := New(Config{
		Address: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler), NewID: func() string { return "1" },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(began)
			<-finish
			_, _ = io.WriteString(w, "done")
		}),
	})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	served, answered := make(chan error, 1), make(chan string, 1)
	go func() { served <- s.Serve() }()
	go func() {
		answer, err := http.Get(s.URL())
		if err != nil {
			answered <- err.Error()
			return
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		answered <- string(text)
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	if err := <-served; err != nil {
		t.Errorf("served: %v", err)
	}
	close(finish)
	if text := <-answered; text != "done" {
		t.Errorf("answer %q", text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopped: %v", err)
	}
}
