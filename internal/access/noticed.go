package access

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// notedEvery is the least time between two writes that note the use of a
// password, token or session.
const notedEvery = time.Minute

// noticed remembers when a key was last noted, so that not every call of a busy
// program is a write. A forgotten key only costs another write.
type noticed struct{ last *lru.Cache[string, time.Time] }

func newNoticed() *noticed {
	last, _ := lru.New[string, time.Time](maxSources) // it refuses only sizes below 1
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
