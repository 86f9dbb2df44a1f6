package access

import (
	"context"
	"net/netip"
	"time"

	"rekey/internal/store"

	"rekey"
)

// logOnsNoted is the least time between two events for calls of a user.
const logOnsNoted = 5 * time.Minute

var errMailedOnly = rekey.NewError(rekey.CodeForbidden,
	"A mailed password works only for choosing your own: PUT /api/v1/account/password.")

// Basic lets an API or Hybrid user call the API with the chosen password. A right
// password is remembered for one minute. The user is read on every call, so that
// a new password, a block or another type takes effect at once.
//
// Errors: CodeUnauthenticated, the same for every reason; CodeForbidden for a
// mailed password, which only BasicForChange accepts; CodeLimited;
// CodeUnavailable.
func (s *Service) Basic(ctx context.Context, address string, secret rekey.Secret, source netip.Addr) (rekey.SystemUser, error) {
	mac := s.remembered.mac(rekey.AddressKey(address), secret, source)
	u, ok, err := s.recall(ctx, mac, address)
	if err != nil {
		return rekey.SystemUser{}, err
	}
	if ok {
		return u, s.noteCall(ctx, u.ID)
	}
	entry, err := s.BasicForChange(ctx, address, secret, source)
	if err != nil {
		return rekey.SystemUser{}, err
	}
	if entry.MustChange() {
		return rekey.SystemUser{}, errMailedOnly
	}
	s.remembered.put(mac, entry.User, s.Clock())
	return entry.User, nil
}

// BasicForChange lets an API or Hybrid user call ChangePassword with the chosen
// password or a live mailed one. Errors are those of Basic without CodeForbidden.
func (s *Service) BasicForChange(ctx context.Context, address string, secret rekey.Secret, source netip.Addr) (Entry, error) {
	a, err := s.attempt(ctx, address, secret, source)
	if err != nil {
		return Entry{}, err
	}
	return s.try(ctx, a, apiDoor, func(tx *store.Tx, now time.Time) error {
		if a.delivery != nil {
			return nil
		}
		s.noticed.due("password:"+a.user.ID, now)
		return s.writeCall(ctx, tx, a.user.ID, now)
	})
}

// recall returns the user of a remembered credential. The bool reports whether it
// is remembered and still valid.
func (s *Service) recall(ctx context.Context, mac [32]byte, address string) (rekey.SystemUser, bool, error) {
	now := s.Clock()
	userID, version, ok := s.remembered.get(mac, now)
	if !ok {
		return rekey.SystemUser{}, false, nil
	}
	u, inForce, mailed, err := s.Store.PasswordCaller(ctx, userID)
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return rekey.SystemUser{}, false, nil
	}
	if err == nil && mailed {
		var credential rekey.Credential
		credential, err = s.Store.Credential(ctx, userID)
		inForce = credential.InForce(now)
	}
	if err != nil {
		return rekey.SystemUser{}, false, err
	}
	holds := inForce && u.Status == rekey.UserActive && apiDoor(u, false) && u.PasswordVersion == version &&
		u.AddressKey == rekey.AddressKey(address)
	return u, holds, nil
}

// noteCall stores the time of a call by password, at most once a minute.
func (s *Service) noteCall(ctx context.Context, userID string) error {
	if !s.noticed.due("password:"+userID, s.Clock()) {
		return nil
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error { return s.writeCall(ctx, tx, userID, s.Clock()) })
}

func (s *Service) writeCall(ctx context.Context, tx *store.Tx, userID string, now time.Time) error {
	if err := tx.TouchPasswordCall(ctx, userID, now); err != nil {
		return err
	}
	return s.calledAPI(ctx, tx, userID, now)
}

// calledAPI records that an API user logged on: for each user at most once in
// five minutes on all nodes together.
func (s *Service) calledAPI(ctx context.Context, tx *store.Tx, userID string, now time.Time) error {
	first, err := tx.ClaimLogOnEvent(ctx, userID, now.Add(-logOnsNoted), now)
	if err != nil || !first {
		return err
	}
	return s.loggedOn(ctx, tx, userID, now)
}
