package main

import (
	"context"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
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
func serverTime() (time.Duration, error) {
	processes, err := procfs.AllProcs()
	if err != nil {
		return 0, err
	}
	stats := map[int]procfs.ProcStat{}
	for _, p := range processes {
		if s, err := p.Stat(); err == nil { // else it has ended
			stats[p.PID] = s
		}
	}
	ticks := 0
	for _, s := range stats {
		switch os.Getpid() {
		case s.PPID: // the postmaster
			ticks += int(s.UTime+s.STime) + s.CUTime + s.CSTime
		case stats[s.PPID].PPID:
			ticks += int(s.UTime + s.STime)
		}
	}
	const perSecond = 100 // USER_HZ
	return time.Duration(ticks) * time.Second / perSecond, nil
}
