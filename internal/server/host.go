package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/idna"

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
				"This server is reached at "+s.config.PublicURL.Scheme+"://"+s.config.PublicURL.Host+". Use that address; the operator can list another name of it in hosts."))
		}
	})
}

// namesOf lists the names that the settings give the server.
func namesOf(c Config) []string {
	var names []string
	if c.PublicURL != nil {
		names = append(names, hostname(c.PublicURL.Host))
	}
	for _, host := range c.Hosts {
		names = append(names, hostname(host))
	}
	return names
}

// answersTo reports whether the host that a request names is one of the server's:
// that of PublicURL, one of Hosts, or this machine if the request comes from it.
func (s *Server) answersTo(r *http.Request) bool {
	if s.config.PublicURL == nil {
		return true
	}
	name := hostname(r.Host)
	if slices.Contains(s.names, name) {
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
// in lower case, and in ASCII, as browsers send a name with other letters (RFC
// 5891). The port may be a proxy's.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if address, err := netip.ParseAddr(host); err == nil {
		return address.String()
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii
	}
	return strings.ToLower(host) // with an underscore, for example
}
