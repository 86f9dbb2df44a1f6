// Command torture runs Rekey under load and faults, and checks it only from outside:
// it posts events, reads mailboxes and logs in.
//
//	this process: posters, visitors, probes ──HTTP──► nodes (a process each)
//	      │ strikes: SIGKILL, SIGSTOP, clocks, database, disk      │
//	      └──────────── sink, with all its moods ◄──────SMTP───────┘
//
// A node is this program again, as a rig.Node. Its clock is read from a file, so
// that it can be set, and a claim holds for seconds, so that a stop can outlast
// it. Chosen passwords are cheap to compute, and the limits on log-ins, which
// other tests check, are lifted.
//
// During the storm, probes check all the time whether somebody is locked out and
// whether every password in a mailbox logs in. At the end the sink behaves, all work
// ends, and every accepted event is compared with its result. The printed table has
// all faults and findings. The status is 1 if anything was found, and then the folder
// is kept.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"rekey/internal/rig"
)

func main() {
	rig.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	o, err := parse(os.Args[1:])
	if err == nil {
		err = torture(ctx, o)
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	database string // sqlite or postgres
	nodes    int
	length   time.Duration // of the storm; coming to rest takes some minutes more
	seed     uint64
	kills    int // at least
	least    int // events that are accepted before the storm ends
	folder   string
	keep     bool
	// program is what a node runs; "" is this one.
	program string
	// lease is how long a claim holds.
	lease time.Duration
	// rate is how many events are posted in a second.
	rate int
}

func parse(args []string) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	flags.StringVar(&o.database, "database", sqlite, "sqlite or postgres")
	flags.IntVar(&o.nodes, "nodes", 0, "how many nodes there are; 0 means 1 with sqlite and 3 with postgres")
	flags.DurationVar(&o.length, "for", 10*time.Minute, "how long it strikes")
	flags.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "what strikes when follows from it, as far as processes can be told when to run")
	flags.IntVar(&o.kills, "kills", 0, "how often a node is killed at least; 0 means every 2.5 seconds")
	flags.StringVar(&o.folder, "dir", "", "the folder to work in; by default one of the system's for temporary files")
	flags.BoolVar(&o.keep, "keep", false, "keep the folder also when nothing was found")
	flags.DurationVar(&o.lease, "lease", 6*time.Second, "how long a claim on a delivery holds")
	flags.IntVar(&o.rate, "rate", 10, "how many events are posted in a second")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.complete()
}

// The databases.
const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

func (o *options) complete() error {
	if o.nodes == 0 {
		o.nodes = 1
		if o.database == postgres {
			o.nodes = 3
		}
	}
	if o.kills == 0 {
		o.kills = int(o.length / (2500 * time.Millisecond))
	}
	switch {
	case o.database != sqlite && o.database != postgres:
		return fmt.Errorf("there is no database %q; there are sqlite and postgres", o.database)
	case o.nodes < 1 || o.database == sqlite && o.nodes > 1:
		return errors.New("there is at least one node, and with sqlite there is one only")
	case o.length < 5*time.Second, o.rate < 1, o.lease < time.Second:
		return errors.New("strike for 5 seconds at least, post an event a second, and let a claim hold for a second")
	}
	return nil
}
