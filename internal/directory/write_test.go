package directory_test

import (
	"testing"

	"rekey/internal/directory"
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
		if token == before.Token && s.ad() {
			t.Error("the token is still the old one")
		}
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

func TestScrambleEndsTheOldPassword(t *testing.T) {
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
