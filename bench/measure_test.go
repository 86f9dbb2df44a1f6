package main

import (
	"context"
	"errors"
	"maps"
	"math"
	"strings"
	"testing"
	"time"
)

func TestAFigureIsTheMedianOfItsDatabase(t *testing.T) {
	t.Parallel()
	rounds := []round{
		{database: onSQLite, readings: readings{"run": 4, "sink": 8}}, {database: onPostgres, readings: readings{"run": 1000}},
		{database: onSQLite, readings: readings{"run": 6, "sink": 8}}, {database: onSQLite, readings: readings{"run": 1}},
	}
	for _, c := range []struct {
		line         line
		median, best float64
	}{
		{line{key: "run"}, 4, 6},
		{line{key: "run", most: true}, 4, 1},
		{line{key: "share", of: ratio("run", "sink")}, 0.625, 0.75},
	} {
		f, measured := c.line.figure(onSQLite, rounds)
		if !measured || math.Abs(f.median-c.median) > 1e-9 || f.best != c.best {
			t.Errorf("%s: %+v", c.line.key, f)
		}
	}
	if f, measured := (line{key: "sink"}).figure(onPostgres, rounds); measured {
		t.Errorf("what was not measured is %v", f)
	}
}

func TestABarIsForItsDatabase(t *testing.T) {
	t.Parallel()
	l := line{key: "latency", bar: 10, most: true, barOn: onSQLite, unit: "ms"}
	for database, want := range map[string]string{onSQLite: "✗ ≤ 10.0 ms", onPostgres: ""} {
		f, _ := l.figure(database, []round{{database: database, readings: readings{"latency": 11}}})
		if got := f.verdict(); got != want {
			t.Errorf("%s: %q", database, got)
		}
	}
}

func TestEveryFigureOfTheResultsHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range rows(options{}) {
		for _, l := range r.lines {
			if seen[l.benchmark()] || strings.ContainsAny(l.benchmark()+l.unit, " -") {
				t.Errorf("%q twice, or not one word", l.benchmark())
			}
			seen[l.benchmark()] = true
		}
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	t.Parallel()
	all := []row{{name: "short"}, {name: "other"}, {name: "long", extra: true}}
	for names, want := range map[string]string{"": "short other", "all": "short other long", "long": "long", "other,short": "short other"} {
		found, err := chosen(all, names)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range all {
			if found[r.name] {
				got = append(got, r.name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q measures %v", names, got)
		}
	}
	if _, err := chosen(all, "short,long,tall"); err == nil {
		t.Error("it measures what there is not")
	}
}

func TestTheHistoryIsOfDefaultSizes(t *testing.T) {
	t.Parallel()
	for args, ok := range map[string]bool{"-record": true, "-record -rounds 5": true, "-record -users 10": false, "-users 10": true, "-rows nothing": false, "run": false} {
		if _, err := parse(strings.Fields(args)); (err == nil) != ok {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestPercentilesAreValuesThatOccurred(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for n := range 300 {
		all = append(all, time.Duration(n+1)*time.Millisecond)
	}
	for percent, want := range map[int]float64{50: 150, 99: 297, 100: 300} {
		if got := percentile(all, percent); got != want {
			t.Errorf("%d %%: %v", percent, got)
		}
	}
}

func TestNumbersAreReadable(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"1,234,567 /s": amount(1_234_567.8, "/s"), "999.9 ms": amount(999.9, "ms"), "0.50 ×": amount(0.5, "×"), "1,000": number(1000), "12": number(12),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestARowThatFailsCostsOnlyItsOwnFigures(t *testing.T) {
	t.Parallel()
	fake := func(name string, err error) row {
		return row{name: name, measure: func(_ *bench, _ context.Context, r readings) error {
			r[name] = 1
			return err
		}}
	}
	r := readings{}
	err := (&bench{db: &database{name: onSQLite}}).measure(t.Context(), []row{fake("before", nil), fake("lost", errLost), fake("after", nil)}, r)
	if want := (readings{"before": 1, "after": 1}); !errors.Is(err, errLost) || !maps.Equal(r, want) {
		t.Errorf("%v are measured, want %v; %v", r, want, err)
	}
}
