package mailtest

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// certificate returns the standard library's certificate for tests, and writes it
// to a file that ends with the test.
func certificate(t testing.TB) (*tls.Config, string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	file := filepath.Join(t.TempDir(), "mailtest.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatalf("mailtest: %v", err)
	}
	return &tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}, file
}
