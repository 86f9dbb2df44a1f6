package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// order is what this process tells another, one line of JSON. Each is answered
// by one line.
type order struct {
	Do string `json:"do"`
	N  int64  `json:"n,omitempty"`
	// Profile is where a profile goes, without its ending.
	Profile string `json:"profile,omitempty"`
}

// answer is what it says.
type answer struct {
	Error string `json:"error,omitempty"`

	Ready *ready `json:"ready,omitempty"`
	At    int64  `json:"at,omitempty"` // a moment in nanoseconds since 1970
	Count int64  `json:"count,omitempty"`
	Taken *taken `json:"taken,omitempty"`
	Usage *usage `json:"usage,omitempty"`
}

// usage is what a process has used of the machine.
type usage struct {
	CPU time.Duration `json:"cpu"`
	RSS int64         `json:"rss"` // the most memory so far, in bytes
}

// ownUsage is that of this process.
func ownUsage() (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}, fmt.Errorf("usage: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return usage{}, fmt.Errorf("usage: %w", err)
	}
	return usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), highWater(string(status))}, nil
}

// highWater reads the most memory that a process ever had, in bytes, out of
// /proc/PID/status. The same of getrusage is no less than what the process had
// that started this one.
func highWater(status string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// process is another part of the bench, started from the same program.
type process struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     chan answer
	ready   ready
}

// begin starts a part and waits until it is ready.
func begin(ctx context.Context, name string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{name: name, command: exec.CommandContext(ctx, self, append([]string{name}, args...)...), out: make(chan answer, 1)} //nolint:gosec // it is this program
	p.command.Stderr = os.Stderr
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go p.listen(out)
	first, err := p.hear(ctx)
	if err == nil && first.Ready == nil {
		err = errors.New("it did not say that it is ready")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), p.end())
	}
	p.ready = *first.Ready
	return p, nil
}

func (p *process) listen(out io.Reader) {
	defer close(p.out)
	decoder := json.NewDecoder(bufio.NewReader(out))
	for {
		var a answer
		if decoder.Decode(&a) != nil {
			return
		}
		p.out <- a
	}
}

// patience is how long an answer is waited for: what has not come by then was
// lost.
const patience = time.Minute

// ask gives an order and waits for its answer.
func (p *process) ask(ctx context.Context, o order) (answer, error) {
	if err := p.tell(o); err != nil {
		return answer{}, err
	}
	return p.hear(ctx)
}

// tell gives an order whose answer is heard later.
func (p *process) tell(o order) error {
	if err := json.NewEncoder(p.in).Encode(o); err != nil {
		return fmt.Errorf("%s: %s: %w", p.name, o.Do, err)
	}
	return nil
}

func (p *process) hear(ctx context.Context) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case a, ok := <-p.out:
		switch {
		case !ok:
			return a, errors.New(p.name + " has ended")
		case a.Error != "":
			return a, errors.New(p.name + ": " + a.Error)
		}
		return a, nil
	case <-ctx.Done():
		return answer{}, fmt.Errorf("%s does not answer: %w", p.name, ctx.Err())
	}
}

// end tells the part to end by closing its input, and waits.
func (p *process) end() error {
	_ = p.in.Close()
	late := time.AfterFunc(patience, func() { _ = p.command.Process.Kill() })
	defer late.Stop()
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// kill ends the part as a failure of the machine's would, and waits.
func (p *process) kill() error {
	if err := p.command.Process.Kill(); err != nil {
		return err
	}
	for range p.out { // until there is nothing more to hear
	}
	_ = p.command.Wait() // that it was killed
	return nil
}

// obey answers orders until the input ends.
func obey(in io.Reader, out io.Writer, r ready, do func(order) (answer, error)) error {
	say := json.NewEncoder(out)
	if err := say.Encode(answer{Ready: &r}); err != nil {
		return err
	}
	orders := json.NewDecoder(in)
	for {
		var o order
		err := orders.Decode(&o)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := do(o)
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if err := say.Encode(a); err != nil {
			return err
		}
	}
}
