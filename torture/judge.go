package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rekey/client"
	"rekey/internal/engine"
)

// ended reports whether the driver knows a reason why a mailed password may have ended
// early (I2): since its event was posted, its reader has, or may have, chosen another;
// a later one was to replace it; it was revoked; or it expired by the clock of a node.
// The caller holds the reader's mu.
func (s *storm) ended(p *person, l *letter) bool {
	switch n := p.revocations(); {
	case n > 1, n == 1 && l.setting != "revoke":
		return true
	}
	if !s.latest().Before(l.date.Add(engine.Lifetime - 2*time.Minute)) {
		return true
	}
	for _, other := range s.boxes.of(p.address) {
		if other != l && other.setting == "replace" && !s.boxes.lastOf(other).Before(l.first) {
			return true
		}
	}
	if len(p.changes) == 0 {
		return false
	}
	e, err := s.eventOf(l)
	return err != nil || p.changes[len(p.changes)-1].over.After(e.first)
}

// latest is the latest time that the clock of a node may show, or may have shown.
func (s *storm) latest() time.Time {
	var most time.Duration
	for _, n := range s.nodes {
		ahead, _ := n.clock.Read()
		most = max(most, ahead)
	}
	return time.Now().Add(most)
}

// eventOf asks the record which event a letter is of.
func (s *storm) eventOf(l *letter) (*posted, error) {
	_, base := s.anyNode()
	if base == "" {
		return nil, errNoAnswer
	}
	ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
	defer cancel()
	api := s.client(base, s.admin)
	d, err := api.Delivery(ctx, l.delivery)
	if err != nil {
		return nil, err
	}
	run, err := api.Run(ctx, d.RunID)
	if err != nil {
		return nil, err
	}
	event, err := api.Event(ctx, run.EventID)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.events[event.SourceID]
	if e == nil {
		return nil, fmt.Errorf("nobody posted the event %s", event.SourceID)
	}
	return e, nil
}

// seen describes everything that was seen of a person, to find a cause. The caller
// holds p.mu.
func (s *storm) seen(p *person) string {
	var b strings.Builder
	at := func(t time.Time) string { return fmt.Sprintf("%.3f s", t.Sub(s.report.began).Seconds()) }
	fmt.Fprintf(&b, "%s, with %d chosen password(s)", p.address, len(p.chosen))
	for _, e := range p.events() {
		fmt.Fprintf(&b, "\n\t%s: %s posted, to %s; our id %q", at(e.first), e.id, e.kind.name, e.accepted())
	}
	for _, c := range p.changes {
		fmt.Fprintf(&b, "\n\t%s: change begun, over %s", at(c.began), at(c.over))
	}
	for _, l := range s.boxes.of(p.address) {
		accepted, by := s.boxes.acceptance(l)
		fmt.Fprintf(&b, "\n\t%s: letter %s (%s), the last copy %s, dated %s, accepted %v from node %d", at(l.first), l.delivery, l.setting,
			at(s.boxes.lastOf(l)), l.date.Format(time.TimeOnly), !accepted.IsZero(), by)
	}
	if _, base := s.anyNode(); base != "" {
		ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
		defer cancel()
		for _, l := range s.boxes.of(p.address) {
			d, err := s.client(base, s.admin).Delivery(ctx, l.delivery)
			fmt.Fprintf(&b, "\n\ton record: %s", recorded(d, err))
		}
	}
	return b.String()
}

func recorded(d client.Delivery, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %s, issued %s, accepted %s, ended %s, attempts %d, last reply %d", d.ID, d.State, d.Reason,
		d.IssuedAt.Format(time.TimeOnly), d.AcceptedAt.Format(time.TimeOnly), d.EndedAt.Format(time.TimeOnly), d.Attempts, d.ReplyCode)
}
