package directory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rekey"
	"rekey/internal/english"
)

const (
	// certificateWarning is how long before its end a certificate is warned about.
	certificateWarning = 14 * 24 * time.Hour
	// clockWarning is how far two clocks may differ: Kerberos takes five minutes.
	clockWarning = time.Minute
	clockLimit   = 5 * time.Minute
)

// rightsAdvice is what to do about rights.
const rightsAdvice = "docs/directories.md has the commands that give the account of bind_dn exactly the rights that it needs."

// Findings says in words what Test found, and what to do about it. Advice names the
// settings of the directory.
func (r Report) Findings(now time.Time) []rekey.Finding {
	var all []rekey.Finding
	add := func(check string, health rekey.Health, found, advice string) {
		all = append(all, rekey.Finding{Check: check, Health: health, Found: found, Advice: advice})
	}
	for _, s := range r.Servers {
		health, found, advice := s.finding(r, now)
		add("server", health, found, advice)
	}
	if r.Address == "" {
		return all
	}
	if r.Kind == AD {
		health, advice := rekey.Well, ""
		switch off := r.ClockAhead.Abs(); {
		case off > clockLimit:
			health, advice = rekey.Ill, "Set both clocks, and keep them right with NTP."
		case off > clockWarning:
			health, advice = rekey.Doubtful, "Set both clocks, and keep them right with NTP."
		}
		add("clock", health, "The clock of "+r.Address+" is "+english.Duration(r.ClockAhead)+aheadOrBehind(r.ClockAhead)+" Rekey's.", advice)
	}
	health, found, advice := r.policyFinding()
	add("policy", health, found, advice)
	if r.NoPolicy {
		add("policy", rekey.Doubtful, "The server has no overlay ppolicy, so Rekey does not see when somebody else changes a password.", "Load the overlay ppolicy in the server.")
	}
	for _, f := range r.rightsFindings() {
		add("rights", f.Health, f.Found, f.Advice)
	}
	health, found, advice = r.Counts.finding()
	add("accounts", health, found, advice)
	for _, rule := range slices.Sorted(maps.Keys(r.Counts.ByRule)) {
		if rule != "" {
			add("programs", rekey.Well, english.Count(r.Counts.ByRule[rule], "account counts", "accounts count")+" as a program by "+rule+".", "")
		}
	}
	return all
}

func aheadOrBehind(d time.Duration) string {
	if d < 0 {
		return " behind"
	}
	return " ahead of"
}

// finding is about one server.
func (s ServerReport) finding(r Report, now time.Time) (health rekey.Health, found, advice string) {
	left := s.CertificateUntil.Sub(now)
	switch {
	case errors.Is(s.Err, ErrNotPDC) && r.Address != "":
		return rekey.Well, s.Address + " is not the PDC emulator; Rekey uses it once it is.", ""
	case s.Err != nil:
		health, advice = rekey.Ill, "Check the setting addresses; ca_file, if the certificate is from an authority of your own; and that no firewall stops the connection."
		switch {
		case errors.Is(s.Err, ErrNotPDC):
			advice = "Name the PDC emulator in the setting addresses: it takes the passwords."
		case ldap.IsErrorWithCode(s.Err, ldap.LDAPResultInvalidCredentials):
			advice = "Check the settings bind_dn and password_file."
		case !s.CertificateUntil.IsZero():
			advice = "Check the setting base, that the server that takes writes stands first in addresses, and that the account of bind_dn may read there."
		}
		if r.Address != "" { // another server does the work
			health = rekey.Doubtful
		}
		return health, s.Address + ": " + firstLine(s.Err), advice
	case s.ReadOnly:
		return rekey.Doubtful, s.Address + " is read-only: no password can be set there.", "Name a server that takes writes first in the setting addresses."
	}
	found = fmt.Sprintf("%s: TLS with a certificate for %s, for %s more; logged in", s.Address, strings.Join(s.CertificateNames, ", "), english.Count(int(left.Hours()/24), "day", "days"))
	if s.Address == r.Address {
		found += "; takes the writes"
	}
	if left < certificateWarning {
		return rekey.Doubtful, found + ".", "Renew the certificate of the server before it ends."
	}
	return rekey.Well, found + ".", ""
}

