package app_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rekey/internal/mail/mailtest"
)

// A real file system is full: requests are refused with a clear error, no check
// reports "ok", and everything goes on once there is room.
func TestFullDiskIsToldAndGoesOnWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a file system of its own takes root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	start := time.Now().UTC()
	var passed atomic.Int64 // the sweep of the server reads it, too
	options := cheap()
	options.Clock = func() time.Time { return start.Add(time.Duration(passed.Load())) }
	a, stop := running(t, settings(t, dir, mailtest.Start(t, mailtest.Script{})), options)
	defer stop()
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)

	if status, text := ask(t, http.MethodGet, a.URL()+"/readyz", nil); status != http.StatusServiceUnavailable || !strings.Contains(text, `"database":"failing"`) {
		t.Errorf("readyz: %d %s", status, text)
	}
	for _, door := range []string{"/login", "/forgot-password"} {
		status, text := ask(t, http.MethodPost, a.URL()+door, url.Values{"address": {"ada@example.org"}, "password": {"wrong-horse-battery"}})
		if status != http.StatusServiceUnavailable || !strings.Contains(text, "Nothing can be stored at the moment: the disk is full") {
			t.Errorf("%s: %d %s", door, status, text)
		}
	}
	if status, text := ask(t, http.MethodGet, a.URL()+"/metrics", nil); status != http.StatusOK || !strings.Contains(text, "\nrekey_disk_free_bytes 0\n") ||
		!strings.Contains(text, "\nrekey_database_size_bytes ") || !strings.Contains(text, "\nrekey_paused 0\n") {
		t.Errorf("metrics: %d without the gauges", status)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	passed.Store(int64(time.Minute))
	if status, text := ask(t, http.MethodGet, a.URL()+"/readyz", nil); status != http.StatusOK {
		t.Errorf("readyz with room: %d %s", status, text)
	}
	if status, _ := ask(t, http.MethodPost, a.URL()+"/forgot-password", url.Values{"address": {"ada@example.org"}}); status != http.StatusOK {
		t.Errorf("forgot with room: %d", status)
	}
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = error(nil); err == nil; {
			_, err = file.Write(make([]byte, size))
		}
	}
}

func ask(t *testing.T, method, address string, form url.Values) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
