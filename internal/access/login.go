package access

import (
	"context"
	"net/netip"
	"time"

	"rekey/internal/store"

	"rekey"
)

// LogIn opens the console with the chosen password of a UI or Hybrid user, if it
// is in force. With a live mailed password of any user, the Entry may only change
// the password.
//
// Errors: CodeUnauthenticated, the same for every reason; CodeLimited;
// CodeUnavailable.
func (s *Service) LogIn(ctx context.Context, address string, secret rekey.Secret, source netip.Addr) (Entry, error) {
	a, err := s.attempt(ctx, address, secret, source)
	if err != nil {
		return Entry{}, err
	}
	return s.try(ctx, a, consoleDoor, func(tx *store.Tx, now time.Time) error {
		if a.delivery != nil {
			return tx.Opened(ctx, a.delivery.ID, now) // which is not logging on
		}
		if err := tx.TouchLogIn(ctx, a.user.ID, now); err != nil {
			return err
		}
		return s.loggedOn(ctx, tx, a.user.ID, now)
	})
}

// attempt finds the user with the address.
func (s *Service) attempt(ctx context.Context, address string, secret rekey.Secret, source netip.Addr) (*attempt, error) {
	key := rekey.AddressKey(address)
	u, err := s.find(ctx, key)
	return &attempt{addressKey: key, user: u, secret: secret, source: source}, err
}

func (s *Service) loggedOn(ctx context.Context, tx *store.Tx, userID string, now time.Time) error {
	_, err := s.Record(ctx, tx, rekey.Event{Type: rekey.UserLoggedOn, Time: now, Users: []string{userID}})
	return err
}
