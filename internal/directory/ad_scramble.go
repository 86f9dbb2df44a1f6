package directory

import (
	"context"
	"strconv"

	"rekey"
)

// scrambleTwice sets two random passwords, so that the old one is not even the previous
// one.
func (s *session) scrambleTwice(ctx context.Context, before Account) (Token, Outcome) {
	changes, err := s.passwordChanges(before)
	if err != nil {
		return before.Token, Outcome{Result: Unreachable, Cause: err}
	}
	after, password, outcome := s.scrambleOnce(before)
	if outcome.Result == Doubtful {
		anew, present, ok := s.lookAgain(ctx, before, changes, password)
		if !ok {
			return after.Token, outcome
		}
		defer anew.close()
		s, after, outcome = anew, present, Outcome{Result: Set}
	}
	if outcome.Result != Set {
		return after.Token, outcome
	}
	after, _, outcome = s.scrambleOnce(after)
	if outcome.Result == Refused || outcome.Result == Unreachable {
		outcome = Outcome{Result: Doubtful, Cause: outcome.Cause} // the first one was set
	}
	return after.Token, outcome
}

// lookAgain connects anew after a lost reply, and reports whether the password that was
// sent is in force. A log-in alone does not show that: the previous password is taken,
// too. But if it is taken and there was exactly one change since before, it is the
// present one. Otherwise somebody else may have set a password, which must stay.
func (s *session) lookAgain(ctx context.Context, before Account, changes int, password string) (*session, Account, bool) {
	anew, err := s.connect(ctx)
	if err != nil {
		return nil, before, false
	}
	found, err := anew.read([]Key{before.Key})
	present, there := found[before.Key]
	if err == nil && there && present.Token != before.Token && present.untouchable() == "" {
		now, err := anew.passwordChanges(present) // after the token was read: a later change counts
		if err == nil && changes > 0 && now == changes+1 {
			if _, outcome := anew.settle(ctx, present, rekey.NewSecret(password)); outcome.Result == Set {
				return anew, present, true
			}
		}
	}
	anew.close()
	return nil, before, false
}

// passwordChanges is how often the password of an account was set ([MS-ADTS]
// 3.1.1.4.5.16, msDS-KeyVersionNumber); 0 if the server does not say.
func (s *session) passwordChanges(a Account) (int, error) {
	const attribute = "msDS-KeyVersionNumber"
	e, err := s.readEntry("<GUID="+string(a.Key)+">", attribute)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(e.GetEqualFoldAttributeValue(attribute))
	if err != nil {
		return 0, nil //nolint:nilerr // it is not there
	}
	return n, nil
}
