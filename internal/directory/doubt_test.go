package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/directory/directorytest"
	"rekey/internal/suite"
)

// proxied is a real directory with a proxy in front of it.
type proxied struct {
	subject

	proxy    *directorytest.Proxy
	settings directory.Settings // without the proxy
}

// behindProxy runs a test on the real directories.
func behindProxy(t *testing.T, test func(t *testing.T, s proxied)) {
	t.Helper()
	onReal(t, func(t *testing.T, s subject, server directorytest.Real) {
		proxy, err := directorytest.StartProxy(server)
		must(t, err)
		t.Cleanup(func() { must(t, proxy.Close()) })
		s.directory = open(t, proxy.Settings(server.Settings()))
		test(t, proxied{s, proxy, server.Settings()})
	})
}

func TestLostReplyIsDoubtfulAndARepeatEndsWell(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		seen := map[directory.Result]int{}
		for lost := 1; ; lost++ {
			login, key := s.add(t)
			before := s.read(t, key)
			writes := 0
			s.proxy.Rule(func(n int, o directorytest.Operation) directorytest.Verdict {
				if n != lost {
					return directorytest.PassOn
				}
				if o.Write() {
					writes++
				}
				return directorytest.LoseReply
			})
			_, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
			last := s.proxy.Requests() < lost
			s.proxy.Rule(nil)
			seen[outcome.Result]++
			switch {
			case outcome.Result == directory.Unreachable:
				s.binds(t, login, old, true)
				s.binds(t, login, first, false)
			case outcome.Result == directory.Doubtful:
				s.binds(t, login, first, true)
			case last:
				is(t, outcome, directory.Set)
			default:
				t.Errorf("the reply to request %d was lost, and the outcome is %s", lost, outcome.Result)
			}
			if writes > 0 && outcome.Result != directory.Doubtful {
				t.Errorf("the reply to the write was lost, and the outcome is %s", outcome.Result)
			}
			_, outcome = s.directory.Choose(t.Context(), key, before.Token, first)
			is(t, outcome, directory.Set)
			s.binds(t, login, first, true)
			if last {
				break
			}
		}
		if seen[directory.Unreachable] == 0 || seen[directory.Doubtful] < 2 {
			t.Errorf("the outcomes are %v", seen)
		}
	})
}

func TestLostReplyOfAScrambleLeavesNobodyOut(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		writes := map[string]int{"openldap": 1, "ad": 2}[s.name]
		for lost := 1; lost <= writes; lost++ {
			for _, verdict := range []directorytest.Verdict{directorytest.LoseReply, directorytest.LoseRequest} {
				s.loseWrite(t, lost, verdict)
			}
		}
	})
}

// loseWrite loses the n-th write of a scramble, and repeats it until it is done.
func (s proxied) loseWrite(t *testing.T, n int, verdict directorytest.Verdict) {
	t.Helper()
	login, key := s.add(t)
	before := s.read(t, key)
	writes := 0
	s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
		if o.Write() {
			if writes++; writes == n {
				return verdict
			}
		}
		return directorytest.PassOn
	})
	token, outcome := s.directory.Scramble(t.Context(), key, before.Token)
	s.proxy.Rule(nil)
	if s.name == "ad" && n == 1 && verdict == directorytest.LoseReply {
		is(t, outcome, directory.Set) // it looked again, and set the second one
		s.binds(t, login, old, false)
		return
	}
	is(t, outcome, directory.Doubtful)
	token, outcome = s.directory.Scramble(t.Context(), key, token)
	if verdict == directorytest.LoseRequest {
		is(t, outcome, directory.Set)
	} else {
		is(t, outcome, directory.Overtaken) // by the first call
	}
	s.binds(t, login, old, false)
	_, outcome = s.directory.Choose(t.Context(), key, token, first)
	is(t, outcome, directory.Set)
	s.binds(t, login, first, true)
}

// The reply to the first of two scrambles is lost, and nothing tells whose password is in
// force. On AD the one before it works for an hour then.
func TestScrambleInDoubtSetsNothingOverAPasswordOfOthers(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		for name, c := range map[string]struct {
			next  func(t *testing.T, login string)
			after directorytest.Verdict
		}{
			"the server is away afterwards": {func(*testing.T, string) {}, directorytest.LoseRequest},
			"the help desk sets another": {func(t *testing.T, login string) {
				t.Helper()
				must(t, s.server.SetPassword(t.Context(), login, later.Reveal()))
			}, directorytest.PassOn},
		} {
			login, key := s.add(t)
			before := s.read(t, key)
			lost, told := 0, false
			s.proxy.Rule(func(n int, o directorytest.Operation) directorytest.Verdict {
				switch {
				case lost == 0 && o.Write():
					lost = n
					return directorytest.LoseReply
				case lost == 0:
					return directorytest.PassOn
				case !told:
					told = true
					c.next(t, login)
				}
				return c.after
			})
			token, outcome := s.directory.Scramble(t.Context(), key, before.Token)
			if outcome.Result != directory.Doubtful {
				t.Errorf("%s: %s", name, outcome.Result)
			}
			s.proxy.Rule(nil)
			if c.after == directorytest.PassOn && s.name == "ad" {
				s.binds(t, login, later, true)
			}
			token, outcome = s.directory.Scramble(t.Context(), key, token)
			is(t, outcome, directory.Overtaken)
			s.binds(t, login, old, s.name == "ad" && c.after == directorytest.LoseRequest)
			_, outcome = s.directory.Choose(t.Context(), key, token, first)
			is(t, outcome, directory.Set)
			s.binds(t, login, first, true)
		}
	})
}

