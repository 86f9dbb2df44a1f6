package directory

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// ad is Active Directory, as [MS-ADTS] describes it and Samba does it.
type ad struct{}

// adDomain is what a session knows about the domain.
type adDomain struct {
	now        time.Time     // the server's
	ahead      time.Duration // how far it is ahead of Rekey's
	head       *ldap.Entry
	policy     Policy
	self       string          // the SID of Rekey's account
	privileged map[string]bool // DNs in lower case, SIDs and RIDs of the groups with power over the directory
}

// Bits of userAccountControl ([MS-ADTS] 2.2.16).
const (
	adDisabled      = 0x2
	adLockedOut     = 0x10 // only in the computed attribute
	adNeverExpires  = 0x10000
	adComplex       = 0x1 // of pwdProperties
	adNeverFileTime = 1<<63 - 1
	adPolicyHints   = "1.2.840.113556.1.4.2239" // [MS-ADTS] 3.1.1.3.4.1.27
)

func (ad) defaults() defaults {
	return defaults{
		filter: "(&(objectCategory=person)(objectClass=user))",
		apiFilter: "(|(servicePrincipalName=*)(objectClass=msDS-ManagedServiceAccount)(objectClass=msDS-GroupManagedServiceAccount)" +
			"(userAccountControl:1.2.840.113556.1.4.803:=32))", // password not required
	}
}

// ErrNotPDC is the error of a domain controller that is not the PDC emulator. The text
// around it names the one that is.
var ErrNotPDC = errors.New("this server is not the PDC emulator")

// begin reads the head of the domain. The PDC emulator hears first of each password,
// and the other servers ask it before they refuse one. So everything goes there.
func (ad) begin(s *session) error {
	head, err := s.readEntry(s.root.GetEqualFoldAttributeValue("defaultNamingContext"), "fSMORoleOwner", "objectSid",
		"minPwdLength", "pwdProperties", "minPwdAge", "maxPwdAge", "pwdHistoryLength")
	if err != nil {
		return fmt.Errorf("read the head of the domain: %w", err)
	}
	owner, here := head.GetEqualFoldAttributeValue("fSMORoleOwner"), s.root.GetEqualFoldAttributeValue("dsServiceName")
	if owner == "" || !strings.EqualFold(owner, here) {
		return fmt.Errorf("%w, which is %s", ErrNotPDC, serverOf(owner))
	}
	now, err := time.Parse("20060102150405.0Z", s.root.GetEqualFoldAttributeValue("currentTime"))
	if err != nil {
		return fmt.Errorf("read the server's clock: %w", err)
	}
	s.domain = adDomain{now: now, ahead: now.Sub(s.now().Truncate(time.Second)), head: head, policy: Policy{
		MinLength: number(head, "minPwdLength"), Complex: number(head, "pwdProperties")&adComplex != 0,
		History: number(head, "pwdHistoryLength"), MinAge: adInterval(head, "minPwdAge"), MaxAge: adInterval(head, "maxPwdAge"),
	}}
	if groups := s.root.GetEqualFoldRawAttributeValues("tokenGroups"); len(groups) > 0 {
		s.domain.self = sid(groups[0])
	}
	s.domain.privileged, err = s.privilegedGroups()
	return err
}

// serverOf returns the name of the server in the DN of its NTDS settings.
func serverOf(settings string) string {
	dn, err := ldap.ParseDN(settings)
	if err != nil || len(dn.RDNs) < 2 {
		return "unknown"
	}
	return dn.RDNs[1].Attributes[0].Value
}

func (ad) attributes() []string {
	return []string{"userAccountControl", "msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed",
		"msDS-ResultantPSO", "pwdLastSet", "accountExpires", "lastLogonTimestamp", "adminCount", "primaryGroupID",
		"memberOf", "objectSid", "whenCreated"}
}

func (ad) keyAttribute() string { return "objectGUID" }

