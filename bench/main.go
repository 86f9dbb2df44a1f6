// Command bench measures what the README and docs/performance.md quote.
//
//	this process: HTTP clients, bare SMTP clients ──► sink (process)
//	                    └────► Rekey (process) ─────────►┘
//
// The sink speaks SMTP at hardly any cost and says when it took each message.
// Rekey runs as in production: its own HTTP server, queue, keys and SQLite with
// synchronous=FULL, its log at warn. Each round has a fresh database. All three
// processes share the machine's cores, and how much of them each has used is in
// the result.
//
// Nothing fails for being slow. The status is 1 if something was lost or does
// not work: messages are counted by recipient, and a sample of the mailed
// passwords is used to log in.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start plays the part that the arguments name; the first part starts the
// others.
func start(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "sink":
			return runSink(ctx, os.Stdin, os.Stdout)
		case "rekey":
			return runRekey(ctx, args[1:], os.Stdin, os.Stdout)
		}
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return measure(ctx, o)
}

// options are the flags.
type options struct {
	rows    map[string]bool
	rounds  int
	users   int           // in one run
	singles int           // events of one person, one after the other
	clients int           // that post events at once
	pages   int           // how often each page of a list is read
	window  time.Duration // for what is measured over a time
	json    bool
	dir     string
	profile string
}

// allRows are what can be measured, in the order of a round.
var allRows = []string{"disk", "sink", "run", "latency", "events", "lists"}

func parse(args []string) (options, error) {
	var o options
	var rows string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&rows, "rows", strings.Join(allRows, ","), "what to measure, separated by commas")
	flags.IntVar(&o.rounds, "rounds", 3, "how often; the median is quoted")
	flags.IntVar(&o.users, "users", 10_000, "people in the one run")
	flags.IntVar(&o.singles, "singles", 300, "events of one person each, one after the other")
	flags.IntVar(&o.clients, "clients", 64, "clients that post events at once")
	flags.IntVar(&o.pages, "pages", 20, "how often each page of a list is read")
	flags.DurationVar(&o.window, "window", 3*time.Second, "how long events are posted, and the bare sink is filled")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	flags.StringVar(&o.dir, "dir", os.TempDir(), "where the databases lie; not in memory, or commits cost nothing")
	flags.StringVar(&o.profile, "profile", "", "folder for CPU and allocation profiles of Rekey (go tool pprof)")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.rows = map[string]bool{}
	for row := range strings.SplitSeq(rows, ",") {
		known := false
		for _, name := range allRows {
			known = known || name == row
		}
		if !known {
			return o, fmt.Errorf("there is no row %q; there are %s", row, strings.Join(allRows, ", "))
		}
		o.rows[row] = true
	}
	if o.rounds < 1 || o.users < 1 || o.users > 10_000 || o.singles < 1 || o.clients < 1 || o.pages < 1 {
		return o, errors.New("give at least one of each, and at most 10,000 users, which is what an event may name")
	}
	if o.profile != "" {
		var err error
		if o.profile, err = filepath.Abs(o.profile); err != nil {
			return o, err
		}
		return o, os.MkdirAll(o.profile, 0o700)
	}
	return o, nil
}
