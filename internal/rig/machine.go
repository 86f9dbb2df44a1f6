package rig

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/prometheus/procfs"
)

// Machine says what this process runs on: the processor, how many cores there
// are, the system and the version of Go. What /proc does not say is left out.
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
