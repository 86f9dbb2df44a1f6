package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestStreamIsCountedAndItsTimeIsNot(t *testing.T) {
	t.Parallel()
	s := setup(t, func(_ http.ResponseWriter, r *http.Request) {
		From(r.Context()).Route = "GET " + r.URL.Path
		From(r.Context()).Streams = r.URL.Path == "/live"
	})
	s.get(httptest.NewRequest(http.MethodGet, "/live", nil))
	s.get(httptest.NewRequest(http.MethodGet, "/page", nil))
	mux := http.NewServeMux()
	s.metrics.Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line, there := range map[string]bool{
		`rekey_http_requests_total{route="GET /live",status="200"} 1`:    true,
		`rekey_http_request_duration_seconds_count{route="GET /page"} 1`: true,
		`rekey_http_request_duration_seconds_count{route="GET /live"`:    false,
	} {
		if strings.Contains(w.Body.String(), line) != there {
			t.Errorf("%s: want %v", line, there)
		}
	}
}

func TestStreamReachesItsReaderAtOnceAndEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := setup(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-From(r.Context()).Stopping
		_, _ = io.WriteString(w, "last")
	})
	s.config.Address = "127.0.0.1:0"
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("read %q (%v)", first, err)
	}
	if err := s.Shutdown(t.Context()); err != nil { // would wait for the stream
		t.Error(err)
	}
	rest, err := io.ReadAll(answer.Body)
	if err != nil || string(rest) != "last" {
		t.Errorf("read %q (%v)", rest, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
