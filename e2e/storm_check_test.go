package e2e

import (
	"context"
	"sync"

	"rekey/client"
)

// The checks after a storm.

// drained waits until nothing is left to be done.
func (s *storm) drained(c *child) {
	s.t.Helper()
	api := s.api(c, s.admin)
	eventually(s.t, "the end of all runs", func() bool {
		for _, state := range []string{"waiting", "sending", "held"} {
			found, err := api.Runs(s.t.Context(), client.RunFilter{State: state, Paging: client.Paging{Limit: 1}})
			if err != nil {
				s.t.Fatal(err)
			}
			if len(found.Items) > 0 {
				return false
			}
		}
		return true
	})
}

// everythingWasKept compares accepted events with their results (I3, I8): one run for
// each event, and one sent delivery for each of its people.
func (s *storm) everythingWasKept(c *child) {
	s.t.Helper()
	api := s.api(c, s.admin)
	runs := map[string]string{} // events by run
	seen := map[string]int{}    // runs by event
	for run, err := range client.All(s.t.Context(), func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
		return api.Runs(ctx, client.RunFilter{Paging: p})
	}) {
		if err != nil {
			s.t.Fatal(err)
		}
		runs[run.ID] = run.EventID
		seen[run.EventID]++
		if run.State != "finished" {
			s.t.Errorf("a run is %s: %s", run.State, run.ReasonText)
		}
	}
	sent := map[string]int{} // deliveries by event and person
	for d, err := range client.All(s.t.Context(), func(ctx context.Context, p client.Paging) (client.Page[client.Delivery], error) {
		return api.Deliveries(ctx, "", client.DeliveryFilter{Paging: p})
	}) {
		if err != nil {
			s.t.Fatal(err)
		}
		sent[runs[d.RunID]+" "+d.Subject]++
		if d.State != "sent" && d.State != "done" {
			s.t.Errorf("the delivery to %s is %s: %s", d.Subject, d.State, d.ReasonText)
		}
	}
	if len(seen) != len(s.events) {
		s.t.Errorf("%d events have runs, %d were accepted", len(seen), len(s.events))
	}
	for id, p := range s.events {
		if seen[id] != 1 {
			s.t.Errorf("%d runs of one event", seen[id])
		}
		for _, address := range p.people {
			if n := sent[id+" "+address]; n != 1 {
				s.t.Errorf("%d deliveries to %s for one event", n, address)
			}
		}
	}
}

// everybodyGetsIn logs in as everybody with every password they have.
func (s *storm) everybodyGetsIn(c *child) {
	s.t.Helper()
	boxes := s.look()
	type try struct {
		address, password string
		want              entry
	}
	var tries []try
	for _, p := range s.events {
		old := refused
		if p.setting == "keep" {
			old = asOwner
		}
		for _, address := range p.people {
			box, ok := boxes[address]
			if !ok {
				s.t.Errorf("%s was named by an event and has no mail", address)
				continue
			}
			delete(boxes, address)
			own, tried := s.own[address]
			switch {
			case own != "":
				tries = append(tries, try{address, own, asOwner}, try{address, box.password, refused}, try{address, s.chosen, refused})
			case !tried:
				tries = append(tries, try{address, box.password, toChange}, try{address, s.chosen, old})
			}
		}
	}
	for address := range boxes {
		s.t.Errorf("%s has a mail, and no event named them", address)
	}
	work := make(chan try, len(tries))
	for _, t := range tries {
		work <- t
	}
	close(work)
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for t := range work {
				if got, ok := s.knock(t.address, t.password); !ok || got != t.want {
					s.t.Errorf("%s: a password leads to: %s, want: %s", t.address, got, t.want)
				}
			}
		})
	}
	crowd.Wait()
	if *s.address.Load() != c.url {
		s.t.Error("another server answered")
	}
}
