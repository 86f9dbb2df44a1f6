package main

import (
	"context"
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

// runRekey is Rekey's process: a folder, the address of the sink, and how many
// people there are.
func runRekey(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	if len(args) != 3 {
		return errors.New("rekey: give a folder, the address of the sink, and a number of people")
	}
	people, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(args[1])
	if err != nil {
		return err
	}
	smtp := app.SMTP{Host: host, TLS: "plain", From: "rekey@example.org"}
	if smtp.Port, err = strconv.Atoi(port); err != nil {
		return err
	}
	c := app.Config{Listen: "127.0.0.1:0", Database: filepath.Join(args[0], "rekey.db"), SMTP: smtp, LogLevel: "warn"}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, c, app.Options{Logger: log})
	if err != nil {
		return err
	}
	r, err := populate(ctx, a, people)
	if err != nil {
		return errors.Join(err, a.Close())
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

// server is Rekey's process with its folder.
type server struct {
	*process
	folder string
}

// serve starts Rekey on a fresh database.
func serve(ctx context.Context, o options, s *process, people int) (*server, error) {
	folder, err := os.MkdirTemp(o.dir, "rekey-bench-")
	if err != nil {
		return nil, err
	}
	p, err := begin(ctx, "rekey", folder, s.ready.SMTP, strconv.Itoa(people))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &server{p, folder}, nil
}

func (s *server) end() error {
	return errors.Join(s.process.end(), os.RemoveAll(s.folder)) //nolint:gosec // the folder was made by this program
}

// watched is what was used of the machine while something was measured.
type watched struct {
	Count  int64         `json:"count"`
	Took   time.Duration `json:"took"`
	Rekey  time.Duration `json:"rekey_cpu"`
	Sink   time.Duration `json:"sink_cpu"`
	Client time.Duration `json:"client_cpu"`
	RSS    int64         `json:"rekey_rss"`
}

// watch measures what do uses, and profiles Rekey meanwhile if that is asked
// for.
func watch(ctx context.Context, o options, row string, s *process, r *server, do func() (count int64, took time.Duration, err error)) (w watched, err error) {
	before, err := usages(ctx, s, r)
	if err != nil {
		return w, err
	}
	if o.profile != "" {
		if _, err := r.ask(ctx, order{Do: "profile", Profile: filepath.Join(o.profile, row)}); err != nil {
			return w, err
		}
	}
	if w.Count, w.Took, err = do(); err != nil {
		return w, err
	}
	after, err := usages(ctx, s, r)
	if err != nil {
		return w, err
	}
	if o.profile != "" {
		if _, err := r.ask(ctx, order{Do: "profile"}); err != nil {
			return w, err
		}
	}
	w.Rekey, w.Sink, w.Client = after[0].CPU-before[0].CPU, after[1].CPU-before[1].CPU, after[2].CPU-before[2].CPU
	w.RSS = after[0].RSS
	return w, nil
}

func usages(ctx context.Context, s *process, r *server) (u [3]usage, err error) {
	for i, p := range []*process{r.process, s} {
		a, err := p.ask(ctx, order{Do: "usage"})
		if err != nil {
			return u, err
		}
		u[i] = *a.Usage
	}
	u[2], err = ownUsage()
	return u, err
}
