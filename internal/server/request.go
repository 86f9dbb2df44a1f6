package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Request is what is known about a request whoever answers it.
type Request struct {
	// ID names the request in the log, and in what the caller is told of a
	// failure. Events that the request makes are noted beside it, so that the
	// way from a request to an SMTP reply can be followed.
	ID string
	// Source is the address that it came from, as far as the proxies in
	// between are trusted; the zero value if it is not known.
	Source netip.Addr
	// Secure: it came over TLS, here or up to a trusted proxy.
	Secure bool
	// Route is the pattern of what answers, for the log and the metrics. It is
	// set by a handler that passes a copy of the request on, whose own pattern
	// is then that copy's. Default: the request's.
	Route string
	// Streams is set by a handler that goes on answering: how long it takes
	// says nothing of how fast it is.
	Streams bool
	// Stopping is closed when the server is to stop: who streams ends then.
	Stopping <-chan struct{}

	notes []slog.Attr
}

// Note adds to the request's line in the log. It belongs to the goroutine that
// answers the request. Nothing secret may be noted.
func (r *Request) Note(attrs ...slog.Attr) { r.notes = append(r.notes, attrs...) }

type requestKey struct{}

// From returns what is known about the request of a context; outside a request
// nothing.
func From(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{}
}

// WithRequest returns a context of a request.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// proxies are the addresses whose word about who they speak for is taken.
type proxies []netip.Prefix

func (p proxies) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// identify finds out where a request came from. The last address in
// X-Forwarded-For that is not a trusted proxy's is the nearest that could not
// be made up by the caller; without trusted proxies the header counts nothing.
func (p proxies) identify(r *http.Request) (source netip.Addr, secure bool) {
	secure = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, secure
	}
	source = peer.Addr().Unmap()
	if !p.trusted(source) {
		return source, secure
	}
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		secure = true
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return source, secure
		}
		source = address.Unmap()
		if !p.trusted(source) {
			return source, secure
		}
	}
	return source, secure
}
