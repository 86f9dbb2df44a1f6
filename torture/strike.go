package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"rekey/internal/engine"
	"rekey/internal/pgtest"
)

// What is counted of the load.
const (
	eventsAccepted = "events accepted"
	eventsAgain    = "events posted again"
	mailsReceived  = "mails received"
	duplicates     = "duplicates (same password again)"
)

// What is counted of strikes.
const (
	kills        = "kills (SIGKILL)"
	stops        = "stops (SIGSTOP) for longer than a claim holds, then SIGCONT"
	stopsCaught  = "… of them while a message was on its way"
	clocksSet    = "clocks set forward or back, for seconds"
	restartsFast = "PostgreSQL restarted (fast)"
	restartsHard = "PostgreSQL restarted (immediate)"
	cuts         = "cut all connections to PostgreSQL"
	fills        = "disk full"
	changesOf    = "changes of the mail server's mood"

	clocksForward = "clocks set forward by 73 hours, for good"
)

// strike runs the storm: it posts events, people log in and choose passwords, and every
// part fails.
func (s *storm) strike(d *database) {
	load, calm := context.WithCancel(s.ctx)
	defer calm()
	var all sync.WaitGroup
	all.Go(func() {
		defer calm()
		for wait(s.ctx.Done(), s.length); s.report.of(eventsAccepted) < s.least && s.ctx.Err() == nil; {
			wait(s.ctx.Done(), 100*time.Millisecond)
		}
	})
	all.Go(func() { s.pour(load) })
	for _, name := range []string{"probe 1", "probe 2", "probe 3"} {
		all.Go(func() { s.probe(load, name) })
	}
	all.Go(func() { s.chooser(load) })
	all.Go(func() { s.killer(load) })
	all.Go(func() { s.every(load, "moods", 3*time.Second, s.mood) })
	all.Go(func() { s.every(load, "clocks", 6*time.Second, s.twist) })
	all.Go(func() { s.every(load, "stops", s.stopEvery(), s.sleepwalk) })
	if d.disk {
		all.Go(func() {
			s.every(load, "disk", max(s.length/12, 8*time.Second), func(ctx context.Context, r *rand.Rand) { s.fill(ctx, d, r) })
		})
	}
	if d.server != nil {
		all.Go(func() {
			s.every(load, "cuts", 7*time.Second, func(ctx context.Context, _ *rand.Rand) { s.cut(ctx, d) })
		})
		all.Go(func() {
			s.every(load, "restarts", max(s.length/20, 9*time.Second), func(_ context.Context, r *rand.Rand) { s.restart(d, r) })
		})
	}
	all.Go(func() { // everything that was mailed by then expires
		if wait(load.Done(), s.length*3/5); load.Err() == nil {
			s.report.count(clocksForward, 1)
			s.advance(73 * time.Hour)
		}
	})
	all.Go(func() { <-load.Done(); s.sink.calm() })
	all.Wait()
}

// every calls do again and again, at about an interval.
func (s *storm) every(ctx context.Context, name string, interval time.Duration, do func(context.Context, *rand.Rand)) {
	random := s.random(name)
	for {
		wait(ctx.Done(), time.Duration((0.3+1.4*random.Float64())*float64(interval)))
		if ctx.Err() != nil {
			return
		}
		do(ctx, random)
	}
}

// killer kills nodes, each at a random moment: one in five while it starts.
func (s *storm) killer(ctx context.Context) {
	random := s.random("kills")
	interval := s.length / time.Duration(s.kills+s.kills/4+1)
	for ctx.Err() == nil || s.report.of(kills) < s.kills && s.ctx.Err() == nil {
		wait(s.ctx.Done(), time.Duration((0.3+1.4*random.Float64())*float64(interval)))
		n := s.nodes[random.IntN(len(s.nodes))]
		if n.asleep() && random.IntN(5) > 0 {
			continue
		}
		if n.kill() {
			s.report.count(kills, 1)
		}
		if random.IntN(5) == 0 {
			wait(s.ctx.Done(), time.Duration(random.IntN(200))*time.Millisecond)
			if n.kill() {
				s.report.count(kills, 1)
			}
		}
	}
}

