package directory_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

func TestOnlyTrustedServersAreSpokenTo(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { must(t, silent.Close()) })
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		settings, plain := server.Settings(), server.PlainAddress()
		other, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
		must(t, err)
		t.Cleanup(func() { must(t, other.Close()) })
		login, key := s.add(t)
		token := s.read(t, key).Token
		chosen := old
		for _, c := range []struct {
			name   string
			change func(*directory.Settings)
			set    bool
		}{
			{"StartTLS", func(c *directory.Settings) { c.Addresses = []string{"ldap://" + plain} }, true},
			{"the first address is down", func(c *directory.Settings) {
				c.Addresses = []string{"ldaps://" + silent.Addr().String(), settings.Addresses[0]}
			}, true},
			{"certificate of another authority", func(c *directory.Settings) { c.CAFile = other.Settings().CAFile }, false},
			{"authorities of the system", func(c *directory.Settings) { c.CAFile = "" }, false},
			{"StartTLS with another authority", func(c *directory.Settings) {
				c.Addresses, c.CAFile = []string{"ldap://" + plain}, other.Settings().CAFile
			}, false},
			{"no TLS where TLS is expected", func(c *directory.Settings) { c.Addresses = []string{"ldaps://" + plain} }, false},
			{"nobody listens", func(c *directory.Settings) { c.Addresses = []string{"ldaps://" + silent.Addr().String()} }, false},
			{"wrong name in the certificate", func(c *directory.Settings) {
				c.Addresses = []string{strings.Replace(c.Addresses[0], hostOf(c.Addresses[0]), "localhost", 1)}
			}, false},
		} {
			changed := settings
			c.change(&changed)
			another := rekey.NewSecret("Chosen-Word-9 " + c.name)
			after, outcome := open(t, changed).Choose(t.Context(), key, token, another)
			switch {
			case c.set:
				is(t, outcome, directory.Set)
				token, chosen = after, another
			case outcome.Result != directory.Unreachable:
				t.Errorf("%s: the outcome is %s (%v)", c.name, outcome.Result, outcome.Cause)
			}
		}
		s.binds(t, login, chosen, true)
	})
}

// hostOf is the host of ldaps://host:port.
func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(strings.TrimPrefix(address, "ldaps://"))
	return host
}

func TestServerThatIsDownIsUnreachableUntilItIsBack(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	s := subject{"openldap", server, open(t, server.Settings())}
	login, key := s.add(t)
	token := s.read(t, key).Token
	must(t, server.Stop())
	_, outcome := s.directory.Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Unreachable)
	_, outcome = s.directory.Scramble(t.Context(), key, token)
	is(t, outcome, directory.Unreachable)
	if _, err := s.directory.Read(t.Context(), []directory.Key{key}); err == nil {
		t.Error("read says nothing")
	}
	must(t, server.Start(t.Context()))
	_, outcome = s.directory.Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Set)
	s.binds(t, login, first, true)
}

// A server that accepts connections and says nothing gets its share of the time only.
func TestServerThatSaysNothingLeavesTimeForTheNext(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system accepts, and nobody reads
	must(t, err)
	t.Cleanup(func() { must(t, silent.Close()) })
	settings := server.Settings()
	_, key := subject{"openldap", server, open(t, settings)}.add(t)
	settings.Addresses = []string{"ldaps://" + silent.Addr().String(), settings.Addresses[0]}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	found, err := open(t, settings).Read(ctx, []directory.Key{key})
	if err != nil || len(found) != 1 {
		t.Errorf("found %d accounts: %v", len(found), err)
	}
}

func TestReadOnlyServerIsUnreachable(t *testing.T) {
	t.Parallel()
	server, err := directorytest.StartSlapd(t.Context(), directorytest.SlapdOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	s := subject{"openldap", server, open(t, server.Settings())}
	login, key := s.add(t)
	token := s.read(t, key).Token
	must(t, server.ReadOnly(t.Context(), true))
	_, outcome := s.directory.Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Unreachable)
	s.binds(t, login, old, true)
}

func TestReportChangesNothing(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		login, key := s.add(t)
		before := s.read(t, key)
		settings := server.Settings()
		settings.Filter = "(|(uid=" + login + ")(sAMAccountName=" + login + "))"
		report, err := open(t, settings).Test(t.Context())
		must(t, err)
		if report.Sample != before.DN || report.Counts.Accounts != 1 {
			t.Errorf("the rights were tried on %s, one of %d accounts", report.Sample, report.Counts.Accounts)
		}
		if after := s.read(t, key); after.Token != before.Token || after.Locked {
			t.Errorf("the account is now %+v", after)
		}
		s.binds(t, login, old, true)
	})
}

func TestReportNamesWhatIsMissingAndWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		settings := server.Settings()
		s.add(t)
		report, err := open(t, settings).Test(t.Context())
		must(t, err)
		if report.Address != settings.Addresses[0] || report.Servers[0].Err != nil {
			t.Errorf("the servers are %+v", report.Servers)
		}
		if left := time.Until(report.Servers[0].CertificateUntil); left < 28*24*time.Hour || left > 31*24*time.Hour {
			t.Errorf("the certificate is valid for %s", left)
		}
		if report.ClockAhead.Abs() > time.Hour {
			t.Errorf("the clock is %s ahead", report.ClockAhead)
		}
		if report.Counts.Accounts == 0 || report.Sample == "" || len(report.Counts.ByRule) == 0 {
			t.Errorf("the report is %+v", report)
		}
		if len(report.MissingRights)+len(report.SurplusRights) > 0 {
			t.Errorf("missing %q, too much %q", report.MissingRights, report.SurplusRights)
		}

		admin := settings
		admin.BindDN, admin.Password = server.Administrator()
		report, err = open(t, admin).Test(t.Context())
		must(t, err)
		if want := "write description"; !slices.Contains(report.SurplusRights, want) {
			t.Errorf("an administrator has too much: %q, want %s", report.SurplusRights, want)
		}
		power := func(right string) bool { return strings.HasPrefix(right, "everything") }
		if s.ad() && !slices.ContainsFunc(report.SurplusRights, power) {
			t.Errorf("nothing says that the account is an administrator: %q", report.SurplusRights)
		}

		guest := settings
		guest.BindDN, guest.Password = s.guest(t)
		report, err = open(t, guest).Test(t.Context())
		if s.ad() {
			must(t, err)
			if len(report.MissingRights) == 0 {
				t.Error("a guest lacks no right")
			}
		} else if err == nil && report.Counts.Accounts > 0 {
			t.Errorf("a guest sees %d accounts", report.Counts.Accounts)
		}
	})
}
