package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"rekey/internal/plaintext"
)

// watch listens to everything that the program says, and looks through what it
// has written, for passwords.
type watch struct {
	mu      sync.Mutex
	said    bytes.Buffer // answers to requests, with their headers
	log     bytes.Buffer
	secrets map[string]string // whose by password
}

func newWatch() *watch { return &watch{secrets: map[string]string{}} }

// secret is a password that must show up nowhere.
func (w *watch) secret(password, whose string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[password] = whose
}

// Write implements io.Writer, for the log.
func (w *watch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// heard is an http.RoundTripper that keeps what was answered.
type heard struct {
	*watch
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (h heard) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := h.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintf(&h.said, "%s %s: %s\n", r.Method, r.URL.Path, answer.Status)
	_ = answer.Header.Write(&h.said)
	h.said.Write(body)
	h.said.WriteByte('\n')
	return answer, nil
}

// check fails the test if a password was said, logged, or written to a file
// below the folder.
func (w *watch) check(t *testing.T, folder string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	search := plaintext.New(w.secrets)
	for place, data := range map[string][]byte{"an answer": w.said.Bytes(), "the log": w.log.Bytes()} {
		if whose := search.In(data); whose != "" {
			t.Errorf("a password of %s is in %s", whose, place)
		}
	}
	if err := search.Files(folder); err != nil {
		t.Error(err)
	}
}
