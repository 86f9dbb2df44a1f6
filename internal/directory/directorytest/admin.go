package directorytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

// admin speaks with a server as its administrator, with a connection for each
// request.
type admin struct {
	address  string // host:port of LDAPS
	ca       string // file
	dn       string
	password string
	base     string // where people are searched: the whole directory
	login    string // the attribute with the login
}

// dial connects to the server without logging in.
func (a *admin) dial(ctx context.Context) (*ldap.Conn, error) {
	raw, err := a.dialTLS(ctx)
	if err != nil {
		return nil, err
	}
	conn := ldap.NewConn(raw, true)
	conn.Start()
	return conn, nil
}

func (a *admin) dialTLS(ctx context.Context) (net.Conn, error) {
	pem, err := os.ReadFile(a.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	host, _, err := net.SplitHostPort(a.address)
	if err != nil {
		return nil, err
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}}
	return dialer.DialContext(ctx, "tcp", a.address)
}

// do calls f with a connection of the administrator.
func (a *admin) do(ctx context.Context, f func(*ldap.Conn) error) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Bind(a.dn, a.password); err != nil {
		return err
	}
	return f(conn)
}

// find returns the entry of a login.
func (a *admin) find(conn *ldap.Conn, login string, attributes ...string) (*ldap.Entry, error) {
	found, err := conn.Search(ldap.NewSearchRequest(a.base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		"("+a.login+"="+ldap.EscapeFilter(login)+")", attributes, nil))
	if err != nil {
		return nil, err
	}
	if len(found.Entries) != 1 {
		return nil, fmt.Errorf("%d entries are called %s", len(found.Entries), login)
	}
	return found.Entries[0], nil
}

// change calls f with the DN of a login.
func (a *admin) change(ctx context.Context, login string, f func(conn *ldap.Conn, dn string) error) error {
	return a.do(ctx, func(conn *ldap.Conn) error {
		entry, err := a.find(conn, login, "1.1")
		if err != nil {
			return err
		}
		return f(conn, entry.DN)
	})
}

// Set implements Server.
func (a *admin) Set(ctx context.Context, login, attribute string, values ...string) error {
	return a.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		m := ldap.NewModifyRequest(dn, nil)
		m.Replace(attribute, values)
		return conn.Modify(m)
	})
}

// Delete implements Server.
func (a *admin) Delete(ctx context.Context, login string) error {
	return a.change(ctx, login, func(conn *ldap.Conn, dn string) error {
		return conn.Del(ldap.NewDelRequest(dn, nil))
	})
}

// Attribute implements Real.
func (a *admin) Attribute(ctx context.Context, login, attribute string) (values []string, err error) {
	err = a.do(ctx, func(conn *ldap.Conn) error {
		entry, err := a.find(conn, login, attribute)
		if err == nil {
			values = entry.GetEqualFoldAttributeValues(attribute)
		}
		return err
	})
	return values, err
}

// bind tries to log in from outside.
func (a *admin) bind(ctx context.Context, name, password string) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	err = conn.Bind(name, password)
	if refused, ok := errors.AsType[*ldap.Error](err); ok && refused.ResultCode < ldap.ErrorNetwork {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// add adds an entry, unless there is one with this DN.
func add(conn *ldap.Conn, dn string, attributes map[string][]string) error {
	request := ldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		request.Attribute(name, values)
	}
	err := conn.Add(request)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return nil
	}
	return err
}

// join adds a member to a group. A member it has already is no error.
func join(conn *ldap.Conn, group, member string) error {
	m := ldap.NewModifyRequest(group, nil)
	m.Add("member", []string{member})
	err := conn.Modify(m)
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultAttributeOrValueExists, ldap.LDAPResultEntryAlreadyExists) {
		return nil
	}
	return err
}

// rdn is the first part of a DN.
func rdn(dn string) string { first, _, _ := strings.Cut(dn, ","); return first }

// behind implements Real.
func (a *admin) behind() admin { return *a }

// Administrator implements Real.
func (a *admin) Administrator() (string, rekey.Secret) { return a.dn, secret(a.password) }
