package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"rekey"
)

// publicTLS reports whether PublicURL is https.
func (s *Server) publicTLS() bool {
	return s.config.PublicURL != nil && s.config.PublicURL.Scheme == "https"
}

var errUnreadable = rekey.NewError(rekey.CodeMalformed, "The address of this request is not valid: use UTF-8 without the character U+0000.")

// unreadable reports whether the path or query holds U+0000 or bytes that are not
// UTF-8. PostgreSQL stores neither, and nothing that Rekey names contains them.
func unreadable(r *http.Request) bool {
	bad := func(text string) bool { return !utf8.ValidString(text) || strings.Contains(text, "\x00") }
	for name, values := range r.URL.Query() {
		if bad(name) || slices.ContainsFunc(values, bad) {
			return true
		}
	}
	return bad(r.URL.Path)
}

// addressed refuses requests whose end is not certain, whose address is not text, and
// requests for another host: they may come from a page whose host name leads here (DNS rebinding).
// Health checks and metrics may use any host.
func (s *Server) addressed(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case doubtful(r):
			w.Header().Set("Connection", "close")
			Answer(w, r, s.config.Logger, errFraming)
		case unreadable(r):
			s.config.Denied(w, r, errUnreadable)
		case s.answersTo(r) || path == healthPath || path == readyPath || path == metricsPath:
			handler.ServeHTTP(w, r)
		default:
			s.config.Denied(w, r, rekey.NewError(CodeMisdirected,
				"The address of this server is "+s.config.PublicURL.Scheme+"://"+s.config.PublicURL.Host+". Use that address, or ask the operator to add this name to the setting hosts."))
		}
	})
}

// namesOf lists the host names of the server from its settings.
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

// answersTo reports whether the host of a request is one of the server's: that of
// PublicURL, one of Hosts, or loopback if the request comes from this machine.
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

// hostname returns a host in the form for comparison: in lower case ASCII (RFC
// 5891), without port and trailing dot. The port may be a proxy's.
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