// mood sets the moods of the sink for a while: often none, else one or two likely ones
// and a little of each.
func (s *storm) mood(_ context.Context, r *rand.Rand) {
	chance := map[string]float64{}
	for _, m := range moods {
		chance[m] = 0.02
	}
	chance[refusing] = 0.1
	if r.IntN(3) > 0 {
		all := append([]string{refusing, dropped, dropped}, moods...)
		chance[all[r.IntN(len(all))]] = 0.6
		chance[all[r.IntN(len(all))]] = 0.3
	}
	if r.IntN(15) == 0 {
		chance[alike] = 1
	}
	s.report.count(changesOf, 1)
	s.sink.weather.set(chance)
}

// twist sets the clock of a node forward or back, by seconds or hours, for some
// seconds.
func (s *storm) twist(ctx context.Context, r *rand.Rand) {
	n := s.nodes[r.IntN(len(s.nodes))]
	off := time.Duration(1+r.IntN(120)) * time.Second
	if r.IntN(5) == 0 {
		off = time.Duration(1+r.IntN(180)) * time.Minute
	}
	if r.IntN(2) == 0 {
		off = -off
	}
	s.setClock(n, off)
	s.report.count(clocksSet, 1)
	wait(ctx.Done(), time.Duration(1+r.IntN(5))*time.Second)
	s.setClock(n, 0)
}

// stopEvery leaves a single node some time to work.
func (s *storm) stopEvery() time.Duration {
	if len(s.nodes) == 1 {
		return 4 * s.lease
	}
	return s.lease / 2
}

// beyondGrace is how far a clock must be ahead so that its node takes a claim that has
// just lapsed for lost.
const beyondGrace = engine.SweepEvery + 30*time.Second

// sleepwalk stops a node for longer than its claims hold, if possible while it waits for
// an answer of the mail server. Meanwhile another node is killed, so that its successor,
// whose clock is ahead, takes over the work.
func (s *storm) sleepwalk(ctx context.Context, r *rand.Rand) {
	n := s.nodes[r.IntN(len(s.nodes))]
	t := s.sink.set(n.number, dialogue[2+r.IntN(4)])
	caught := false
	select {
	case <-t.sprung:
		caught = true
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
	}
	asleep := n.signal(syscall.SIGSTOP)
	s.sink.unset(n.number, t)
	if !asleep {
		return
	}
	stopped := time.Now()
	wait(s.ctx.Done(), s.lease+time.Duration(r.IntN(1000))*time.Millisecond)
	other := s.nodes[(n.number+r.IntN(len(s.nodes)))%len(s.nodes)]
	if other != n {
		s.setClock(other, beyondGrace)
		if other.kill() {
			s.report.count(kills, 1)
		}
		for range 200 {
			if other.address() != "" {
				break
			}
			wait(s.ctx.Done(), 100*time.Millisecond)
		}
	}
	wait(s.ctx.Done(), time.Duration(1000+r.IntN(2500))*time.Millisecond)
	if other != n {
		s.setClock(other, 0)
	}
	if n.signal(syscall.SIGCONT) { // else it was killed in its sleep
		s.sink.woke(n.number, stopped)
		s.report.count(stops, 1)
		if caught {
			s.report.count(stopsCaught, 1)
		}
	}
}

// fill leaves no room on the disk for some seconds.
func (s *storm) fill(ctx context.Context, d *database, r *rand.Rand) {
	if err := d.fill(); err != nil {
		s.report.note("fill the disk: %v", err)
	}
	wait(ctx.Done(), time.Duration(1000+r.IntN(3000))*time.Millisecond)
	if err := d.empty(s.ctx); err != nil {
		s.report.note("empty the disk: %v", err)
	}
	s.report.count(fills, 1)
}

func (s *storm) cut(ctx context.Context, d *database) {
	if err := d.cut(ctx); err == nil { // else it is just being restarted
		s.report.count(cuts, 1)
	}
}

func (s *storm) restart(d *database, r *rand.Rand) {
	how, what := pgtest.Fast, restartsFast
	if r.IntN(2) == 0 {
		how, what = pgtest.Immediate, restartsHard
	}
	if err := d.server.Restart(s.ctx, how); err != nil {
		s.report.note("restart: %v", err)
	}
	s.report.count(what, 1)
}
