package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"rekey"
)

// Choose sets the password that the owner of an account has chosen, if the token is
// still the present one, and unlocks the account unless an administrator locked it. It
// returns the present token, as far as it is known.
//
// After Doubtful, call it again with the same token and the same password. If the first
// call took effect, the second finds that out by logging in with the password once, and
// returns Set. With another password or token, the result is that of a new call.
func (d *Directory) Choose(ctx context.Context, key Key, token Token, chosen rekey.Secret) (Token, Outcome) {
	if chosen.IsZero() {
		return token, refuse(TooShort) // OpenLDAP would make a password up
	}
	return d.write(ctx, key, token, func(s *session, before Account) (Token, Outcome) {
		if before.Token != token {
			return s.settle(ctx, before, chosen)
		}
		after, outcome := s.set(before, chosen.Reveal(), true)
		if outcome.Result == Overtaken && after.Token == token {
			after, outcome = s.set(after, chosen.Reveal(), true) // it was renamed only
		}
		if outcome.Result == Overtaken {
			return s.settle(ctx, after, chosen)
		}
		return after.Token, outcome
	})
}

// Scramble sets a random password that nobody knows, if the token is still the present
// one. On AD it sets two, because the previous password of an account works for up to
// an hour more. It returns the present token, as far as it is known.
//
// If the reply to the first of two is lost, it connects once more, to find out whether
// that one is in force and the second can follow.
//
// After Doubtful, call it again with the token that it returned. Overtaken then means that
// the old password is no longer in force, by the first call or by somebody else; on AD it
// may still be taken for an hour. A third call with the present token ends that hour, but
// also ends what somebody else may have set.
//
// It refuses accounts for which Choose would be refused afterwards (OpenLDAP with a
// minimum age), and accounts whose policy cannot be read: their owners would be locked
// out.
func (d *Directory) Scramble(ctx context.Context, key Key, token Token) (Token, Outcome) {
	return d.write(ctx, key, token, func(s *session, before Account) (Token, Outcome) {
		if before.Token != token {
			return before.Token, Outcome{Result: Overtaken}
		}
		if why := s.kind.locksOut(before.Policy); why != "" {
			return before.Token, refuse(why)
		}
		if s.kind.scramblesTwice() {
			return s.scrambleTwice(ctx, before)
		}
		after, _, outcome := s.scrambleOnce(before)
		return after.Token, outcome
	})
}

// scrambleOnce sets a random password, and returns it. It may hold a part of a name by
// chance, which a policy refuses, so it tries three times.
func (s *session) scrambleOnce(before Account) (after Account, password string, outcome Outcome) {
	for range 3 {
		password = randomPassword()
		after, outcome = s.set(before, password, false)
		if outcome.Result != Refused || outcome.Refusal != TooSimple {
			break
		}
	}
	return after, password, outcome
}

// randomPassword has 256 random bits, and letters of both cases, digits and symbols.
func randomPassword() string {
	return rand.Text() + "-7z." + strings.ToLower(rand.Text())
}

// write reads an account and calls f with it, if its password may be set.
func (d *Directory) write(ctx context.Context, key Key, token Token, f func(*session, Account) (Token, Outcome)) (Token, Outcome) {
	if d.settings.Kind == DS389 {
		return token, refuse(ImportOnly)
	}
	s, err := d.connect(ctx)
	if err != nil {
		return token, Outcome{Result: Unreachable, Cause: err}
	}
	defer s.close()
	found, err := s.read([]Key{key})
	if err != nil {
		return token, Outcome{Result: Unreachable, Cause: err}
	}
	account, ok := found[key]
	if !ok {
		return "", Outcome{Result: Gone}
	}
	if why := account.untouchable(); why != "" {
		return account.Token, refuse(why)
	}
	return f(s, account)
}

// untouchable says why Rekey must not set the password of an account; "" if it may.
func (a Account) untouchable() Refusal {
	switch {
	case a.Protected:
		return IsProtected
	case a.Blocked:
		return IsBlocked
	case a.LockedByAdmin:
		return LockedByAdmin
	default:
		return ""
	}
}

// set sends one write and reads the account again. The account returned is the present
// one, as far as it is known.
func (s *session) set(before Account, password string, unlock bool) (Account, Outcome) {
	if err := s.kind.write(s, before, password, unlock); err != nil {
		return s.judge(before, err, password)
	}
	found, err := s.read([]Key{before.Key})
	after, ok := found[before.Key]
	switch {
	case err != nil || !ok:
		return before, Outcome{Result: Doubtful, Cause: errors.Join(errors.New("the account could not be read after the write"), err)}
	case after.Token == before.Token && after.version == before.version:
		return before, Outcome{Result: Doubtful, Cause: errors.New("the server said yes, but the account did not change")}
	}
	return after, Outcome{Result: Set, Cause: s.kind.finish(s, after)}
}

// judge says what the error of a write means. If the account has changed in the
// meantime, it is read again.
func (s *session) judge(before Account, err error, password string) (Account, Outcome) {
	answer, ok := answered(err)
	err = withoutPassword(err, password)
	if !ok {
		return before, Outcome{Result: Doubtful, Cause: err}
	}
	outcome := s.kind.refusal(answer)
	outcome.Cause = err
	if outcome.Result == Overtaken {
		found, readErr := s.read([]Key{before.Key})
		if readErr != nil {
			return before, Outcome{Result: Unreachable, Cause: errors.Join(err, readErr)}
		}
		after, ok := found[before.Key]
		if !ok {
			return before, Outcome{Result: Gone, Cause: err}
		}
		return after, outcome
	}
	least := before.Policy.MinLength
	if short := utf8.RuneCountInString(password) < least; short && outcome.Refusal.aboutStrength() {
		outcome.Refusal, outcome.Least = TooShort, least
	}
	return before, outcome
}

// aboutStrength reports whether a longer password may be taken.
func (r Refusal) aboutStrength() bool { return r == TooShort || r == TooSimple || r == Unfit }

// settle finds out whether the password that was to be set is in force, because the
// token is another one: this may be the second call after a lost answer. It logs in
// once, as the owner would.
func (s *session) settle(ctx context.Context, present Account, chosen rekey.Secret) (Token, Outcome) {
	guest, err := s.dial(ctx, s.address)
	if err != nil {
		return present.Token, Outcome{Result: Doubtful, Cause: err}
	}
	defer guest.close()
	if err = guest.conn.Bind(present.DN, chosen.Reveal()); err == nil {
		return present.Token, Outcome{Result: Set}
	}
	answer, ok := answered(err)
	switch {
	case !ok:
		return present.Token, Outcome{Result: Doubtful, Cause: withoutPassword(err, chosen.Reveal())}
	case answer.ResultCode == ldap.LDAPResultInvalidCredentials && s.kind.passes(answer):
		return present.Token, Outcome{Result: Set}
	default:
		return present.Token, Outcome{Result: Overtaken, Cause: withoutPassword(err, chosen.Reveal())}
	}
}

// withoutPassword returns an error without a password that the server has repeated in
// its answer.
func withoutPassword(err error, password string) error {
	if !strings.Contains(err.Error(), password) {
		return err
	}
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), password, "[redacted]"))
}
