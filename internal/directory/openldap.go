package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// openLDAP is OpenLDAP with the overlay ppolicy (draft-behera-ldap-password-policy).
type openLDAP struct{}

// adminLock is the value of pwdAccountLockedTime that only an administrator sets.
const adminLock = "000001010000Z"

// ppolicyControl is listed in the root DSE if the overlay ppolicy is loaded.
const ppolicyControl = "1.3.6.1.4.1.42.2.27.8.5.1"

func (openLDAP) defaults() defaults {
	return defaults{filter: "(objectClass=person)", apiFilter: "(objectClass=simpleSecurityObject)"}
}

// begin checks that the server holds the base.
func (openLDAP) begin(s *session) error {
	_, err := s.suffix()
	return err
}

// suffix is the naming context that the base belongs to.
func (s *session) suffix() (string, error) {
	contexts := s.root.GetEqualFoldAttributeValues("namingContexts")
	for _, context := range contexts {
		if dn, err := ldap.ParseDN(context); err == nil && (dn.EqualFold(s.base) || dn.AncestorOfFold(s.base)) {
			return context, nil
		}
	}
	return "", fmt.Errorf("this server does not hold %s, only %q", s.settings.Base, contexts)
}

func (openLDAP) attributes() []string {
	return []string{"pwdChangedTime", "pwdAccountLockedTime", "pwdReset", "pwdPolicySubentry", "pwdStartTime", "pwdEndTime",
		"pwdLastSuccess", "authTimestamp", "entryCSN", "createTimestamp"}
}

func (openLDAP) keyAttribute() string { return "entryUUID" }

func (openLDAP) keyValue(k Key) (string, error) { return ldap.EscapeFilter(string(k)), nil }

func (openLDAP) key(e *ldap.Entry) Key {
	return Key(strings.ToLower(e.GetEqualFoldAttributeValue("entryUUID")))
}

func (openLDAP) account(s *session, e *ldap.Entry, a *Account) (err error) {
	locked := e.GetEqualFoldAttributeValue("pwdAccountLockedTime")
	start, end := generalizedTime(e, "pwdStartTime"), generalizedTime(e, "pwdEndTime")
	a.Token = Token(e.GetEqualFoldAttributeValue("pwdChangedTime"))
	a.LockedByAdmin = locked == adminLock
	a.Locked = locked != "" && !a.LockedByAdmin
	a.Blocked = start.After(s.now()) || !end.IsZero() && !end.After(s.now())
	a.CreatedAt = generalizedTime(e, "createTimestamp")
	a.PasswordChangedAt = generalizedTime(e, "pwdChangedTime")
	a.LastLoginAt = generalizedTime(e, "pwdLastSuccess")
	if a.LastLoginAt.IsZero() {
		a.LastLoginAt = generalizedTime(e, "authTimestamp")
	}
	a.version = e.GetEqualFoldAttributeValue("entryCSN")
	s.latest = max(s.latest, a.version)
	a.mustSet = e.GetEqualFoldAttributeValue("pwdReset") == "TRUE"
	a.Protected = sameDN(e.DN, s.settings.BindDN)
	if a.Policy, err = s.ppolicy(e.GetEqualFoldAttributeValue("pwdPolicySubentry")); err != nil {
		return err
	}
	if !a.PasswordChangedAt.IsZero() && a.Policy.MaxAge > 0 {
		a.PasswordExpiresAt = a.PasswordChangedAt.Add(a.Policy.MaxAge)
	}
	return nil
}

// ppolicy reads the policy of an entry. "" is the default one.
func (s *session) ppolicy(dn string) (Policy, error) {
	if p, ok := s.policies[dn]; ok {
		return p, nil
	}
	p, err := s.readPpolicy(dn)
	if err != nil {
		return Policy{}, err
	}
	s.policies[dn] = p
	return p, nil
}

// ppolicyAttributes are those of a policy that Rekey reads.
var ppolicyAttributes = []string{"pwdAttribute", "pwdCheckQuality", "pwdMinLength", "pwdInHistory", "pwdMinAge", "pwdMaxAge", "pwdSafeModify"}

func (s *session) readPpolicy(dn string) (Policy, error) {
	if dn == "" {
		dn = s.settings.DefaultPolicy
	}
	if dn == "" {
		return s.onlyPpolicy()
	}
	e, err := s.readEntry(dn, ppolicyAttributes...)
	switch {
	case err == nil && e.GetEqualFoldAttributeValue("pwdAttribute") == "", unreadable(err):
		return Policy{Unknown: true}, nil
	case err != nil:
		return Policy{}, fmt.Errorf("read the policy %s: %w", dn, err)
	}
	return ppolicyOf(e), nil
}

// onlyPpolicy returns the only policy of the directory. Where there are several, the
// server does not say which one is its default.
func (s *session) onlyPpolicy() (Policy, error) {
	if !slices.Contains(s.root.GetEqualFoldAttributeValues("supportedControl"), ppolicyControl) {
		return Policy{}, nil // no overlay, no policy
	}
	suffix, err := s.suffix()
	if err != nil {
		return Policy{}, err
	}
	found, err := s.search(suffix, "(objectClass=pwdPolicy)", ppolicyAttributes...)
	if err != nil || len(found) != 1 {
		return Policy{Unknown: true}, err
	}
	return ppolicyOf(found[0]), nil
}

func ppolicyOf(e *ldap.Entry) Policy {
	p := Policy{
		History: number(e, "pwdInHistory"), NeedsOld: e.GetEqualFoldAttributeValue("pwdSafeModify") == "TRUE",
		MinAge: time.Duration(number(e, "pwdMinAge")) * time.Second, MaxAge: time.Duration(number(e, "pwdMaxAge")) * time.Second,
	}
	if number(e, "pwdCheckQuality") > 0 {
		p.MinLength = number(e, "pwdMinLength")
	}
	return p
}

// generalizedTime reads a time (RFC 4517 §3.3.13); zero if there is none.
func generalizedTime(e *ldap.Entry, attribute string) time.Time {
	text := e.GetEqualFoldAttributeValue(attribute)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{"20060102150405Z", "20060102150405.999999999Z"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// sameDN reports whether two texts are the same DN.
func sameDN(a, b string) bool {
	one, err1 := ldap.ParseDN(a)
	other, err2 := ldap.ParseDN(b)
	return err1 == nil && err2 == nil && one.EqualFold(other)
}
