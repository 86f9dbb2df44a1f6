package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// The bars of the specification.
const (
	barRun    = 5_000.0 // passwords a second
	goalRun   = 0.5     // of the bare sink
	barP50    = 15.0    // ms
	barP99    = 50.0    // ms
	barEvents = 8_000.0 // a second
	barPage   = 100.0   // ms
	barTyping = 50.0    // ms
)

// result is all that was measured.
type result struct {
	Machine machine  `json:"machine"`
	Rounds  []round  `json:"rounds"`
	Rows    []figure `json:"rows"`
}

// round is one of several, in which all is measured in turn. What was not
// asked for is 0.
type round struct {
	Commits  float64         `json:"sqlite_commits_per_second,omitempty"`
	Bare     float64         `json:"bare_sink_per_second,omitempty"`
	BareOurs float64         `json:"bare_sink_our_size_per_second,omitempty"`
	Size     int64           `json:"message_bytes,omitempty"`
	Run      float64         `json:"passwords_per_second,omitempty"`
	RunUse   *watched        `json:"run_use,omitempty"`
	P50      float64         `json:"latency_p50_ms,omitempty"`
	P99      float64         `json:"latency_p99_ms,omitempty"`
	Singles  []time.Duration `json:"-"`
	Events   float64         `json:"events_per_second,omitempty"`
	EventUse *watched        `json:"events_use,omitempty"`
	// Lists are how long their pages took, by list.
	Lists map[string]spread `json:"lists,omitempty"`
}

// spread is how long something took.
type spread struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// figure is one row of the table: the median of the rounds.
type figure struct {
	What  string  `json:"what"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
	Best  float64 `json:"best"`
	Bar   float64 `json:"bar,omitempty"`
	Goal  bool    `json:"bar_is_goal,omitempty"` // to be reached some day
	Most  bool    `json:"bar_is_most,omitempty"` // the bar is the most it may be
}

// met reports whether the value is on the right side of the bar.
func (f figure) met() bool {
	if f.Most {
		return f.Value <= f.Bar
	}
	return f.Value >= f.Bar
}

func measure(ctx context.Context, o options) (err error) {
	res := result{Machine: thisMachine()}
	s, err := begin(ctx, "sink")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	var b *big
	if o.rows["lists"] {
		if b, err = serveBig(ctx, o, s); err != nil {
			return fmt.Errorf("lists: %w", err)
		}
		defer func() { err = errors.Join(err, b.end()) }()
	}
	for n := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", n+1, o.rounds)
		r, err := oneRound(ctx, o, s)
		if err != nil {
			return err
		}
		if b != nil {
			if r.Lists, err = b.read(ctx, o); err != nil {
				return fmt.Errorf("lists: %w", err)
			}
		}
		res.Rounds = append(res.Rounds, r)
	}
	res.Rows = figures(o, res.Rounds)
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(res)
	}
	return res.table(os.Stdout)
}

func oneRound(ctx context.Context, o options, s *process) (r round, err error) {
	if o.rows["disk"] {
		if r.Commits, err = commits(ctx, o); err != nil {
			return r, fmt.Errorf("disk: %w", err)
		}
	}
	if o.rows["sink"] {
		if r.Bare, err = flood(ctx, s, o.window/2, bareSize); err != nil {
			return r, fmt.Errorf("bare sink: %w", err)
		}
	}
	if o.rows["run"] {
		use, size, err := oneRun(ctx, o, s)
		if err != nil {
			return r, fmt.Errorf("run: %w", err)
		}
		r.Run, r.RunUse, r.Size = float64(o.users)/use.Took.Seconds(), &use, size
	}
	if o.rows["sink"] && r.Size > 0 {
		if r.BareOurs, err = flood(ctx, s, o.window/2, int(r.Size)); err != nil {
			return r, fmt.Errorf("bare sink: %w", err)
		}
	}
	if o.rows["latency"] {
		if r.Singles, err = singles(ctx, o, s); err != nil {
			return r, fmt.Errorf("latency: %w", err)
		}
		slices.Sort(r.Singles)
		r.P50, r.P99 = inMS(percentile(r.Singles, 50)), inMS(percentile(r.Singles, 99))
	}
	if o.rows["events"] {
		rate, use, err := manyEvents(ctx, o, s)
		if err != nil {
			return r, fmt.Errorf("events: %w", err)
		}
		r.Events, r.EventUse = rate, &use
	}
	return r, nil
}

// figures are the rows that were asked for.
func figures(o options, rounds []round) (rows []figure) {
	add := func(row string, f figure, of func(round) float64) {
		if !o.rows[row] {
			return
		}
		values := make([]float64, len(rounds))
		for i, r := range rounds {
			values[i] = of(r)
		}
		slices.Sort(values)
		f.Value, f.Best = (values[(len(values)-1)/2]+values[len(values)/2])/2, values[len(values)-1]
		if f.Most {
			f.Best = values[0]
		}
		rows = append(rows, f)
	}
	add("disk", figure{What: "SQLite commits, one row each, synchronous=FULL", Unit: "/s"}, func(r round) float64 { return r.Commits })
	add("sink", figure{What: fmt.Sprintf("bare sink: %d clients, pipelining, %.1f KB", bareConnections, float64(bareSize)/1000), Unit: "/s"}, func(r round) float64 { return r.Bare })
	if o.rows["run"] {
		add("sink", figure{What: fmt.Sprintf("bare sink: the same, %.1f KB as Rekey's", float64(rounds[0].Size)/1000), Unit: "/s"}, func(r round) float64 { return r.BareOurs })
	}
	add("run", figure{What: fmt.Sprintf("passwords issued, mailed, accepted; one run, %d people", o.users), Unit: "/s", Bar: barRun}, func(r round) float64 { return r.Run })
	if o.rows["sink"] {
		add("run", figure{What: "  of the bare sink", Unit: "×", Bar: goalRun, Goal: true}, func(r round) float64 { return r.Run / r.Bare })
		add("run", figure{What: "  of the bare sink with messages of the same size", Unit: "×"}, func(r round) float64 { return r.Run / r.BareOurs })
	}
	add("latency", figure{What: "POST /events until mail accepted, idle, p50", Unit: "ms", Bar: barP50, Most: true}, func(r round) float64 { return r.P50 })
	add("latency", figure{What: "POST /events until mail accepted, idle, p99", Unit: "ms", Bar: barP99, Most: true}, func(r round) float64 { return r.P99 })
	add("events", figure{What: fmt.Sprintf("events accepted, %d clients, each durable, none matching", o.clients), Unit: "/s", Bar: barEvents}, func(r round) float64 { return r.Events })
	if o.rows["disk"] {
		add("events", figure{What: "  of commits of one row", Unit: "×"}, func(r round) float64 { return r.Events / r.Commits })
	}
	for _, l := range lists {
		add("lists", figure{What: l.what + ", p50", Unit: "ms", Bar: l.bar, Most: true}, func(r round) float64 { return r.Lists[l.what].P50 })
		add("lists", figure{What: l.what + ", p99", Unit: "ms", Bar: l.bar, Most: true}, func(r round) float64 { return r.Lists[l.what].P99 })
	}
	return rows
}

// percentile is that of sorted durations: the smallest that so many percent do
// not exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
