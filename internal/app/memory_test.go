package app

import (
	"testing"
	"testing/fstest"
)

func TestMemoryLimitIsThatOfTheCgroup(t *testing.T) {
	t.Parallel()
	const unit = "/system.slice/rekey.service"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"version 2, a service": {map[string]string{
			"proc/self/cgroup": "0::" + unit + "\n", "sys/fs/cgroup" + unit + "/memory.max": "1073741824\n", "sys/fs/cgroup/system.slice/memory.max": "max\n",
		}, 1 << 30},
		"version 2, a lower limit around it": {map[string]string{
			"proc/self/cgroup": "0::" + unit + "\n", "sys/fs/cgroup" + unit + "/memory.max": "1073741824\n", "sys/fs/cgroup/system.slice/memory.max": "536870912\n",
		}, 512 << 20},
		"version 2, a container": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 256 << 20},
		"version 2, no limit":    {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		"version 1, a container that sees the host's name": {map[string]string{
			"proc/self/cgroup": "12:cpu,cpuacct:/docker/1\n5:memory:/docker/1\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "134217728\n",
		}, 128 << 20},
		"version 1, no limit": {map[string]string{
			"proc/self/cgroup": "5:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		"no cgroups": {nil, 0},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := cgroupLimit(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		set := func(name string) string { return map[string]string{"GOMEMLIMIT": "1GiB"}[name] }
		if got := LimitMemory(set, root); got != 0 {
			t.Errorf("%s: GOMEMLIMIT is set, and the limit became %d", name, got)
		}
	}
}
