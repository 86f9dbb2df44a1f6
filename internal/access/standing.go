package access

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rekey"
)

// Standing is how a system user can log in now.
type Standing struct {
	Blocked bool
	// HasChosen: there is a chosen password. InForce: it logs in; otherwise it
	// rests while a mailed one takes its place.
	HasChosen bool
	InForce   bool
	// ChosenSince is when they last chose one; zero is never. Where there is no
	// chosen password any more, that one was revoked.
	ChosenSince time.Time
	// Mailed are the mailed passwords that log in, the latest first. None of
	// them has been used to choose another: that would have ended them.
	Mailed []MailedPassword
	// LockedUntil is until when the chosen password is refused from addresses
	// that the user has not come from lately; zero if it is not.
	LockedUntil time.Time
	// LockedSomewhereUntil is until when it is refused from at least one
	// address, from which too many wrong ones came; zero if from none.
	LockedSomewhereUntil time.Time
}

// MailedPassword is one that logs in.
type MailedPassword struct {
	DeliveryID string
	IssuedAt   time.Time
	AcceptedAt time.Time // zero: it may have reached the mail server, nobody knows
	ValidUntil time.Time
}

// Never reports whether the system user never chose a password and has no
// mailed one that logs in.
func (s Standing) Never() bool {
	return !s.HasChosen && s.ChosenSince.IsZero() && len(s.Mailed) == 0
}

// Standing returns how a system user can log in now, to whoever may view them.
func (s *Service) Standing(ctx context.Context, actor rekey.SystemUser, userID string) (Standing, error) {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return Standing{}, err
	}
	if !actor.Authority().MayView(u) {
		return Standing{}, rekey.ErrNoUser
	}
	credential, err := s.Store.Credential(ctx, userID)
	if err != nil {
		return Standing{}, err
	}
	now := s.Clock()
	standing := Standing{
		Blocked: u.Status == rekey.UserBlocked, HasChosen: credential.Chosen != "", InForce: credential.InForce(now), ChosenSince: u.PasswordChangedAt,
	}
	for _, d := range credential.Live(now) {
		standing.Mailed = append(standing.Mailed, MailedPassword{d.ID, d.IssuedAt, d.AcceptedAt, d.ValidUntil})
	}
	slices.SortFunc(standing.Mailed, func(a, b MailedPassword) int {
		return cmp.Or(b.IssuedAt.Compare(a.IssuedAt), cmp.Compare(b.DeliveryID, a.DeliveryID))
	})
	for name, until := range map[string]*time.Time{
		counterName("account", u.AddressKey): &standing.LockedUntil,
		lockedSomewhere(u.ID):                &standing.LockedSomewhereUntil,
	} {
		_, locked, err := s.Store.Counter(ctx, name, now)
		if err != nil {
			return Standing{}, err
		}
		if now.Before(locked) {
			*until = locked
		}
	}
	return standing, nil
}

// lockedSomewhere names the counter that says until when an account is locked
// for some address: the counters of addresses cannot be found by the account.
func lockedSomewhere(userID string) string { return hashedName("somewhere", userID) }
