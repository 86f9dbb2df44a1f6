package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"rekey/client"
	"rekey/internal/engine"
	"rekey/internal/pgtest"
	"rekey/internal/plaintext"
)

// record is Rekey's own record.
type record struct {
	runs       map[string]client.Run   // by id
	byEvent    map[string][]client.Run // by our id of the event
	deliveries map[string]client.Delivery
	byRun      map[string][]client.Delivery
}

// read reads the whole record.
func (s *storm) read() (record, error) {
	r := record{map[string]client.Run{}, map[string][]client.Run{}, map[string]client.Delivery{}, map[string][]client.Delivery{}}
	_, base := s.anyNode()
	api := client.New(base, client.WithToken(s.admin))
	for run, err := range client.All(s.ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Run], error) {
		return api.Runs(ctx, client.RunFilter{Paging: p})
	}) {
		if err != nil {
			return r, err
		}
		r.runs[run.ID] = run
		r.byEvent[run.EventID] = append(r.byEvent[run.EventID], run)
	}
	for d, err := range client.All(s.ctx, func(ctx context.Context, p client.Paging) (client.Page[client.Delivery], error) {
		return api.Deliveries(ctx, "", client.DeliveryFilter{Paging: p})
	}) {
		if err != nil {
			return r, err
		}
		r.deliveries[d.ID] = d
		r.byRun[d.RunID] = append(r.byRun[d.RunID], d)
	}
	return r, nil
}

// check compares, when everything is at rest, every accepted event with its result,
// and logs in as everybody with every password they have.
func (s *storm) check() {
	r, err := s.read()
	if err != nil {
		s.report.found(otherwise, "the record cannot be read: %v", err)
		return
	}
	s.checkEvents(r)
	s.checkLetters(r)
	s.checkPeople(r)
	s.report.count("people", len(s.people))
	s.report.count("runs on record", len(r.runs))
	s.report.count("deliveries on record", len(r.deliveries))
	states := map[string]int{}
	for _, d := range r.deliveries {
		states[d.State+" "+d.Reason]++
	}
	s.report.note("deliveries by state: %v", states)
	client, server := s.sink.sweep.had()
	s.report.count(fmt.Sprintf("byte positions at which a connection was dropped, of %d from the client", clientBytes), client)
	s.report.count(fmt.Sprintf("byte positions at which a connection was dropped, of %d to the client", serverBytes), server)
}

// checkEvents checks that every event that was accepted has its runs, that they
// have ended, and that everybody named has one delivery in each (I3, I8).
func (s *storm) checkEvents(r record) {
	for _, e := range s.inOrder {
		ours := e.accepted()
		if ours == "" {
			s.report.found(otherwise, "the event %s was never answered", e.id)
			continue
		}
		s.insist("the event "+e.id, func() bool { return s.post(e) }) // the server must know it
		runs := r.byEvent[ours]
		if len(runs) != len(e.kind.settings) {
			s.report.found(eventsLost, "%s (%s) has %d runs, want %d", e.id, ours, len(runs), len(e.kind.settings))
		}
		automations := map[string]bool{}
		for _, run := range runs {
			if automations[run.AutomationID] {
				s.report.found(differing, "%s (%s) has two runs of one automation", e.id, ours)
			}
			automations[run.AutomationID] = true
			if run.State != "finished" {
				s.report.found(eventsLost, "the run %s of %s is %s: %s", run.ID, e.id, run.State, run.ReasonText)
			}
			s.checkRun(e, r.byRun[run.ID])
		}
	}
}

// checkRun checks that everybody named has one delivery, whose end has a cause.
func (s *storm) checkRun(e *posted, deliveries []client.Delivery) {
	count := map[string]int{}
	for _, d := range deliveries {
		count[d.Subject]++
		p := s.byAddress[d.Subject]
		if p == nil || !s.plausible(p, d) {
			s.report.found(eventsLost, "%s: the delivery to %s has an end without a cause: %s", e.id, d.Subject, recorded(d, nil))
		}
	}
	for _, p := range e.people {
		if count[p.address] != 1 {
			s.report.found(eventsLost, "%s: %d deliveries to %s", e.id, count[p.address], p.address)
		}
	}
	if len(deliveries) != len(e.people) {
		s.report.found(otherwise, "%s named %d people, and there are %d deliveries", e.id, len(e.people), len(deliveries))
	}
}

// plausible reports whether the end of a delivery has a cause.
func (s *storm) plausible(p *person, d client.Delivery) bool {
	named := 0
	for _, e := range p.events() {
		named += len(e.kind.settings)
	}
	if p.token != "" {
		return d.State == "skipped" && d.Reason == "api_user"
	}
	switch d.State {
	case "sent":
		return true
	case "done":
		return len(p.changes) > 0 && !d.AcceptedAt.IsZero()
	case "cancelled":
		return d.Reason == "chosen_meanwhile" && len(p.changes) > 0
	case "expired":
		return !s.latest().Before(d.ValidUntil)
	case "superseded":
		return named > 1
	case "skipped":
		return map[string]int{"already_being_sent": 2, "three_in_24_hours": 4, "three_unused": 4, "revoked_recently": 2}[d.Reason] <= named && d.Reason != "api_user"
	case "failed":
		return d.Reason == "refused" && d.ReplyCode/100 == 5 || d.Reason == "gave_up" && !s.latest().Before(d.IssuedAt.Add(engine.GiveUp))
	default:
		return false
	}
}

