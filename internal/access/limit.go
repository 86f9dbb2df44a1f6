package access

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxSources bounds what is kept in memory about source addresses and about
// those who were noticed lately.
const maxSources = 10_000

// sourceKey is what a source address is counted as. Whoever has one address of
// IPv6 has the /64 that it lies in.
func sourceKey(source netip.Addr) string {
	source = source.Unmap().WithZone("")
	if source.Is6() {
		if prefix, err := source.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return source.String()
}

// shares limits requests by source address, with a token bucket for each.
type shares struct {
	perSecond rate.Limit
	burst     int

	mu       sync.Mutex
	limiters map[string]*rate.Limiter
}

func newShares(perSecond float64, burst int) *shares {
	return &shares{perSecond: rate.Limit(perSecond), burst: burst, limiters: map[string]*rate.Limiter{}}
}

// take reports whether the source address may try once more.
func (s *shares) take(source netip.Addr, now time.Time) bool {
	key := sourceKey(source)
	s.mu.Lock()
	limiter := s.limiters[key]
	if limiter == nil {
		s.makeRoom(now)
		limiter = rate.NewLimiter(s.perSecond, s.burst)
		s.limiters[key] = limiter
	}
	s.mu.Unlock()
	return limiter.AllowN(now, 1)
}

// makeRoom forgets, when there are too many, those whose share is full again:
// forgetting them changes nothing. If that is nobody, the map starts anew;
// Argon2's own queue still bounds the work.
func (s *shares) makeRoom(now time.Time) {
	if len(s.limiters) < maxSources {
		return
	}
	for key, limiter := range s.limiters {
		if limiter.TokensAt(now) >= float64(s.burst) {
			delete(s.limiters, key)
		}
	}
	if len(s.limiters) >= maxSources {
		clear(s.limiters)
	}
}

// notedEvery is how often at most a call, the use of a token or of a session is
// written down.
const notedEvery = time.Minute

// noticed remembers when something was last noted, so that not every call of a
// busy program is a write. Losing it costs a write.
type noticed struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func newNoticed() *noticed { return &noticed{last: map[string]time.Time{}} }

// due reports whether key was not noted within the minute before now, and notes
// it.
func (n *noticed) due(key string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.last[key]; ok && now.Sub(last) < notedEvery {
		return false
	}
	if len(n.last) >= maxSources {
		clear(n.last)
	}
	n.last[key] = now
	return true
}
