// Command fleet measures what many idle nodes cost one PostgreSQL, for
// docs/scale.md. The nodes are of one process, but each has connections, a queue
// and a heartbeat of its own, as a program has; nothing else runs on them.
//
// For each number of nodes it lets them be for a while, and prints what the
// database had to do meanwhile, and how long it took from the commit of a job
// until some node began it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey/internal/engine"
	"rekey/internal/pgtest"
	"rekey/internal/queue"
	"rekey/internal/store"
)

// beatEvery is how often a node says that it is alive: see app.
const beatEvery = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := measure(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	numbers := flags.String("nodes", "1,10,100", "how many nodes, separated by commas")
	window := flags.Duration("for", 30*time.Second, "how long each number of nodes is left to itself")
	jobs := flags.Int("jobs", 200, "jobs, one after the other, of which the start is timed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server, err := pgtest.Start(ctx, pgtest.Options{Durable: true, Settings: map[string]string{"max_connections": "6000"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	fmt.Println("nodes | connections | transactions/s | CPU of PostgreSQL | CPU of the nodes | job begun p50 | p99")
	for text := range strings.SplitSeq(*numbers, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of nodes", text)
		}
		f := &fleet{server: server, began: make(chan time.Time, 1)}
		err = f.measure(ctx, n, *window, *jobs)
		if err := errors.Join(err, f.close(context.WithoutCancel(ctx))); err != nil {
			return fmt.Errorf("%d nodes: %w", n, err)
		}
	}
	return nil
}

// fleet is a number of nodes on a database of their own.
type fleet struct {
	server  *pgtest.Server
	address string
	nodes   []*node
	began   chan time.Time // when the job that is timed was begun
}

type node struct {
	db    *store.DB
	queue *queue.Queue
	stop  context.CancelFunc
}

func (f *fleet) measure(ctx context.Context, n int, window time.Duration, jobs int) error {
	name := "fleet_" + strconv.Itoa(n)
	var err error
	if f.address, err = f.server.Create(ctx, name, ""); err != nil {
		return err
	}
	for i := range n {
		if err := f.join(ctx, name+"-"+strconv.Itoa(i), i == 0); err != nil {
			return err
		}
	}
	if err := f.rest(ctx, 10*time.Second); err != nil { // until there is a leader
		return err
	}
	before, err := f.look(ctx)
	if err != nil {
		return err
	}
	if err := f.rest(ctx, window); err != nil {
		return err
	}
	after, err := f.look(ctx)
	if err != nil {
		return err
	}
	took, err := f.time(ctx, jobs)
	if err != nil {
		return err
	}
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / window.Seconds() }
	fmt.Printf("%5d | %11d | %14.0f | %16.1f%% | %15.1f%% | %12.1f ms | %.1f ms\n", n, after.connections,
		float64(after.transactions-before.transactions)/window.Seconds(), share(after.server-before.server), share(after.self-before.self),
		milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// join starts a further node; the first one migrates.
func (f *fleet) join(ctx context.Context, name string, first bool) error {
	db, err := store.OpenPostgres(ctx, f.address)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	joined := &node{db: db, stop: stop}
	f.nodes = append(f.nodes, joined)
	if first {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
	}
	joined.queue, err = queue.New(queue.Config{
		Postgres: db.Postgres(), Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Node: name, Workers: 4,
	}, f)
	if err != nil {
		return err
	}
	db.Enqueue, db.Wake = joined.queue.Enqueue, joined.queue.Wake
	if err := joined.queue.Start(running); err != nil {
		return err
	}
	go func() {
		beat := time.NewTicker(beatEvery)
		defer beat.Stop()
		for running.Err() == nil {
			_ = db.Beat(running, name)
			_, _ = db.Rescue(running, 5*beatEvery)
			select {
			case <-beat.C:
			case <-running.Done():
			}
		}
	}()
	return nil
}

func (f *fleet) rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// time measures from the commit of a job until it is begun, sorted.
func (f *fleet) time(ctx context.Context, jobs int) ([]time.Duration, error) {
	took := make([]time.Duration, jobs)
	for i := range took {
		var committed time.Time
		err := f.nodes[i%len(f.nodes)].db.Concurrent().Update(ctx, func(tx *store.Tx) error {
			tx.Enqueue(engine.Task{Kind: engine.TaskExecute, RunID: "timed"})
			return nil
		})
		if err != nil {
			return nil, err
		}
		committed = time.Now()
		select {
		case began := <-f.began:
			took[i] = max(0, began.Sub(committed))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	slices.Sort(took)
	return took, nil
}

func (f *fleet) close(ctx context.Context) error {
	var err error
	for _, n := range f.nodes {
		if n.queue != nil {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			err = errors.Join(err, n.queue.Stop(ctx))
			cancel()
		}
		n.stop()
		err = errors.Join(err, n.db.Close())
	}
	return err
}

// Execute implements queue.Engine: it is what is timed.
func (f *fleet) Execute(context.Context, string) error {
	f.began <- time.Now()
	return nil
}

// Deliver implements queue.Engine.
func (f *fleet) Deliver(context.Context, string, int) error { return nil }

// SendNotice implements queue.Engine.
func (f *fleet) SendNotice(context.Context, string) error { return nil }

// Sweep implements queue.Engine.
func (f *fleet) Sweep(context.Context, time.Duration) error { return nil }
