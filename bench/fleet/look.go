package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// seen is what the nodes and their database have come to by a moment.
type seen struct {
	connections  int
	transactions int64
	server, self time.Duration // CPU time
}

func (f *fleet) look(ctx context.Context) (s seen, err error) {
	pool := f.nodes[0].db.Postgres()
	// A backend tells what it has done once it is idle, and at most once a second.
	err = pool.QueryRow(ctx, `SELECT xact_commit + xact_rollback,
		(SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database())
		FROM pg_stat_database WHERE datname = current_database()`).Scan(&s.transactions, &s.connections)
	if err != nil {
		return s, err
	}
	if s.server, err = serverTime(); err != nil {
		return s, err
	}
	var usage syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	s.self = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return s, err
}

// serverTime is the CPU time of the PostgreSQL that this process started: of its
// processes, and of those that have ended.
func serverTime() (total time.Duration, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	parents, times := map[int]int{}, map[int][2]int64{} // own, and of children that have ended
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		_, rest, _ := strings.Cut(string(text), ") ") // the name may hold anything
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			return 0, fmt.Errorf("%s: %q", path, text)
		}
		ticks := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
		parents[pid] = int(ticks(1))
		times[pid] = [2]int64{ticks(11) + ticks(12), ticks(13) + ticks(14)}
	}
	const perSecond = 100 // USER_HZ
	for pid, parent := range parents {
		switch {
		case parent == os.Getpid(): // the postmaster
			total += time.Duration(times[pid][0]+times[pid][1]) * time.Second / perSecond
		case parents[parent] == os.Getpid():
			total += time.Duration(times[pid][0]) * time.Second / perSecond
		}
	}
	return total, nil
}
