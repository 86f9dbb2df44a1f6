package main

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"sync"
	"time"

	"rekey/internal/rig/peer"
)

// letter is a password in a mailbox. All copies of its message are alike.
type letter struct {
	delivery string // its id, as the Message-ID has it
	address  string
	password string
	setting  string // for the old password, as the note in the message has it
	sum      [sha256.Size]byte
	date     time.Time // by the clock of the node that issued it
	// first and last are when the sink had the final dot of a copy, and did not
	// refuse it.
	first, last time.Time
	// accepted is when a 250 to that was first written; zero if that was never
	// done. by is the node that it was written to.
	accepted time.Time
	by       int
	copies   int
}

// mailboxes are everybody's. They are safe for concurrent use.
type mailboxes struct {
	report *report
	isAPI  func(address string) bool

	mu         sync.Mutex
	byAddress  map[string][]*letter // in the order in which they came
	byDelivery map[string]*letter
	all        []*letter
}

func newMailboxes(r *report, isAPI func(string) bool) *mailboxes {
	return &mailboxes{report: r, isAPI: isAPI, byAddress: map[string][]*letter{}, byDelivery: map[string]*letter{}}
}

var noteLine = regexp.MustCompile(`(?m)^setting: (\w+)$`)

// take puts a message into a mailbox before it is known whether the client
// hears so. It returns nil for a message that is no letter.
func (m *mailboxes) take(to string, raw []byte) *letter {
	parsed, err := peer.ReadMail(raw)
	id, _, _ := strings.Cut(parsed.MessageID, "@")
	if err == nil && strings.HasPrefix(id, "notice-") {
		m.report.count("notices to the owner", 1)
		return nil
	}
	note := noteLine.FindStringSubmatch(parsed.Text)
	if note == nil {
		note = []string{"", "keep"} // somebody asked for it
	}
	if err != nil || parsed.Password() == "" || parsed.To != to {
		m.report.found(otherwise, "a mail to %s is no letter with a password: %v", to, err)
		return nil
	}
	if m.isAPI(to) {
		m.report.found(apiTouched, "%s was mailed a password", to)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.byDelivery[id]
	if l == nil {
		l = &letter{delivery: id, address: to, password: parsed.Password(), setting: note[1], sum: sha256.Sum256(raw), date: parsed.Date, first: time.Now()}
		m.byDelivery[id] = l
		m.byAddress[to] = append(m.byAddress[to], l)
		m.all = append(m.all, l)
	}
	l.copies++
	l.last = time.Now()
	m.report.count(mailsReceived, 1)
	if l.copies > 1 {
		m.report.count(duplicates, 1)
	}
	switch {
	case l.password != parsed.Password() || l.address != to:
		m.report.found(differing, "delivery %s went to %s and %s, with passwords that are alike: %v", id, l.address, to, l.password == parsed.Password())
	case l.sum != sha256.Sum256(raw):
		m.report.found(otherwise, "two copies of delivery %s to %s differ", id, to)
	}
	return l
}

// accept notes that the client was told that a letter was taken.
func (m *mailboxes) accept(l *letter, by int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.accepted.IsZero() {
		l.accepted, l.by = time.Now(), by
	}
}

// acceptance returns when a letter was accepted, and from which node; the zero
// time if it was not yet.
func (m *mailboxes) acceptance(l *letter) (time.Time, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return l.accepted, l.by
}

// lastOf returns when the last copy of a letter came.
func (m *mailboxes) lastOf(l *letter) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return l.last
}

// of returns the letters to somebody in the order in which they came.
func (m *mailboxes) of(address string) []*letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]*letter(nil), m.byAddress[address]...)
}

// letters returns all of them in the order in which they came.
func (m *mailboxes) letters() []*letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]*letter(nil), m.all...)
}
