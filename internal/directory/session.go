package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// How long to wait for the connection, and for the replies to one request.
const (
	connectTime = 10 * time.Second
	answerTime  = 30 * time.Second
)

// pageSize is how many entries one search returns. AD gives 1,000 at most.
const pageSize = 200

// keysAtOnce is how many keys one search names. The server compares each entry with each
// key, and checks the right to do so: 200 keys in one search cost OpenLDAP a third more
// than in four.
const keysAtOnce = 50

// session is a connection to one server, for one call. It is closed afterwards: a
// connection after a time-out says that it is open, but is not.
type session struct {
	*Directory

	conn    *ldap.Conn
	raw     net.Conn
	tls     tls.ConnectionState
	address string      // of Settings.Addresses
	root    *ldap.Entry // the root DSE
	stop    func() bool // ends the watch over the context

	domain   adDomain          // AD only
	policies map[string]Policy // by DN, as read so far
	latest   string            // OpenLDAP: the latest entryCSN read so far
}

// deadlineConn gives each request and its replies answerTime. The time limit of the
// library begins only after the request was written, and leaves the TLS handshake out.
type deadlineConn struct {
	net.Conn

	limit time.Duration
}

// Write implements net.Conn.
func (c deadlineConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// connect opens a session with the server that takes the writes. It tries the
// addresses in their order.
func (d *Directory) connect(ctx context.Context) (*session, error) {
	var problems []error
	for n, address := range d.settings.Addresses {
		s, err := d.enter(ctx, address, len(d.settings.Addresses)-n)
		if err == nil {
			return s, nil
		}
		problems = append(problems, fmt.Errorf("%s: %w", address, err))
	}
	return nil, errors.Join(problems...)
}

// enter connects to a server and logs in. left counts this server and those after it. If
// ctx has a deadline, enter takes only its share of the time, so that a server that says
// nothing leaves some for the others.
func (d *Directory) enter(ctx context.Context, address string, left int) (*session, error) {
	entering := ctx
	if deadline, ok := ctx.Deadline(); ok {
		share, cancel := context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
		defer cancel()
		entering = share
	}
	s, err := d.dial(entering, address)
	if err != nil {
		return nil, err
	}
	if err = s.login(); err == nil && !s.stop() {
		err = entering.Err() // it ended in this instant, and closed the connection
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.stop = context.AfterFunc(ctx, func() { _ = s.raw.Close() })
	return s, nil
}

// dial connects to one server, without logging in.
func (d *Directory) dial(ctx context.Context, address string) (*session, error) {
	host, startTLS, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: connectTime}
	raw, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	s := &session{Directory: d, address: address, raw: raw, policies: map[string]Policy{}}
	s.stop = context.AfterFunc(ctx, func() { _ = raw.Close() })
	if err := s.secure(ctx, deadlineConn{raw, d.patience}, host, startTLS); err != nil {
		s.stop()
		_ = raw.Close()
		return nil, err
	}
	return s, nil
}

// secure begins TLS with a server at host:port.
func (s *session) secure(ctx context.Context, raw net.Conn, host string, startTLS bool) error {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: s.authorities, ServerName: name, MinVersion: tls.VersionTLS12}
	if startTLS {
		s.conn = ldap.NewConn(raw, false)
		s.conn.Start()
		if err := s.conn.StartTLS(config); err != nil {
			_ = s.conn.Close()
			return err
		}
		s.tls, _ = s.conn.TLSConnectionState()
		return nil
	}
	secured := tls.Client(raw, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	s.tls = secured.ConnectionState()
	s.conn = ldap.NewConn(secured, true)
	s.conn.Start()
	return nil
}

// login binds and reads what each call needs. A server that says yes to everything has no
// root DSE.
func (s *session) login() error {
	if err := s.conn.Bind(s.settings.BindDN, s.settings.Password.Reveal()); err != nil {
		return fmt.Errorf("log in as %s: %w", s.settings.BindDN, err)
	}
	// AD shows who is logged in (tokenGroups) only if asked for it.
	root, err := s.readEntry("", "*", "+", "tokenGroups")
	if err != nil {
		return fmt.Errorf("read the root DSE: %w", err)
	}
	s.root = root
	return s.kind.begin(s)
}

// close ends the connection.
func (s *session) close() {
	s.stop()
	_ = s.conn.Close()
}

// readEntry returns the entry with a DN. The error is that of the server, or errNoEntry.
func (s *session) readEntry(dn string, attributes ...string) (*ldap.Entry, error) {
	found, err := s.ask(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
		"(objectClass=*)", attributes, nil))
	if err != nil {
		return nil, err
	}
	if len(found.Entries) != 1 {
		return nil, errNoEntry
	}
	return found.Entries[0], nil
}

var errNoEntry = errors.New("the server returns no entry")

// unreadable reports whether the server answers that it does not show an entry. It shows
// others, so one account must not hold them back.
func unreadable(err error) bool {
	answer, ok := answered(err)
	return errors.Is(err, errNoEntry) || ok && answer.ResultCode != ldap.LDAPResultBusy
}

// ask sends a search. Afterwards there is no time limit: the caller may take long with
// what was found.
func (s *session) ask(request *ldap.SearchRequest) (*ldap.SearchResult, error) {
	found, err := s.conn.Search(request)
	if err != nil {
		return nil, err
	}
	return found, s.raw.SetDeadline(time.Time{})
}

// search returns all that is found below a base, which must be few: up to pageSize.
// Referrals are left out.
func (s *session) search(base, filter string, attributes ...string) ([]*ldap.Entry, error) {
	found, err := s.searchOnce(base, filter, attributes)
	if err != nil {
		return nil, err
	}
	return found.Entries, nil
}

// searchPages calls page with what is found below a base, up to size entries at a time.
// Only one page is in memory. OpenLDAP knows one search by pages on a connection, so page
// must not begin another.
func (s *session) searchPages(base, filter string, attributes []string, size uint32, page func([]*ldap.Entry) error) error {
	paging := ldap.NewControlPaging(size)
	for {
		found, err := s.searchOnce(base, filter, attributes, paging)
		if err != nil {
			return err
		}
		if len(found.Entries) > 0 {
			if err := page(found.Entries); err != nil {
				return err
			}
		}
		reply, ok := ldap.FindControl(found.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(reply.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(reply.Cookie)
	}
}

func (s *session) searchOnce(base, filter string, attributes []string, controls ...ldap.Control) (*ldap.SearchResult, error) {
	found, err := s.ask(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
		filter, attributes, controls))
	if err != nil {
		return nil, fmt.Errorf("search %.200s below %s: %w", filter, base, err)
	}
	return found, nil
}

// answered reports whether err is an answer of the server, which says that nothing was
// changed. A connection that ends under a request, a time-out and a broken reply are
// none. Three codes are none either: a proxy gives them when it has lost the server
// behind it.
func answered(err error) (*ldap.Error, bool) {
	e, ok := errors.AsType[*ldap.Error](err)
	if !ok || e.ResultCode >= ldap.ErrorNetwork {
		return nil, false
	}
	switch e.ResultCode {
	case ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultUnavailable, ldap.LDAPResultOther:
		return nil, false
	}
	return e, true
}
