package main

import (
	"strings"
	"testing"
	"time"
)

func TestResultsAreInTheFormatOfGoBenchmarks(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-rows", "run,latency"})
	if err != nil {
		t.Fatal(err)
	}
	r := round{
		database: onSQLite, commit: "aaaa", machine: "abacus, 2 cores", began: time.Date(2026, 11, 22, 20, 1, 0, 0, time.UTC), load: 0.1,
		readings: readings{"run": 5123.4567, "sink": 80_000, "latency p50": 0.01234567},
	}
	var out strings.Builder
	if err := r.write(&out, o); err != nil {
		t.Fatal(err)
	}
	const want = "commit: aaaa\ndate: 2026-11-22T20:01:00Z\nmachine: abacus, 2 cores\nload: 0.1\ndatabase: sqlite\n" +
		"BenchmarkRun 1 5123.46 /s\nBenchmarkRun/of=sink 1 0.0640432 ×\nBenchmarkLatency_p50 1 0.0123457 ms\n\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", &out, want)
	}
}
