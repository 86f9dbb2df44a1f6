package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"rekey/internal/app"
	"rekey/internal/rig"
	"rekey/internal/suite"
)

// nodeIn is a server with its database, keys, log and temporary files in a
// folder, whose mail goes to host:port.
func nodeIn(t testing.TB, folder, mail string) rig.Node {
	t.Helper()
	smtp, err := rig.Mail(mail)
	if err != nil {
		t.Fatal(err)
	}
	return rig.Node{
		Config: app.Config{Listen: "127.0.0.1:0", Database: filepath.Join(folder, "rekey.db"), SMTP: smtp, StopTimeout: suite.Limit},
		Log:    filepath.Join(folder, "log"), Argon2: cheap, Limits: free,
	}
}

// program is the program of such a server: the tests' own or, under the race detector,
// one that was built without it. With the detector a server takes seconds to start,
// which is too slow for a storm. Tests with the server in their own process keep the
// detector.
var program = sync.OnceValues(func() (string, error) {
	if !raced() {
		return "", nil
	}
	var err error
	if built, err = os.MkdirTemp("", "rekey-e2e-"); err != nil {
		return "", err
	}
	plain := filepath.Join(built, "server")
	if out, err := exec.Command("go", "test", "-c", "-race=false", "-o", plain, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w: %s", err, out)
	}
	return plain, nil
})

// built is the folder of a program that was built; TestMain removes it.
var built string

// raced reports whether this program is under the race detector.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// child is such a server in a process of its own.
type child struct {
	*rig.Process

	t   testing.TB
	url string
	log string
}

// spawn starts a server and waits until it listens.
func spawn(t testing.TB, n rig.Node) *child {
	t.Helper()
	c := begin(t, n)
	var err error
	if c.url, err = c.Address(); err != nil {
		t.Fatalf("%v; its log ends with\n%s", err, tail(c.log))
	}
	return c
}

// begin starts the process of a server, whose address is not known yet. It ends
// with the test.
func begin(t testing.TB, n rig.Node) *child {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p, err := n.Start(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return &child{Process: p, t: t, log: n.Log}
}

// died waits until the process has killed itself.
func (c *child) died() {
	c.t.Helper()
	select {
	case <-c.Ended():
	case <-time.After(suite.Limit):
		c.t.Fatalf("the server did not come to the step; its log ends with\n%s", tail(c.log))
	}
	status, ok := c.State().Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		c.t.Fatalf("the server ended otherwise, %v; its log ends with\n%s", c.State(), tail(c.log))
	}
}

// stop has the server stop as a service manager does.
func (c *child) stop() {
	c.t.Helper()
	if err := c.Stop(suite.Limit); err != nil {
		c.t.Errorf("%v; its log ends with\n%s", err, tail(c.log))
	}
}

// tail is the end of a file.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}
