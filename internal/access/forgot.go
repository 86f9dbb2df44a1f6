package access

import (
	"context"
	"net/netip"
	"time"

	"rekey/internal/store"

	"rekey"
)

// Limits of requests for one email address, from all sources. A request beyond
// them is recorded without a user and gets the usual answer: an error would tell
// that there were earlier requests.
const (
	resetEvery  = 15 * time.Minute
	resetsInDay = 3
	resetDay    = 24 * time.Hour
	// A user who has no way in may request resetsLeftOut passwords within
	// resetEvery, whatever was requested before. No mail server accepted any of
	// these mails: after one that is accepted, the user has a way in.
	resetsLeftOut = 5
)

// Forgot requests a new password for the user with that address. It records
// password.reset_requested for every request: the same rows are written and the
// same runs started, so that neither the answer nor its time tells whether the
// address is known. The event names no user if no active user has the address, or
// if a limit is reached. It never holds what was typed.
//
// Errors: CodeLimited for a source address that asks too often.
func (s *Service) Forgot(ctx context.Context, address string, source netip.Addr) error {
	if !s.shares.take(source, s.Clock()) {
		return errLimited
	}
	key := rekey.AddressKey(address)
	u, err := s.find(ctx, key)
	if err != nil {
		return err
	}
	var users []string
	if u.Status == rekey.UserActive {
		users = []string{u.ID}
	}
	limited := false
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.Clock()
		if limited, err = s.asksTooOften(ctx, tx, source, now); err != nil || limited {
			return err
		}
		histories, err := tx.Histories(ctx, []string{u.ID}, "", "", now)
		if err != nil {
			return err
		}
		due, err := s.resetIsDue(ctx, tx, key, histories[u.ID].LeftOut(), now)
		if err != nil {
			return err
		}
		event := rekey.Event{Type: rekey.PasswordResetRequested, Time: now}
		if due {
			event.Users = users
		}
		_, err = s.Record(ctx, tx, event)
		return err
	})
	if err != nil {
		return err
	}
	if limited {
		return errLimited
	}
	return nil
}

// asksTooOften counts a request from a source address, and reports whether it is
// beyond the limit.
func (s *Service) asksTooOften(ctx context.Context, tx *store.Tx, source netip.Addr, now time.Time) (bool, error) {
	name := hashedName("resets-from", sourceKey(source))
	times, _, err := tx.Counter(ctx, name, now)
	if err != nil {
		return false, err
	}
	within := s.Limits.ResetsPerSourceWithin
	times = since(times, now.Add(-within))
	if len(times) >= s.Limits.ResetsPerSource {
		return true, nil
	}
	return false, tx.PutCounter(ctx, name, append(times, now), time.Time{}, now.Add(within))
}

// resetIsDue reports whether a request for an address is within the limits, and
// counts it then. leftOut: its user has no way in, and no mail on its way.
func (s *Service) resetIsDue(ctx context.Context, tx *store.Tx, addressKey string, leftOut bool, now time.Time) (bool, error) {
	name := counterName("resets-for", addressKey)
	times, _, err := tx.Counter(ctx, name, now)
	if err != nil {
		return false, err
	}
	times = since(times, now.Add(-resetDay))
	lately := len(since(times, now.Add(-resetEvery)))
	due := len(times) < resetsInDay && lately == 0 || leftOut && lately < resetsLeftOut
	if due {
		times = append(times, now)
		times = times[max(0, len(times)-resetsLeftOut):]
	}
	return due, tx.PutCounter(ctx, name, times, time.Time{}, now.Add(resetDay))
}
