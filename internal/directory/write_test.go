package directory_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
)

func TestChosenPasswordLogsInFromOutside(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		before := s.read(t, key)
		s.binds(t, login, old, true)
		token, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
		if got := s.read(t, key).Token; got != token {
			t.Errorf("the token returned is %s, the present one %s", token, got)
		}
		if s.ad() {
			// The previous password of an account works for up to an hour more.
			_, outcome = s.directory.Choose(t.Context(), key, token, later)
			is(t, outcome, directory.Set)
			s.binds(t, login, later, true)
		}
		s.binds(t, login, old, false)
	})
}

func TestScrambleEndsTheOldPasswordAndThePageLetsIn(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		s.binds(t, login, old, true)
		token, outcome := s.directory.Scramble(t.Context(), key, s.read(t, key).Token)
		is(t, outcome, directory.Set)
		s.binds(t, login, old, false)

		_, outcome = s.directory.Choose(t.Context(), key, token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
		s.binds(t, login, old, false)
	})
}

func TestStaleTokenChangesNothing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		stale := s.read(t, key).Token
		must(t, s.server.SetPassword(t.Context(), login, later.Reveal()))
		present := s.read(t, key).Token

		token, outcome := s.directory.Choose(t.Context(), key, stale, first)
		is(t, outcome, directory.Overtaken)
		if token != present {
			t.Errorf("choose returns the token %s, the present one is %s", token, present)
		}
		token, outcome = s.directory.Scramble(t.Context(), key, stale)
		is(t, outcome, directory.Overtaken)
		if token != present {
			t.Errorf("scramble returns the token %s, the present one is %s", token, present)
		}
		s.binds(t, login, later, true)
		s.binds(t, login, first, false)
		if got := s.read(t, key).Token; got != present {
			t.Errorf("the token is %s, was %s", got, present)
		}
	})
}

func TestPolicyRefusesWithTheReason(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		for _, c := range []struct {
			name    string
			policy  directorytest.Policy
			chosen  string
			on      string // the only subject; "": all
			refusal directory.Refusal
			least   int
		}{
			{name: "too short", policy: directorytest.Policy{MinLength: 14}, chosen: "Aa1-Aa1-Aa1", refusal: directory.TooShort, least: 14},
			{name: "too simple", policy: directorytest.Policy{Complex: true}, chosen: "lower-case-only-lower", on: "ad", refusal: directory.TooSimple},
			{name: "in force", policy: directorytest.Policy{History: 3}, chosen: old.Reveal(), on: "openldap", refusal: directory.InForce},
			{name: "too young", policy: directorytest.Policy{MinAge: 24 * time.Hour}, chosen: first.Reveal(), on: "openldap", refusal: directory.TooYoung},
			{name: "needs old", policy: directorytest.Policy{NeedsOld: true}, chosen: first.Reveal(), on: "openldap", refusal: directory.NeedsOld},
		} {
			if c.on != "" && c.on != s.name {
				continue
			}
			login, key := s.add(t)
			must(t, s.server.SetPolicy(t.Context(), login, c.policy))
			must(t, s.server.SetPassword(t.Context(), login, old.Reveal())) // now, for the minimum age
			before := s.read(t, key)
			token, outcome := s.directory.Choose(t.Context(), key, before.Token, rekey.NewSecret(c.chosen))
			if outcome.Result != directory.Refused || outcome.Refusal != c.refusal || outcome.Least != c.least {
				t.Errorf("%s: the outcome is %s %s %d (%v)", c.name, outcome.Result, outcome.Refusal, outcome.Least, outcome.Cause)
			}
			if outcome.Reason() == "" || !strings.HasSuffix(outcome.Reason(), ".") {
				t.Errorf("%s: the reason is %q", c.name, outcome.Reason())
			}
			if token != before.Token {
				t.Errorf("%s: the token has changed", c.name)
			}
			s.binds(t, login, old, true)
		}
	})
}

func TestUsedPasswordIsRefused(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{History: 3}))
		token, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, first)
		is(t, outcome, directory.Set)
		_, outcome = s.directory.Choose(t.Context(), key, token, old)
		if outcome.Refusal != directory.InHistory {
			t.Errorf("the outcome is %s %s (%v)", outcome.Result, outcome.Refusal, outcome.Cause)
		}
		s.binds(t, login, first, true)
	}, "ad", "fake ad") // a reset looks at the history only with a control that Samba does not have
}

