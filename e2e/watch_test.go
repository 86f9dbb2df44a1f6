package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
	search := newSearch(w.secrets)
	for place, data := range map[string][]byte{"an answer": w.said.Bytes(), "the log": w.log.Bytes()} {
		if whose := search.in(data); whose != "" {
			t.Errorf("a password of %s is in %s", whose, place)
		}
	}
	if err := search.files(folder); err != nil {
		t.Error(err)
	}
}

// search finds many passwords in one pass, as they are and in the forms that
// they could be written in by mistake: without hyphens, in base64, in hex.
type search struct {
	whose    map[string]string // by form
	lengths  []int
	prefixes map[[4]byte]bool
}

func newSearch(secrets map[string]string) *search {
	s := &search{whose: map[string]string{}, prefixes: map[[4]byte]bool{}}
	for password, whose := range secrets {
		forms := []string{
			password, strings.ReplaceAll(password, "-", ""), hex.EncodeToString([]byte(password)),
			base64.RawStdEncoding.EncodeToString([]byte(password)),
		}
		// In the middle of other text base64 begins at another bit.
		for pad := 1; pad <= 2; pad++ {
			text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + password))
			forms = append(forms, text[4:len(text)-4])
		}
		for _, form := range forms {
			s.whose[form] = whose
			s.prefixes[[4]byte([]byte(form[:4]))] = true
		}
	}
	seen := map[int]bool{}
	for form := range s.whose {
		if !seen[len(form)] {
			seen[len(form)] = true
			s.lengths = append(s.lengths, len(form))
		}
	}
	return s
}

// in returns whose password is in data, or "".
func (s *search) in(data []byte) string {
	for i := 0; i+4 <= len(data); i++ {
		if !s.prefixes[[4]byte(data[i:i+4])] {
			continue
		}
		for _, n := range s.lengths {
			if i+n > len(data) {
				continue
			}
			if whose, ok := s.whose[string(data[i:i+n])]; ok {
				return whose
			}
		}
	}
	return ""
}

// files looks through all files below a folder. Its error names the file that
// holds a password.
func (s *search) files(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file that was there for a moment
		}
		if err != nil {
			return err
		}
		if whose := s.in(data); whose != "" {
			return fmt.Errorf("a password of %s is in the file %s", whose, filepath.Base(path))
		}
		return nil
	})
}

// TestWatchFindsAPassword shows that the watch of the other tests can fail.
func TestWatchFindsAPassword(t *testing.T) {
	t.Parallel()
	const password = "abcdef-GHJKLM-npqrst-234567"
	s := newSearch(map[string]string{password: "ada"})
	for name, text := range map[string]string{
		"as it is":        "x" + password + "y",
		"without hyphens": "xabcdefGHJKLMnpqrst234567",
		"hex":             hex.EncodeToString([]byte("..." + password)),
		"base64":          base64.StdEncoding.EncodeToString([]byte(password + ".")),
		"base64 1":        base64.StdEncoding.EncodeToString([]byte("1" + password + "...")),
		"base64 2":        base64.StdEncoding.EncodeToString([]byte("12" + password + "...")),
	} {
		if s.in([]byte(text)) != "ada" {
			t.Errorf("%s: not found", name)
		}
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "file"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.files(folder) == nil {
			t.Errorf("%s: not found in the file", name)
		}
	}
	if s.in([]byte("abcdef-GHJKLM-npqrst-234568")) != "" {
		t.Error("another password is taken for this one")
	}
}
