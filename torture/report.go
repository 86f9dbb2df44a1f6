package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"rekey/internal/rig"
)

// Findings that must not be.
const (
	didNotLogIn   = "passwords that did not log in"
	lockedOut     = "people locked out"
	leftOut       = "people without any way in"
	lostTheWay    = "people whose mail was refused or expired, and who asked for another"
	eventsLost    = "events lost"
	plaintextSeen = "plaintext found"
	differing     = "different passwords for one delivery"
	apiTouched    = "API users touched"
	bystanders    = "bystanders delayed"
	twins         = "events posted together with another for the same people"
	staleSent     = "messages of a stale node beyond the one on the wire"
	staleOne      = "messages on the wire of a node that slept, as copies"
	otherwise     = "anything else that must not be"
)

// rows are the lines of the table in their order, also those in which nothing
// was counted. What is counted besides follows them.
var rows = []string{
	kills, stops, stopsCaught, restartsFast, restartsHard, cuts, fills, clocksSet, clocksForward, changesOf,
	"connections: " + closed, "connections: " + dropped, "connections: " + silent, "connections: " + slow,
	"connections: " + disorder, "connections: " + garbage, "connections: " + long, "refusals", "refusals, all in the same words",
	eventsAccepted, eventsAgain, twins, mailsReceived, duplicates, staleOne,
}

var findings = []string{didNotLogIn, lockedOut, leftOut, eventsLost, plaintextSeen, differing, apiTouched, bystanders, staleSent, otherwise}

// report counts actions and findings. It is safe for concurrent use.
type report struct {
	out   io.Writer
	began time.Time

	mu     sync.Mutex
	counts map[string]int
	order  []string // of counts
	notes  int
}

func newReport(out io.Writer) *report {
	r := &report{out: out, began: time.Now(), counts: map[string]int{}}
	for _, what := range rows {
		r.add(what, 0)
	}
	return r
}

// count adds to a line of the table.
func (r *report) count(what string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(what, n)
}

func (r *report) add(what string, n int) {
	if _, known := r.counts[what]; !known {
		r.order = append(r.order, what)
	}
	r.counts[what] += n
}

// of returns what was counted.
func (r *report) of(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[what]
}

// maxFound is how many findings are told one by one.
const maxFound = 50

// found logs and counts a broken promise.
func (r *report) found(what, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(what, 1)
	if r.notes++; r.notes <= maxFound {
		fmt.Fprintf(r.out, "%7.1f s  FOUND %s: %s\n", time.Since(r.began).Seconds(), what, fmt.Sprintf(format, args...))
	}
}

// note logs something that helps to find a cause.
func (r *report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, "%7.1f s  %s\n", time.Since(r.began).Seconds(), fmt.Sprintf(format, args...))
}

// bad returns the number of broken promises.
func (r *report) bad() int {
	n := 0
	for _, what := range findings {
		n += r.of(what)
	}
	return n
}

// table writes what was done and what was found.
func (r *report) table(o options) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, "\n%s, %d node(s), struck for %s, seed %d; %s; %s\n\n", o.database, o.nodes, o.length, o.seed, rig.Machine(),
		time.Now().UTC().Format(time.DateOnly))
	must := map[string]bool{}
	for _, what := range findings {
		must[what] = true
	}
	fmt.Fprintf(r.out, "| what | how many |\n| --- | ---: |\n")
	for _, what := range r.order {
		none := r.counts[what] == 0 && o.database == sqlite && strings.Contains(what, "PostgreSQL")
		if !must[what] && !none {
			fmt.Fprintf(r.out, "| %s | %d |\n", what, r.counts[what])
		}
	}
	for _, what := range findings {
		fmt.Fprintf(r.out, "| **%s** (must be 0) | **%d** |\n", what, r.counts[what])
	}
}
