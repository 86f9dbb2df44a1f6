package console

import (
	"context"
	"sync"
	"time"

	"rekey"
	"rekey/internal/admin"
)

const (
	// watchEvery is the time between two reads of a watched run.
	watchEvery = time.Second
	// sayEvery is the least time between two progress messages to a screen reader.
	sayEvery = 5 * time.Second
	// maxWatched is how many runs one user can watch at once. A browser has six
	// connections to a server over HTTP/1.1, and the other pages need some.
	maxWatched = 4
	// rateOver is the time over which the sending rate is measured.
	rateOver = 10 * time.Second
)

var errTooManyWatched = rekey.NewError(rekey.CodeLimited, "You watch four runs already. Close one of their pages, or reload this page to see its progress.")

// watches are the runs that are being watched. Readers of the same run who may view
// the same people share one read of it. The zero value is ready for use.
type watches struct {
	mu    sync.Mutex
	users map[string]int // how many streams each has, by id
	runs  map[watchKey]*watched
}

type watchKey struct {
	run  string
	rank int
}

// watched is one run as readers of one rank see it.
type watched struct {
	streams int // guarded by watches.mu

	mu   sync.Mutex
	at   time.Time // of the last read
	run  admin.RunView
	sent []sentBy
}

// sentBy is the number of mails sent up to a time.
type sentBy struct {
	at time.Time
	n  int64
}

// enter begins to watch a run. ok is false if the user already watches maxWatched
// runs; otherwise the caller must call leave.
func (w *watches) enter(u rekey.SystemUser, run string) (seen *watched, leave func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users[u.ID] == maxWatched {
		return nil, nil, false
	}
	if w.users == nil {
		w.users, w.runs = map[string]int{}, map[watchKey]*watched{}
	}
	key := watchKey{run, u.Authority().Rank}
	if w.runs[key] == nil {
		w.runs[key] = &watched{}
	}
	seen = w.runs[key]
	seen.streams++
	w.users[u.ID]++
	return seen, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if seen.streams--; seen.streams == 0 {
			delete(w.runs, key)
		}
		if w.users[u.ID]--; w.users[u.ID] == 0 {
			delete(w.users, u.ID)
		}
	}, true
}

// look returns the run at a time, and the mails sent per second. All readers
// together cause one read every watchEvery.
func (s *watched) look(ctx context.Context, at time.Time, read func(context.Context) (admin.RunView, error)) (admin.RunView, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() || at.Sub(s.at) >= watchEvery*3/4 {
		run, err := read(ctx)
		if err != nil {
			return run, 0, err
		}
		s.run, s.at = run, at
		s.sent = append(s.sent, sentBy{at, tallyOf(run.Tallies).sent})
		for len(s.sent) > 2 && at.Sub(s.sent[0].at) > rateOver {
			s.sent = s.sent[1:]
		}
	}
	return s.run, rate(s.sent), nil
}

// rate is the number of mails per second between the first and the last count.
func rate(sent []sentBy) int64 {
	if len(sent) < 2 {
		return 0
	}
	first, last := sent[0], sent[len(sent)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return int64(float64(last.n-first.n)/seconds + .5)
}
