package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBodyIsReadUpToItsLimitAndNoFurther(t *testing.T) {
	t.Parallel()
	var read int64
	var err error
	s := setup(t, func(_ http.ResponseWriter, r *http.Request) { read, err = io.Copy(io.Discard, r.Body) })
	s.get(httptest.NewRequest(http.MethodPost, "/", io.LimitReader(zeros{}, 2*maxBody)))
	var tooLarge *http.MaxBytesError
	if read != maxBody || !errors.As(err, &tooLarge) {
		t.Errorf("read %d bytes, %v", read, err)
	}
}

func TestNobodyHoldsAConnectionForEver(t *testing.T) {
	t.Parallel()
	h := setup(t, func(http.ResponseWriter, *http.Request) {}).http
	if h.ReadHeaderTimeout != readHeaderTimeout || h.ReadTimeout != readTimeout || h.WriteTimeout != writeTimeout || h.IdleTimeout != idleTimeout {
		t.Errorf("headers %s, request %s, answer %s, idle %s", h.ReadHeaderTimeout, h.ReadTimeout, h.WriteTimeout, h.IdleTimeout)
	}
}

func TestHeadersBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, func(http.ResponseWriter, *http.Request) { t.Error("the request was answered") })
	listening := httptest.NewUnstartedServer(nil)
	listening.Config = s.http
	listening.Start()
	t.Cleanup(listening.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, listening.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Filler", strings.Repeat("x", 2*maxHeaderBytes))
	answer, err := listening.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(answer.Status)
	}
}
