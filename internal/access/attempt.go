package access

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"rekey/internal/store"

	"rekey"
)

// maxSecret is the length, in bytes, of the longest text that is checked as a
// password: 128 characters of four bytes, and room for pasted white space.
const maxSecret = 1024

// door reports whether a user may enter with the chosen or a mailed password.
type door func(u rekey.SystemUser, mailed bool) bool

// Users of a directory enter only to choose a password for it, on the page of the change.
func consoleDoor(u rekey.SystemUser, mailed bool) bool {
	return mailed || u.Type != rekey.TypeAPI && u.Directory.BuiltIn()
}
func apiDoor(u rekey.SystemUser, _ bool) bool { return u.Type != rekey.TypeUI && u.Directory.BuiltIn() }
func changeDoor(rekey.SystemUser, bool) bool  { return true }

// attempt is a password that was sent for an email address.
type attempt struct {
	addressKey string
	user       rekey.SystemUser // the zero value if no user has the address
	secret     rekey.Secret
	source     netip.Addr

	// Set by examine.
	right    bool            // a password of the user, in force or not
	inForce  bool            // the chosen password, and in force
	delivery *rekey.Delivery // the delivery whose live mailed password was given
	chosen   string          // the verifier of the chosen password; "" if there is none here
	rehash   bool            // chosen was made at a lower cost than today's
}

// opens reports whether the attempt opens the door if no lock holds.
func (a *attempt) opens(d door) bool {
	return a.user.Status == rekey.UserActive && (a.delivery != nil || a.inForce) && d(a.user, a.delivery != nil)
}

// entry returns the Entry of an attempt that was admitted.
func (a *attempt) entry() Entry {
	e := Entry{User: a.user, LastLogin: a.user.LastLoginAt}
	if a.delivery != nil {
		e.ViaDelivery, e.ValidUntil = a.delivery.ID, a.delivery.ValidUntil
	}
	return e
}

// try does all steps of an attempt. then writes more in the transaction that
// admits it; it may be nil. All refusals are errRefused.
func (s *Service) try(ctx context.Context, a *attempt, d door, then func(tx *store.Tx, now time.Time) error) (Entry, error) {
	if !s.shares.take(a.source, s.Clock()) {
		s.Observe(OutcomeLimited)
		return Entry{}, errLimited
	}
	outcome, err := OutcomeFailed, s.examine(ctx, a)
	if err == nil {
		outcome, err = s.decide(ctx, a, d, then)
	}
	s.Observe(outcome)
	if err != nil {
		return Entry{}, err
	}
	s.Logger.InfoContext(ctx, "log-in", "outcome", string(outcome), "user_id", a.user.ID, "source", a.source.String())
	if outcome != OutcomeChosen && outcome != OutcomeMailed {
		return Entry{}, errRefused
	}
	if a.rehash && outcome == OutcomeChosen {
		s.strengthen(ctx, a)
	}
	return a.entry(), nil
}

// find returns the user with an address, or the zero value if there is none.
func (s *Service) find(ctx context.Context, addressKey string) (rekey.SystemUser, error) {
	u, err := s.Store.UserByKey(ctx, addressKey)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return rekey.SystemUser{}, nil
	}
	return u, err
}

// examine finds out which password the secret is. It always costs one computation
// of Argon2. A node that does not have the newest keys yet cannot check some
// mailed passwords. That is an error only if the secret is no other password.
func (s *Service) examine(ctx context.Context, a *attempt) error {
	credential, err := s.Store.Credential(ctx, a.user.ID)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return err
	}
	now := s.Clock()
	secret := a.secret
	if len(secret.Reveal()) > maxSecret {
		secret, credential = rekey.Secret{}, rekey.Credential{}
	}
	var unchecked error
	for _, d := range credential.Live(now) {
		ok, err := s.Mailed.Verify(d.Verifier, secret, d.ID)
		if err != nil {
			unchecked = err
		}
		if ok {
			a.delivery = &d
		}
	}
	if a.chosen = credential.Verifier(); a.chosen == "" {
		err = s.Argon2.Dummy(ctx, secret)
	} else {
		a.right, a.rehash, err = s.Argon2.Verify(ctx, a.chosen, secret)
		a.inForce = a.right && credential.InForce(now)
	}
	a.right = a.right || a.delivery != nil
	if err == nil && !a.right {
		err = unchecked
	}
	return err
}

