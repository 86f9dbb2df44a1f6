package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rekey"
	"rekey/internal/directory"
)

func TestFindingsSayWhatIsWrongAndNameTheSetting(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const pdc, other = "ldaps://pdc.example.org", "ldaps://dc2.example.org"
	well := func() directory.Report {
		return directory.Report{
			Kind: directory.AD, Address: pdc, Sample: "CN=Ada", Policy: directory.Policy{MinLength: 12, Complex: true, MinAge: 24 * time.Hour},
			Servers: []directory.ServerReport{{Address: pdc, CertificateUntil: now.AddDate(0, 0, 90), CertificateNames: []string{"pdc.example.org"}}},
			Counts:  directory.Counts{Accounts: 7, Programs: 1, ByRule: map[string]int{"(servicePrincipalName=*)": 1}},
		}
	}
	for name, c := range map[string]struct {
		change func(*directory.Report)
		check  string
		health rekey.Health
		says   string // in what was found, or in the advice
	}{
		"all is well":                       {func(*directory.Report) {}, "server", rekey.Well, "for pdc.example.org, for 90 days more; logged in; takes the writes"},
		"what counts as a program":          {func(*directory.Report) {}, "programs", rekey.Well, "1 account counts as a program by (servicePrincipalName=*)"},
		"a minimum age on AD is no problem": {func(*directory.Report) {}, "policy", rekey.Well, "no part of the name with three letters"},
		"a wrong password": {func(r *directory.Report) {
			r.Address = ""
			r.Servers[0].Err = fmt.Errorf("log in: %w", ldap.NewError(ldap.LDAPResultInvalidCredentials, errors.New("80090308:\nno")))
		}, "server", rekey.Ill, "Check the settings bind_dn and password_file."},
		"a wrong certificate": {func(r *directory.Report) {
			r.Address, r.Servers[0] = "", directory.ServerReport{Address: pdc, Err: errors.New("x509: unknown authority")}
		}, "server", rekey.Ill, "ca_file"},
		"one of two servers is down": {func(r *directory.Report) {
			r.Servers[0] = directory.ServerReport{Address: other, Err: errors.New("connection refused")}
		}, "server", rekey.Doubtful, other},
		"another domain controller": {func(r *directory.Report) {
			r.Servers[0] = directory.ServerReport{Address: other, Err: fmt.Errorf("log in: %w", directory.ErrNotPDC)}
		}, "server", rekey.Well, "is not the PDC emulator"},
		"no PDC emulator": {func(r *directory.Report) {
			r.Address, r.Servers[0] = "", directory.ServerReport{Address: other, Err: directory.ErrNotPDC}
		}, "server", rekey.Ill, "Name the PDC emulator in the setting addresses"},
		"a certificate that ends soon": {func(r *directory.Report) { r.Servers[0].CertificateUntil = now.AddDate(0, 0, 3) }, "server", rekey.Doubtful, "for 3 days more"},
		"a read-only server":           {func(r *directory.Report) { r.Servers[0].ReadOnly = true }, "server", rekey.Doubtful, "setting addresses"},
		"a clock that is wrong":        {func(r *directory.Report) { r.ClockAhead = -6 * time.Minute }, "clock", rekey.Ill, "6 minutes behind"},
		"a clock that begins to be":    {func(r *directory.Report) { r.ClockAhead = 2 * time.Minute }, "clock", rekey.Doubtful, "2 minutes ahead of"},
		"a policy that is not read":    {func(r *directory.Report) { r.Policy = directory.Policy{Unknown: true} }, "policy", rekey.Doubtful, "default_policy"},
		"a policy that wants the old":  {func(r *directory.Report) { r.Policy.NeedsOld = true }, "policy", rekey.Ill, "pwdSafeModify"},
		"longer than the random one":   {func(r *directory.Report) { r.Policy.MinLength = 100 }, "policy", rekey.Ill, "revoke"},
		"a minimum age on OpenLDAP":    {func(r *directory.Report) { r.Kind = directory.OpenLDAP }, "policy", rekey.Doubtful, "pwdMinAge"},
		"a right that is missing":      {func(r *directory.Report) { r.MissingRights = []string{"write userPassword"} }, "rights", rekey.Ill, "write userPassword"},
		"a right that is too much":     {func(r *directory.Report) { r.SurplusRights = []string{"write mail"} }, "rights", rekey.Doubtful, "write mail"},
		"nobody to try the rights on":  {func(r *directory.Report) { r.Sample = "" }, "rights", rekey.Doubtful, "base and filter"},
		"nobody at all":                {func(r *directory.Report) { r.Counts = directory.Counts{} }, "accounts", rekey.Ill, "base and filter"},
		"accounts without address":     {func(r *directory.Report) { r.Counts.WithoutAddress = 2 }, "accounts", rekey.Doubtful, "attributes.email"},
	} {
		report := well()
		c.change(&report)
		found := false
		for _, f := range report.Findings(now) {
			if f.Check != c.check {
				if f.Health == rekey.Ill {
					t.Errorf("%s: also %+v", name, f)
				}
				continue
			}
			found = true
			if f.Health != c.health || !strings.Contains(f.Found+" "+f.Advice, c.says) || strings.Contains(f.Found, "\n") || (f.Health != rekey.Well) != (f.Advice != "") {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if !found {
			t.Errorf("%s: nothing about %s", name, c.check)
		}
	}
}
