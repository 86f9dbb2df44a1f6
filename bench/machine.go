package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// thisMachine says what is measured on.
func thisMachine() string {
	cpu := runtime.GOARCH
	info, _ := os.ReadFile("/proc/cpuinfo") // only there on Linux
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			cpu = strings.TrimSpace(value)
		}
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, %d cores, %s %s, %s", cpu, runtime.NumCPU(), runtime.GOOS, strings.TrimSpace(string(release)), runtime.Version())
}

// loadAverage is that of the last minute, from others as well.
func loadAverage() string {
	load, _ := os.ReadFile("/proc/loadavg") // only there on Linux
	average, _, _ := strings.Cut(string(load), " ")
	return average
}
