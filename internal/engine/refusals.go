package engine

import (
	"strings"
	"sync"
)

// equalRefusals is how many recipients in a row may be refused in the same
// words before that is taken for the transport's fault, not theirs.
const equalRefusals = 10

// refusals are the latest 5xx replies in a row that say the same to different
// recipients, whatever runs they belong to. What was written of them is a
// failure, and is taken back when there are too many: their letters are kept
// here, sealed, for that long.
type refusals struct {
	mu    sync.Mutex
	words words
	// held are those of the row so far; nil once they have been taken back.
	held   []result
	whom   map[string]bool // addresses of held
	paused bool            // the row is long enough already
}

// words are what a mail server says to a recipient, without their address.
type words struct {
	code int
	text string
}

// add notes an outcome. It returns the refusals that have turned out to be the
// transport's fault.
func (r *refusals) add(outcome result) []result {
	r.mu.Lock()
	defer r.mu.Unlock()
	reply, to := outcome.outcome.Reply, outcome.letter.To
	switch outcome.outcome.Verdict {
	case NotTried:
		return nil // nobody was asked
	case Refused:
	default:
		r.words, r.held, r.whom, r.paused = words{}, nil, nil, false
		return nil
	}
	if said := (words{reply.Code, strings.ReplaceAll(reply.Text, to, "")}); said != r.words || r.whom == nil {
		r.words, r.held, r.whom, r.paused = said, nil, map[string]bool{}, false
	}
	if r.paused {
		return []result{outcome}
	}
	if r.whom[to] {
		return nil // the same recipient again says nothing about others
	}
	r.whom[to] = true
	r.held = append(r.held, outcome)
	if len(r.held) < equalRefusals {
		return nil
	}
	all := r.held
	for _, taken := range all {
		taken.takenBack = true
	}
	r.held, r.paused = nil, true
	return all
}

// takenBack returns those of a worker's refusals that have turned out to be the
// transport's fault. Whoever found that out may have come before they were
// written as failures, and found nothing to take back.
func (r *refusals) takenBack(refused []result) (all []result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, own := range refused {
		if own.takenBack {
			all = append(all, own)
		}
	}
	return all
}
