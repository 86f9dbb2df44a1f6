package directory_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

func TestAccountIsReadWhole(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		settings := server.Settings()
		settings.Attributes = map[string]string{"department": "departmentNumber"}
		s.directory = open(t, settings)
		login, key := s.add(t, func(p *directorytest.Person) {
			p.FirstName, p.LastName = "Ada", "Lovelace"
			p.Attributes = map[string][]string{"departmentNumber": {"Engines"}, "preferredLanguage": {"de"}}
		})
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{
			MinLength: 12, History: 4, MaxAge: 90 * 24 * time.Hour, MinAge: time.Hour, Complex: s.ad(), NeedsOld: !s.ad(),
		}))
		must(t, s.server.SetPassword(t.Context(), login, old.Reveal()))
		must(t, s.server.Move(t.Context(), login, "Research"))
		a := s.read(t, key)
		if a.Key != key || a.Address != login+"@example.org" || a.FirstName != "Ada" || a.LastName != "Lovelace" ||
			a.Language != "de" || a.Unit != "Research" || len(a.Attributes) != 1 || a.Attributes["department"] != "Engines" {
			t.Errorf("the account is %+v", a)
		}
		if a.Blocked || a.Locked || a.LockedByAdmin || a.Protected || a.API || a.Token == "" {
			t.Errorf("the account is %+v", a)
		}
		if time.Since(a.PasswordChangedAt).Abs() > time.Hour {
			t.Errorf("the password was changed at %s", a.PasswordChangedAt)
		}
		if time.Since(a.CreatedAt).Abs() > time.Hour {
			t.Errorf("the account was created at %s", a.CreatedAt)
		}
		if got := a.PasswordExpiresAt.Sub(a.PasswordChangedAt); got < 89*24*time.Hour || got > 91*24*time.Hour {
			t.Errorf("the password expires after %s", got)
		}
		want := directory.Policy{
			MinLength: 12, History: 4, MaxAge: 90 * 24 * time.Hour, MinAge: time.Hour, Complex: s.ad(), NeedsOld: !s.ad(),
		}
		if a.Policy != want {
			t.Errorf("the policy is %+v, want %+v", a.Policy, want)
		}
	})
}

func TestEntriesWithoutAnAddressAreReadAndServed(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t, func(p *directorytest.Person) { p.Address = "" })
		account := s.read(t, key)
		if account.Address != "" {
			t.Errorf("the address is %q", account.Address)
		}
		_, outcome := s.directory.Choose(t.Context(), key, account.Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestKeysOfNobodyAreMissing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		_, key := s.add(t)
		found, err := s.directory.Read(t.Context(), []directory.Key{key, "00112233-4455-6677-8899-aabbccddeeff"})
		must(t, err)
		if len(found) != 1 || found[key].Key != key {
			t.Errorf("found %v", found)
		}
	})
}

func TestRekeysOwnAccountIsProtected(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		settings := server.Settings()
		login, key := s.add(t)
		settings.BindDN, settings.Password = s.read(t, key).DN, old
		settings.Filter = "(objectClass=*)"
		d := open(t, settings)
		found, err := d.Read(t.Context(), []directory.Key{key})
		if s.ad() {
			must(t, err)
			if !found[key].Protected {
				t.Errorf("%s is not protected from itself", login)
			}
		}
		if _, outcome := d.Choose(t.Context(), key, found[key].Token, first); outcome.Result == directory.Set {
			t.Errorf("%s sets its own password", login)
		}
		s.binds(t, login, old, true)
	})
}

func TestMustChangeOfAnAdministratorEndsWithTheChange(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		login, key := s.add(t)
		attribute, value := "pwdReset", "TRUE"
		if s.ad() {
			attribute, value = "pwdLastSet", "0"
		}
		must(t, s.server.Set(t.Context(), login, attribute, value))
		_, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
		now, err := server.Attribute(t.Context(), login, attribute)
		must(t, err)
		if len(now) > 0 && now[0] == value {
			t.Errorf("%s is still %s", attribute, value)
		}
	})
}

