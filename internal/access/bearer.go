package access

import (
	"context"
	"crypto/sha256"
	"strings"

	"rekey"
)

// TokenPrefix begins every token, so that people and scanners know one when
// they see it.
const TokenPrefix = "rk_"

var errToken = rekey.NewError(rekey.CodeUnauthenticated, "This token is unknown, has expired, or belongs to a blocked system user.")

// Bearer lets the system user of a token call the API. Tokens are stored as
// SHA-256 of their whole text: they are random enough for that.
//
// Errors: CodeUnauthenticated.
func (s *Service) Bearer(ctx context.Context, token rekey.Secret) (rekey.SystemUser, error) {
	if !strings.HasPrefix(token.Reveal(), TokenPrefix) {
		s.Observe(OutcomeRefused)
		return rekey.SystemUser{}, errToken
	}
	now := s.Clock()
	hash := sha256.Sum256([]byte(token.Reveal()))
	u, tokenID, lastUsed, err := s.Store.TokenUser(ctx, hash[:], now)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		s.Observe(OutcomeFailed)
		return rekey.SystemUser{}, err
	}
	if err != nil || u.Status != rekey.UserActive {
		s.Observe(OutcomeRefused)
		return rekey.SystemUser{}, errToken
	}
	s.Observe(OutcomeToken)
	if now.Sub(lastUsed) < callsNoted || !s.noticed.due("token:"+tokenID, now, callsNoted) {
		return u, nil
	}
	return u, s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.TouchToken(ctx, tokenID, now); err != nil {
			return err
		}
		return s.calledAPI(ctx, tx, u.ID, now)
	})
}
