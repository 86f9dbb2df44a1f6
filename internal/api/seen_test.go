package api_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"rekey/internal/api"
)

// seen are the answers that the tests of this package have had: "GET
// /api/v1/users/{id} 404".
var seen sync.Map

// TestMain compares them with the OpenAPI document when all tests have run: an
// answer that it does not name is a failure.
func TestMain(m *testing.M) {
	status := m.Run()
	if wrong := undocumented(); len(wrong) > 0 && status == 0 {
		fmt.Fprintln(os.Stderr, "FAIL: the OpenAPI document does not name these answers:\n  "+strings.Join(wrong, "\n  "))
		status = 1
	}
	os.Exit(status)
}

// undocumented are the answers seen that the document does not name.
func undocumented() (wrong []string) {
	bare, err := api.New(api.Config{Logger: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		return []string{err.Error()}
	}
	w := httptest.NewRecorder()
	bare.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	var d document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		return []string{err.Error()}
	}
	named := map[string]bool{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			for status := range op.Responses {
				named[strings.ToUpper(method)+" "+path+" "+status] = true
			}
		}
	}
	seen.Range(func(key, _ any) bool {
		answer, _ := key.(seenAnswer)
		text := answer.method + " " + patternOf(slices.Collect(maps.Keys(d.Paths)), answer.path) + " " + strconv.Itoa(answer.status)
		if answer.method == http.MethodOptions {
			return true // the handshake of webhooks is no operation; the text of POST /events describes it
		}
		if !strings.Contains(text, "  ") && answer.status != http.StatusMethodNotAllowed && !named[text] {
			wrong = append(wrong, text)
		}
		return true
	})
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

type seenAnswer struct {
	method, path string
	status       int
}

// patternOf is the path of the document that a path has, or "".
func patternOf(patterns []string, path string) string {
	best := ""
	for _, pattern := range patterns {
		want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
		fits := len(want) == len(got)
		for i := 0; fits && i < len(want); i++ {
			fits = want[i] == got[i] || want[i] == "{id}"
		}
		if fits && (best == "" || !strings.Contains(pattern, "{")) { // a path without a variable comes first
			best = pattern
		}
	}
	return best
}

// noting notes every answer of the API.
func noting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(s, r)
		seen.Store(seenAnswer{r.Method, r.URL.Path, s.status}, true)
	})
}

type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController the writer below.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
