package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Request holds what the server knows about a request.
type Request struct {
	// ID names the request in the log and in problems. The log line with the ID
	// also names the events that the request made.
	ID string
	// Source is the client's address, as far as the proxies in between are
	// trusted; the zero value if it is not known.
	Source netip.Addr
	// Secure: the client used TLS, to this server or to a trusted proxy.
	Secure bool
	// Route is the pattern of the handler, for the log and the metrics. A handler
	// sets it if it passes on a copy of the request. Default: the pattern of the
	// request.
	Route string
	// Streams is set by a handler of a long answer, whose duration must not count
	// in the metrics.
	Streams bool
	// Stopping is closed when the server stops: long answers end then.
	Stopping <-chan struct{}

	notes []slog.Attr
}

// Note adds attributes to the request's line in the log. Only the goroutine of the
// request may call it. Never note a secret.
func (r *Request) Note(attrs ...slog.Attr) { r.notes = append(r.notes, attrs...) }

type requestKey struct{}

// From returns the Request of a context; outside of a request, an empty one.
func From(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{}
}

// WithRequest returns a context with the Request.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// proxies are the networks of trusted proxies.
type proxies []netip.Prefix

func (p proxies) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// identify returns the client's address. If the peer is a trusted proxy, that is
// the last address in X-Forwarded-For that is not a trusted proxy's: a caller can
// invent only the addresses before it.
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
