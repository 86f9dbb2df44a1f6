package main

import (
	"context"
	"fmt"
	"math"
)

// The bars of the specification.
const (
	barRun     = 5_000.0 // passwords a second
	goalRun    = 0.5     // of the bare sink
	barP50     = 15.0    // ms
	barP99     = 50.0    // ms
	barEvents  = 8_000.0 // a second
	barPage    = 100.0   // ms
	barTyping  = 50.0    // ms
	barWaiting = 1.2     // of the latency on a fresh database
	barMemory  = 250.0   // MiB resident
	barMillion = 1.3     // of the cost of one among 10,000

	barBacktest  = 10.0 // s
	barBeside    = 0.9  // of the rate without a backtest
	barDirectory = 0.8  // of the rate of built-in people
)

// row is one measurement, made once in each round and on each database.
type row struct {
	name  string
	about string
	only  string // the one database that it is for; "" is each
	extra bool   // takes so long that it runs only on request
	// prepare makes the data that all rounds use. It may be nil.
	prepare func(*bench, context.Context) error
	measure func(*bench, context.Context, readings) error
	lines   []line
}

// line is a figure of a row.
type line struct {
	key  string // in the results, where it must not change its meaning
	what string
	unit string
	bar  float64
	goal bool // the bar is a goal, not a promise
	most bool // the bar is a maximum; without a bar, less is better
	// barOn is the one database that the bar is for; "" is each.
	barOn string
	// of calculates the value. Default: the reading of that key.
	of func(readings) float64
}

// readings are the measurements of one round on one database, by key.
type readings map[string]float64

// ratio divides one reading by another. Without one of them there is no ratio.
func ratio(one, other string) func(readings) float64 {
	return func(r readings) float64 {
		a, ok := r[one]
		b, there := r[other]
		if !ok || !there || b == 0 {
			return math.NaN()
		}
		return a / b
	}
}

// rows are all measurements, in the order of a round.
func rows(o options) []row {
	return []row{
		{name: "disk", about: "commits of one row, each durable", measure: (*bench).commits, lines: []line{
			{key: "disk", what: "commits of one row", unit: "/s"},
		}},
		{name: "sink", about: "what the bare sink takes from clients that do nothing but send", measure: (*bench).bareSink, lines: []line{
			{key: "sink", what: fmt.Sprintf("bare sink: %d clients, pipelining, %.1f KB", bareConnections, float64(bareSize)/1000), unit: "/s"},
		}},
		rowRun(o), rowHand(), rowLatency(), rowWaiting(), rowEvents(o), rowDirectory(), rowBacktest(o), rowNodes(o), rowLists(), rowMillion(o),
	}
}

func rowRun(o options) row {
	return row{
		name: "run", about: "one event that names 10,000 people", measure: (*bench).run,
		lines: []line{
			{key: "sink of that size", what: "bare sink: the same, messages as long as Rekey's", unit: "/s"},
			{key: "run", what: fmt.Sprintf("passwords issued, mailed, accepted; one run, %s people", number(o.users)), unit: "/s", bar: barRun, barOn: onSQLite},
			{key: "run / sink", what: "  of the bare sink", unit: "×", bar: goalRun, goal: true, barOn: onSQLite, of: ratio("run", "sink")},
			{key: "run / sink of that size", what: "  of the bare sink with messages of the same size", unit: "×", of: ratio("run", "sink of that size")},
			{key: "run / disk", what: "  of commits of one row", unit: "×", of: ratio("run", "disk")},
			{key: "run cpu", what: "  CPU time of Rekey for one", unit: "µs", most: true},
			{key: "run sink cpu", what: "  CPU time of the sink for one", unit: "µs", most: true},
			{key: "run cores", what: "  cores that Rekey had", unit: "cores", most: true},
			{key: "run memory", what: "  the most memory that Rekey had", unit: "MiB", most: true},
		},
	}
}

func rowHand() row {
	return row{
		name: "hand", about: "the same by hand, the way one would write it first: two workers, each generate, Argon2id, UPDATE, dial, send",
		measure: (*bench).byHand,
		lines: []line{
			{key: "hand", what: "by hand: generate, Argon2id, UPDATE, dial, send; 2 workers", unit: "/s"},
			{key: "run / hand", what: "  Rekey's run, of that", unit: "×", of: ratio("run", "hand")},
		},
	}
}

func rowLatency() row {
	return row{
		name: "latency", about: "events of one person each, one after the other", measure: (*bench).latency,
		lines: []line{
			{key: "latency p50", what: "POST /events until mail accepted, idle, p50", unit: "ms", bar: barP50, most: true, barOn: onSQLite},
			{key: "latency p99", what: "POST /events until mail accepted, idle, p99", unit: "ms", bar: barP99, most: true, barOn: onSQLite},
		},
	}
}

