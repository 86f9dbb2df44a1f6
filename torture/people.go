package main

import (
	"sync"
	"time"

	"rekey/client"
)

// person is a system user as seen from outside, without the database.
type person struct {
	address string
	token   string // of an API user; "" for everybody else
	// revocable people may be named by events that revoke.
	revocable bool

	// mu is held while the driver acts as this person, or checks their log-ins. So a
	// change of their own is not taken for a lock-out.
	mu sync.Mutex
	// chosen is the chosen password. There are two while it is unknown whether a change
	// succeeded.
	chosen  []string
	changes []change

	named struct {
		sync.Mutex
		events []*posted
	}
}

// change is an attempt to choose a password.
type change struct {
	began time.Time
	// over is when it can have no effect any more.
	over time.Time
}

// unanswered is the time within which a change without an answer may still succeed: its
// node may have been stopped in the middle.
const unanswered = 90 * time.Second

// posted is an event that was, or is being posted.
type posted struct {
	id     string // as it is posted
	kind   *kind
	people []*person
	first  time.Time // when it was first posted
	at     time.Time // when it took place, as it says

	mu sync.Mutex
	// ours is the id that it was given, "" until it was answered; news is how
	// often the answer was that it is new.
	ours string
	news int
}

// answered notes an answer. It returns the id that was given before, and how
// often the event was said to be new.
func (e *posted) answered(r client.EventReceipt) (before string, news int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, e.ours = e.ours, r.ID
	if !r.Repeat {
		e.news++
	}
	return before, e.news
}

func (e *posted) accepted() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ours
}

// name notes that an event names somebody. It comes before the first post.
func (p *person) name(e *posted) {
	p.named.Lock()
	defer p.named.Unlock()
	p.named.events = append(p.named.events, e)
}

// events returns those that name somebody.
func (p *person) events() []*posted {
	p.named.Lock()
	defer p.named.Unlock()
	return append([]*posted(nil), p.named.events...)
}

// revocations counts the events that may have revoked somebody's passwords.
func (p *person) revocations() int {
	n := 0
	for _, e := range p.events() {
		if e.kind.name == "revoke" {
			n++
		}
	}
	return n
}

// keeps reports whether no event has touched the chosen password.
func (p *person) keeps() bool {
	for _, e := range p.events() {
		if e.kind.name != "keep" {
			return false
		}
	}
	return true
}

// kind is a kind of event, with what it starts.
type kind struct {
	name string
	// weight is how many of all events are of this kind.
	weight int
	// settings are those for the old password, one for each automation that it
	// starts.
	settings []string
	// ago is how long before it is posted it took place: the automation with a
	// delay of a minute is due some seconds later.
	ago time.Duration
}

// kinds of events; each has the name "torture." and its own.
var kinds = []*kind{
	{name: "keep", weight: 25, settings: []string{"keep"}},
	{name: "replace", weight: 35, settings: []string{"replace"}},
	{name: "revoke", weight: 10, settings: []string{"revoke"}},
	{name: "delayed", weight: 15, settings: []string{"replace"}, ago: 56 * time.Second},
	{name: "both", weight: 15, settings: []string{"keep", "replace"}},
}
