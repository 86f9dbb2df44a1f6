package access

import (
	"context"
	"net/netip"
	"time"

	"rekey/internal/store"

	"rekey"
)

// What one address may be asked for, whoever asks. More is recorded without a
// name, and answered as ever: an error would say that somebody asked before.
const (
	resetEvery  = 15 * time.Minute
	resetsInDay = 3
	resetDay    = 24 * time.Hour
	// resetsLeftOut in resetEvery is what is answered somebody who has no way in
	// at all, whatever was asked before. None of those mails was accepted: after
	// one that is, they have a way in.
	resetsLeftOut = 5
)

// Forgot asks for a new password for whoever has that address. It records
// password.reset_requested for every request, so that the same runs are started
// and the same rows are written. The event names nobody if no active system user
// has the address, or if it was asked for a short while ago: the time of the
// answer must not tell which. It never holds what was typed. Who asks is told
// the same.
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
		histories, err := tx.Histories(ctx, []string{u.ID}, now)
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

// asksTooOften counts a request from a source address.
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

// resetIsDue counts a request for an address, if it may be answered. leftOut: its
// user has no way in at all, and nothing is on its way to them.
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
