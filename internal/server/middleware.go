package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"rekey"
)

// maxBody is the size limit of any request, in bytes: 16 MiB. Handlers set lower
// limits.
const maxBody = 16 << 20

var errOrigin = rekey.NewError(rekey.CodeForbidden, "This was sent from a page of another site, so nothing was done.")

// wrap adds to a handler what every request needs.
func (s *Server) wrap(handler http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.config.Denied(w, r, errOrigin)
	}))
	inner := s.addressed(sameOrigin.Handler(handler))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.config.Clock()
		request := &Request{ID: s.config.NewID(), Stopping: s.stopping}
		request.Source, request.Secure = s.proxies.identify(r)
		ctx, cancel := context.WithTimeout(WithRequest(r.Context(), request), s.config.RequestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		s.tellOfProxy(ctx, r, request.Source)
		answer := &answer{ResponseWriter: w}
		r.Body = http.MaxBytesReader(answer, r.Body, maxBody)
		w.Header().Set("X-Request-Id", request.ID)
		safeHeaders(w.Header(), request.Secure || s.publicTLS())
		defer func() {
			if failure := recover(); failure != nil {
				s.recovered(answer, r, failure)
			}
			s.logRequest(r, request, answer, s.config.Clock().Sub(began))
		}()
		inner.ServeHTTP(answer, r)
	})
}

// tellOfProxy warns once of a proxy in the local network that is not trusted: all
// clients behind it count as one source, so that one of them can lock all out. A
// client on the internet may have invented the header; it causes no warning.
func (s *Server) tellOfProxy(ctx context.Context, r *http.Request, source netip.Addr) {
	if r.Header.Get("X-Forwarded-For") == "" || s.proxies.trusted(source) || !source.IsLoopback() && !source.IsPrivate() {
		return
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || peer.Addr().Unmap() != source {
		return
	}
	s.unknown.Do(func() {
		s.config.Logger.WarnContext(ctx, "a proxy forwards requests and is not in trusted_proxies: all clients behind it count as one source",
			"proxy", source.String())
	})
}

// safeHeaders sets headers that keep browsers safe. A page that needs more sets
// its own policy.
func safeHeaders(h http.Header, overTLS bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if overTLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recovered answers for a handler that panicked.
func (s *Server) recovered(w *answer, r *http.Request, failure any) {
	if failure == http.ErrAbortHandler { //nolint:errorlint // it is compared by identity, as net/http does
		panic(failure) //nolint:forbidigo // net/http's own way of breaking a connection off
	}
	s.config.Logger.ErrorContext(r.Context(), "handler panicked", "request_id", From(r.Context()).ID,
		"panic", fmt.Sprint(failure), "stack", string(debug.Stack()))
	w.failed = true
	if w.status == 0 {
		NewProblem(r.Context(), http.StatusInternalServerError, "").Write(w)
	}
}

// logRequest counts the request and writes its line in the log: at debug, or at error if
// the server failed. The line leaves out query and headers, and has the path only
// where paths hold no secrets.
func (s *Server) logRequest(r *http.Request, request *Request, w *answer, took time.Duration) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	route := request.Route
	if route == "" {
		route = r.Pattern
	}
	if s.config.Metrics != nil {
		s.config.Metrics.request(route, w.status)
		if !request.Streams {
			s.config.Metrics.answered(route, took)
		}
	}
	level := slog.LevelDebug
	if w.status >= http.StatusInternalServerError && w.status != http.StatusServiceUnavailable || w.failed {
		level = slog.LevelError
	}
	if !s.config.Logger.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 8+len(request.notes))
	attrs = append(attrs, slog.String("request_id", request.ID), slog.String("method", r.Method),
		slog.String("route", route), slog.Int("status", w.status), slog.Int64("bytes", w.written),
		slog.Duration("took", took), slog.String("source", request.Source.String()))
	if strings.HasPrefix(r.URL.Path, "/api/") {
		attrs = append(attrs, slog.String("path", r.URL.Path))
	}
	s.config.Logger.LogAttrs(r.Context(), level, "request", append(attrs, request.notes...)...)
}

// answer records status and size of the response.
type answer struct {
	http.ResponseWriter

	status  int
	written int64
	failed  bool
}

// WriteHeader implements http.ResponseWriter. Only the first status counts.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	if status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.written += int64(n)
	return n, err
}

// Unwrap returns the writer for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
