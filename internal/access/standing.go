package access

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rekey"
)

// Standing says how a system user can log in now.
type Standing struct {
	Blocked bool
	// Directory is where the chosen password lives; "" for Rekey.
	Directory string
	// HasChosen: there is a chosen password. InForce: it works; otherwise a
	// mailed one takes its place.
	HasChosen bool
	InForce   bool
	// ChosenSince is when they last chose one; zero means never. If HasChosen is
	// false, that one was revoked.
	ChosenSince time.Time
	// Mailed are the mailed passwords that work, the latest first.
	Mailed []MailedPassword
	// LockedUntil is the end of the lock for addresses that the user has not
	// logged in from lately; zero if there is no such lock.
	LockedUntil time.Time
	// LockedSomewhereUntil is the end of the last lock for a single address that
	// sent too many wrong passwords; zero if there is none.
	LockedSomewhereUntil time.Time
}

// MailedPassword is a mailed password that works.
type MailedPassword struct {
	DeliveryID string
	IssuedAt   time.Time
	AcceptedAt time.Time // zero if it is not known whether a mail server accepted it
	ValidUntil time.Time
}

// Never reports whether the system user never chose a password and has no mailed
// one that works.
func (s Standing) Never() bool {
	return !s.HasChosen && s.ChosenSince.IsZero() && len(s.Mailed) == 0
}

// Standing returns how a system user can log in now. The actor must be allowed to
// view them.
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
		Blocked: u.Status == rekey.UserBlocked, Directory: u.Directory.Directory, HasChosen: credential.Chosen != "", InForce: credential.InForce(now), ChosenSince: u.PasswordChangedAt,
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

// lockedSomewhere names the counter that holds when the last lock of an account
// for one address ends: the counters of addresses cannot be found by the account.
func lockedSomewhere(userID string) string { return hashedName("somewhere", userID) }
