package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is what was measured on.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	// Load is the load average of the minute before, from others as well, and
	// LoadAfter that of the last minute of measuring.
	Load      string `json:"load"`
	LoadAfter string `json:"load_after"`
}

// String is what stays the same from one run to the next.
func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, %s", m.CPU, m.Cores, m.Kernel, m.Go)
}

func thisMachine() machine {
	m := machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = runtime.GOOS + " " + strings.TrimSpace(string(release))
	}
	m.Load = loadAverage()
	return m
}

// loadAverage is that of the last minute.
func loadAverage() string {
	load, _ := os.ReadFile("/proc/loadavg") // only there on Linux
	average, _, _ := strings.Cut(string(load), " ")
	return average
}
