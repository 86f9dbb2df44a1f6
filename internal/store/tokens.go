package store

import (
	"context"

	"rekey"
)

const tokenColumns = `id, user_id, name, created_at, expires_at, last_used_at, resting` //nolint:gosec // columns, not credentials

func (s Queries) tokens(ctx context.Context, where string, args ...any) ([]rekey.Token, error) {
	var list []rekey.Token
	err := s.each(ctx, `SELECT `+tokenColumns+` FROM tokens `+where, args, func(r rows) error {
		var t rekey.Token
		err := r.Scan(&t.ID, &t.UserID, &t.Name, moment{&t.CreatedAt}, moment{&t.ExpiresAt}, moment{&t.LastUsedAt}, &t.Resting)
		list = append(list, t)
		return err
	})
	return list, err
}

// Token returns a token by its id.
func (s Queries) Token(ctx context.Context, id string) (rekey.Token, error) {
	list, err := s.tokens(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = rekey.NewError(rekey.CodeNotFound, "Token not found.")
	}
	if err != nil {
		return rekey.Token{}, err
	}
	return list[0], nil
}

// TokensOf lists the tokens of a system user, newest first.
func (s Queries) TokensOf(ctx context.Context, userID string) ([]rekey.Token, error) {
	return s.tokens(ctx, `WHERE user_id = $1 ORDER BY id DESC`, userID)
}

// InsertToken stores a new token by its hash. The text is not stored.
func (tx *Tx) InsertToken(ctx context.Context, t rekey.Token, hash []byte) error {
	return tx.write(ctx, `INSERT INTO tokens (id, user_id, name, hash, created_at, expires_at, last_used_at)
		VALUES ($1,$2,$3,$4,$5,$6,0)`, t.ID, t.UserID, t.Name, hash, micros(t.CreatedAt), micros(t.ExpiresAt))
}

// ConfirmToken makes a token usable again after a restore.
func (tx *Tx) ConfirmToken(ctx context.Context, id string) error {
	return tx.write(ctx, `UPDATE tokens SET resting = FALSE WHERE id = $1`, id)
}

// DeleteToken deletes a token.
func (tx *Tx) DeleteToken(ctx context.Context, id string) error {
	return tx.write(ctx, `DELETE FROM tokens WHERE id = $1`, id)
}

// DeleteTokens deletes all tokens of a system user.
func (tx *Tx) DeleteTokens(ctx context.Context, userID string) error {
	return tx.write(ctx, `DELETE FROM tokens WHERE user_id = $1`, userID)
}
