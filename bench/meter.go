package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Meter says what its process uses of the machine, and profiles it. The methods
// of the sink's and of Rekey's are called from the bench.
type Meter struct {
	cpu  *os.File // of a profile that is being made
	path string
}

// Usage is what a process has used of the machine.
type Usage struct {
	CPU time.Duration
	RSS int64 // the most memory so far, in bytes
}

// Usage says what this process has used.
func (*Meter) Usage(_ int, u *Usage) error {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	*u = Usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), highWater(string(status))}
	return nil
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

// Profile begins to profile this process into files that begin with path; ""
// ends that.
func (m *Meter) Profile(path string, _ *int) (err error) {
	if path != "" {
		if m.cpu, err = os.Create(path + ".cpu"); err != nil {
			return err
		}
		m.path = path
		return pprof.StartCPUProfile(m.cpu)
	}
	pprof.StopCPUProfile()
	allocations, errCreate := os.Create(m.path + ".allocs")
	if err = errors.Join(m.cpu.Close(), errCreate); err != nil {
		return err
	}
	runtime.GC()
	return errors.Join(pprof.Lookup("allocs").WriteTo(allocations, 0), allocations.Close())
}
