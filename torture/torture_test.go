package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/internal/rig"
	"rekey/internal/suite"
)

// TestMain runs the tests, or in a process that one of them has started, a node.
func TestMain(m *testing.M) {
	rig.Main()
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(status)
}

func TestNothingIsLostAndNobodyLockedOutOnSQLite(t *testing.T) {
	t.Parallel()
	storms(t, options{database: sqlite, nodes: 1, length: lasting(10, 25), kills: suite.Times(6, 20)})
}

func TestNothingIsLostAndNobodyLockedOutOnPostgreSQL(t *testing.T) {
	t.Parallel()
	storms(t, options{database: postgres, nodes: 3, length: lasting(15, 35), kills: suite.Times(8, 20)})
}

// lasting is how long a storm lasts: few seconds, or many in the thorough suite.
func lasting(few, many int) time.Duration { return time.Duration(suite.Times(few, many)) * time.Second }

// storms runs a short storm.
func storms(t *testing.T, o options) {
	t.Helper()
	o.seed, o.lease, o.rate, o.least = uint64(time.Now().UnixNano()), 2*time.Second, 10, 20
	var err error
	// Not the test's own: PostgreSQL, which is another user, must get there; and
	// it stays when something was found.
	if o.folder, err = os.MkdirTemp("", "rekey-torture-"); err != nil { //nolint:usetesting // see above
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			_ = os.RemoveAll(o.folder)
		}
	})
	if o.program, err = plain(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	r := newReport(&said)
	if err := run(t.Context(), o, r); err != nil {
		t.Error(err)
	}
	r.table(o)
	t.Log("\n" + said.String())
	if n := r.bad(); n > 0 {
		t.Errorf("found %d that must not be", n)
	}
	if r.of(kills) < o.kills || r.of(eventsAccepted) < o.least {
		t.Error("that was no storm: there was too little to strike")
	}
}

// plain is the program of a node: this one, or under the race detector one that
// was built without it. With it a node takes seconds to start.
var plain = sync.OnceValues(func() (string, error) {
	own, err := os.Executable()
	info, ok := debug.ReadBuildInfo()
	if err != nil || !ok || !slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return own, err
	}
	if built, err = os.MkdirTemp("", "rekey-torture-"); err != nil {
		return "", err
	}
	path := filepath.Join(built, "torture")
	build := exec.Command("go", "build", "-race=false", "-buildvcs=false", "-o", path, ".")
	build.Stderr = os.Stderr
	return path, build.Run()
})

// built is the folder of a program that was built; TestMain removes it.
var built string
