package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Process is a program in a process of its own, which calls Announce.
type Process struct {
	command *exec.Cmd
	ready   chan struct{} // closed when the process has announced its address, or has ended
	ended   chan struct{}
	address string
	calls   *rpc.Client
}

// Start starts a program. It returns at once: Address waits until it is ready.
func Start(command *exec.Cmd) (*Process, error) {
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdout = theirs
	err = errors.Join(command.Start(), theirs.Close())
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	p := &Process{command: command, ready: make(chan struct{}), ended: make(chan struct{})}
	go p.listen(pipe{bufio.NewReader(out), in, out})
	go func() {
		_ = command.Wait() // State says how it ended
		<-p.ready
		_, _ = in.Close(), out.Close()
		close(p.ended)
	}()
	return p, nil
}

// listen waits for the address, then gives the connection to the client of calls.
func (p *Process) listen(conn pipe) {
	defer close(p.ready)
	line, err := conn.ReadString('\n')
	if err != nil {
		return // it has ended
	}
	p.address, p.calls = strings.TrimSpace(line), rpc.NewClient(conn)
}

// pipe is a connection of two pipes.
type pipe struct {
	*bufio.Reader
	io.WriteCloser

	other io.Closer
}

// Close implements io.Closer.
func (p pipe) Close() error { return errors.Join(p.WriteCloser.Close(), p.other.Close()) }

// Address waits until the process has announced its address. It is an error if
// the process has ended before.
func (p *Process) Address() (string, error) {
	<-p.ready
	if p.calls == nil {
		return "", errors.New("the process ended before it was ready")
	}
	return p.address, nil
}

// patience is the time to wait for an answer.
const patience = time.Minute

// Call calls a method of a service that the process has announced, and waits up
// to a minute for the answer. The process must be ready.
func (p *Process) Call(ctx context.Context, method string, argument, answer any) error {
	return p.Begin(method, argument, answer)(ctx)
}

// Begin is Call in two parts: it calls, and returns a function that waits for the
// answer.
func (p *Process) Begin(method string, argument, answer any) func(context.Context) error {
	call := p.calls.Go(method, argument, answer, nil)
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		select {
		case <-call.Done:
			return call.Error
		case <-ctx.Done():
			return fmt.Errorf("no answer of %s: %w", method, ctx.Err())
		}
	}
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// State says how the process ended; nil before that.
func (p *Process) State() *os.ProcessState {
	select {
	case <-p.ended:
		return p.command.ProcessState
	default:
		return nil
	}
}

// Signal sends a signal.
func (p *Process) Signal(which os.Signal) error { return p.command.Process.Signal(which) }

// Kill ends the process with SIGKILL, as a power failure would, and waits until
// it is gone.
func (p *Process) Kill() {
	_ = p.command.Process.Kill() // it may have ended
	<-p.ended
}

// Stop ends the process with SIGTERM, as a service manager does, and kills it if that
// takes too long. It is an error if the process does not end well.
func (p *Process) Stop(within time.Duration) error {
	_ = p.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(within):
		p.Kill()
		return fmt.Errorf("the process does not stop within %s", within)
	}
	if state := p.State(); !state.Success() {
		return fmt.Errorf("the process stopped with %v", state)
	}
	return nil
}

// Announce tells the parent process the address of this one, and answers calls of the
// methods of services (net/rpc). When the parent has ended, it kills this process, so
// that none is left behind.
func Announce(address string, services ...any) error {
	server := rpc.NewServer()
	for _, service := range services {
		if err := server.Register(service); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(os.Stdout, address); err != nil {
		return err
	}
	go func() {
		server.ServeConn(pipe{bufio.NewReader(os.Stdin), os.Stdout, os.Stdin})
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
	return nil
}
