package access

import (
	"context"
	"strings"

	"rekey/internal/store"

	"rekey"
)

var errToken = rekey.NewError(rekey.CodeUnauthenticated, "This token is unknown, has expired, must be confirmed after a restore, or belongs to a blocked system user.")

// Bearer returns the system user of a token.
//
// Errors: CodeUnauthenticated.
func (s *Service) Bearer(ctx context.Context, token rekey.Secret) (rekey.SystemUser, error) {
	if !strings.HasPrefix(token.Reveal(), rekey.TokenPrefix) {
		s.Observe(OutcomeRefused)
		return rekey.SystemUser{}, errToken
	}
	now := s.Clock()
	u, tokenID, lastUsed, err := s.Store.TokenUser(ctx, rekey.TokenHash(token), now)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		s.Observe(OutcomeFailed)
		return rekey.SystemUser{}, err
	}
	if err != nil || u.Status != rekey.UserActive {
		s.Observe(OutcomeRefused)
		return rekey.SystemUser{}, errToken
	}
	s.Observe(OutcomeToken)
	if now.Sub(lastUsed) < notedEvery || !s.noticed.due("token:"+tokenID, now) {
		return u, nil
	}
	return u, s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.TouchToken(ctx, tokenID, now); err != nil {
			return err
		}
		return s.calledAPI(ctx, tx, u.ID, now)
	})
}
