package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"rekey"
)

// publicTLS reports whether people reach the server over TLS, whatever a proxy
// says of one request.
func (s *Server) publicTLS() bool {
	return s.config.PublicURL != nil && s.config.PublicURL.Scheme == "https"
}

// addressed lets a request pass whose end is certain and that is meant for this
// server. A page of another name that leads here (DNS rebinding) is not. Whoever
// watches the server's health may name it as they like.
func (s *Server) addressed(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case doubtful(r):
			w.Header().Set("Connection", "close")
			Answer(w, r, s.config.Logger, errFraming)
		case s.answersTo(r) || path == healthPath || path == readyPath || path == metricsPath:
			handler.ServeHTTP(w, r)
		default:
			s.config.Denied(w, r, rekey.NewError(CodeMisdirected,
				"This server is reached at "+s.config.PublicURL.String()+". Use that address; the operator can list another name of it in hosts."))
		}
	})
}

// answersTo reports whether the host that a request names is one of the server's:
// that of PublicURL, one of Hosts, or this machine if the request comes from it.
func (s *Server) answersTo(r *http.Request) bool {
	if s.config.PublicURL == nil {
		return true
	}
	name := hostname(r.Host)
	if name == hostname(s.config.PublicURL.Host) || slices.ContainsFunc(s.config.Hosts, func(host string) bool { return hostname(host) == name }) {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// hostname is a host as it is compared: without its port and the dot at its end,
// in lower case. The port may be a proxy's.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
