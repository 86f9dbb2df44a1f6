package directory

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Report is what Test found. Its errors are for operators: they hold answers of the
// servers, but no passwords.
type Report struct {
	Kind    Kind
	Servers []ServerReport // in the order of Settings.Addresses
	// Address is that of the server that takes the writes; "" if there is none. All else
	// is then zero.
	Address string
	// ClockAhead is how far the server's clock is ahead of Rekey's, to a second or so (AD
	// only).
	ClockAhead time.Duration
	// Policy is the policy of accounts without one of their own.
	Policy Policy
	// NoPolicy: the server has no overlay ppolicy, so Rekey does not see changes by others
	// (OpenLDAP only).
	NoPolicy bool
	// MissingRights are the rights that Rekey's account lacks, SurplusRights those that it
	// does not need: "write description". They were tried on the account Sample, without
	// changing it. Sample is "" if there is no account to try them on.
	MissingRights, SurplusRights []string
	Sample                       string // its DN
	Counts                       Counts
}

// Counts are numbers of accounts below the base that fit the filter. One account may
// count several times.
type Counts struct {
	Accounts, WithoutAddress, Programs, Protected, Blocked int
	// ByRule is how many accounts each part of Settings.APIFilter finds.
	ByRule map[string]int
}

// ServerReport is about one server.
type ServerReport struct {
	Address string
	// Err says why Rekey cannot use this server now; nil if it can. With ErrNotPDC nothing
	// is wrong with the server: it is used after it has become the PDC emulator.
	Err error
	// CertificateUntil is when the server's certificate ends, and CertificateNames are the
	// hosts that it is for; zero without a connection.
	CertificateUntil time.Time
	CertificateNames []string
	ReadOnly         bool // a read-only domain controller (AD only)
}

// adReadOnly is the capability of a read-only domain controller ([MS-ADTS] 3.1.1.3.4.3).
const adReadOnly = "1.2.840.113556.1.4.1920"

// Test asks all servers, and finds out what Rekey's account may do. It reads all accounts
// once, to count them, and changes nothing.
//
// Errors: the search for accounts failed. A server that does not answer is no error, but
// stands in the report.
func (d *Directory) Test(ctx context.Context) (Report, error) {
	report := Report{Kind: d.settings.Kind}
	var master *session
	for _, address := range d.settings.Addresses {
		server := ServerReport{Address: address}
		s, err := d.dial(ctx, address)
		if err == nil {
			server.CertificateUntil, server.CertificateNames = certificate(s.tls.PeerCertificates[0])
			err = s.login()
			if s.root != nil {
				server.ReadOnly = slices.Contains(s.root.GetEqualFoldAttributeValues("supportedCapabilities"), adReadOnly)
			}
			if err == nil && master == nil {
				master = s
				defer s.close()
			} else {
				s.close()
			}
		}
		server.Err = err
		report.Servers = append(report.Servers, server)
	}
	if master == nil {
		return report, nil
	}
	report.Address = master.address
	err := master.examine(&report)
	return report, err
}

// certificate returns when a certificate ends, and the hosts that it is for.
func certificate(c *x509.Certificate) (until time.Time, names []string) {
	names = slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return c.NotAfter, names
}

