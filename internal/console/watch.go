package console

import (
	"context"
	"sync"
	"time"

	"rekey"
	"rekey/internal/admin"
)

const (
	// watchEvery is how often a run that is watched is looked at.
	watchEvery = time.Second
	// sayEvery is how often, at most, whoever listens is told how far it is.
	sayEvery = 5 * time.Second
	// maxWatched is how many runs one user can watch at once. A browser has six
	// connections to a server over HTTP/1.1, and the other pages need some.
	maxWatched = 4
	// rateOver is the time that a rate is of.
	rateOver = 10 * time.Second
)

var errTooManyWatched = rekey.NewError(rekey.CodeLimited, "You watch four runs already. Close one of their pages, or load this one again to see how far it is.")

// watches are the runs that are being watched. Those who watch the same run and
// may view the same people share what is read of it. The zero value is ready
// for use.
type watches struct {
	mu    sync.Mutex
	users map[string]int // how many streams each has, by id
	runs  map[watchKey]*watched
}

type watchKey struct {
	run  string
	rank int
}

// watched is one run as those of one rank see it.
type watched struct {
	streams int // guarded by watches.mu

	mu   sync.Mutex
	at   time.Time // when it was looked at last
	run  admin.RunView
	sent []sentBy
}

// sentBy is how many were sent at a time.
type sentBy struct {
	at time.Time
	n  int64
}

// enter begins to watch a run, unless the user watches too many. leave must be
// called in the end.
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

// look returns the run as it is at a time, and how many are sent in a second. It
// is read once in a while, however many watch.
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

// rate is how many were sent in a second, between the first and the last.
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