// checkLetters checks that every letter is of a delivery on record (I3), and
// that what is recorded of it agrees with the mailbox.
func (s *storm) checkLetters(r record) {
	letters := s.boxes.letters()
	s.report.count("letters, each with a password of its own", len(letters))
	passwords := map[string]string{}
	mailed := map[string]bool{}
	for _, l := range letters {
		if other, known := passwords[l.password]; known {
			s.report.found(otherwise, "the deliveries %s and %s have the same password", other, l.delivery)
		}
		passwords[l.password], mailed[l.delivery] = l.delivery, true
		if d, known := r.deliveries[l.delivery]; !known || d.Address != l.address {
			s.report.found(differing, "the letter %s to %s is of no delivery on record", l.delivery, l.address)
		}
	}
	for _, d := range r.deliveries {
		if !d.AcceptedAt.IsZero() && !mailed[d.ID] {
			s.report.found(eventsLost, "recorded as accepted, and in no mailbox: %s", recorded(d, nil))
		}
	}
}

// checkPeople logs in as everybody with every password they have.
func (s *storm) checkPeople(r record) {
	work := make(chan *person, len(s.people)+len(s.api))
	for _, list := range [][]*person{s.people, s.api} {
		for _, p := range list {
			work <- p
		}
	}
	close(work)
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for p := range work {
				if p.token != "" {
					s.callsAsEver(p)
					continue
				}
				p.mu.Lock()
				s.insist(p.address, func() bool { return s.getsIn(p) })
				for _, l := range s.boxes.of(p.address) {
					s.insist(p.address, func() bool { return s.works(p, l) })
					s.activated(p, r.deliveries[l.delivery])
				}
				p.mu.Unlock()
			}
		})
	}
	crowd.Wait()
}

// insist asks until there is an answer, which must come because everything is at rest.
func (s *storm) insist(about string, ask func() bool) {
	for range 20 {
		if ask() {
			return
		}
		wait(s.ctx.Done(), 500*time.Millisecond)
	}
	s.report.found(otherwise, "there is no answer about %s at the end", about)
}

// activated checks that an accepted password has replaced the chosen one, if it had to.
func (s *storm) activated(p *person, d client.Delivery) {
	if d.State != "sent" || d.OldPassword != "replace" || !s.latest().Before(d.ValidUntil) || len(p.chosen) != 1 {
		return
	}
	_, base := s.anyNode()
	if got, err := s.logIn(base, p.address, p.chosen[0]); err == nil && got == asOwner {
		s.report.found(otherwise, "delivery %s was accepted, and the old password still logs in: %s", d.ID, s.seen(p))
	}
}

// lookAside checks that one mailbox without an answer delays nobody else whom the same
// event names (I9).
func (s *storm) lookAside() {
	hole := s.aside[0]
	s.sink.swallow(hole.address)
	e := &posted{id: "aside", kind: kinds[1], people: s.aside}
	s.remember(e)
	s.postUntilAnswered(e)
	var slowest time.Duration
	for _, p := range s.aside[1:] {
		for {
			if letters := s.boxes.of(p.address); len(letters) > 0 {
				slowest = max(slowest, letters[0].first.Sub(e.first))
				break
			}
			if time.Since(e.first) > bystanderWaits || s.ctx.Err() != nil {
				s.report.found(bystanders, "%s has no mail after %s, and %s is not answered for", p.address, bystanderWaits, hole.address)
				break
			}
			wait(s.ctx.Done(), 5*time.Millisecond)
		}
	}
	s.report.count("slowest mail beside a mailbox that does not answer, in ms", int(slowest.Milliseconds()))
	s.sink.swallow("")
	s.sink.calm()
}

// bystanderWaits is longer than any other person waits, even on a busy machine. The
// mailbox without an answer has 30 seconds.
const bystanderWaits = 15 * time.Second

// searchFiles looks for all passwords in all that was written (I5).
func (s *storm) searchFiles(d *database) error {
	sealed, err := d.sealed(s.ctx)
	if err != nil {
		return err
	}
	if sealed > 1 { // the letter to the mailbox without an answer may wait
		s.report.found(otherwise, "%d letters are still there, sealed", sealed)
	}
	if d.server != nil {
		if err := d.server.Stop(pgtest.Fast); err != nil {
			return err
		}
	}
	secrets := map[string]string{chosenAtFirst: "everybody"}
	for _, l := range s.boxes.letters() {
		secrets[l.password] = l.address
	}
	for _, list := range [][]*person{s.people, s.aside} {
		for _, p := range list {
			for _, chosen := range p.chosen {
				secrets[chosen] = p.address
			}
		}
	}
	began := time.Now()
	err = plaintext.New(secrets).Each(s.folder, func(path, whose string) error {
		s.report.found(plaintextSeen, "a password of %s is in %s", whose, path)
		return nil
	})
	s.report.note("searched %s for %d passwords in %s", filepath.Base(s.folder), len(secrets), time.Since(began).Round(time.Millisecond))
	return err
}
