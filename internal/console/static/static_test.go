package static

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVendoredFilesAreAsTheyCame(t *testing.T) {
	t.Parallel()
	sums, err := os.Open("vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	defer sums.Close()
	known := map[string]bool{}
	for lines := bufio.NewScanner(sums); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		content, err := os.ReadFile(filepath.Join("vendor", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			t.Errorf("vendor/%s was changed", name)
		}
		known[name] = true
	}
	found, err := filepath.Glob("vendor/*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if rel, _ := filepath.Rel("vendor", name); !known[rel] {
			t.Errorf("%s is not in vendor/SHA256SUMS", name)
		}
	}
	if len(known) == 0 {
		t.Error("vendor/SHA256SUMS names nothing")
	}
}

func TestFileIsServedCompressedToWhoeverTakesIt(t *testing.T) {
	t.Parallel()
	path, err := Path("tabler.css")
	if err != nil {
		t.Fatal(err)
	}
	for accept, zipped := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.8": true, "gzip;q=0": false, "gzip; q=0.000": false, "identity": false, "x-gzipped": false,
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		if !Serve(w, r, strings.TrimPrefix(path, Prefix)) {
			t.Fatal("it is not served")
		}
		body := w.Body.Bytes()
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: compressed %v, want %v", accept, got, zipped)
		} else if got {
			unzip, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(unzip); err != nil {
				t.Fatal(err)
			}
		}
		if want, _ := files.ReadFile("cut/tabler.css"); !bytes.Equal(body, want) {
			t.Errorf("Accept-Encoding %q: another content", accept)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("headers: %v", w.Header())
		}
	}
}

func TestUnknownFileIsNotServed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "rekey.css", "tabler.css", "../static.go", "vendor/README.md"} {
		if Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), name) {
			t.Errorf("%q is served", name)
		}
	}
	if _, err := Path("none.css"); err == nil {
		t.Error("there is a path of a file that is not there")
	}
	if _, err := Icon("none"); err == nil {
		t.Error("there is a drawing of an icon that is not there")
	}
}