func TestMinimumAgeStopsAScrambleOnlyWhereItWouldLockOut(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{MinAge: 24 * time.Hour}))
		token, outcome := s.directory.Scramble(t.Context(), key, s.read(t, key).Token)
		if s.directory.Kind() == directory.OpenLDAP {
			if outcome.Refusal != directory.TooYoung {
				t.Errorf("the outcome is %s %s", outcome.Result, outcome.Refusal)
			}
			s.binds(t, login, old, true)
			return
		}
		is(t, outcome, directory.Set)
		_, outcome = s.directory.Choose(t.Context(), key, token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestAccountsThatAreLeftAlone(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		for _, c := range []struct {
			name   string
			on     directory.Kind // "": all
			change func(login string) error
			want   directory.Outcome
		}{
			{"deleted", "", func(l string) error { return s.server.Delete(t.Context(), l) }, directory.Outcome{Result: directory.Gone}},
			{"moved out of the base", "", func(l string) error { return s.server.Move(t.Context(), l, "") }, directory.Outcome{Result: directory.Gone}},
			{"disabled", directory.AD, func(l string) error { return s.server.Block(t.Context(), l) },
				directory.Outcome{Result: directory.Refused, Refusal: directory.IsBlocked}},
			{"locked by an administrator", directory.OpenLDAP, func(l string) error { return s.server.Block(t.Context(), l) },
				directory.Outcome{Result: directory.Refused, Refusal: directory.LockedByAdmin}},
			{"expired", directory.AD, func(l string) error { return s.server.Set(t.Context(), l, "accountExpires", "132223104000000000") },
				directory.Outcome{Result: directory.Refused, Refusal: directory.IsBlocked}},
			{"no longer valid", directory.OpenLDAP, func(l string) error { return s.server.Set(t.Context(), l, "pwdEndTime", "20200101000000Z") },
				directory.Outcome{Result: directory.Refused, Refusal: directory.IsBlocked}},
			{"member of a privileged group", directory.AD, func(l string) error { return s.server.Join(t.Context(), l, "Domain Admins") },
				directory.Outcome{Result: directory.Refused, Refusal: directory.IsProtected}},
			{"once a member of a privileged group", directory.AD, func(l string) error { return s.server.Set(t.Context(), l, "adminCount", "1") },
				directory.Outcome{Result: directory.Refused, Refusal: directory.IsProtected}},
		} {
			if c.on != "" && c.on != s.directory.Kind() {
				continue
			}
			_, key := s.add(t)
			login, key2 := s.add(t)
			before := s.read(t, key2)
			must(t, c.change(login))
			_, outcome := s.directory.Choose(t.Context(), key2, before.Token, first)
			if outcome.Result != c.want.Result || outcome.Refusal != c.want.Refusal {
				t.Errorf("%s: choose ends with %s %s (%v)", c.name, outcome.Result, outcome.Refusal, outcome.Cause)
			}
			_, outcome = s.directory.Scramble(t.Context(), key2, before.Token)
			if outcome.Result != c.want.Result || outcome.Refusal != c.want.Refusal {
				t.Errorf("%s: scramble ends with %s %s (%v)", c.name, outcome.Result, outcome.Refusal, outcome.Cause)
			}
			s.read(t, key) // somebody else is still there
		}
	})
}

func TestNestedMembersOfPrivilegedGroupsAreProtected(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		must(t, s.server.Join(t.Context(), login, "inner-"+login))
		if s.read(t, key).Protected {
			t.Error("the account is protected before it joined")
		}
		// Two levels down, with a circle between them.
		must(t, s.server.JoinGroup(t.Context(), "inner-"+login, "outer-"+login))
		must(t, s.server.JoinGroup(t.Context(), "outer-"+login, "inner-"+login))
		must(t, s.server.JoinGroup(t.Context(), "outer-"+login, "Backup Operators"))
		if !s.read(t, key).Protected {
			t.Error("the account is not protected")
		}
	}, "openldap", "fake openldap") // only AD has privileged groups
}

