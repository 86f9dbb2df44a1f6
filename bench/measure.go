package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"slices"
	"time"

	"rekey/internal/rig"
)

// round is one of several rounds of measurements on one database.
type round struct {
	database string
	commit   string
	machine  string
	began    time.Time
	load     float64 // the load average of the minute before
	readings readings
}

// bench measures on one database.
type bench struct {
	options
	db   *database
	sink *rig.Process
	mail string // where the sink listens, as host:port
	ends []func() error

	size    int64  // bytes of a message of Rekey's; 0 until one was sent
	big     *big   // for lists
	waiting *place // the database on which a million runs wait
	waited  int    // rounds there
	reached bool   // whether a run has reached everybody
}

// atEnd calls end after all measurements.
func (b *bench) atEnd(end func() error) { b.ends = append(b.ends, end) }

func (b *bench) end() error {
	var errs []error
	for _, end := range slices.Backward(b.ends) {
		errs = append(errs, end())
	}
	return errors.Join(append(errs, b.db.close())...)
}

// startSink starts the sink and returns its address.
func startSink() (*rig.Process, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	command := exec.Command(self, "sink") //nolint:gosec,noctx // it is this program, and ends when it is told to
	command.Stderr = os.Stderr
	s, err := rig.Start(command)
	if err != nil {
		return nil, "", err
	}
	address, err := s.Address()
	return s, address, err
}

func measure(ctx context.Context, o options) (err error) {
	commit, machine := thisCommit(ctx), rig.Machine()
	sink, mail, err := startSink()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Stop(patience)) }()
	var on []*bench
	for _, name := range o.databases {
		db, err := openDatabase(ctx, name, o.dir)
		if err != nil {
			return err
		}
		b := &bench{options: o, db: db, sink: sink, mail: mail}
		defer func() { err = errors.Join(err, b.end()) }()
		on = append(on, b)
	}
	for _, b := range on {
		if err := b.prepare(ctx); err != nil {
			return err
		}
	}
	var rounds []round
	var failed []error
	for n := range o.rounds {
		for _, b := range on {
			fmt.Fprintf(os.Stderr, "round %d of %d on %s\n", n+1, o.rounds, b.db.name)
			r := round{database: b.db.name, commit: commit, machine: machine, began: time.Now().UTC(), load: loadAverage(), readings: readings{}}
			failed = append(failed, b.measure(ctx, b.asked(), r.readings))
			if err := errors.Join(r.write(os.Stdout, o), ctx.Err()); err != nil {
				return errors.Join(append(failed, err)...)
			}
			rounds = append(rounds, r)
		}
	}
	if o.record {
		for _, r := range rounds {
			if err := r.record(o); err != nil {
				return err
			}
		}
	}
	return errors.Join(append(failed, table(os.Stdout, on, rounds))...)
}

// asked are the rows to be measured on this database.
func (b *bench) asked() (list []row) {
	for _, r := range rows(b.options) {
		if b.rows[r.name] && (r.only == "" || r.only == b.db.name) {
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
			return fmt.Errorf("%s: prepare %s: %w", b.db.name, r.name, err)
		}
	}
	return nil
}

// measure measures rows for one round. One that fails has no figures in it; the others go
// on.
func (b *bench) measure(ctx context.Context, list []row, r readings) error {
	var failed []error
	for _, row := range list {
		own := readings{}
		if err := row.measure(b, ctx, own); err != nil {
			err = fmt.Errorf("%s: %s: %w", b.db.name, row.name, err)
			fmt.Fprintln(os.Stderr, err)
			failed = append(failed, err)
			continue
		}
		maps.Copy(r, own)
	}
	return errors.Join(failed...)
}

// lines are the lines of the chosen rows.
func (o options) lines() (list []line) {
	for _, r := range rows(o) {
		if o.rows[r.name] {
			list = append(list, r.lines...)
		}
	}
	return list
}

// value is the reading of a round for a line; NaN if it was not measured.
func (l line) value(r readings) float64 {
	if l.of != nil {
		return l.of(r)
	}
	if value, read := r[l.key]; read {
		return value
	}
	return math.NaN()
}

// figure is a line with the results of all rounds.
type figure struct {
	line
	median, best float64
}

// figure returns the results of a line on a database; false if no round measured it
// there.
func (l line) figure(database string, rounds []round) (figure, bool) {
	if l.barOn != "" && l.barOn != database {
		l.bar = 0
	}
	var values []float64
	for _, r := range rounds {
		if value := l.value(r.readings); r.database == database && !math.IsNaN(value) {
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		return figure{}, false
	}
	slices.Sort(values)
	f := figure{line: l, median: (values[(len(values)-1)/2] + values[len(values)/2]) / 2, best: values[len(values)-1]}
	if l.most {
		f.best = values[0]
	}
	return f, true
}

// met reports whether the median is on the right side of the bar.
func (f figure) met() bool {
	if f.most {
		return f.median <= f.bar
	}
	return f.median >= f.bar
}

// note adds the median and the 99th percentile of some durations.
func (r readings) note(row string, all []time.Duration) {
	slices.Sort(all)
	r[row+" p50"], r[row+" p99"] = percentile(all, 50), percentile(all, 99)
}

// percentile returns a percentile of sorted durations, in milliseconds: the smallest
// one that this percentage of them does not exceed.
func percentile(sorted []time.Duration, percent int) float64 {
	return float64(sorted[max(0, (len(sorted)*percent+99)/100-1)]) / float64(time.Millisecond)
}
