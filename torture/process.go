package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is a server in a process of its own, which is started again whenever it
// has ended.
type node struct {
	number  int
	program string
	orders  orders
	clock   *clock
	log     string // file
	report  *report

	mu      sync.Mutex
	process *exec.Cmd
	url     string        // "" while it does not serve
	ended   chan struct{} // closed when process has ended
	stopped bool          // by SIGSTOP
	struck  bool          // its end was the driver's doing
}

// address returns where the node serves, or "" if it does not.
func (n *node) address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		return ""
	}
	return n.url
}

// begin starts the process, and returns when it serves or has ended.
func (n *node) begin() error {
	text, err := json.Marshal(n.orders)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	process := exec.Command(n.program) //nolint:gosec,noctx // it is this program, and ends when it is struck
	process.Env = append(os.Environ(), ordersVariable+"="+string(text), "TMPDIR="+filepath.Join(filepath.Dir(n.log), "tmp"))
	process.Stderr = log
	stdin, err := process.StdinPipe()
	if err != nil {
		return err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	n.mu.Lock()
	n.process, n.ended, n.stopped, n.struck = process, ended, false, false
	n.mu.Unlock()
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = process.Wait() // how it ended does not matter
		_ = stdin.Close()
		n.mu.Lock()
		n.url = ""
		n.mu.Unlock()
		close(ended)
	}()
	if err == nil {
		err = n.serves(strings.TrimSpace(line), ended)
	}
	return err
}

// serves waits until the node answers, or has ended.
func (n *node) serves(url string, ended <-chan struct{}) error {
	client := &http.Client{Timeout: 20 * time.Second}
	answer, err := client.Get(url + "/healthz") //nolint:noctx // it has a time limit
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-ended:
		return errors.New("it has ended")
	default:
		n.url = url
		return nil
	}
}

// keep starts the node again and again until done is closed; the last process
// lives on.
func (n *node) keep(done <-chan struct{}) {
	for {
		err := n.begin()
		if err != nil {
			n.mu.Lock()
			struck := n.struck
			n.mu.Unlock()
			n.kill()
			if !struck {
				n.report.note("node %d did not start: %v", n.number, err)
				n.report.count("starts in vain", 1)
				wait(done, 250*time.Millisecond)
			}
		}
		n.mu.Lock()
		ended := n.ended
		n.mu.Unlock()
		if ended == nil {
			wait(done, time.Second)
			continue
		}
		select {
		case <-ended:
		case <-done:
			return
		}
		n.mu.Lock()
		if !n.struck && err == nil {
			n.report.note("node %d ended by itself: %v", n.number, n.process.ProcessState)
			n.report.count("nodes that ended by themselves", 1)
		}
		n.mu.Unlock()
	}
}

// wait returns after some time, or when done is closed.
func wait(done <-chan struct{}, length time.Duration) {
	select {
	case <-done:
	case <-time.After(length):
	}
}

// kill ends the process with SIGKILL, and waits until it is gone. It reports
// whether there was one.
func (n *node) kill() bool {
	n.mu.Lock()
	process, ended := n.process, n.ended
	alive := false
	if process != nil {
		select {
		case <-ended:
		default:
			alive, n.struck, n.url = true, true, ""
			_ = process.Process.Kill()
		}
	}
	n.mu.Unlock()
	if alive {
		<-ended
	}
	return alive
}

// signal sends SIGSTOP or SIGCONT, and reports whether there was somebody to
// get it.
func (n *node) signal(which syscall.Signal) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil || n.url == "" {
		return false
	}
	if err := n.process.Process.Signal(which); err != nil {
		return false
	}
	n.stopped = which == syscall.SIGSTOP
	return true
}

// asleep reports whether the node was stopped by SIGSTOP.
func (n *node) asleep() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stopped
}

// end has the node stop as a service manager does.
func (n *node) end() error {
	n.mu.Lock()
	process, ended := n.process, n.ended
	n.struck = true
	n.mu.Unlock()
	if process == nil {
		return nil
	}
	_ = process.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		n.kill()
		return fmt.Errorf("node %d does not stop", n.number)
	}
	if !process.ProcessState.Success() {
		return fmt.Errorf("node %d stopped with %v; see %s", n.number, process.ProcessState, n.log)
	}
	return nil
}