// decide admits the attempt or counts a failure, in one transaction that sees
// every failure counted before it.
func (s *Service) decide(ctx context.Context, a *attempt, d door, then func(tx *store.Tx, now time.Time) error) (Outcome, error) {
	outcome, locks := OutcomeFailed, false
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.Clock()
		l, err := s.readLock(ctx, tx, a.addressKey, a.source, now)
		if err != nil {
			return err
		}
		switch {
		case a.delivery != nil && a.opens(d):
			outcome = OutcomeMailed
			l.succeed(true)
			if err := tx.PutCounter(ctx, lockedSomewhere(a.user.ID), nil, time.Time{}, now); err != nil {
				return err
			}
		case l.closed(now):
			outcome = OutcomeLocked
		case a.opens(d):
			outcome = OutcomeChosen
			l.succeed(false)
		case a.right:
			// A right password is no guess, even if it is not in force, its user is
			// blocked or this is the wrong door: a program that goes on using it
			// must not lock its user out.
			outcome = OutcomeRefused
		default:
			outcome = OutcomeRefused
			if locks, err = s.fail(ctx, tx, l, a.user, now); err != nil {
				return err
			}
		}
		admitted := outcome == OutcomeChosen || outcome == OutcomeMailed
		if err := l.write(ctx, tx, now, admitted); err != nil {
			return err
		}
		if admitted && then != nil {
			return then(tx, now)
		}
		return nil
	})
	if err == nil && locks && a.user.Status != rekey.UserActive {
		err = s.recordInVain(ctx)
	}
	if err != nil {
		return OutcomeFailed, err
	}
	return outcome, nil
}

// fail counts a failed log-in and reports whether it begins a lock. If it locks
// an active user, it records the event.
func (s *Service) fail(ctx context.Context, tx *store.Tx, l *lock, u rekey.SystemUser, now time.Time) (locks bool, err error) {
	if !l.fail(now) {
		return false, nil
	}
	active := u.Status == rekey.UserActive
	if !active {
		u.ID = "" // one row for all who are not active
	}
	until := now.Add(l.limits.LockFor)
	if err := tx.PutCounter(ctx, lockedSomewhere(u.ID), nil, until, until); err != nil || !active {
		return true, err
	}
	_, err = s.Record(ctx, tx, rekey.Event{Type: rekey.UserLocked, Time: now, Users: []string{u.ID}})
	return true, err
}

var errInVain = errors.New("nobody is locked")

// recordInVain records the event of a lock and rolls it back. The failure that
// locks an address must take the same time if no active user has the address. The
// event is not kept: a stranger could fill the database with such events.
func (s *Service) recordInVain(ctx context.Context) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.Record(ctx, tx, rekey.Event{Type: rekey.UserLocked, Time: s.Clock()}); err != nil {
			return err
		}
		return errInVain
	})
	if errors.Is(err, errInVain) {
		return nil
	}
	return err
}

// strengthen replaces a verifier that was made at a lower cost. After an error,
// the next log-in tries again.
func (s *Service) strengthen(ctx context.Context, a *attempt) {
	verifier, err := s.Argon2.Hash(ctx, a.secret)
	if err == nil {
		err = s.Store.Update(ctx, func(tx *store.Tx) error { return tx.Rehash(ctx, a.user.ID, a.chosen, verifier) })
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "verifier not strengthened", "user_id", a.user.ID, "error", err.Error())
	}
}
