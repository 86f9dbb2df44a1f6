package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rekey/internal/app"
	"rekey/internal/engine"
	"rekey/internal/suite"
)

// ordersVariable holds the orders of a process that is a server to be killed.
const ordersVariable = "REKEY_E2E_ORDERS"

// orders say what such a server is to do.
type orders struct {
	Folder string // of its database, keys, log and temporary files
	Mail   string // host and port where its mail goes
	// Step is where it kills itself, when it comes there for the Nth time; ""
	// means nowhere.
	Step engine.Step
	Nth  int64
}

// settings are those of a server in a folder.
func (o orders) settings() (app.Config, error) {
	smtp, err := smtpTo(o.Mail)
	return app.Config{
		Listen: "127.0.0.1:0", Database: filepath.Join(o.Folder, "rekey.db"), SMTP: smtp, StopTimeout: suite.Limit,
	}, err
}

// serveOrders is the whole life of the process; it returns its exit status.
func serveOrders(text string) int {
	if err := serveUntilTold(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveUntilTold(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	// Nobody is left behind by a test that ends badly.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
	c, err := o.settings()
	if err != nil {
		return err
	}
	var reached atomic.Int64
	a, err := app.New(ctx, c, app.Options{
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Argon2: cheap, Limits: free,
		Steps: func(s engine.Step) {
			if s == o.Step && reached.Add(1) == o.Nth {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // nothing is done any more
			}
		},
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, a.URL()); err != nil {
		return err
	}
	return errors.Join(a.Run(ctx), a.Close())
}

// program is what such a server runs: the tests' own program, or under the race
// detector one that was built without it. With it a server takes seconds to
// start, and a hundred of them are too few for a storm; the tests that have
// their server in their own process are under it all the same.
var program = sync.OnceValues(func() (string, error) {
	own, err := os.Executable()
	if err != nil || !raced() {
		return own, err
	}
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
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	log  string
	done chan struct{} // closed when the process has ended
}

// spawn starts a server and waits until it listens.
func spawn(t testing.TB, o orders) *child {
	t.Helper()
	c, err := begin(t, o)
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c.out).ReadString('\n')
	if err != nil {
		<-c.done
		t.Fatalf("the server did not start; its log ends with\n%s", tail(c.log))
	}
	c.url = strings.TrimSpace(line)
	return c.child
}

// starting is a child whose address is not known yet.
type starting struct {
	*child
	out io.Reader
}

// begin starts the process of a server. It ends with the test.
func begin(t testing.TB, o orders) (*starting, error) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	path, err := program()
	if err != nil {
		return nil, err
	}
	scratch := filepath.Join(o.Folder, "tmp")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, err
	}
	c := &child{t: t, log: filepath.Join(o.Folder, "log"), done: make(chan struct{})}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd = exec.Command(path)
	c.cmd.Env = append(os.Environ(), ordersVariable+"="+string(text), "TMPDIR="+scratch)
	c.cmd.Stderr = log
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, inner, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.cmd.Stdout = inner
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	_ = inner.Close()
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // how it ended is read from ProcessState
		_ = stdin.Close()
	}()
	t.Cleanup(func() {
		c.kill()
		_ = out.Close()
	})
	return &starting{c, out}, nil
}

// kill ends the process with SIGKILL, as a power failure would, and waits
// until it is gone.
func (c *child) kill() {
	select {
	case <-c.done:
		return
	default:
	}
	_ = c.cmd.Process.Kill()
	<-c.done
}

// died waits until the process has killed itself.
func (c *child) died() {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(suite.Limit):
		c.t.Fatalf("the server did not come to the step; its log ends with\n%s", tail(c.log))
	}
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		c.t.Fatalf("the server ended otherwise, %v; its log ends with\n%s", c.cmd.ProcessState, tail(c.log))
	}
}

// stop has the server stop as a service manager does.
func (c *child) stop() {
	c.t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(suite.Limit):
		c.t.Fatal("the server does not stop")
	}
	if !c.cmd.ProcessState.Success() {
		c.t.Errorf("the server stopped with %v; its log ends with\n%s", c.cmd.ProcessState, tail(c.log))
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
