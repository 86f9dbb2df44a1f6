package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"rekey/internal/store"

	"rekey"
)

// SetupLinkFor is how long a set-up link can be used.
const SetupLinkFor = time.Hour

var errNoLink = rekey.NewError(rekey.CodeNotFound, "This set-up address is unknown, was used before, or has expired. It is valid for one hour.")

// Profile describes the first Administrator.
type Profile struct {
	Address   string
	FirstName string
	LastName  string
	Language  string // BCP 47, "" for the system's
	TimeZone  string // IANA, "" for the system's
}

// MakeSetupLink returns a token that can be used once within an hour. It sets the
// password of an Administrator, or with userID "" makes the first Administrator.
// An earlier token for the same purpose ends. Only the hash is stored: show the
// token at once to the operator, and never log it.
//
// Errors: with userID "", CodeConflict if there is an Administrator; otherwise
// CodeInvalid if userID names no active Administrator.
func (s *Service) MakeSetupLink(ctx context.Context, userID string) (rekey.Secret, error) {
	token, err := s.newToken()
	if err != nil {
		return rekey.Secret{}, err
	}
	return token, s.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.mayBeSetUp(ctx, tx.Queries, userID); err != nil {
			return err
		}
		return tx.PutSetupLink(ctx, linkHash(token), userID, s.Clock().Add(SetupLinkFor))
	})
}

// newToken returns 256 random bits as text, for a link or a cookie.
func (s *Service) newToken() (rekey.Secret, error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(s.Random, random); err != nil {
		return rekey.Secret{}, fmt.Errorf("access: reading a token: %w", err)
	}
	return rekey.NewSecret(base64.RawURLEncoding.EncodeToString(random)), nil
}

// SetupLink returns the user whose password a link sets, or the zero value if it
// makes the first Administrator.
//
// Errors: CodeNotFound.
func (s *Service) SetupLink(ctx context.Context, token rekey.Secret) (rekey.SystemUser, error) {
	return s.readLink(ctx, s.Store.Queries, token)
}

func (s *Service) readLink(ctx context.Context, r store.Queries, token rekey.Secret) (rekey.SystemUser, error) {
	userID, err := r.SetupLink(ctx, linkHash(token), s.Clock())
	if err == nil {
		var u rekey.SystemUser
		if u, err = s.mayBeSetUp(ctx, r, userID); err == nil {
			return u, nil
		}
	}
	if code := rekey.CodeOf(err); code == rekey.CodeNotFound || code == rekey.CodeConflict || code == rekey.CodeInvalid {
		return rekey.SystemUser{}, errNoLink
	}
	return rekey.SystemUser{}, err
}

// mayBeSetUp returns the Administrator whom a link is for. userID "" stands for
// the first one, and is refused if there is an Administrator.
func (s *Service) mayBeSetUp(ctx context.Context, r store.Queries, userID string) (rekey.SystemUser, error) {
	if userID == "" {
		n, err := r.CountAdministrators(ctx, "")
		if err == nil && n > 0 {
			err = rekey.NewError(rekey.CodeConflict, "There is already an Administrator.")
		}
		return rekey.SystemUser{}, err
	}
	u, err := r.User(ctx, userID)
	if err == nil && (u.Role != rekey.RoleAdministrator || u.Status != rekey.UserActive) {
		err = rekey.Invalid("system_user", "Name an active Administrator.")
	}
	return u, err
}

// UseSetupLink sets the password of the Administrator whom the link is for. The
// first Administrator is made from the profile: a Hybrid user, who can use the API
// as well. The link ends, and so do mailed passwords and sessions. No event is
// recorded: an automation could answer it with a mailed password, and the chosen
// one would stop working.
//
// Errors: CodeNotFound for the link; CodeInvalid for the profile and for
// "new_password". After CodeInvalid the link can be used again.
func (s *Service) UseSetupLink(ctx context.Context, token rekey.Secret, p Profile, chosen rekey.Secret) (Entry, error) {
	u, err := s.SetupLink(ctx, token)
	if err != nil {
		return Entry{}, err
	}
	first := u.ID == ""
	if first {
		u = rekey.SystemUser{
			ID: s.NewID(), Address: p.Address, FirstName: p.FirstName, LastName: p.LastName,
			Language: p.Language, TimeZone: p.TimeZone,
			Type: rekey.TypeHybrid, Role: rekey.RoleAdministrator, Status: rekey.UserActive,
		}
	}
	if err := s.checkSetup(ctx, &u, first, chosen); err != nil {
		return Entry{}, err
	}
	verifier, err := s.Argon2.Hash(ctx, chosen)
	if err != nil {
		return Entry{}, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.Clock()
		if _, err := s.readLink(ctx, tx.Queries, token); err != nil {
			return err
		}
		if first {
			u.CreatedAt = now
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
		}
		if err := tx.DeleteSetupLinks(ctx, linkUser(u, first)); err != nil {
			return err
		}
		if err := tx.CompleteChange(ctx, u.ID, "", verifier, now); err != nil {
			return err
		}
		u, err = tx.User(ctx, u.ID)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	s.Logger.InfoContext(ctx, "set-up address used", "user_id", u.ID, "first", first)
	return Entry{User: u}, nil
}

// checkSetup returns an error with all bad fields.
func (s *Service) checkSetup(ctx context.Context, u *rekey.SystemUser, first bool, chosen rekey.Secret) error {
	var problems rekey.Problems
	if first {
		problems.Merge("", u.Validate())
	}
	if err := s.checkPolicy(ctx, *u, chosen); err != nil {
		if rekey.CodeOf(err) != rekey.CodeInvalid {
			return err
		}
		problems.Merge("", err)
	}
	return problems.Err()
}

func linkUser(u rekey.SystemUser, first bool) string {
	if first {
		return ""
	}
	return u.ID
}

func linkHash(token rekey.Secret) []byte {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return sum[:]
}
