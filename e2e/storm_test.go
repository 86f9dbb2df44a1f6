package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey/client"
	"rekey/internal/mail/mailtest"
	"rekey/internal/suite"
)

// The thorough suite kills the server a hundred times, under more load.
var (
	kills = suite.Times(12, 100)
	crowd = suite.Times(720, 6000) // people; at most one event names each
)

const (
	storming = 200 // log-ins that make a storm
	posters  = 4   // programs that post events meanwhile
)

// storm is a scene in which the server is killed again and again.
type storm struct {
	*scene
	address atomic.Pointer[string] // of the server, if it runs

	named  atomic.Int64 // how many people were named by events
	room   atomic.Int64 // how many may be named until the next kill
	probes atomic.Int64 // log-ins that were answered

	mu     sync.Mutex
	events map[string]posted // those answered with 202, by our id
	own    map[string]string // passwords that people have chosen, by address; "" if that was not answered
}

// posted is an event that was accepted.
type posted struct {
	setting string
	people  []string
}

func TestKilledAgainAndAgainUnderLoadNothingIsLostAndNobodyLockedOut(t *testing.T) {
	t.Parallel()
	s := &storm{scene: newScene(t, newEstate(t, crowd), mailtest.Script{}), events: map[string]posted{}, own: map[string]string{}}
	load, calm := context.WithCancel(t.Context())
	var others sync.WaitGroup
	for n := range posters {
		others.Go(func() { s.post(load, n) })
	}
	var watchers sync.WaitGroup
	watching, enough := context.WithCancel(t.Context())
	watchers.Go(func() { s.probe(watching) })
	watchers.Go(func() { s.choose(watching) })

	for kill := 0; kill < kills || !s.raged(); kill++ {
		s.room.Store(int64(crowd * min(kill+1, kills) / kills))
		s.strike(kill)
		if kill%10 == 9 {
			s.search(fmt.Sprintf("after kill %d", kill+1))
		}
	}
	last := spawn(t, s.node())
	s.address.Store(&last.url)
	calm()
	others.Wait()
	enough()
	watchers.Wait()
	s.drained(last)
	s.search("after the storm")
	s.everythingWasKept(last)
	s.everybodyGetsIn(last)
	last.stop()
	s.search("after the stop")
	s.nothingSealed()
	s.countsKept()

	copies := 0
	for _, box := range s.look() {
		copies += box.copies - 1
	}
	t.Logf("%d kills; %d events to %d people, %d identical copies of mails; %d probes, %d chose a password meanwhile",
		kills, len(s.events), s.named.Load(), copies, s.probes.Load(), len(s.own))
}

// raged reports whether the storm had enough log-ins and events.
func (s *storm) raged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.probes.Load() >= storming && len(s.events) >= kills
}

// strike starts a server and kills it at a random moment: one in five while it
// starts, the others while it works.
func (s *storm) strike(kill int) {
	s.t.Helper()
	c := begin(s.t, s.node())
	defer func() {
		s.address.Store(nil)
		c.Kill()
	}()
	serves := make(chan error, 1)
	go func() {
		address, err := c.Address()
		if err == nil {
			s.address.Store(&address)
			err = s.alive(address)
		}
		serves <- err
	}()
	if kill%5 != 4 {
		enough := s.probes.Load() + int64(storming/kills)
		if err := <-serves; err != nil {
			s.t.Fatalf("the server did not start after kill %d: %v; its log ends with\n%s", kill, err, tail(c.log))
		}
		// On a slow machine it would be killed before anybody is answered.
		eventually(s.t, "answers between two kills", func() bool { return s.probes.Load() >= enough })
	}
	<-time.After(time.Duration(rand.Int64N(int64(300 * time.Millisecond))))
}

// alive waits until a server that listens answers.
func (s *storm) alive(address string) error {
	answer, err := (&http.Client{Timeout: suite.Limit}).Get(address + "/healthz")
	if err == nil {
		_ = answer.Body.Close()
	}
	return err
}

// post posts events, each until it has been answered.
func (s *storm) post(ctx context.Context, poster int) {
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for n := 0; ; n++ {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		size := int64(1 + n%3)
		first := s.named.Add(size) - size
		if first+size > s.room.Load() {
			s.named.Add(-size)
			continue
		}
		p := posted{settings[n%len(settings)], s.people[first : first+size]}
		id, ok := s.postUntilAnswered(fmt.Sprintf("%d-%d", poster, n), p)
		if !ok {
			return
		}
		s.mu.Lock()
		s.events[id] = p
		s.mu.Unlock()
	}
}

