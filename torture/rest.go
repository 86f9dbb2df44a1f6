package main

import (
	"context"
	"time"

	"rekey/client"
)

// rest ends all faults, and waits until nothing is left to do. The clocks go forward
// past delays of an hour, and each node starts once more. Both happen again if nothing
// has moved for a while.
func (s *storm) rest() {
	s.sink.calm()
	began := time.Now()
	s.advance(4 * time.Hour)
	before := 0
	for stuck := 0; stuck <= restRounds && s.ctx.Err() == nil; {
		left, sure := s.unfinished()
		switch {
		case sure && len(left) == 0:
			s.report.note("everything came to rest in %s", time.Since(began).Round(time.Second))
			return
		case sure && len(left) < before: // runs have ended since
		case sure || before == 0:
			stuck++
			s.advance(time.Hour) // little of the day after which a delivery is given up
			for _, n := range s.nodes {
				n.kill()
			}
		}
		if sure {
			before = len(left)
			s.noteLeft(left)
		}
		for range 30 {
			wait(s.ctx.Done(), time.Second)
			if left, sure := s.unfinished(); sure && len(left) == 0 {
				break
			}
		}
	}
	left, _ := s.unfinished()
	for _, run := range left {
		s.report.found(eventsLost, "the run %s of the event %s does not end: %s %s, due %s, deliveries %v", run.ID, run.EventID, run.State, run.Reason, run.DueAt, run.Deliveries)
	}
	if len(left) == 0 {
		s.report.found(otherwise, "nobody says whether everything is at rest")
	}
}

// restRounds is how often all nodes start again before a standstill is a finding.
const restRounds = 5

// unfinished returns the runs that have not ended; sure is false if there was no
// answer.
func (s *storm) unfinished() (left []client.Run, sure bool) {
	_, base := s.anyNode()
	if base == "" {
		return nil, false
	}
	api := s.client(base, s.admin)
	for _, state := range []string{"waiting", "sending", "held"} {
		for run, err := range client.All(s.ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
			return api.Runs(ctx, client.RunFilter{State: state, Paging: p})
		}) {
			if err != nil {
				return nil, false
			}
			left = append(left, run)
		}
	}
	return left, true
}

// noteLeft logs the unfinished runs, and why one of them has not ended.
func (s *storm) noteLeft(left []client.Run) {
	if len(left) == 0 {
		return
	}
	run := left[len(left)-1]
	s.report.note("%d runs are left; one is %s, %s, due %s, deliveries %v", len(left), run.ID, run.State, run.DueAt.Format(time.DateTime), run.Deliveries)
	s.noteDeliveries(run)
}

// noteDeliveries logs the deliveries that keep a run from ending.
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
			s.report.note("   %s; next attempt %s, now %s", recorded(d, nil), d.NextAttempt.Format(time.DateTime), s.now().Format(time.DateTime))
		}
	}
}
