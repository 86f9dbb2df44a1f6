package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"time"

	"rekey/internal/app"
)

// ready is what a part says of itself when it can be used.
type ready struct {
	SMTP  string `json:"smtp,omitempty"`  // of the sink
	URL   string `json:"url,omitempty"`   // of Rekey
	Admin string `json:"admin,omitempty"` // the administrator's token
}

// node is what Rekey's process is told: where its database and keys are, and
// where mail goes.
type node struct {
	Database string `json:"database"`
	Keys     string `json:"keys"`
	SMTP     string `json:"smtp"`
	// Fresh is whether there is nothing in the database yet.
	Fresh bool `json:"fresh"`
}

// runRekey is Rekey's process. Its argument is a node as JSON.
func runRekey(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	var n node
	if len(args) != 1 {
		return errors.New("rekey: give a node as JSON")
	}
	if err := json.Unmarshal([]byte(args[0]), &n); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(n.SMTP)
	if err != nil {
		return err
	}
	smtp := app.SMTP{Host: host, TLS: "plain", From: "rekey@example.org"}
	if smtp.Port, err = strconv.Atoi(port); err != nil {
		return err
	}
	c := app.Config{Listen: "127.0.0.1:0", Database: n.Database, Keys: n.Keys, SMTP: smtp, LogLevel: "warn", Migrate: n.Fresh}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, c, app.Options{Logger: log})
	if err != nil {
		return err
	}
	r := ready{URL: a.URL()}
	if n.Fresh {
		if r, err = populate(ctx, a); err != nil {
			return errors.Join(err, a.Close())
		}
	}
	running, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- a.Run(running) }()
	p := &profiler{}
	err = obey(in, out, r, p.do)
	stop()
	return errors.Join(err, <-served, a.Close())
}

// profiler says what this process uses, and profiles it.
type profiler struct {
	cpu  *os.File
	path string
}

func (p *profiler) do(o order) (answer, error) {
	var err error
	switch {
	case o.Do == "usage":
	case o.Do == "profile" && p.cpu == nil:
		err = p.start(o.Profile)
	case o.Do == "profile":
		err = p.stop()
	default:
		err = fmt.Errorf("no such order: %s", o.Do)
	}
	if err != nil {
		return answer{}, err
	}
	u, err := ownUsage()
	return answer{Usage: &u}, err
}

func (p *profiler) start(path string) (err error) {
	if p.cpu, err = os.Create(path + ".cpu"); err != nil {
		return err
	}
	p.path = path
	return pprof.StartCPUProfile(p.cpu)
}

func (p *profiler) stop() error {
	pprof.StopCPUProfile()
	err := p.cpu.Close()
	p.cpu = nil
	allocations, errCreate := os.Create(p.path + ".allocs")
	if err = errors.Join(err, errCreate); err != nil {
		return err
	}
	runtime.GC()
	return errors.Join(pprof.Lookup("allocs").WriteTo(allocations, 0), allocations.Close())
}

// server is Rekey's process on its database.
type server struct {
	*process
	place *place
}

// serve starts Rekey on a fresh database with so many people. Its end drops the
// database.
func (b *bench) serve(ctx context.Context, people int) (*server, error) {
	p, err := b.db.fresh(ctx)
	if err != nil {
		return nil, err
	}
	s, err := b.serveOn(ctx, p)
	if err == nil && people > 1 { // nobody else may have a SQLite open meanwhile
		if err = errors.Join(s.keep(), b.addPeople(ctx, p, people)); err == nil {
			s, err = b.serveOn(ctx, p)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.drop())
	}
	return s, nil
}

// serveOn starts Rekey on a database: on a fresh one with one person. Whoever
// ends it with keep leaves the database.
func (b *bench) serveOn(ctx context.Context, p *place) (*server, error) {
	fresh := p.admin == ""
	spec, err := json.Marshal(node{Database: p.url, Keys: p.keys, SMTP: b.sink.ready.SMTP, Fresh: fresh})
	if err != nil {
		return nil, err
	}
	started, err := begin(ctx, "rekey", string(spec))
	if err != nil {
		return nil, err
	}
	if fresh {
		p.admin = started.ready.Admin
	}
	started.ready.Admin = p.admin
	return &server{started, p}, nil
}

// keep ends Rekey and leaves its database.
func (s *server) keep() error { return s.process.end() }

// end ends Rekey and drops its database.
func (s *server) end() error { return errors.Join(s.process.end(), s.place.drop()) }

// watched is what was used of the machine while something was measured.
type watched struct {
	Count  int64         `json:"count"`
	Took   time.Duration `json:"took"`
	Rekey  time.Duration `json:"rekey_cpu"`
	Sink   time.Duration `json:"sink_cpu"`
	Client time.Duration `json:"client_cpu"`
	RSS    int64         `json:"rekey_rss"`
}

// rate is how many there were in a second.
func (w watched) rate() float64 { return float64(w.Count) / w.Took.Seconds() }

// each is the share of one, in microseconds.
func (w watched) each(cpu time.Duration) float64 {
	return float64(cpu) / float64(time.Microsecond) / float64(w.Count)
}

// watch measures what do uses, and profiles Rekey meanwhile if that is asked
// for.
func (b *bench) watch(ctx context.Context, row string, r *server, do func() (count int64, took time.Duration, err error)) (w watched, err error) {
	before, err := b.usages(ctx, r)
	if err != nil {
		return w, err
	}
	if b.profile != "" {
		if _, err := r.ask(ctx, order{Do: "profile", Profile: filepath.Join(b.profile, b.db.name()+"-"+row)}); err != nil {
			return w, err
		}
	}
	if w.Count, w.Took, err = do(); err != nil {
		return w, err
	}
	after, err := b.usages(ctx, r)
	if err != nil {
		return w, err
	}
	if b.profile != "" {
		if _, err := r.ask(ctx, order{Do: "profile"}); err != nil {
			return w, err
		}
	}
	w.Rekey, w.Sink, w.Client = after[0].CPU-before[0].CPU, after[1].CPU-before[1].CPU, after[2].CPU-before[2].CPU
	w.RSS = after[0].RSS
	return w, nil
}

func (b *bench) usages(ctx context.Context, r *server) (u [3]usage, err error) {
	for i, p := range []*process{r.process, b.sink} {
		a, err := p.ask(ctx, order{Do: "usage"})
		if err != nil {
			return u, err
		}
		u[i] = *a.Usage
	}
	u[2], err = ownUsage()
	return u, err
}