func TestPolicyOfAMustChangeDoesNotCatchTheChosenPassword(t *testing.T) {
	t.Parallel()
	server := slapd(t)
	settings := server.Settings()
	// The policy treats what an administrator sets so, and Rekey's own account may be one.
	settings.BindDN, settings.Password = server.Administrator()
	s := subject{"openldap", server, open(t, settings)}
	login, key := s.add(t)
	must(t, server.SetPolicy(t.Context(), login, directorytest.Policy{MustChange: true}))
	_, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, first)
	is(t, outcome, directory.Set)
	reset, err := server.Attribute(t.Context(), login, "pwdReset")
	must(t, err)
	if len(reset) > 0 || outcome.Cause != nil {
		t.Errorf("pwdReset is %q (%v)", reset, outcome.Cause)
	}
	s.binds(t, login, first, true)
}

func TestOnlyThePDCEmulatorIsWrittenTo(t *testing.T) {
	t.Parallel()
	server := samba(t)
	proxy, err := directorytest.StartProxy(server)
	must(t, err)
	t.Cleanup(func() { must(t, proxy.Close()) })
	s := subject{"ad", server, open(t, server.Settings())}
	login, key := s.add(t)
	token := s.read(t, key).Token
	// Through the proxy another server is the PDC emulator.
	proxy.Rewrite(func(message []byte) {
		if i := bytes.Index(message, []byte("CN=DC1")); i >= 0 && bytes.Contains(message, []byte("fSMORoleOwner")) {
			copy(message[i:], "CN=DC2")
		}
	})
	settings := proxy.Settings(server.Settings())
	_, outcome := open(t, settings).Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Unreachable)
	s.binds(t, login, old, true)
	report, err := open(t, settings).Test(t.Context())
	must(t, err)
	if report.Address != "" || !errors.Is(report.Servers[0].Err, directory.ErrNotPDC) || !strings.Contains(report.Servers[0].Err.Error(), "DC2") {
		t.Errorf("the report is %+v", report)
	}
	// Of two servers the PDC emulator is found.
	authorities := filepath.Join(t.TempDir(), "authorities.pem")
	one, err1 := os.ReadFile(settings.CAFile)
	other, err2 := os.ReadFile(server.Settings().CAFile)
	must(t, errors.Join(err1, err2, os.WriteFile(authorities, append(one, other...), 0o600)))
	settings.CAFile, settings.Addresses = authorities, append(settings.Addresses, server.Settings().Addresses...)
	_, outcome = open(t, settings).Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Set)
	s.binds(t, login, first, true)
}

func TestHistoryIsAskedForWhereTheServerCan(t *testing.T) {
	t.Parallel()
	server := samba(t)
	proxy, err := directorytest.StartProxy(server)
	must(t, err)
	t.Cleanup(func() { must(t, proxy.Close()) })
	s := subject{"ad", server, open(t, proxy.Settings(server.Settings()))}
	const hints, other = "1.2.840.113556.1.4.2239", "1.2.840.113556.1.4.2064"
	for _, listed := range []bool{false, true} {
		writes, asked := 0, 0
		proxy.Rewrite(func(message []byte) {
			// Samba does not know the control, and ignores it.
			if i := bytes.Index(message, []byte(other)); listed && i >= 0 {
				copy(message[i:], hints)
			}
			if bytes.Contains(message, []byte("unicodePwd")) {
				writes++
				if bytes.Contains(message, []byte(hints)) {
					asked++
				}
			}
		})
		_, key := s.add(t)
		_, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, first)
		is(t, outcome, directory.Set)
		proxy.Rewrite(nil)
		if writes != 1 || (asked == 1) != listed {
			t.Errorf("listed %v: %d writes, %d ask for the history", listed, writes, asked)
		}
	}
}

func TestFilterSaysWhoIsThere(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		settings := server.Settings()
		settings.Filter = "(&(objectClass=person)(employeeType=staff))"
		s.directory = open(t, settings)
		login, staff := s.add(t, func(p *directorytest.Person) {
			p.Attributes = map[string][]string{"employeeType": {"staff"}}
		})
		_, guest := s.add(t)
		found, err := s.directory.Read(t.Context(), []directory.Key{staff, guest})
		must(t, err)
		all, _ := s.pass(t, "")
		for name, accounts := range map[string]map[directory.Key]directory.Account{"read": found, "pass": all} {
			if accounts[staff].Key != staff || accounts[guest].Key != "" {
				t.Errorf("%s: the staff is there: %v, the guest: %v", name, accounts[staff].Key, accounts[guest].Key)
			}
		}
		token := found[staff].Token
		must(t, s.server.Set(t.Context(), login, "employeeType", "guest"))
		_, outcome := s.directory.Choose(t.Context(), staff, token, first)
		is(t, outcome, directory.Gone)
	})
}