// keyValue returns the bytes of a GUID with each escaped.
func (ad) keyValue(k Key) (string, error) {
	digits := strings.ReplaceAll(string(k), "-", "")
	if b, err := hex.DecodeString(digits); err != nil || len(b) != 16 {
		return "", fmt.Errorf("%q is no GUID", k)
	}
	var value strings.Builder
	// The first three groups are stored with their lowest byte first.
	for _, at := range []int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		value.WriteString(`\` + digits[2*at:2*at+2])
	}
	return value.String(), nil
}

func (ad) key(e *ldap.Entry) Key { return GUID(e.GetEqualFoldRawAttributeValue("objectGUID")) }

func (ad) account(s *session, e *ldap.Entry, a *Account) (err error) {
	control := number(e, "userAccountControl")
	a.Token = Token(e.GetEqualFoldAttributeValue("pwdLastSet"))
	expires := adTime(e, "accountExpires")
	a.Blocked = control&adDisabled != 0 || !expires.IsZero() && !expires.After(s.domain.now)
	a.Locked = number(e, "msDS-User-Account-Control-Computed")&adLockedOut != 0
	a.CreatedAt = generalizedTime(e, "whenCreated")
	a.PasswordChangedAt = adTime(e, "pwdLastSet")
	a.LastLoginAt = adTime(e, "lastLogonTimestamp")
	if control&adNeverExpires == 0 {
		a.PasswordExpiresAt = adTime(e, "msDS-UserPasswordExpiryTimeComputed")
	}
	a.Protected = s.isPrivileged(e)
	a.Policy, err = s.adPolicy(e.GetEqualFoldAttributeValue("msDS-ResultantPSO"))
	return err
}

// adPolicy reads a password settings object. "" is the policy of the domain.
func (s *session) adPolicy(dn string) (Policy, error) {
	if dn == "" {
		return s.domain.policy, nil
	}
	if p, ok := s.policies[dn]; ok {
		return p, nil
	}
	e, err := s.readEntry(dn, "msDS-MinimumPasswordLength", "msDS-PasswordComplexityEnabled", "msDS-PasswordHistoryLength",
		"msDS-MinimumPasswordAge", "msDS-MaximumPasswordAge")
	var p Policy
	switch {
	case err == nil && e.GetEqualFoldAttributeValue("msDS-MinimumPasswordLength") == "", unreadable(err):
		// By default administrators alone may read these objects.
		p = Policy{Unknown: true}
	case err != nil:
		return Policy{}, fmt.Errorf("read the policy %s: %w", dn, err)
	default:
		p = Policy{
			MinLength: number(e, "msDS-MinimumPasswordLength"), Complex: e.GetEqualFoldAttributeValue("msDS-PasswordComplexityEnabled") == "TRUE",
			History: number(e, "msDS-PasswordHistoryLength"),
			MinAge:  adInterval(e, "msDS-MinimumPasswordAge"), MaxAge: adInterval(e, "msDS-MaximumPasswordAge"),
		}
	}
	s.policies[dn] = p
	return p, nil
}

// number returns an attribute as a number, 0 if it has none.
func number(e *ldap.Entry, attribute string) int {
	n, _ := strconv.Atoi(e.GetEqualFoldAttributeValue(attribute))
	return n
}

// adTime returns a time that is stored as units of 100 ns since 1601; zero for none, for
// never ([MS-DTYP] 2.3.3), and after the year 9999, which no format of Rekey can write.
func adTime(e *ldap.Entry, attribute string) time.Time {
	n, err := strconv.ParseInt(e.GetEqualFoldAttributeValue(attribute), 10, 64)
	if err != nil || n <= 0 || n == adNeverFileTime {
		return time.Time{}
	}
	const from1601 = 11_644_473_600 // seconds until 1970
	at := time.Unix(n/10_000_000-from1601, n%10_000_000*100).UTC()
	if at.Year() > 9999 {
		return time.Time{}
	}
	return at
}

// adInterval returns a duration that is stored as negative units of 100 ns; 0 for
// never.
func adInterval(e *ldap.Entry, attribute string) time.Duration {
	n, err := strconv.ParseInt(e.GetEqualFoldAttributeValue(attribute), 10, 64)
	if err != nil || n == -adNeverFileTime-1 {
		return 0
	}
	const most = int64(1<<63-1) / 100
	return time.Duration(min(cmp.Or(-n, n), most)) * 100
}
