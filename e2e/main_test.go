package e2e

import (
	"os"
	"testing"
)

// TestMain runs the tests, or in a process that a test has started, the server
// that is to be killed.
func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(ordersVariable); ok {
		os.Exit(serveOrders(text))
	}
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(status)
}