// examine fills in what the server that takes the writes says.
func (s *session) examine(report *Report) (err error) {
	report.ClockAhead, report.Policy = s.domain.ahead, s.domain.policy
	if s.settings.Kind == OpenLDAP {
		report.NoPolicy = !slices.Contains(s.root.GetEqualFoldAttributeValues("supportedControl"), ppolicyControl)
		if report.Policy, err = s.ppolicy(""); err != nil {
			return err
		}
	}
	var sample Account
	_, err = s.pass("", func(accounts []Account) error {
		for _, a := range accounts {
			report.Counts.add(a)
			if sample.Key == "" && a.untouchable() == "" && !a.API {
				sample = a
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.countRules(&report.Counts); err != nil {
		return err
	}
	if sample.Key == "" {
		return nil
	}
	report.Sample = sample.DN
	report.MissingRights, report.SurplusRights, err = s.kind.rights(s, sample)
	return err
}

func (c *Counts) add(a Account) {
	c.Accounts++
	for _, count := range []struct {
		is bool
		of *int
	}{
		{a.Address == "", &c.WithoutAddress}, {a.API, &c.Programs}, {a.Protected, &c.Protected},
		{a.Blocked || a.LockedByAdmin, &c.Blocked},
	} {
		if count.is {
			*count.of++
		}
	}
}

// countRules counts the accounts of each part of an API filter that is a list of
// alternatives.
func (s *session) countRules(c *Counts) error {
	filter, err := ldap.CompileFilter(s.settings.APIFilter)
	if err != nil {
		return err
	}
	rules := []string{s.settings.APIFilter}
	if filter.Tag == ldap.FilterOr {
		rules = nil
		for _, child := range filter.Children {
			rule, err := ldap.DecompileFilter(child)
			if err != nil {
				return err
			}
			rules = append(rules, rule)
		}
	}
	c.ByRule = map[string]int{}
	for _, rule := range rules {
		c.ByRule[rule] = 0
		err := s.searchPages(s.settings.Base, s.peopleFilter(rule), []string{"1.1"}, pageSize, func(entries []*ldap.Entry) error {
			c.ByRule[rule] += len(entries)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rights tries a reset with a token that no account ever has. The server looks at the
// rights first and then refuses, so nothing can change. What else may be written, it
// says by itself.
func (ad) rights(s *session, sample Account) (missing, surplus []string, err error) {
	impossible := sample
	impossible.Token = "1" // the year 1601
	answer := s.kind.write(s, impossible, randomPassword(), true)
	switch {
	case ldap.IsErrorWithCode(answer, ldap.LDAPResultNoSuchAttribute):
	case ldap.IsErrorWithCode(answer, ldap.LDAPResultInsufficientAccessRights):
		missing = append(missing, "reset passwords, write pwdLastSet and write lockoutTime")
	default:
		return nil, nil, fmt.Errorf("try the rights: %w", answer)
	}
	if sample.Token == "" {
		missing = append(missing, "read pwdLastSet")
	}
	entry, err := s.readEntry(sample.DN, "allowedAttributesEffective")
	if err != nil {
		return nil, nil, fmt.Errorf("read the rights: %w", err)
	}
	for _, attribute := range entry.GetEqualFoldAttributeValues("allowedAttributesEffective") {
		if !strings.EqualFold(attribute, "pwdLastSet") && !strings.EqualFold(attribute, "lockoutTime") {
			surplus = append(surplus, "write "+attribute)
		}
	}
	slices.Sort(surplus)
	for _, group := range s.root.GetEqualFoldRawAttributeValues("tokenGroups") {
		text := sid(group)
		if s.domain.privileged[text] {
			surplus = append(surplus, "everything: it is a member of a group with power over the directory ("+text+")")
		}
	}
	return missing, surplus, nil
}

// rights deletes values that no entry has. The server looks at the rights first and then
// finds no such value, so nothing can change.
func (openLDAP) rights(s *session, sample Account) (missing, surplus []string, err error) {
	may := func(attribute, value string) (bool, error) {
		m := ldap.NewModifyRequest(sample.DN, nil)
		m.Delete(attribute, []string{value})
		answer := s.conn.Modify(m)
		switch {
		case ldap.IsErrorWithCode(answer, ldap.LDAPResultNoSuchAttribute):
			return true, nil
		case ldap.IsErrorWithCode(answer, ldap.LDAPResultInsufficientAccessRights):
			return false, nil
		}
		return false, fmt.Errorf("try to write %s: %w", attribute, answer)
	}
	if ok, err := may("userPassword", randomPassword()); err != nil {
		return nil, nil, err
	} else if !ok {
		missing = append(missing, "write userPassword")
	}
	for _, attribute := range []string{"mail", "cn", "description"} {
		if ok, err := may(attribute, randomPassword()); err != nil {
			return nil, nil, err
		} else if ok {
			surplus = append(surplus, "write "+attribute)
		}
	}
	entry, err := s.readEntry(sample.DN, "userPassword", "pwdHistory", "entryCSN", "entryUUID")
	if err != nil {
		return nil, nil, fmt.Errorf("read the sample: %w", err)
	}
	for attribute, should := range map[string]bool{"userPassword": false, "pwdHistory": false, "entryCSN": true} {
		switch has := entry.GetEqualFoldAttributeValue(attribute) != ""; {
		case has && !should:
			surplus = append(surplus, "read "+attribute)
		case !has && should:
			missing = append(missing, "read "+attribute)
		}
	}
	if sample.Policy.Unknown {
		missing = append(missing, "read the password policy")
	}
	slices.Sort(surplus)
	return missing, surplus, nil
}
