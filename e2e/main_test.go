package e2e

import (
	"os"
	"testing"

	"rekey/internal/browser/browsertest"
	"rekey/internal/pgtest"
)

// TestMain runs the tests, or in a process that a test has started, the server
// that is to be killed.
func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(ordersVariable); ok {
		os.Exit(serveOrders(text))
	}
	status := browsertest.Main(m)
	pgtest.Stop()
	for _, folder := range []string{built, installed} {
		if folder != "" {
			_ = os.RemoveAll(folder)
		}
	}
	os.Exit(status)
}
