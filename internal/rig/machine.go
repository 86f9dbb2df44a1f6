package rig

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/prometheus/procfs"
)

// Machine describes the machine: processor, number of cores, system and version of
// Go. It leaves out what /proc does not say.
func Machine() string {
	cpu, release := runtime.GOARCH, ""
	if proc, err := procfs.NewDefaultFS(); err == nil {
		if cores, err := proc.CPUInfo(); err == nil && len(cores) > 0 && cores[0].ModelName != "" {
			cpu = cores[0].ModelName
		}
		if words, err := proc.SysctlStrings("kernel.osrelease"); err == nil {
			release = " " + strings.Join(words, " ")
		}
	}
	return fmt.Sprintf("%s, %d cores, %s%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, release, runtime.Version())
}
