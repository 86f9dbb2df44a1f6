package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"rekey/client"
)

// atOnce is how many events are being posted at the same time at most.
const atOnce = 16

// pour posts events until ctx ends, and returns when all of them were answered.
func (s *storm) pour(ctx context.Context) {
	random := s.random("posts")
	pace := time.NewTicker(time.Second / time.Duration(s.rate))
	defer pace.Stop()
	room := make(chan struct{}, atOnce)
	var posts sync.WaitGroup
	defer posts.Wait()
	for n := 0; ; n++ {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		e := s.think(random, n)
		if random.IntN(4) == 0 { // two at once for the same people
			twin := s.twinOf(e, random)
			posts.Go(func() { s.postUntilAnswered(twin) })
		}
		twice := random.IntN(10) == 0
		room <- struct{}{}
		posts.Go(func() {
			defer func() { <-room }()
			if twice { // at two nodes at once, as a queue that delivers twice does
				posts.Go(func() { s.postUntilAnswered(e) })
			}
			s.postUntilAnswered(e)
		})
		if again := s.earlier(random); again != nil {
			posts.Go(func() { s.postUntilAnswered(again) })
		}
	}
}

// think makes up the next event. Whoever is named lately is named again more
// often than by chance.
func (s *storm) think(random *rand.Rand, n int) *posted {
	e := &posted{id: fmt.Sprintf("event-%d", n), kind: aKind(random)}
	size := 1 + random.IntN(3)
	for len(e.people) < size {
		p := s.someone(random)
		if !slices.Contains(e.people, p) && (p.revocable || e.kind.name != "revoke") {
			e.people = append(e.people, p)
		}
	}
	if random.IntN(5) == 0 {
		e.people = append(e.people, s.api[random.IntN(len(s.api))])
	}
	s.remember(e)
	return e
}

// twinOf makes up another event for the people of one, of any kind that they are
// named by.
func (s *storm) twinOf(e *posted, random *rand.Rand) *posted {
	twin := &posted{id: e.id + "-twin", kind: aKind(random), people: e.people}
	revocable := !slices.ContainsFunc(e.people, func(p *person) bool { return !p.revocable && p.token == "" })
	switch {
	case revocable && random.IntN(2) == 0:
		twin.kind = kindOf("revoke")
	case !revocable && twin.kind.name == "revoke":
		twin.kind = e.kind
	}
	s.report.count(twins, 1)
	s.remember(twin)
	return twin
}

// remember has everybody know of an event before it is posted.
func (s *storm) remember(e *posted) {
	e.first, e.at = time.Now(), s.now().Add(-e.kind.ago)
	for _, p := range e.people {
		p.name(e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events[e.id] = e
	s.inOrder = append(s.inOrder, e)
}

func aKind(random *rand.Rand) *kind {
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	n := random.IntN(total)
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
			return k
		}
	}
	return kinds[0]
}

func kindOf(name string) *kind {
	return kinds[slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })]
}

// someone is named by the next event: of a few, the one who was named least.
func (s *storm) someone(random *rand.Rand) *person {
	best := s.people[random.IntN(len(s.people))]
	if random.IntN(3) == 0 {
		return best
	}
	for range 3 {
		if p := s.people[random.IntN(len(s.people))]; len(p.events()) < len(best.events()) {
			best = p
		}
	}
	return best
}

// earlier is an event that is posted again, now and then.
func (s *storm) earlier(random *rand.Rand) *posted {
	s.mu.Lock()
	defer s.mu.Unlock()
	if random.IntN(5) > 0 || len(s.inOrder) == 0 {
		return nil
	}
	return s.inOrder[random.IntN(len(s.inOrder))]
}

// postUntilAnswered posts an event as an integrator should, until it is
// accepted.
func (s *storm) postUntilAnswered(e *posted) {
	for s.ctx.Err() == nil {
		if s.post(e) {
			return
		}
		wait(s.ctx.Done(), 20*time.Millisecond)
	}
}

// post posts an event once, and reports whether it was answered.
func (s *storm) post(e *posted) bool {
	_, base := s.anyNode()
	if base == "" {
		return false
	}
	addresses := make([]string, len(e.people))
	for i, p := range e.people {
		addresses[i] = p.address
	}
	ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
	defer cancel()
	receipts, err := s.client(base, s.poster).PostEvents(ctx, client.CloudEvent{
		ID: e.id, Source: source, Type: "torture." + e.kind.name, Time: e.at, Data: client.EventData("", addresses...),
	})
	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && len(problem.Errors) == 1 && problem.Errors[0].Field == "time":
		s.report.count("events not taken by a node whose clock was behind", 1)
		return false
	case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError && problem.Status != http.StatusTooManyRequests:
		s.report.found(otherwise, "the event %s was refused: %v", e.id, err)
		return true
	case err != nil || len(receipts) != 1:
		return false
	}
	before, news := e.answered(receipts[0])
	switch {
	case before == "":
		s.report.count(eventsAccepted, 1)
	case before != receipts[0].ID:
		s.report.found(otherwise, "the event %s was given two ids, %s and %s", e.id, before, receipts[0].ID)
	case news > 1:
		s.report.found(otherwise, "the event %s was taken for new twice", e.id)
	default:
		s.report.count(eventsAgain, 1)
	}
	return true
}
