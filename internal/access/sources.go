package access

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
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

// shares limits requests by source address, with a token bucket for each. Of more
// than maxSources addresses, the one that was quiet for longest begins anew;
// Argon2's own queue still bounds the work.
type shares struct {
	perSecond rate.Limit
	burst     int
	limiters  *lru.Cache[string, *rate.Limiter]
}

func newShares(perSecond float64, burst int) *shares {
	limiters, _ := lru.New[string, *rate.Limiter](maxSources) // which refuses no size but 0
	return &shares{rate.Limit(perSecond), burst, limiters}
}

// take reports whether the source address may try once more.
func (s *shares) take(source netip.Addr, now time.Time) bool {
	key := sourceKey(source)
	limiter, ok := s.limiters.Get(key)
	if !ok {
		limiter = rate.NewLimiter(s.perSecond, s.burst)
		if other, ok, _ := s.limiters.PeekOrAdd(key, limiter); ok { // made meanwhile
			limiter = other
		}
	}
	return limiter.AllowN(now, 1)
}

// notedEvery is how often at most a call, the use of a token or of a session is
// written down.
const notedEvery = time.Minute

// noticed remembers when something was last noted, so that not every call of a
// busy program is a write. What is forgotten, or asked twice at once, costs a write.
type noticed struct{ last *lru.Cache[string, time.Time] }

func newNoticed() *noticed {
	last, _ := lru.New[string, time.Time](maxSources) // which refuses no size but 0
	return &noticed{last}
}

// due reports whether key was not noted within the minute before now, and notes
// it.
func (n *noticed) due(key string, now time.Time) bool {
	if last, ok := n.last.Get(key); ok && now.Sub(last) < notedEvery {
		return false
	}
	n.last.Add(key, now)
	return true
}
