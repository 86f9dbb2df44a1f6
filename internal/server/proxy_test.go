package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Behind a proxy that is not trusted all clients have one address, so that five wrong
// passwords of a stranger lock that account for all of them.
func TestProxyThatIsNotBelievedIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer, forwarded string
		told            int
	}{
		"a proxy on this machine":   {"127.0.0.1:5", "198.51.100.7", 1},
		"one in the network":        {"192.168.1.2:5", "198.51.100.7", 1},
		"one in IPv6":               {"[fd00::1]:5", "198.51.100.7", 1},
		"a trusted one":             {"10.0.0.1:5", "198.51.100.7", 0},
		"no proxy":                  {"127.0.0.1:5", "", 0},
		"a stranger's own header":   {"192.0.2.1:5", "198.51.100.7", 0},
		"what is no address at all": {"", "198.51.100.7", 0},
	} {
		s := setup(t, func(http.ResponseWriter, *http.Request) {})
		for range 3 {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			s.get(r)
		}
		if got := strings.Count(s.log.String(), "trusted_proxies"); got != c.told {
			t.Errorf("%s: told %d times, want %d", name, got, c.told)
		}
	}
}
