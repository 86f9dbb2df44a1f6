package app

import (
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// LimitMemory sets Go's memory limit to nine tenths of what the cgroup allows, so
// that memory is collected before the kernel ends the process. If GOMEMLIMIT is set,
// or no cgroup sets a limit, it changes nothing and returns 0. root is the machine's
// file system.
func LimitMemory(getenv func(string) string, root fs.FS) (bytes int64) {
	if getenv("GOMEMLIMIT") != "" {
		return 0
	}
	limit := cgroupLimit(root)
	if limit == 0 {
		return 0
	}
	limit -= limit / 10
	debug.SetMemoryLimit(limit)
	return limit
}

// cgroupLimit returns the lowest limit of the process's cgroups, in bytes, or 0 if
// there is none. It reads both versions: see cgroups(7), and memory.max in Control
// Group v2 of the kernel's documentation.
func cgroupLimit(root fs.FS) int64 {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	lowest := int64(math.MaxInt64)
	for line := range strings.Lines(string(groups)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case controllers == "": // version 2
			lowest = min(lowest, lowestOf(root, "sys/fs/cgroup", group, "memory.max"))
		case strings.Contains(","+controllers+",", ",memory,"):
			lowest = min(lowest, lowestOf(root, "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
		}
	}
	if lowest > 1<<60 { // version 1 says "none" with a number near the largest
		return 0
	}
	return lowest
}

// lowestOf returns the lowest limit of a group and its parents. In a container the
// group's name may be the host's; then only the root group can be read.
func lowestOf(root fs.FS, mount, group, file string) int64 {
	lowest := int64(math.MaxInt64)
	for folder := path.Clean("/" + group); ; folder = path.Dir(folder) {
		if text, err := fs.ReadFile(root, path.Join(mount, folder, file)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				lowest = min(lowest, n)
			}
		}
		if folder == "/" {
			return lowest
		}
	}
}
