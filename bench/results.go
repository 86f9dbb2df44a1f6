package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"
)

// historyFile is where results are kept, from the root of the repository.
const historyFile = "bench/history.txt"

// write writes what a round has measured in the format of Go benchmarks, see
// https://go.dev/design/14313-benchmark-format. benchstat reads it.
func (r round) write(out io.Writer, o options) error {
	var b strings.Builder
	for _, setting := range [][2]string{
		{"commit", r.commit}, {"date", r.began.Format(time.RFC3339)}, {"machine", r.machine}, {"load", fmt.Sprint(r.load)}, {"database", r.database},
	} {
		fmt.Fprintf(&b, "%s: %s\n", setting[0], setting[1])
	}
	for _, l := range o.lines() {
		if value := l.value(r.readings); !math.IsNaN(value) {
			fmt.Fprintf(&b, "Benchmark%s 1 %.6g %s\n", l.benchmark(), value, l.unit)
		}
	}
	_, err := fmt.Fprintln(out, b.String())
	return err
}

// benchmark is the name of a line among benchmarks.
func (l line) benchmark() string {
	return strings.ToUpper(l.key[:1]) + strings.NewReplacer(" / ", "/of=", " ", "_").Replace(l.key[1:])
}

// record appends a round to a history.
func (r round) record(o options) error {
	file, err := os.OpenFile(o.history, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // it is part of the repository
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	defer func() { _ = file.Close() }()
	return r.write(file, o)
}

// thisCommit is the commit of the working tree, with + if there are changes
// beside the history.
func thisCommit(ctx context.Context) string {
	commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(commit))
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ":/", ":(top,exclude)"+historyFile).Output()
	if err != nil || len(changes) > 0 {
		name += "+"
	}
	return name
}
