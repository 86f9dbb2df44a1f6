package admin

import (
	"context"
	"io"
	"math/big"
	"strings"
	"time"

	"rekey/internal/store"

	"rekey"
)

// MaxTokens is the most tokens that a system user may have.
const MaxTokens = 50

// TokenRequest asks for a token.
type TokenRequest struct {
	UserID string
	Name   string
	Life   time.Duration // default rekey.DefaultTokenLife, at most rekey.MaxTokenLife
	// ByToken: the actor called with a token, not with a password.
	ByToken bool
}

// CreateToken makes a token for an API or Hybrid user: the actor, or a user whom
// the actor may change. The returned text is stored nowhere. A token cannot make
// another one for its holder, or a stolen token could renew itself for ever.
func (s *Service) CreateToken(ctx context.Context, actor rekey.SystemUser, r TokenRequest) (rekey.Token, rekey.Secret, error) {
	userID, life, name := r.UserID, r.Life, rekey.TypedText(r.Name)
	if life == 0 {
		life = rekey.DefaultTokenLife
	}
	if r.ByToken && userID == actor.ID {
		return rekey.Token{}, rekey.Secret{}, errOwnToken
	}
	var p rekey.Problems
	rekey.CheckName(&p, name, "Enter what the token is for.")
	if life < 0 || life > rekey.MaxTokenLife {
		p.Add("expires_in_days", "Give a whole number from 1 to 365.")
	}
	if err := p.Err(); err != nil {
		return rekey.Token{}, rekey.Secret{}, err
	}
	text, err := tokenText(s.random)
	if err != nil {
		return rekey.Token{}, rekey.Secret{}, err
	}
	now := s.now()
	t := rekey.Token{ID: s.newID(), UserID: userID, Name: name, CreatedAt: now, ExpiresAt: now.Add(life)}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		u, err := tokenHolder(ctx, tx.Queries, actor, userID)
		if err != nil {
			return err
		}
		if u.Type == rekey.TypeUI {
			return conflict("type", "Only API and Hybrid users have tokens.")
		}
		if u.Status != rekey.UserActive {
			return rekey.NewError(rekey.CodeConflict, "This system user is blocked. Restore them first.")
		}
		tokens, err := tx.TokensOf(ctx, userID)
		if err != nil {
			return err
		}
		if len(tokens) >= MaxTokens {
			return rekey.NewError(rekey.CodeConflict, "A system user has at most 50 tokens. Revoke one first.")
		}
		return tx.InsertToken(ctx, t, rekey.TokenHash(text))
	})
	if err != nil {
		return rekey.Token{}, rekey.Secret{}, err
	}
	return t, text, nil
}

// Tokens lists the tokens of a system user, the latest first, without their
// texts.
func (s *Service) Tokens(ctx context.Context, actor rekey.SystemUser, userID string) ([]rekey.Token, error) {
	if _, err := tokenHolder(ctx, s.store.Queries, actor, userID); err != nil {
		return nil, err
	}
	return s.store.TokensOf(ctx, userID)
}

// RevokeToken deletes a token; the next call with it is refused.
func (s *Service) RevokeToken(ctx context.Context, actor rekey.SystemUser, id string) error {
	return s.onToken(ctx, actor, id, (*store.Tx).DeleteToken)
}

// ConfirmToken makes a token usable again after a restore.
func (s *Service) ConfirmToken(ctx context.Context, actor rekey.SystemUser, id string) error {
	return s.onToken(ctx, actor, id, (*store.Tx).ConfirmToken)
}

// onToken calls do for a token that the actor may change.
func (s *Service) onToken(ctx context.Context, actor rekey.SystemUser, id string, do func(tx *store.Tx, ctx context.Context, id string) error) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		t, err := tx.Token(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tokenHolder(ctx, tx.Queries, actor, t.UserID); err != nil {
			if rekey.CodeOf(err) == rekey.CodeNotFound {
				return rekey.NewError(rekey.CodeNotFound, "Token not found.")
			}
			return err
		}
		return do(tx, ctx, id)
	})
}

// tokenHolder returns a system user if the actor may see and change their tokens.
func tokenHolder(ctx context.Context, r store.Queries, actor rekey.SystemUser, userID string) (rekey.SystemUser, error) {
	u, err := viewed(ctx, r, actor, userID)
	if err != nil {
		return u, err
	}
	self := actor.ID == u.ID && actor.Status == rekey.UserActive
	if !self && !actor.Authority().MayChange(u) {
		return u, notHigher(actor, u, "manage the tokens of %s")
	}
	return u, nil
}

// tokenText returns 256 random bits as letters and digits, so that a double
// click selects the whole token.
func tokenText(random io.Reader) (rekey.Secret, error) {
	var bits [32]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return rekey.Secret{}, err
	}
	const digits = 43 // of 256 bits in base 62
	text := new(big.Int).SetBytes(bits[:]).Text(62)
	return rekey.NewSecret(rekey.TokenPrefix + strings.Repeat("0", digits-len(text)) + text), nil
}
