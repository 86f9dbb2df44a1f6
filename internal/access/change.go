package access

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"rekey"
	"rekey/internal/password"
	"rekey/internal/store"
)

var (
	errNotCurrent = rekey.Invalid("current_password", "This is not your current password.")
	errSame       = rekey.Invalid("new_password", "Choose a password that differs from your current one.")
	errProveAgain = rekey.Invalid("current_password", "Enter the password from the mail again, because you logged in with it some time ago.")
	errOvertaken  = rekey.NewError(rekey.CodeConflict,
		"The password was changed in the meantime, or the password from the mail has ended. Log in again.")
)

// Rule is a condition of the policy and whether a candidate fulfils it.
type Rule = password.Rule

// Judgement is what the policy says of a candidate from its text alone.
// ChangePassword also checks whether it was used before.
type Judgement struct {
	Rules []Rule `json:"rules"`
	// Strength is 0 (among the first guesses) to 4 (strong).
	Strength int `json:"strength"`
}

// Rules returns the rules for a password that this user chooses.
func (s *Service) Rules(u rekey.SystemUser) []Rule {
	return s.Policy.Rules(rekey.Secret{}, s.subject(u))
}

// Judge judges a candidate for the chosen password, for the page that shows the
// rules while a user types. It takes some milliseconds, so it is limited for each
// source address.
//
// Errors: CodeLimited.
func (s *Service) Judge(candidate rekey.Secret, u rekey.SystemUser, source netip.Addr) (Judgement, error) {
	if !s.judgements.take(source, s.Clock()) {
		return Judgement{}, errLimited
	}
	if len(candidate.Reveal()) > maxSecret {
		candidate = rekey.NewSecret(candidate.Reveal()[:maxSecret])
	}
	return Judgement{s.Policy.Rules(candidate, s.subject(u)), password.Strength(candidate, s.subject(u))}, nil
}

// ChangePassword sets the chosen password of the user of e. It ends all their
// mailed passwords, remembered credentials and sessions except those with the
// password version that it returns. current is the chosen password in force or a
// live mailed one; a wrong one counts as a failed log-in. Until e.ProvenUntil it may
// be left out: then the delivery that opened the session must still be live.
//
// If two changes happen at once, one succeeds and the other gets CodeConflict.
//
// Errors: CodeInvalid for "current_password" or "new_password"; CodeConflict;
// CodeLimited; CodeUnavailable.
func (s *Service) ChangePassword(ctx context.Context, e Entry, current, chosen rekey.Secret, source netip.Addr) (version int64, err error) {
	u, err := s.Store.User(ctx, e.User.ID)
	if err != nil {
		return 0, err
	}
	if u.PasswordVersion != e.User.PasswordVersion {
		return 0, errOvertaken
	}
	a := &attempt{addressKey: u.AddressKey, user: u, secret: current, source: source}
	if err := s.proveCurrent(ctx, a, e); err != nil {
		return 0, err
	}
	if a.delivery == nil && password.Normalize(chosen).Reveal() == password.Normalize(current).Reveal() {
		return 0, errSame
	}
	if err := s.checkPolicy(ctx, a.user, chosen); err != nil {
		return 0, err
	}
	if !u.Directory.BuiltIn() {
		return s.chooseInDirectory(ctx, a, chosen)
	}
	verifier, err := s.Argon2.Hash(ctx, chosen)
	if err != nil {
		return 0, err
	}
	return s.complete(ctx, a, e.ViaDelivery, verifier)
}

// proveCurrent checks the current password, or that the session of e has proven it
// lately.
func (s *Service) proveCurrent(ctx context.Context, a *attempt, e Entry) error {
	if !a.secret.IsZero() || e.ProvenUntil.IsZero() {
		_, err := s.try(ctx, a, changeDoor, nil)
		if errors.Is(err, errRefused) {
			err = errNotCurrent
		}
		return err
	}
	now := s.Clock()
	if !now.Before(e.ProvenUntil) {
		return errProveAgain
	}
	if !s.shares.take(a.source, now) {
		return errLimited
	}
	credential, err := s.Store.Credential(ctx, a.user.ID)
	if err != nil {
		return err
	}
	if a.delivery = liveDelivery(credential, e.ViaDelivery, now); a.delivery == nil {
		return errOvertaken
	}
	return nil
}

// liveDelivery returns the delivery with that id if its mailed password logs in now,
// or nil.
func liveDelivery(c rekey.Credential, id string, now time.Time) *rekey.Delivery {
	for _, d := range c.Live(now) {
		if d.ID == id {
			return &d
		}
	}
	return nil
}

// checkPolicy checks a new password by the policy, against the user's earlier
// passwords and all mailed ones.
func (s *Service) checkPolicy(ctx context.Context, u rekey.SystemUser, chosen rekey.Secret) error {
	past, err := s.Store.PasswordHistory(ctx, u.ID, time.Time{})
	if err != nil {
		return err
	}
	credential, err := s.Store.Credential(ctx, u.ID)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return err
	}
	history := password.History{
		Past:     past,
		Verify:   s.Argon2.Matches,
		IsMailed: func(candidate rekey.Secret) (bool, error) { return s.isMailed(credential, candidate) },
	}
	for _, p := range past {
		history.Changes = append(history.Changes, p.SetAt)
	}
	return s.Policy.Check(ctx, chosen, s.subject(u), history, s.Clock())
}

// isMailed reports whether a candidate is a mailed password of the user, even in
// another case or without its hyphens.
func (s *Service) isMailed(c rekey.Credential, candidate rekey.Secret) (bool, error) {
	var unchecked error
	for _, d := range c.Mailed {
		ok, err := s.Mailed.Resembles(d.Verifier, candidate, d.ID)
		if ok {
			return true, nil
		}
		if err != nil {
			unchecked = err
		}
	}
	return false, unchecked
}

// complete sets the new password, if the current one is still valid.
func (s *Service) complete(ctx context.Context, a *attempt, via, verifier string) (version int64, err error) {
	if a.delivery != nil {
		via = a.delivery.ID
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.Clock()
		if err := s.stillHolds(ctx, tx, a, now); err != nil {
			return err
		}
		if err := tx.CompleteChange(ctx, a.user.ID, via, verifier, now); err != nil {
			return err
		}
		u, err := tx.User(ctx, a.user.ID)
		version = u.PasswordVersion
		return err
	})
	if err != nil {
		return 0, err
	}
	s.Logger.InfoContext(ctx, "password changed", "user_id", a.user.ID, "delivery_id", via)
	return version, nil
}

// stillHolds checks, within the transaction, that the user has not changed and
// that the current password is still valid.
func (s *Service) stillHolds(ctx context.Context, tx *store.Tx, a *attempt, now time.Time) error {
	u, err := tx.User(ctx, a.user.ID)
	if err != nil {
		return err
	}
	if u.Status != rekey.UserActive || u.PasswordVersion != a.user.PasswordVersion {
		return errOvertaken
	}
	credential, err := tx.Credential(ctx, a.user.ID)
	if err != nil {
		return err
	}
	holds := credential.InForce(now)
	if a.delivery != nil {
		holds = liveDelivery(credential, a.delivery.ID, now) != nil
	}
	if !holds {
		return errOvertaken
	}
	return nil
}

func (s *Service) subject(u rekey.SystemUser) password.Subject {
	return password.Subject{FirstName: u.FirstName, LastName: u.LastName, Address: u.Address, System: s.System}
}