// postUntilAnswered posts one event as an integrator should, until it is
// accepted.
func (s *storm) postUntilAnswered(id string, p posted) (string, bool) {
	for again := time.NewTicker(10 * time.Millisecond); ; <-again.C {
		address := s.address.Load()
		if address == nil {
			continue
		}
		receipts, err := s.api(&child{url: *address}, s.siem).PostEvents(context.Background(), s.event(id, p.setting, p.people...))
		var problem *client.Problem
		switch {
		case err == nil:
			again.Stop()
			return receipts[0].ID, true
		case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError:
			s.t.Errorf("the event %s was refused: %v", id, err)
			again.Stop()
			return "", false
		}
	}
}

// probe asks all the time whether somebody is locked out (I1, I2). Those who
// are named lately are the ones to whom something is happening.
func (s *storm) probe(ctx context.Context) {
	for pace := time.NewTicker(5 * time.Millisecond); ctx.Err() == nil; <-pace.C {
		latest := s.named.Load()
		if latest == 0 {
			continue
		}
		address := s.people[max(0, latest-1-rand.Int64N(60))]
		if s.hasTried(address) {
			continue
		}
		box, mailed := s.look()[address]
		if mailed {
			if got, ok := s.knock(address, box.password); ok && got != toChange {
				if !s.hasTried(address) {
					s.t.Errorf("what was mailed to %s leads to: %s", address, got)
				}
			}
			continue
		}
		got, ok := s.knock(address, s.chosen)
		if !ok || got == asOwner {
			continue
		}
		// The old password rests or was revoked. Then there must be a mail by
		// now; a revocation is known only afterwards.
		if _, mailed := s.look()[address]; !mailed && !s.mayBeRevoked(address) {
			s.t.Errorf("%s has no mail, and the chosen password leads to: %s", address, got)
		}
	}
}

// hasTried reports whether somebody has tried to choose a password meanwhile.
func (s *storm) hasTried(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, tried := s.own[address]
	return tried
}

// mayBeRevoked reports whether an event may have revoked somebody's password:
// it did, or is not answered yet.
func (s *storm) mayBeRevoked(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.events {
		if slices.Contains(p.people, address) {
			return p.setting == "revoke"
		}
	}
	return true
}

// choose has people read their mail and choose a password of their own, in the
// middle of it all.
func (s *storm) choose(ctx context.Context) {
	pace := time.NewTicker(50 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil {
		<-pace.C
		for address, box := range s.look() {
			if s.hasTried(address) {
				continue
			}
			at := s.address.Load()
			if at == nil {
				break
			}
			s.mu.Lock()
			s.own[address] = ""
			s.mu.Unlock()
			const own = "velvet-anchor-9-thistle"
			b := newBrowser(s.t, *at, "", s.http.Transport)
			if _, err := b.try(http.MethodPost, "/login", url.Values{"address": {address}, "password": {box.password}}); err != nil {
				break
			}
			p, err := b.try(http.MethodPost, "/change-password", url.Values{
				"current_password": {box.password}, "new_password": {own}, "repeated_password": {own}})
			if err == nil && p.path == "/" && p.status == http.StatusOK {
				s.mu.Lock()
				s.own[address] = own
				s.mu.Unlock()
			}
			break
		}
	}
}

// knock logs in, if the server is there until that is answered.
func (s *storm) knock(address, password string) (entry, bool) {
	at := s.address.Load()
	if at == nil {
		return "", false
	}
	p, err := newBrowser(s.t, *at, "", s.http.Transport).
		try(http.MethodPost, "/login", url.Values{"address": {address}, "password": {password}})
	if err != nil {
		return "", false
	}
	s.probes.Add(1)
	switch {
	case p.status == http.StatusOK && p.path == "/":
		return asOwner, true
	case p.status == http.StatusOK && p.path == "/change-password":
		return toChange, true
	case p.status == http.StatusUnauthorized:
		return refused, true
	case p.status == http.StatusOK && p.path == "/login":
		// Between two requests the password was revoked or another one chosen,
		// which ends the session.
	case p.status < http.StatusInternalServerError:
		s.t.Errorf("log-in led to %s with %d", p.path, p.status)
	}
	return "", false
}
