package main

import (
	"time"

	"rekey/client"
)

// rest makes everything right again, and waits until nothing is left to do. The
// clocks go forward, so that what was put off for an hour need not be waited
// for, and each node starts once more.
func (s *storm) rest() {
	s.sink.calm()
	began := time.Now()
	for _, n := range s.nodes {
		s.setClock(n, 0)
	}
	for round := 0; ; round++ {
		if round == 0 {
			s.advance(4 * time.Hour)
		}
		s.advance(time.Hour) // little of the day after which a delivery is given up
		for _, n := range s.nodes {
			n.kill()
		}
		for range 30 {
			wait(s.ctx.Done(), time.Second)
			if left, sure := s.unfinished(); sure && len(left) == 0 {
				s.report.note("everything came to rest in %s", time.Since(began).Round(time.Second))
				return
			}
		}
		left, _ := s.unfinished()
		s.report.note("not at rest yet: %d runs are left", len(left))
		for _, run := range left[:min(len(left), 2)] {
			s.report.note("   run %s, %s, due %s, deliveries %v", run.ID, run.State, run.DueAt.Format(time.DateTime), run.Deliveries)
			s.noteDeliveries(run)
		}
		if round >= restRounds || s.ctx.Err() != nil {
			break
		}
	}
	left, _ := s.unfinished()
	for _, run := range left {
		s.report.found(eventsLost, "the run %s of the event %s does not end: %s %s, due %s, deliveries %v", run.ID, run.EventID, run.State, run.Reason, run.DueAt, run.Deliveries)
	}
}

// noteDeliveries tells what keeps a run from its end.
func (s *storm) noteDeliveries(run client.Run) {
	_, base := s.anyNode()
	if base == "" {
		return
	}
	found, err := s.client(base, s.admin).Deliveries(s.ctx, run.ID, client.DeliveryFilter{})
	if err != nil {
		return
	}
	for _, d := range found.Items {
		if d.State == "queued" || d.State == "issued" || d.State == "deferred" {
			s.report.note("   %s; next attempt %s, now %s", recorded(d, nil), d.NextAttempt.Format(time.DateTime), s.base.now().Format(time.DateTime))
		}
	}
}

// restRounds is how often everything is started anew until it must be at rest.
const restRounds = 5

// unfinished returns runs that have not ended; sure is false if that could not
// be found out.
func (s *storm) unfinished() (left []client.Run, sure bool) {
	for _, state := range []string{"waiting", "sending", "held"} {
		_, base := s.anyNode()
		if base == "" {
			return nil, false
		}
		found, err := s.client(base, s.admin).Runs(s.ctx, client.RunFilter{State: state, Paging: client.Paging{Limit: 500}})
		if err != nil {
			return nil, false
		}
		left = append(left, found.Items...)
	}
	return left, true
}