// firstLine is an error without line breaks.
func firstLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func (r Report) policyFinding() (health rekey.Health, found, advice string) {
	p := r.Policy
	switch {
	case r.Kind == DS389:
		return rekey.Well, "Rekey only imports from 389 Directory Server, and sets no passwords there.", ""
	case p.Unknown:
		return rekey.Doubtful, "The password policy cannot be read, so the setting revoke skips everybody, and Rekey's page cannot say the rules.",
			"Let the account of bind_dn read the policies, and name the usual one in the setting default_policy."
	case p.NeedsOld:
		return rekey.Ill, "The policy wants the old password for each change (pwdSafeModify), so Rekey can set no password.", "Set pwdSafeModify to FALSE in the policy."
	case p.MinLength > len(randomPassword()):
		return rekey.Ill, fmt.Sprintf("The policy wants %d characters, more than the random password has that ends the old one: the setting revoke cannot work.", p.MinLength),
			"Use the setting keep, or a shorter minimum."
	}
	var rules []string
	if p.MinLength > 0 {
		rules = append(rules, "at least "+english.Count(p.MinLength, "character", "characters"))
	}
	if p.Complex {
		rules = append(rules, "three kinds of characters, and no part of the name with three letters or more")
	}
	if p.History > 0 {
		rules = append(rules, fmt.Sprintf("not one of the last %d", p.History))
	}
	if p.MaxAge > 0 {
		rules = append(rules, "another one every "+english.Count(int(p.MaxAge.Hours()/24), "day", "days"))
	}
	if rules == nil {
		rules = []string{"no rules"}
	}
	found = "The policy of most accounts: " + strings.Join(rules, "; ") + ". Rekey's page asks for the same."
	if r.Kind == OpenLDAP && p.MinAge > 0 {
		return rekey.Doubtful, found + " A password cannot be changed again for " + english.Duration(p.MinAge) + ", so the setting revoke skips everybody.",
			"Set pwdMinAge to 0 in the policy, or use the setting keep."
	}
	return rekey.Well, found, ""
}

func (r Report) rightsFindings() []rekey.Finding {
	if r.Sample == "" {
		return []rekey.Finding{{Health: rekey.Doubtful, Found: "There is no account to try the rights on.", Advice: "Check the settings base and filter."}}
	}
	var all []rekey.Finding
	for _, right := range r.MissingRights {
		all = append(all, rekey.Finding{Health: rekey.Ill, Found: "Rekey's account may not: " + right + " (tried on " + r.Sample + ").", Advice: rightsAdvice})
	}
	if len(r.SurplusRights) > 0 {
		all = append(all, rekey.Finding{Health: rekey.Doubtful, Advice: "Take these rights away: whoever has the password of bind_dn has them, too. " + rightsAdvice,
			Found: "Rekey's account may do more than it needs: " + strings.Join(r.SurplusRights, ", ") + " (tried on " + r.Sample + ")."})
	}
	if all == nil {
		all = []rekey.Finding{{Health: rekey.Well, Found: "Rekey's account may do what it needs, and nothing else that was tried."}}
	}
	return all
}

func (c Counts) finding() (health rekey.Health, found, advice string) {
	if c.Accounts == 0 {
		return rekey.Ill, "There are no accounts below the base that fit the filter.", "Check the settings base and filter, and that the account of bind_dn may read there."
	}
	found = fmt.Sprintf("%s: %d without an email address, %d programs, %d protected, %d blocked.", english.Count(c.Accounts, "account", "accounts"),
		c.WithoutAddress, c.Programs, c.Protected, c.Blocked)
	if c.WithoutAddress > 0 {
		return rekey.Doubtful, found, "Accounts without an address are not imported. The setting attributes.email says which attribute has it."
	}
	return rekey.Well, found, ""
}
