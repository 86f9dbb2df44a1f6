// Command bench measures what the README and docs/performance.md quote.
//
//	this process: HTTP clients, bare SMTP clients ──► sink (process)
//	                    └────► Rekey (process) ─────────►┘
//
// The sink speaks SMTP at hardly any cost and says when it took each message.
// Rekey runs as in production: its own HTTP server, queue and keys, SQLite with
// synchronous=FULL or PostgreSQL as it is by default, its log at warn. Each round
// has a fresh database. All processes share the machine's cores, and how much of
// them each has used is in the result.
//
// Each round is printed in the format of Go benchmarks, for benchstat. A table of
// all rounds follows.
//
// A slow round does not fail. A row fails if something was lost or does not work:
// messages are counted by recipient, and a sample of the mailed passwords is used to
// log in. It then has no figures in that round, and the status is 1 in the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rekey/internal/rig"
)

func main() {
	rig.Main(&Meter{})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start runs the sink if it is told to. Otherwise it measures, and starts the other
// processes.
func start(ctx context.Context, args []string) error {
	if slices.Equal(args, []string{"sink"}) {
		return runSink(ctx)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return measure(ctx, o)
}

// options are the flags.
type options struct {
	rows       map[string]bool
	databases  []string
	rounds     int
	users      int           // in one run
	nodesUsers int           // in the run that nodes share
	all        int           // people in the run over everybody
	singles    int           // events of one person, one after the other
	clients    int           // that post events at once
	pages      int           // how often each page of a list is read
	window     time.Duration // length of rows that are measured over a time
	kill       bool          // half-way through a million
	record     bool
	history    string
	dir        string
	profile    string
}

// sizes are the flags that change the meaning of a figure. The history has only runs
// with their defaults.
var sizes = []string{"users", "nodes-users", "everybody", "singles", "clients", "pages", "window", "kill"}

func parse(args []string) (options, error) {
	var o options
	var rowNames, databases string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&rowNames, "rows", "", "what to measure, separated by commas; all for everything, nothing for what takes less than ten minutes")
	flags.StringVar(&databases, "database", strings.Join(allDatabases, ","), "on which databases, separated by commas")
	flags.IntVar(&o.rounds, "rounds", 3, "how often; the median is quoted")
	flags.IntVar(&o.users, "users", 10_000, "people in the one run")
	flags.IntVar(&o.nodesUsers, "nodes-users", 6_400, "people in the one run that nodes share: batches of 200 for two turns of 4 workers on 4 nodes")
	flags.IntVar(&o.all, "everybody", 1_000_000, "people in the run over everybody, of the row million")
	flags.IntVar(&o.singles, "singles", 300, "events of one person each, one after the other")
	flags.IntVar(&o.clients, "clients", 64, "clients that post events at once")
	flags.IntVar(&o.pages, "pages", 20, "how often each page of a list is read")
	flags.DurationVar(&o.window, "window", 3*time.Second, "how long events are posted, and the bare sink is filled")
	flags.BoolVar(&o.kill, "kill", false, "kill Rekey half-way through the million people and start it again")
	flags.BoolVar(&o.record, "record", false, "add the figures to the history")
	flags.StringVar(&o.history, "history", historyFile, "the history")
	flags.StringVar(&o.dir, "dir", os.TempDir(), "where the databases lie; not in memory, or commits cost nothing")
	flags.StringVar(&o.profile, "profile", "", "folder for CPU and allocation profiles of Rekey (go tool pprof)")
	flags.Usage = func() { help(flags) }
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("there is nothing called %s; -h lists what there is", flags.Arg(0))
	}
	o.databases = strings.Split(databases, ",")
	var err error
	if o.rows, err = chosen(rows(o), rowNames); err != nil {
		return o, err
	}
	for _, n := range []int{o.rounds, o.users, o.nodesUsers, o.all, o.singles, o.clients, o.pages} {
		if n < 1 || o.users > 10_000 || o.nodesUsers > 10_000 {
			return o, errors.New("give at least one of each, and at most 10,000 users, which is what an event may name")
		}
	}
	flags.Visit(func(f *flag.Flag) {
		if o.record && slices.Contains(sizes, f.Name) {
			err = fmt.Errorf("the history is of the default of -%s", f.Name)
		}
	})
	if err == nil && o.profile != "" {
		if o.profile, err = filepath.Abs(o.profile); err == nil {
			err = os.MkdirAll(o.profile, 0o700)
		}
	}
	return o, err
}

// chosen returns the rows of a list of names: all is every row, "" the rows of the
// usual ten minutes.
func chosen(list []row, names string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, r := range list {
		found[r.name] = names == "all" || names == "" && !r.extra
	}
	for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ',' }) {
		if _, known := found[name]; !known && name != "all" {
			return nil, fmt.Errorf("there is no row %q; -h lists them", name)
		}
		found[name] = true
	}
	return found, nil
}

func help(flags *flag.FlagSet) {
	out := flags.Output()
	fmt.Fprint(out, "Usage:\n  bench [flags]\n\nRows:\n")
	for _, r := range rows(options{}) {
		about := r.about
		if r.only != "" {
			about += " (" + r.only + ")"
		}
		if r.extra {
			about += " (only if it is asked for)"
		}
		fmt.Fprintf(out, "  %-8s %s\n", r.name, about)
	}
	fmt.Fprint(out, "\nFlags:\n")
	flags.PrintDefaults()
}
