package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
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
	self, err := procfs.Self()
	if err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	// The maximum of getrusage is at least that of the process that started this one.
	status, err := self.NewStatus()
	*u = Usage{time.Duration(r.Utime.Nano() + r.Stime.Nano()), int64(status.VmHWM)}
	return err
}

// loadAverage is that of the last minute; 0 if it is not known.
func loadAverage() float64 {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return 0
	}
	load, err := proc.LoadAvg()
	if err != nil {
		return 0
	}
	return load.Load1
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