func TestRenamedAndMovedAccountsKeepTheirKey(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		token := s.read(t, key).Token
		must(t, s.server.Rename(t.Context(), login, "Renamed "+login))
		must(t, s.server.Move(t.Context(), login, "Berlin"))
		if got := s.read(t, key); got.Unit != "Berlin" || got.Token != token {
			t.Errorf("the account is in unit %q with token %s, was %s", got.Unit, got.Token, token)
		}
		_, outcome := s.directory.Choose(t.Context(), key, token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestLockAfterFailedLogInsEndsWithTheChange(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{MaxFailures: 3}))
		token := s.read(t, key).Token
		for range 4 {
			s.binds(t, login, rekey.NewSecret("a guess"), false)
		}
		s.binds(t, login, old, false)
		locked := s.read(t, key)
		if !locked.Locked || locked.LockedByAdmin {
			t.Errorf("locked %v, by an administrator %v", locked.Locked, locked.LockedByAdmin)
		}
		if locked.Token != token {
			t.Error("failed log-ins of a stranger change the token")
		}
		_, outcome := s.directory.Choose(t.Context(), key, token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestOfTwoWritersAtOnceOneWins(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		for range 5 {
			login, key := s.add(t)
			token := s.read(t, key).Token
			chosen := []rekey.Secret{first, later}
			outcomes := make([]directory.Outcome, len(chosen))
			var writers sync.WaitGroup
			for i := range chosen {
				writers.Go(func() { _, outcomes[i] = s.directory.Choose(t.Context(), key, token, chosen[i]) })
			}
			writers.Wait()
			winner := 0
			if outcomes[1].Result == directory.Set {
				winner = 1
			}
			is(t, outcomes[winner], directory.Set)
			is(t, outcomes[1-winner], directory.Overtaken)
			s.binds(t, login, chosen[winner], true)
			s.binds(t, login, chosen[1-winner], false)
		}
	}, "openldap") // it cannot compare and write at once
}

func TestUnknownPolicyStopsAScramble(t *testing.T) {
	t.Parallel()
	server := slapd(t)
	for name, policy := range map[string]string{
		"several policies, and no default named":            "",
		"a default that cannot be read":                     "cn=missing,dc=rekey,dc=test",
		"a default of a kind that the server does not know": "nonesuch=x",
	} {
		settings := server.Settings()
		settings.DefaultPolicy = policy
		s := subject{"openldap", server, open(t, settings)}
		login, key := s.add(t)
		account := s.read(t, key)
		if !account.Policy.Unknown {
			t.Errorf("%s: the policy is %+v", name, account.Policy)
		}
		_, outcome := s.directory.Scramble(t.Context(), key, account.Token)
		if outcome.Refusal != directory.PolicyUnknown {
			t.Errorf("%s: the outcome is %s %s", name, outcome.Result, outcome.Refusal)
		}
		s.binds(t, login, old, true)
		_, outcome = s.directory.Choose(t.Context(), key, account.Token, first)
		is(t, outcome, directory.Set)
	}
}

func TestEmptyPasswordIsRefused(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s subject) {
		login, key := s.add(t)
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{}))
		_, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, rekey.Secret{})
		is(t, outcome, directory.Refused)
		s.binds(t, login, old, true)
	})
}

func TestPasswordsOfAnyCharactersLogIn(t *testing.T) {
	t.Parallel()
	onReal(t, func(t *testing.T, s subject, _ directorytest.Real) {
		login, key := s.add(t)
		token := s.read(t, key).Token
		for _, c := range []struct{ name, chosen string }{
			{"other alphabets", "Größe-Ключ-7"},
			{"beyond the first 65,536 characters", "Key-🔑-Key-7"},
			{"quotes and backslashes", `"Quoted\" \2f \ 'words' 7`},
			{"spaces at both ends", " Spaces at both ends 7 "},
			{"characters of filters and DNs", "Aa7*)(uid=*),dc=x;+<>#"},
			{"long", strings.Repeat("Long-Word-7 ", 10)},
		} {
			after, outcome := s.directory.Choose(t.Context(), key, token, rekey.NewSecret(c.chosen))
			if outcome.Result != directory.Set {
				t.Errorf("%s: the outcome is %s %s (%v)", c.name, outcome.Result, outcome.Refusal, outcome.Cause)
				continue
			}
			token = after
			s.binds(t, login, rekey.NewSecret(c.chosen), true)
			s.binds(t, login, rekey.NewSecret(strings.ToUpper(c.chosen)), false)
		}
	})
}