func TestRepeatWithoutAWriteDoesNotOverwriteALaterPassword(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		before := s.read(t, key)
		s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
			if o.Write() {
				return directorytest.LoseRequest
			}
			return directorytest.PassOn
		})
		_, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Doubtful)
		s.proxy.Rule(nil)
		s.binds(t, login, old, true)
		must(t, s.server.SetPassword(t.Context(), login, later.Reveal()))
		_, outcome = s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Overtaken)
		s.binds(t, login, later, true)
		s.binds(t, login, first, false)
	})
}

func TestAccountRenamedInTheInstantOfTheWriteIsFound(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		before := s.read(t, key)
		renamed := false
		s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
			if o.Write() && !renamed {
				renamed = true
				if err := s.server.Rename(t.Context(), login, "Married "+login); err != nil {
					t.Error(err)
				}
			}
			return directorytest.PassOn
		})
		_, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestServerThatLies(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		before := s.read(t, key)
		for _, c := range []struct {
			name string
			lies func(o directorytest.Operation) bool
			want directory.Result
		}{
			{"says yes to writes", directorytest.Operation.Write, directory.Doubtful},
			{"says yes to everything", func(directorytest.Operation) bool { return true }, directory.Unreachable},
			{"says yes to all after the log-in", func(o directorytest.Operation) bool { return o != directorytest.Bind }, directory.Unreachable},
		} {
			s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
				if c.lies(o) {
					return directorytest.SayYes
				}
				return directorytest.PassOn
			})
			_, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
			if outcome.Result != c.want {
				t.Errorf("%s: choose ends with %s (%v)", c.name, outcome.Result, outcome.Cause)
			}
			_, outcome = s.directory.Scramble(t.Context(), key, before.Token)
			if outcome.Result != c.want {
				t.Errorf("%s: scramble ends with %s (%v)", c.name, outcome.Result, outcome.Cause)
			}
		}
		s.proxy.Rule(nil)
		s.binds(t, login, old, true)
	})
}

func TestMissingAccountOfAServerThatShowsNothingIsNotGone(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		_, key := s.add(t)
		before := s.read(t, key)
		// All searches after the log-in find nothing.
		logins := map[string]int{"openldap": 2, "ad": 5}[s.name]
		s.proxy.Rule(func(n int, o directorytest.Operation) directorytest.Verdict {
			if o == directorytest.Search && n > logins {
				return directorytest.SayYes
			}
			return directorytest.PassOn
		})
		_, outcome := s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Unreachable)
	})
}

func TestServerThatHoldsItsReplyIsGivenUp(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		before := s.read(t, key)
		s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
			if o.Write() {
				return directorytest.Hold
			}
			return directorytest.PassOn
		})
		// Unreachable: the machine is too slow for this patience.
		outcome := directory.Outcome{Result: directory.Unreachable}
		for patience := time.Second; outcome.Result == directory.Unreachable && patience < suite.Limit; patience *= 2 {
			held := open(t, s.proxy.Settings(s.settings))
			directory.SetPatience(held, patience)
			_, outcome = held.Choose(t.Context(), key, before.Token, first)
		}
		is(t, outcome, directory.Doubtful)
		s.proxy.Rule(nil)
		_, outcome = s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestCancelledWriteIsDoubtful(t *testing.T) {
	t.Parallel()
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		before := s.read(t, key)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.proxy.Rule(func(_ int, o directorytest.Operation) directorytest.Verdict {
			if o.Write() {
				cancel()
				return directorytest.Hold
			}
			return directorytest.PassOn
		})
		_, outcome := s.directory.Choose(ctx, key, before.Token, first)
		is(t, outcome, directory.Doubtful)
		s.proxy.Rule(nil)
		_, outcome = s.directory.Choose(t.Context(), key, before.Token, first)
		is(t, outcome, directory.Set)
		s.binds(t, login, first, true)
	})
}

func TestPasswordIsInNoError(t *testing.T) {
	t.Parallel()
	err := directory.WithoutPassword(errors.New("cannot set First-Chosen-Word-2 here"), first.Reveal())
	if strings.Contains(err.Error(), first.Reveal()) {
		t.Error(err)
	}
	behindProxy(t, func(t *testing.T, s proxied) {
		login, key := s.add(t)
		must(t, s.server.SetPolicy(t.Context(), login, directorytest.Policy{MinLength: 30}))
		_, outcome := s.directory.Choose(t.Context(), key, s.read(t, key).Token, rekey.NewSecret("Xy1-short"))
		if outcome.Cause == nil || strings.Contains(outcome.Cause.Error(), "Xy1-short") {
			t.Error(outcome.Cause)
		}
		settings := s.settings
		settings.Password = rekey.NewSecret("Wrong-Bind-Word")
		_, err := open(t, settings).Read(t.Context(), []directory.Key{key})
		if err == nil || strings.Contains(err.Error(), "Wrong-Bind-Word") {
			t.Error(err)
		}
	})
}