func rowWaiting() row {
	return row{
		name: "waiting", about: "the same in turn on a fresh database and on one where 1,000,000 runs wait for their delay",
		prepare: (*bench).fillWaiting,
		measure: (*bench).besideWaiting,
		lines: []line{
			{key: "waiting p50", what: "the same while 1,000,000 runs wait for their delay, p50", unit: "ms", most: true},
			{key: "waiting p50 / fresh", what: "  of what a fresh database takes in the same minute", unit: "×", bar: barWaiting, most: true, of: ratio("waiting p50", "beside nothing p50")},
			{key: "waiting p99", what: "the same while 1,000,000 runs wait for their delay, p99", unit: "ms", most: true},
			{key: "waiting p99 / fresh", what: "  of what a fresh database takes in the same minute", unit: "×", bar: barWaiting, most: true, of: ratio("waiting p99", "beside nothing p99")},
		},
	}
}

func rowEvents(o options) row {
	return row{
		name: "events", about: "events that match nothing, from many clients at once", measure: (*bench).events,
		lines: []line{
			{key: "events", what: fmt.Sprintf("events accepted, %d clients, each durable, none matching", o.clients), unit: "/s", bar: barEvents},
			{key: "events / disk", what: "  of commits of one row", unit: "×", of: ratio("events", "disk")},
			{key: "events cpu", what: "  CPU time of Rekey for one", unit: "µs", most: true},
			{key: "events client cpu", what: "  CPU time of the clients for one", unit: "µs", most: true},
			{key: "events cores", what: "  cores that Rekey had", unit: "cores", most: true},
		},
	}
}

func rowBacktest(o options) row {
	return row{
		name: "backtest", extra: true, about: fmt.Sprintf("a backtest over %s events of %d days, and the sending beside one", number(backtestEvents), backtestDays), measure: (*bench).backtest,
		lines: []line{
			{key: "backtest", what: fmt.Sprintf("backtest over %s events of %d days", number(backtestEvents), backtestDays), unit: "s", bar: barBacktest, most: true},
			{key: "run beside backtest / alone", what: fmt.Sprintf("passwords beside backtests, %s people, of without", number(o.users)), unit: "×", bar: barBeside},
		},
	}
}

func rowDirectory() row {
	return row{
		name: "directory", about: fmt.Sprintf("one event that names %s people of a directory (slapd), in turn with one for built-in people; keep", number(directoryPeople)),
		measure: (*bench).besideBuiltIn,
		lines: []line{
			{key: "built in", what: fmt.Sprintf("passwords with keep, one run, %s built-in people", number(directoryPeople)), unit: "/s"},
			{key: "directory", what: fmt.Sprintf("passwords with keep, one run, %s people of a directory", number(directoryPeople)), unit: "/s"},
			{key: "directory / built in", what: "  of built-in people in the same minute", unit: "×", bar: barDirectory, of: ratio("directory", "built in")},
			{key: "built in cpu", what: "  CPU time of Rekey for one built-in person", unit: "µs", most: true},
			{key: "directory cpu", what: "  CPU time of Rekey for one person of a directory", unit: "µs", most: true},
		},
	}
}

func rowNodes(o options) row {
	r := row{
		name: "nodes", only: onPostgres, about: "one run sent by 1, 2 and 4 nodes to a sink that takes 20 ms for each message",
		measure: (*bench).nodes,
	}
	for _, n := range nodesCounts {
		nodes := "nodes"
		if n == 1 {
			nodes = "node"
		}
		r.lines = append(r.lines, line{key: nodesKey(n), what: fmt.Sprintf("%d %s, sink of %d ms a message; one run, %s people", n, nodes, slowly.Milliseconds(), number(o.nodesUsers)), unit: "/s"})
		if n > 1 {
			r.lines = append(r.lines, line{key: nodesKey(n) + " / 1", what: "  of one node", unit: "×", of: ratio(nodesKey(n), nodesKey(1))})
		}
	}
	return r
}

func rowMillion(o options) row {
	return row{
		name: "million", extra: true, about: "one run that reaches everybody among 1,000,000, once; -kill kills it half-way",
		measure: (*bench).million,
		lines: []line{
			{key: "million", what: "passwords issued, mailed, accepted; everybody among " + number(o.all), unit: "/s"},
			{key: "million / few", what: "  of the same among 10,000", unit: "×", of: ratio("million", "million few")},
			{key: "million memory", what: "  the most memory that Rekey had", unit: "MiB", bar: barMemory, most: true},
			{key: "million cpu", what: "  CPU time of Rekey for one", unit: "µs", most: true},
			{key: "million cpu / few", what: "  of the same among 10,000", unit: "×", bar: barMillion, most: true, of: ratio("million cpu", "million few cpu")},
			{key: "million copies", what: "  identical copies that came of the kill", unit: "copies", most: true},
		},
	}
}

func rowLists() row {
	r := row{
		name: "lists", about: "every page of the lists of a large installation",
		prepare: (*bench).serveBig,
		measure: (*bench).lists,
	}
	for _, l := range lists {
		for _, p := range []string{"p50", "p99"} {
			r.lines = append(r.lines, line{key: l.key + " " + p, what: l.what + ", " + p, unit: "ms", bar: l.bar, most: true})
		}
	}
	return r
}
