package directorytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"rekey/internal/suite"
)

// process is a directory server in a process of its own. It can be stopped and
// started again.
type process struct {
	program   string
	arguments []string
	log       string   // the file that its output is appended to
	ports     []string // host:port; it is ready when all take connections

	mu    sync.Mutex
	run   *exec.Cmd
	life  io.Closer     // standard input, which ends with this process
	ended chan struct{} // closed when run has ended
}

// Start starts the server, and returns when it takes connections. It does nothing if
// the server runs.
func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run != nil {
		return nil
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	run := exec.Command(p.program, p.arguments...) //nolint:gosec,noctx // a program of the machine, which outlives ctx
	run.Stdout, run.Stderr = log, log
	// It always ends with this process.
	run.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.life, err = run.StdinPipe(); err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = run.Wait()
		close(ended)
	}()
	p.run, p.ended = run, ended
	for _, port := range p.ports {
		if err := p.awaitPort(ctx, port); err != nil {
			return err
		}
	}
	return nil
}

// awaitPort waits until the process takes connections at an address.
func (p *process) awaitPort(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, suite.Limit)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-again.C:
		case <-p.ended:
			return fmt.Errorf("%s ended at once; see %s", p.program, p.log)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stop stops the server and returns when it has ended. Its files stay.
func (p *process) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		return nil
	}
	_ = p.life.Close()
	if err := p.run.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		p.run = nil
		return nil
	case <-time.After(suite.Limit):
		return fmt.Errorf("%s does not stop", p.program)
	}
}

// ownAddress returns an address on loopback where nothing takes connections at the
// ports. Its range is used by these servers alone.
func ownAddress(ports ...int) (net.IP, error) {
	for range 100 {
		//nolint:gosec // not a secret
		address := net.IPv4(127, 80, byte(rand.IntN(256)), byte(1+rand.IntN(254)))
		if free(address, ports) {
			return address, nil
		}
	}
	return nil, errors.New("found no free address on loopback")
}

func free(address net.IP, ports []int) bool {
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort(address.String(), strconv.Itoa(port))) //nolint:noctx // it is over at once
		if err != nil {
			return false
		}
		_ = listener.Close()
	}
	return true
}
