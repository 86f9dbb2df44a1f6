package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rekey/client"
)

// servedWithin is the time within which a requested password must arrive. The mail
// server behaves, and the nodes have no other work.
const servedWithin = 90 * time.Second

// serveLeftOut finds people without any way in, when everything is at rest. That is
// allowed only if their old password was revoked, and the mail server refused the new
// one for good or it expired unused. They ask for a password and must be sent one,
// whatever was asked before.
func (s *storm) serveLeftOut() {
	r, err := s.read()
	if err != nil {
		s.report.found(otherwise, "the record cannot be read: %v", err)
		return
	}
	// last is the latest delivery that was issued to each person, by its id: a person has
	// at most one at a time (I10), and ids are made by the clock of the machine, which
	// nobody sets.
	last, on := map[string]client.Delivery{}, map[string][]client.Delivery{}
	for _, d := range r.deliveries {
		on[d.Subject] = append(on[d.Subject], d)
		if d.State != "superseded" && !d.IssuedAt.IsZero() && d.ID > last[d.Subject].ID {
			last[d.Subject] = d
		}
	}
	var asked []*person
	for _, p := range s.people {
		if s.hasWayIn(p) {
			continue
		}
		d := last[p.address]
		over := d.State == "expired" || d.State == "sent" && s.latest().After(d.ValidUntil)
		if p.revocations() == 0 || d.State != "failed" && !over { // they lost it for no allowed reason
			s.tellLeftOut(p, on[p.address])
		}
		s.insist(p.address, func() bool { return s.asks(p) })
		asked = append(asked, p)
	}
	s.report.count(lostTheWay, len(asked))
	for until := time.Now().Add(servedWithin); len(asked) > 0 && time.Now().Before(until) && s.ctx.Err() == nil; {
		asked = slices.DeleteFunc(asked, s.hasWayIn)
		wait(s.ctx.Done(), time.Second)
	}
	for _, p := range asked {
		s.tellLeftOut(p, on[p.address])
	}
}

// hasWayIn reports whether a person can log in with any password they have.
func (s *storm) hasWayIn(p *person) (in bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.insist(p.address, func() (sure bool) {
		in, sure = s.tryAll(p)
		return sure
	})
	return in
}

// tellLeftOut reports somebody without any way in, with all deliveries to them.
func (s *storm) tellLeftOut(p *person, deliveries []client.Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list strings.Builder
	for _, d := range deliveries {
		list.WriteString("\n\tdelivery: " + recorded(d, nil))
	}
	s.report.found(leftOut, "%s%s", s.seen(p), list.String())
}

// asks has somebody ask for a new password, and reports whether that was
// answered.
func (s *storm) asks(p *person) bool {
	_, base := s.anyNode()
	if base == "" {
		return false
	}
	page, err := s.visitor(base).Post(s.ctx, "/forgot-password", url.Values{"address": {p.address}})
	return err == nil && page.Status < http.StatusInternalServerError
}
