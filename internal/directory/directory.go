package directory

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Directory is one directory. It keeps no connection, and is safe for concurrent use.
type Directory struct {
	settings    Settings
	kind        kind
	authorities *x509.CertPool
	base        *ldap.DN
	now         func() time.Time
	patience    time.Duration
}

// kind is what differs between the products.
type kind interface {
	defaults() defaults
	// begin reads what the other methods need. It is an error if this server does not take
	// the writes.
	begin(s *session) error
	// attributes are those that account needs.
	attributes() []string
	// keyAttribute holds the key; keyValue is its value in a filter; key reads it.
	keyAttribute() string
	keyValue(k Key) (string, error)
	key(e *ldap.Entry) Key
	// account reads what is not the same on all kinds.
	account(s *session, e *ldap.Entry, a *Account) error
	// changes returns the filter for what changed since a cookie, and the next cookie.
	changes(s *session, since Cookie) (next Cookie, filter string, err error)
	// groups calls page with the groups of all people.
	groups(s *session, page func([]Membership) error) error
	// rights returns the rights over an account that Rekey lacks, and those that it does not
	// need.
	rights(s *session, sample Account) (missing, surplus []string, err error)
	// write sends one request that sets a password. On AD the request fails if the token is
	// no longer that of a; OpenLDAP has no such condition.
	write(s *session, a Account, password string, unlock bool) error
	// refusal reads an answer to write.
	refusal(answer *ldap.Error) Outcome
	// passes reports whether an answer to a bind says that the password is right.
	passes(answer *ldap.Error) bool
	// scramblesTwice reports whether only a second password ends the old one.
	scramblesTwice() bool
	// locksOut says why an account would be locked out by a scramble; "" if it would not.
	locksOut(p Policy) Refusal
	// finish lets the owner of an account in with the password that was just set,
	// without choosing another one.
	finish(s *session, a Account) error
}

var kinds = map[Kind]kind{AD: ad{}, OpenLDAP: openLDAP{}, DS389: ds389{}}

// Open checks the settings and returns the directory. It does not connect.
//
// Errors: rekey.CodeInvalid, naming the settings by their keys.
func Open(s Settings, now func() time.Time) (*Directory, error) {
	authorities, err := s.validate()
	if err != nil {
		return nil, err
	}
	base, err := ldap.ParseDN(s.Base)
	if err != nil {
		return nil, err
	}
	return &Directory{settings: s, kind: kinds[s.Kind], authorities: authorities, base: base, now: now, patience: answerTime}, nil
}

// Name is Settings.Name.
func (d *Directory) Name() string { return d.settings.Name }

// Kind is Settings.Kind.
func (d *Directory) Kind() Kind { return d.settings.Kind }

// Addresses are Settings.Addresses.
func (d *Directory) Addresses() []string { return slices.Clone(d.settings.Addresses) }

// Read returns the accounts with the given keys that are below the base and fit the
// filter. A key without an account is missing from the result. It takes one search for
// 50 keys, and one for 200 accounts for who is a program.
//
// Errors: no server answers, or the base itself cannot be read, so that nothing can be
// said about what is missing.
func (d *Directory) Read(ctx context.Context, keys []Key) (map[Key]Account, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.read(keys)
}

func (s *session) read(keys []Key) (map[Key]Account, error) {
	accounts := make(map[Key]Account, len(keys))
	for chunk := range slices.Chunk(keys, pageSize) {
		entries, err := s.entries(chunk)
		if err != nil {
			return nil, err
		}
		found, err := s.accounts(entries)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			if slices.Contains(chunk, a.Key) {
				accounts[a.Key] = a
			}
		}
	}
	if len(accounts) < len(keys) {
		// Without the right to read the base Rekey sees no accounts, and a server that says
		// yes to everything shows none.
		if _, err := s.readEntry(s.settings.Base, "1.1"); err != nil {
			return nil, fmt.Errorf("read the base %s: %w", s.settings.Base, err)
		}
	}
	return accounts, nil
}

// entries searches the entries with the given keys.
func (s *session) entries(keys []Key) ([]*ldap.Entry, error) {
	var all []*ldap.Entry
	for some := range slices.Chunk(keys, keysAtOnce) {
		filter, err := s.keysFilter(some)
		if err != nil {
			return nil, err
		}
		found, err := s.search(s.settings.Base, s.peopleFilter(filter), s.attributes()...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (s *session) keysFilter(keys []Key) (string, error) {
	var filter strings.Builder
	filter.WriteString("(|")
	for _, k := range keys {
		value, err := s.kind.keyValue(k)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&filter, "(%s=%s)", s.kind.keyAttribute(), value)
	}
	return filter.String() + ")", nil
}

// peopleFilter is Settings.Filter and a further one.
func (s *session) peopleFilter(further string) string {
	return "(&" + s.settings.Filter + further + ")"
}

// attributes are those to ask for.
func (s *session) attributes() []string {
	attributes := append(s.kind.attributes(), s.kind.keyAttribute())
	return append(attributes, slices.Collect(maps.Values(s.settings.Attributes))...)
}

// accounts reads entries.
func (s *session) accounts(entries []*ldap.Entry) ([]Account, error) {
	accounts := make([]Account, 0, len(entries))
	for _, e := range entries {
		a, err := s.account(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.DN, err)
		}
		accounts = append(accounts, a)
	}
	return accounts, s.markPrograms(accounts)
}

// markPrograms sets API of the accounts that fit Settings.APIFilter.
func (s *session) markPrograms(accounts []Account) error {
	if s.settings.APIFilter == "" || len(accounts) == 0 {
		return nil
	}
	keys := make([]Key, len(accounts))
	for i, a := range accounts {
		keys[i] = a.Key
	}
	filter, err := s.keysFilter(keys)
	if err != nil {
		return err
	}
	entries, err := s.search(s.settings.Base, "(&"+s.settings.APIFilter+filter+")", s.kind.keyAttribute())
	if err != nil {
		return err
	}
	programs := map[Key]bool{}
	for _, e := range entries {
		programs[s.kind.key(e)] = true
	}
	for i := range accounts {
		accounts[i].API = programs[accounts[i].Key]
	}
	return nil
}

// account reads an entry.
func (s *session) account(e *ldap.Entry) (Account, error) {
	a := Account{Key: s.kind.key(e), DN: e.DN, Unit: s.unit(e.DN)}
	for field, attribute := range s.settings.Attributes {
		value := e.GetEqualFoldAttributeValue(attribute)
		switch field {
		case fieldEmail:
			a.Address = value
		case fieldFirstName:
			a.FirstName = value
		case fieldLastName:
			a.LastName = value
		case fieldLanguage:
			a.Language = value
		default:
			if value == "" {
				continue
			}
			if a.Attributes == nil {
				a.Attributes = map[string]string{}
			}
			a.Attributes[field] = value
		}
	}
	err := s.kind.account(s, e, &a)
	a.ImportOnly, a.LocksOut = s.settings.Kind == DS389, s.kind.locksOut(a.Policy)
	return a, err
}

// unit returns the path of the organisational units between the base and an entry.
func (s *session) unit(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	between := len(parsed.RDNs) - len(s.base.RDNs)
	var path []string
	for i := between - 1; i >= 1; i-- {
		if part := parsed.RDNs[i].Attributes[0]; strings.EqualFold(part.Type, "ou") {
			path = append(path, part.Value)
		}
	}
	return strings.Join(path, "/")
}
