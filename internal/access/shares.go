package access

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxSources is the most source addresses, and the most keys of noticed, that are
// kept in memory.
const maxSources = 10_000

// sourceKey returns the key under which a source address is counted. It is the
// /64 of an IPv6 address, since one client usually has a whole /64.
func sourceKey(source netip.Addr) string {
	source = source.Unmap().WithZone("")
	if source.Is6() {
		if prefix, err := source.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return source.String()
}

// shares limits requests by source address, with a token bucket for each. Beyond
// maxSources addresses, the least recently used bucket is dropped; Argon2's own
// queue still bounds the work.
type shares struct {
	perSecond rate.Limit
	burst     int
	limiters  *lru.Cache[string, *rate.Limiter]
}

func newShares(perSecond float64, burst int) *shares {
	limiters, _ := lru.New[string, *rate.Limiter](maxSources) // it refuses only sizes below 1
	return &shares{rate.Limit(perSecond), burst, limiters}
}

// take reports whether the source address may make another request.
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
