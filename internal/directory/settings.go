package directory

import (
	"crypto/x509"
	"maps"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

// Kind is the product that a directory is.
type Kind string

// The kinds of directories.
const (
	AD       Kind = "ad"       // Active Directory; tried on Samba
	OpenLDAP Kind = "openldap" // OpenLDAP with the overlay ppolicy
	DS389    Kind = "389ds"    // 389 Directory Server, for import only
)

// Settings of one directory. The tags name the key in the settings file.
type Settings struct {
	// Name is how people call the directory: 1 to 40 letters, digits, - and _. Users
	// are stored under it, so it must not change.
	Name string `yaml:"name"`
	Kind Kind   `yaml:"kind"`
	// Addresses are ldaps://host or ldap://host, each with or without a port. TLS is
	// always used; ldap:// begins it with StartTLS. OpenLDAP: the first one that
	// answers is used, so the server that takes writes stands first. AD: the one that is
	// the PDC emulator is used. Each address names one server.
	Addresses []string `yaml:"addresses"`
	// CAFile holds certificate authorities (PEM) to trust instead of those of the
	// system.
	CAFile string `yaml:"ca_file"`
	// Base is the DN below which people are.
	Base string `yaml:"base"`
	// Filter says which entries below Base are people. Default: persons with an
	// account.
	Filter string `yaml:"filter"`
	// Attributes gives the directory's name of a field: email, first_name, last_name,
	// language. Any other field becomes an attribute of the system user.
	Attributes map[string]string `yaml:"attributes"`
	// APIFilter says which people are programs. Default: accounts with a service
	// principal name, managed service accounts, accounts that need no password
	// (AD); simpleSecurityObject (OpenLDAP).
	APIFilter string `yaml:"api_filter"`
	// GroupRoles gives the members of a group a role, by its name: manager or operator.
	// The highest counts, and all others are Members. Default: people give roles in Rekey.
	GroupRoles map[string]rekey.Role `yaml:"group_roles"`
	// DefaultPolicy is the DN of the policy of entries that name none (OpenLDAP:
	// ppolicy_default). Default: the only policy in the directory.
	DefaultPolicy string `yaml:"default_policy"`
	// BindDN is Rekey's own account, on AD also as name@domain.
	BindDN string `yaml:"bind_dn"`
	// Password has no key: a file or a variable gives it.
	Password     rekey.Secret `yaml:"-"`
	PasswordFile string       `yaml:"password_file"`
}

// The fields of Settings.Attributes that are not attributes of the system user.
const (
	fieldEmail     = "email"
	fieldFirstName = "first_name"
	fieldLastName  = "last_name"
	fieldLanguage  = "language"
)

// defaults are the settings that a kind has by default.
type defaults struct {
	filter, apiFilter string
}

// validate checks the settings, sets the defaults, and returns the certificate
// authorities; nil means those of the system.
func (s *Settings) validate() (*x509.CertPool, error) {
	var p rekey.Problems
	if len(s.Name) > 40 || !isName(s.Name) {
		p.Add("name", "Give 1 to 40 letters, digits, - and _, such as staff.")
	}
	k, known := kinds[s.Kind]
	if !known {
		p.Add("kind", "Choose ad, openldap or 389ds.")
		return nil, p.Err()
	}
	if len(s.Addresses) == 0 {
		p.Add("addresses", "Name at least one server, such as ldaps://dc1.example.org.")
	}
	for _, address := range s.Addresses {
		if _, _, err := parseAddress(address); err != nil {
			p.Add("addresses", "Each is ldaps://host or ldap://host, with or without a port; "+address+" is not.")
		}
	}
	checkDN(&p, "base", s.Base, "Give the DN below which people are, such as ou=people,dc=example,dc=org.")
	if s.DefaultPolicy != "" {
		checkDN(&p, "default_policy", s.DefaultPolicy, "Give the DN of the policy, such as cn=default,ou=policies,dc=example,dc=org.")
	}
	if s.BindDN == "" {
		p.Add("bind_dn", "Name the account that Rekey uses, such as cn=rekey,ou=services,dc=example,dc=org.")
	}
	if s.Password.IsZero() {
		p.Add("password_file", "Name the file with the password of the account that Rekey uses.")
	}
	s.complete(k.defaults())
	checkFilter(&p, "filter", s.Filter)
	if s.APIFilter != "" {
		checkFilter(&p, "api_filter", s.APIFilter)
	}
	for field, attribute := range s.Attributes {
		if field == "" || !isName(attribute) {
			p.Add("attributes", "Each field needs the name of an attribute of the directory, such as department.")
		}
	}
	s.checkGroupRoles(&p)
	return s.authorities(&p), p.Err()
}

func (s *Settings) checkGroupRoles(p *rekey.Problems) {
	for group, role := range s.GroupRoles {
		switch {
		case strings.TrimSpace(group) == "":
			p.Add("group_roles", "Each role needs the name of a group.")
		case role == rekey.RoleAdministrator:
			p.Add("group_roles", "No group makes Administrators: choose manager or operator for "+group+".")
		case role != rekey.RoleManager && role != rekey.RoleOperator:
			p.Add("group_roles", "Choose manager or operator for "+group+".")
		}
	}
}

func (s *Settings) complete(d defaults) {
	if s.Filter == "" {
		s.Filter = d.filter
	}
	if s.APIFilter == "" {
		s.APIFilter = d.apiFilter
	}
	attributes := map[string]string{
		fieldEmail: "mail", fieldFirstName: "givenName", fieldLastName: "sn", fieldLanguage: "preferredLanguage",
	}
	maps.Copy(attributes, s.Attributes)
	s.Attributes = attributes
}

func (s *Settings) authorities(p *rekey.Problems) *x509.CertPool {
	if s.CAFile == "" {
		return nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		p.Add("ca_file", "This file cannot be read.")
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		p.Add("ca_file", "This file has no certificate (PEM).")
	}
	return pool
}

func checkDN(p *rekey.Problems, field, dn, message string) {
	if parsed, err := ldap.ParseDN(dn); err != nil || len(parsed.RDNs) == 0 {
		p.Add(field, message)
	}
}

func checkFilter(p *rekey.Problems, field, filter string) {
	if _, err := ldap.CompileFilter(filter); err != nil {
		p.Add(field, "Give a filter (RFC 4515), such as (objectClass=person).")
	}
}

// parseAddress returns host:port, and whether TLS begins with StartTLS.
func parseAddress(address string) (host string, startTLS bool, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", false, rekey.Invalid("addresses", "Give ldaps://host or ldap://host.")
	}
	port := u.Port()
	switch {
	case u.Scheme == "ldaps" && port == "":
		port = ldap.DefaultLdapsPort
	case u.Scheme == "ldap" && port == "":
		port = ldap.DefaultLdapPort
	case u.Scheme != "ldaps" && u.Scheme != "ldap":
		return "", false, rekey.Invalid("addresses", "Give ldaps://host or ldap://host.")
	}
	return net.JoinHostPort(u.Hostname(), port), u.Scheme == "ldap", nil
}

// isName reports whether text has letters, digits, - and _ only, at least one.
func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
