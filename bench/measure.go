package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// result is all that was measured.
type result struct {
	Commit  string    `json:"commit"`
	Date    time.Time `json:"date"`
	Machine machine   `json:"machine"`
	Rounds  []round   `json:"rounds"`
	Figures []figure  `json:"figures"`

	titles map[string]string // of databases
}

// round is what was measured in turn on one database, one of several times.
type round struct {
	Database string              `json:"database"`
	Readings readings            `json:"readings"`
	Uses     map[string]*watched `json:"uses,omitempty"` // by row
}

// figure is a line with what came of all rounds.
type figure struct {
	Database string    `json:"database"`
	Key      string    `json:"key"`
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Median   float64   `json:"median"`
	Best     float64   `json:"best"`
	Rounds   []float64 `json:"rounds"`
	Bar      float64   `json:"bar,omitempty"`
	Goal     bool      `json:"bar_is_goal,omitempty"` // to be reached some day
	Less     bool      `json:"less_is_better,omitempty"`
}

// met reports whether the median is on the right side of the bar.
func (f figure) met() bool {
	if f.Less {
		return f.Median <= f.Bar
	}
	return f.Median >= f.Bar
}

// bench is what measures on one database.
type bench struct {
	options
	db   database
	sink *process
	ends []func() error

	size    int64  // bytes of a message of Rekey's; 0 until one was sent
	big     *big   // for lists
	waiting *place // where a million runs wait
	waited  int    // rounds there
	reached bool   // whether a run has reached everybody
}

// atEnd has something done when all is measured.
func (b *bench) atEnd(end func() error) { b.ends = append(b.ends, end) }

func (b *bench) end() error {
	var errs []error
	for _, end := range slices.Backward(b.ends) {
		errs = append(errs, end())
	}
	return errors.Join(append(errs, b.db.close())...)
}

func measure(ctx context.Context, o options) (err error) {
	res := result{Commit: thisCommit(ctx), Date: time.Now().UTC().Truncate(time.Second), Machine: thisMachine(), titles: map[string]string{}}
	s, err := begin(ctx, "sink")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	var on []*bench
	for _, name := range o.databases {
		db, err := openDatabase(ctx, name, o.dir)
		if err != nil {
			return err
		}
		b := &bench{options: o, db: db, sink: s}
		defer func() { err = errors.Join(err, b.end()) }()
		on, res.titles[name] = append(on, b), db.title()
	}
	for _, b := range on {
		if err := b.prepare(ctx); err != nil {
			return err
		}
	}
	for n := range o.rounds {
		for _, b := range on {
			fmt.Fprintf(os.Stderr, "round %d of %d on %s\n", n+1, o.rounds, b.db.name())
			r, err := b.round(ctx)
			if err != nil {
				return err
			}
			res.Rounds = append(res.Rounds, r)
		}
	}
	res.Figures = figures(o, res.Rounds)
	res.Machine.LoadAfter = loadAverage()
	if o.record {
		if err := recordIn(o.history, res); err != nil {
			return err
		}
	}
	if o.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(res)
	}
	return res.table(os.Stdout)
}

// asked are the rows to be measured on this database.
func (b *bench) asked() (list []row) {
	for _, r := range rows(b.options) {
		if b.rows[r.name] && (r.only == "" || r.only == b.db.name()) {
			list = append(list, r)
		}
	}
	return list
}

func (b *bench) prepare(ctx context.Context) error {
	for _, r := range b.asked() {
		if r.prepare == nil {
			continue
		}
		if err := r.prepare(b, ctx); err != nil {
			return fmt.Errorf("%s: prepare %s: %w", b.db.name(), r.name, err)
		}
	}
	return nil
}

func (b *bench) round(ctx context.Context) (round, error) {
	done := round{Database: b.db.name(), Readings: readings{}, Uses: map[string]*watched{}}
	for _, r := range b.asked() {
		if err := r.measure(b, ctx, &done); err != nil {
			return done, fmt.Errorf("%s: %s: %w", b.db.name(), r.name, err)
		}
	}
	return done, nil
}

// figures are the lines of what was asked for.
func figures(o options, rounds []round) (list []figure) {
	for _, database := range o.databases {
		for _, r := range rows(o) {
			if !o.rows[r.name] {
				continue
			}
			for _, l := range r.lines {
				if f, measured := l.figure(database, rounds); measured {
					list = append(list, f)
				}
			}
		}
	}
	return list
}

// figure is what came of a line on a database. It is nothing if no round has
// measured it there.
func (l line) figure(database string, rounds []round) (figure, bool) {
	f := figure{Database: database, Key: l.key, What: l.what, Unit: l.unit, Goal: l.goal, Less: l.most}
	if l.barOn == "" || l.barOn == database {
		f.Bar = l.bar
	}
	of := l.of
	if of == nil {
		of = func(r readings) float64 {
			if value, read := r[l.key]; read {
				return value
			}
			return math.NaN()
		}
	}
	for _, r := range rounds {
		if value := of(r.Readings); r.Database == database && !math.IsNaN(value) {
			f.Rounds = append(f.Rounds, value)
		}
	}
	if len(f.Rounds) == 0 {
		return f, false
	}
	f.Median = median(f.Rounds)
	if f.Best = slices.Max(f.Rounds); f.Less {
		f.Best = slices.Min(f.Rounds)
	}
	return f, true
}

// median is the middle of some values, or between the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// percentile is that of sorted durations: the smallest that so many percent do
// not exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
