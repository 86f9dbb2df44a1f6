package engine

import (
	"strings"
	"sync"
)

// equalRefusals is how many recipients in a row the server must refuse with the
// same reply before this counts as the transport's fault.
const equalRefusals = 10

// refusals holds the latest 5xx replies in a row with the same words to different
// recipients, across all runs. They are written as failures. If there are too many,
// they are taken back, which needs the sealed letters that are kept here.
type refusals struct {
	mu    sync.Mutex
	words words
	// held are the results in the row; nil after they were taken back.
	held       []result
	recipients map[string]bool // addresses of held
	paused     bool            // the row is long enough
}

// words are a reply of the mail server, without the recipient's address.
type words struct {
	code int
	text string
}

// add adds an outcome. It returns the refusals that are now the transport's fault.
func (r *refusals) add(outcome result) []result {
	r.mu.Lock()
	defer r.mu.Unlock()
	reply, to := outcome.outcome.Reply, outcome.letter.To
	switch outcome.outcome.Verdict {
	case NotTried:
		return nil // the server gave no verdict
	case Refused:
	default:
		r.words, r.held, r.recipients, r.paused = words{}, nil, nil, false
		return nil
	}
	if said := (words{reply.Code, strings.ReplaceAll(reply.Text, to, "")}); said != r.words || r.recipients == nil {
		r.words, r.held, r.recipients, r.paused = said, nil, map[string]bool{}, false
	}
	if r.paused {
		return []result{outcome}
	}
	if r.recipients[to] {
		return nil // the same recipient again says nothing about others
	}
	r.recipients[to] = true
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

// takenBack returns which of a worker's refusals are the transport's fault. Another
// worker may have found this before these were written as failures, so that there
// was nothing to take back then.
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
