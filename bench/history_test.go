package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// measured is a result of one figure.
func measured(commit string, minute int, f figure) result {
	return result{
		Commit: commit, Date: time.Date(2026, 11, 22, 20, minute, 0, 0, time.UTC),
		Machine: machine{CPU: "abacus", Cores: 2, Kernel: "linux", Go: "go1.26", Load: "0.10", LoadAfter: "1.50"},
		Rounds:  []round{{Database: f.Database}}, Figures: []figure{f},
	}
}

func TestWhatIsRecordedIsReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history.jsonl")
	first := measured("aaaa", 1, figure{Database: onSQLite, Key: "run", Unit: "/s", Median: 5123.456, Best: 6000, Rounds: []float64{5000, 5123.456, 6000}})
	second := measured("bbbb", 2, figure{Database: onPostgres, Key: "latency p50", Unit: "ms", Median: 0.0123456, Less: true})
	for _, r := range []result{first, second} {
		if err := recordIn(path, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{Commit: "aaaa", Date: first.Date, Machine: "abacus, 2 cores, linux, go1.26", Load: "0.10 → 1.50", Database: onSQLite, Row: "run", Unit: "/s",
			Median: 5123, Best: 6000, Rounds: []float64{5000, 5123, 6000}},
		{Commit: "bbbb", Date: second.Date, Machine: "abacus, 2 cores, linux, go1.26", Load: "0.10 → 1.50", Database: onPostgres, Row: "latency p50", Unit: "ms",
			Median: 0.01235, Rounds: []float64{}, Less: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// history is of the medians of a row in turn, each of rounds 10 % to both sides.
func history(row string, less bool, of ...entry) []entry {
	for i := range of {
		e := &of[i]
		e.Row, e.Less, e.Unit = row, less, "/s"
		if e.Database == "" {
			e.Database = onSQLite
		}
		if e.Rounds == nil {
			e.Rounds = []float64{e.Median * 0.9, e.Median, e.Median * 1.1}
		}
		e.Date = time.Date(2026, 11, 20+i, 12, 0, 0, 0, time.UTC)
	}
	return of
}

func compared(t *testing.T, list []entry, names ...string) string {
	t.Helper()
	var out strings.Builder
	if err := compare(&out, list, names); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func TestADifferenceWithinTheSpreadOfRoundsIsNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		less          bool
		before, after float64
		want          string
	}{
		{false, 100, 115, "1.15 × within the spread of rounds"},
		{false, 100, 90, "0.90 × within the spread of rounds"},
		{false, 100, 200, "2.00 × better"},
		{false, 100, 50, "0.50 × worse"},
		{true, 100, 200, "2.00 × worse"},
		{true, 100, 50, "0.50 × better"},
	} {
		got := compared(t, history("run", c.less, entry{Commit: "aaaa", Median: c.before}, entry{Commit: "bbbb", Median: c.after}))
		if !strings.HasSuffix(got, c.want) {
			t.Errorf("%v: %s", c, got)
		}
	}
}

func TestOneRoundHasNoSpread(t *testing.T) {
	t.Parallel()
	got := compared(t, history("run", false, entry{Commit: "aaaa", Median: 100}, entry{Commit: "bbbb", Median: 900, Rounds: []float64{900}}))
	if !strings.HasSuffix(got, "9.00 × one round, so its spread is not known") {
		t.Error(got)
	}
}

func TestTheLastTwoCommitsAreCompared(t *testing.T) {
	t.Parallel()
	list := history("run", false,
		entry{Commit: "aaaa", Median: 1}, entry{Commit: "bbbb", Median: 10}, entry{Commit: "cccc", Median: 40}, entry{Commit: "bbbb", Median: 20})
	for names, want := range map[string]string{
		"":                          "40.0 /s 20.0 /s 0.50 ×", // bbbb was measured last
		"aaaa":                      "1.0 /s 20.0 /s 20.00 ×",
		"aa cc":                     "1.0 /s 40.0 /s 40.00 ×",
		"2026-11-21T12 2026-11-23T": "10.0 /s 20.0 /s 2.00 ×",
	} {
		if got := compared(t, list, strings.Fields(names)...); !strings.Contains(got, want) {
			t.Errorf("%q: %s", names, got)
		}
	}
}

func TestWhatOnlyOneOfThemHasIsLeftOut(t *testing.T) {
	t.Parallel()
	list := history("run", false, entry{Commit: "aaaa", Median: 1}, entry{Commit: "aaaa", Median: 2, Database: onPostgres}, entry{Commit: "bbbb", Median: 3})
	got := compared(t, append(list, history("new row", false, entry{Commit: "bbbb", Median: 1})...))
	if strings.Contains(got, onPostgres) || strings.Contains(got, "new row") || !strings.Contains(got, "1.0 /s 3.0 /s") {
		t.Error(got)
	}
}

func TestFiguresOfAnotherMachineAreMarked(t *testing.T) {
	t.Parallel()
	list := history("run", false, entry{Commit: "aaaa", Median: 1, Machine: "abacus"}, entry{Commit: "bbbb", Median: 1, Machine: "slide rule"})
	if got := compared(t, list); !strings.Contains(got, "not the same machine") {
		t.Error(got)
	}
}

func TestNothingToCompareIsAnError(t *testing.T) {
	t.Parallel()
	list := history("run", false, entry{Commit: "aaaa", Median: 1}, entry{Commit: "bbbb", Median: 1, Database: onPostgres})
	for _, c := range []struct {
		list  []entry
		names []string
	}{{list[:1], nil}, {nil, []string{"aaaa"}}, {list, []string{"aaaa", "zzzz"}}, {list, nil}, {list, []string{"a", "b", "c"}}} {
		var out strings.Builder
		if err := compare(&out, c.list, c.names); err == nil {
			t.Errorf("%v: %s", c.names, out.String())
		}
	}
}
