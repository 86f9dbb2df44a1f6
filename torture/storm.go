package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/rig"
)

// storm is the state of a whole run.
type storm struct {
	options
	estate

	ctx       context.Context //nolint:containedctx // it ends with the whole program
	report    *report
	boxes     *mailboxes
	sink      *sink
	nodes     []*node
	ahead     atomic.Int64 // how far the right time is ahead of the machine's, in nanoseconds
	transport *http.Transport
	http      *http.Client
	byAddress map[string]*person

	mu      sync.Mutex
	events  map[string]*posted // by the id that they are posted with
	inOrder []*posted
	told    map[string]bool // deliveries whose password was found not to log in
}

// torture makes a whole run. Its error says what failed, or that something was found.
func torture(ctx context.Context, o options) (err error) {
	made := ""
	if o.folder == "" {
		if o.folder, err = os.MkdirTemp("", "rekey-torture-"); err != nil {
			return err
		}
		made = o.folder
	}
	r := newReport(os.Stdout)
	r.note("%s, %d node(s), for %s, seed %d, in %s", o.database, o.nodes, o.length, o.seed, o.folder)
	err = run(ctx, o, r)
	r.table(o)
	if err == nil && r.of(kills) < o.kills {
		err = fmt.Errorf("only %d kills of %d", r.of(kills), o.kills)
	}
	if n := r.bad(); n > 0 {
		err = errors.Join(fmt.Errorf("found %d that must not be; the folder %s is kept", n, o.folder), err)
	}
	if err == nil && made != "" && !o.keep {
		err = os.RemoveAll(made)
	}
	return err
}

// run strikes, waits until everything is at rest, and checks the result.
func run(ctx context.Context, o options, r *report) (err error) {
	d, err := openDatabase(ctx, o, r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	s := &storm{options: o, ctx: ctx, report: r, events: map[string]*posted{}, told: map[string]bool{}, byAddress: map[string]*person{},
		transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Second}}
	s.http = &http.Client{Transport: s.transport, Timeout: answerWithin}
	people := min(12_000, max(100, o.rate*int(o.length/time.Second)))
	n, err := nodeOn(d.url, filepath.Join(o.folder, "keys"), "127.0.0.1:1", o.lease)
	if err != nil {
		return err
	}
	if s.estate, err = build(ctx, n.Config, people); err != nil {
		return fmt.Errorf("build the estate: %w", err)
	}
	for _, list := range [][]*person{s.people, s.api, s.aside} {
		for _, p := range list {
			s.byAddress[p.address] = p
		}
	}
	s.boxes = newMailboxes(r, func(address string) bool { p := s.byAddress[address]; return p != nil && p.token != "" })
	s.sink = newSink(r, s.boxes, o.seed)
	defer s.sink.close()
	done := make(chan struct{})
	var keepers sync.WaitGroup
	if err := s.start(ctx, n.Config, done, &keepers); err != nil {
		return err
	}
	s.strike(d)
	s.rest()
	s.check()
	s.serveLeftOut()
	s.lookAside()
	close(done)
	keepers.Wait()
	for _, n := range s.nodes {
		if err := n.end(); err != nil {
			r.found(otherwise, "%v", err)
		}
	}
	return s.searchFiles(d)
}

// start starts the nodes, each with its own address of the sink and its own clock.
func (s *storm) start(ctx context.Context, c app.Config, done <-chan struct{}, keepers *sync.WaitGroup) error {
	for i := range s.options.nodes {
		n := &node{number: i + 1, program: s.program, report: s.report}
		door, err := s.sink.open(ctx, n.number)
		if err != nil {
			return err
		}
		if n.Node, err = nodeOn(c.Database, c.Keys, door, s.lease); err != nil {
			return err
		}
		n.Log = filepath.Join(s.folder, fmt.Sprintf("node%d.log", n.number))
		n.Clock = filepath.Join(s.folder, fmt.Sprintf("node%d.clock", n.number))
		n.clock = &rig.Clock{Path: n.Clock}
		if err := n.clock.Set(0, 0); err != nil {
			return err
		}
		s.nodes = append(s.nodes, n)
		keepers.Go(func() { n.run(done) })
	}
	return nil
}

// random returns a source of chance for one of the actors.
func (s *storm) random(actor string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(actor))                   // never fails
	return rand.New(rand.NewPCG(s.seed, h.Sum64())) //nolint:gosec // nothing secret
}

// anyNode returns one that serves, and its address, or "".
func (s *storm) anyNode() (*node, string) {
	from := rand.IntN(len(s.nodes)) //nolint:gosec // nothing secret
	for i := range s.nodes {
		n := s.nodes[(from+i)%len(s.nodes)]
		if base := n.address(); base != "" {
			return n, base
		}
	}
	return nil, ""
}

func (s *storm) client(base, token string) *client.Client {
	return client.New(base, client.WithToken(token), client.WithAttempts(1), client.WithHTTPClient(s.http))
}

// now is the right time; the clock of a node may differ.
func (s *storm) now() time.Time { return time.Now().UTC().Add(time.Duration(s.ahead.Load())) }

// advance puts all clocks forward for good.
func (s *storm) advance(by time.Duration) {
	s.ahead.Add(int64(by))
	for _, n := range s.nodes {
		s.setClock(n, 0)
	}
}

// setClock sets the clock of a node off by a length of time.
func (s *storm) setClock(n *node, off time.Duration) {
	if err := n.clock.Set(time.Duration(s.ahead.Load()), off); err != nil {
		s.report.note("clock: %v", err)
	}
}
