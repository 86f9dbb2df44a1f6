package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"rekey/client"
	"rekey/internal/rig"
)

// probe asks all the time, until ctx ends, whether somebody is locked out and
// whether what was mailed works (I1, I2). Those who were named lately are the
// ones to whom something is happening.
func (s *storm) probe(ctx context.Context, name string) {
	random := s.random(name)
	for ctx.Err() == nil {
		p := s.people[random.IntN(len(s.people))]
		s.mu.Lock()
		if n := len(s.inOrder); n > 0 && random.IntN(4) > 0 {
			e := s.inOrder[max(0, n-1-random.IntN(100))]
			p = e.people[random.IntN(len(e.people))]
		}
		s.mu.Unlock()
		if p.token != "" {
			s.callsAsEver(p)
			continue
		}
		p.mu.Lock()
		s.getsIn(p)
		if letters := s.boxes.of(p.address); len(letters) > 0 {
			s.works(p, letters[random.IntN(len(letters))])
		}
		p.mu.Unlock()
		wait(ctx.Done(), 10*time.Millisecond)
	}
}

// getsIn checks that somebody can log in, with the chosen password or a mailed
// one (I1), and reports whether that was answered. The caller holds p.mu.
func (s *storm) getsIn(p *person) bool {
	for range 3 {
		in, sure := s.tryAll(p)
		if in || !sure {
			return in
		}
	}
	if p.revocations() == 0 { // that gives it up on purpose; what is mailed is checked by works
		s.report.found(lockedOut, "%s", s.seen(p))
	}
	return true
}

// tryAll tries everything that somebody has. sure: all of it was answered.
func (s *storm) tryAll(p *person) (in, sure bool) {
	n, base := s.anyNode()
	if base == "" {
		return false, false
	}
	_, set := n.clock.Read()
	s.report.count("log-ins tried", 1)
	for _, chosen := range slices.Backward(p.chosen) {
		got, err := s.logIn(base, p.address, chosen)
		if err != nil {
			return false, false
		}
		if got == asOwner {
			s.settle(p, chosen)
			return true, true
		}
	}
	if p.keeps() && len(p.chosen) == 1 {
		s.report.found(otherwise, "the chosen password is to be kept, and does not log in: %s", s.seen(p))
	}
	for _, l := range slices.Backward(s.boxes.of(p.address)) {
		got, err := s.logIn(base, p.address, l.password)
		if err != nil {
			return false, false
		}
		if got == toChange {
			return true, true
		}
	}
	_, now := n.clock.Read()
	return false, now == set && n.address() == base
}

// settle forgets that a change was in doubt, once it cannot go through any more.
func (s *storm) settle(p *person, chosen string) {
	if len(p.chosen) > 1 && time.Now().After(p.changes[len(p.changes)-1].over) {
		p.chosen = []string{chosen}
	}
}

// works checks that a mailed password logs in, unless it has ended (I2), and
// reports whether that was answered. The caller holds the mu of its reader.
func (s *storm) works(p *person, l *letter) bool {
	for range 3 {
		n, base := s.anyNode()
		if base == "" {
			return false
		}
		got, err := s.logIn(base, p.address, l.password)
		if err != nil {
			return false
		}
		s.report.count("mailed passwords tried", 1)
		if got == toChange || s.ended(p, l) {
			return true
		}
		if s.ctx.Err() != nil || n.address() != base {
			return false
		}
	}
	s.mu.Lock()
	told := s.told[l.delivery]
	s.told[l.delivery] = true
	s.mu.Unlock()
	if !told {
		s.report.found(didNotLogIn, "delivery %s: %s", l.delivery, s.seen(p))
	}
	return true
}

// callsAsEver checks that an API user is left alone (I6).
func (s *storm) callsAsEver(p *person) {
	_, base := s.anyNode()
	if base == "" {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
	defer cancel()
	for how, by := range map[string]client.Option{"token": client.WithToken(p.token), "password": client.WithPassword(p.address, chosenAtFirst)} {
		_, err := client.New(base, by, client.WithAttempts(1), client.WithHTTPClient(s.http)).Account(ctx)
		var problem *client.Problem
		switch {
		case err == nil:
			s.report.count("calls of API users", 1)
		case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError:
			s.report.found(apiTouched, "the %s of %s does not work any more: %v", how, p.address, err)
		}
	}
}

// chooser has people read their mail and choose a password of their own, in the
// middle of it all, until ctx ends.
func (s *storm) chooser(ctx context.Context) {
	random := s.random("choices")
	for ctx.Err() == nil {
		wait(ctx.Done(), time.Duration(random.IntN(200))*time.Millisecond)
		letters := s.boxes.letters()
		if len(letters) == 0 {
			continue
		}
		l := letters[max(0, len(letters)-1-random.IntN(200))]
		p := s.byAddress[l.address]
		if p == nil || p.token != "" {
			continue
		}
		p.mu.Lock()
		s.choose(p, l.password)
		p.mu.Unlock()
	}
}

// choose logs in with a mailed password and chooses another.
func (s *storm) choose(p *person, mailed string) {
	_, base := s.anyNode()
	if base == "" {
		return
	}
	v := s.visitor(base)
	if got, err := entryOf(v.LogIn(s.ctx, p.address, mailed)); err != nil || got != toChange {
		return
	}
	own := rig.Chosen()
	c := change{began: time.Now()}
	done, err := chose(v.Choose(s.ctx, mailed, own))
	c.over = time.Now()
	switch {
	case err != nil:
		c.over = c.over.Add(unanswered)
		p.chosen = append(p.chosen, own)
		s.report.count("changes that were not answered", 1)
	case done:
		p.chosen = []string{own}
		s.report.count("passwords chosen", 1)
	default:
		return // the mailed one has ended meanwhile
	}
	p.changes = append(p.changes, c)
}
