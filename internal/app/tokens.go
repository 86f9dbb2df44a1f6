package app

import (
	"context"
	"errors"
	"time"

	"rekey/internal/oauth"
	"rekey/internal/seal"
	"rekey/internal/store"
)

// mailAccount names the setting with the sealed refresh token of the mail account.
const mailAccount = "smtp_refresh_token"

// tokens returns the source of access tokens for the mail account.
func (c Config) tokens(db *store.DB, keys *seal.Keys, node string, now func() time.Time) *oauth.Source {
	s := c.SMTP
	return oauth.New(oauth.Config{
		TokenURL: s.OAuthTokenURL, ClientID: s.OAuthClientID, ClientSecret: s.OAuthClientSecret, Scopes: s.OAuthScopes, RefreshToken: s.OAuthRefreshToken,
	}, sealedTokens{db, keys}, node, now)
}

// sealedTokens stores the refresh token, sealed, in the database.
type sealedTokens struct {
	db   *store.DB
	keys *seal.Keys
}

// UpdateToken implements oauth.Store.
func (t sealedTokens) UpdateToken(ctx context.Context, fn func([]byte) ([]byte, error)) error {
	return t.db.Update(ctx, func(tx *store.Tx) error {
		sealed, err := tx.LockSetting(ctx, mailAccount)
		if err != nil {
			return err
		}
		var record []byte
		if sealed != nil {
			if record, err = t.keys.Unseal(sealed, mailAccount); err != nil {
				return errors.Join(errors.New("the stored refresh token cannot be opened"), err)
			}
		}
		next, err := fn(record)
		if err != nil || next == nil {
			return err
		}
		if sealed, err = t.keys.Seal(next, mailAccount); err != nil {
			return err
		}
		return tx.PutSetting(ctx, mailAccount, sealed)
	})
}
