package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"

	"rekey/internal/rig"
)

// node is a server in a process of its own, which is started again whenever it
// has ended.
type node struct {
	rig.Node

	number  int
	program string
	clock   *rig.Clock
	report  *report

	mu      sync.Mutex
	process *rig.Process // the latest
	url     string       // "" until it serves
	stopped bool         // by SIGSTOP
	struck  bool         // its end was the driver's doing
}

// address returns where the node serves, or "" if it does not.
func (n *node) address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped || !n.alive() {
		return ""
	}
	return n.url
}

// alive reports whether there is a process. The caller holds mu.
func (n *node) alive() bool { return n.process != nil && n.process.State() == nil }

// begin starts the process, and returns when it serves or has ended.
func (n *node) begin() error {
	process, err := n.Start(n.program)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.process, n.url, n.stopped, n.struck = process, "", false, false
	n.mu.Unlock()
	url, err := process.Address()
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 20 * time.Second}
	answer, err := client.Get(url + "/healthz") //nolint:noctx // it has a time limit
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.struck || !n.alive() {
		return errors.New("it has ended")
	}
	n.url = url
	return nil
}

// run starts the node again and again until done is closed; the last process
// lives on.
func (n *node) run(done <-chan struct{}) {
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
		process := n.process
		n.mu.Unlock()
		if process == nil {
			wait(done, time.Second)
			continue
		}
		select {
		case <-process.Ended():
		case <-done:
			return
		}
		n.mu.Lock()
		if !n.struck && err == nil {
			n.report.note("node %d ended by itself: %v", n.number, process.State())
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
	process, alive := n.process, n.alive()
	if alive {
		n.struck, n.url = true, ""
	}
	n.mu.Unlock()
	if alive {
		process.Kill()
	}
	return alive
}

// signal sends SIGSTOP or SIGCONT, and reports whether the node could get it.
func (n *node) signal(which syscall.Signal) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.url == "" || !n.alive() || n.process.Signal(which) != nil {
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
	process := n.process
	n.struck = true
	n.mu.Unlock()
	if process == nil {
		return nil
	}
	if err := process.Stop(time.Minute); err != nil {
		return fmt.Errorf("node %d: %w; see %s", n.number, err, n.Log)
	}
	return nil
}
