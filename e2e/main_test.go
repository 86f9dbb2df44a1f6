package e2e

import (
	"fmt"
	"os"
	"testing"

	"rekey/internal/browser/browsertest"
	"rekey/internal/pgtest"
	"rekey/internal/rig"
)

// TestMain runs the tests, or in a process that a test has started, the server
// that is to be killed.
func TestMain(m *testing.M) {
	rig.Main()
	status := browsertest.Main(m)
	pgtest.Stop()
	if err := stopDirectories(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the directories:", err)
		status = 1
	}
	for _, folder := range []string{built, installed} {
		if folder != "" {
			_ = os.RemoveAll(folder)
		}
	}
	os.Exit(status)
}
