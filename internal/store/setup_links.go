package store

import (
	"context"
	"time"
)

// SetupLink returns the user of a set-up link, "" for the first Administrator. If
// the link is unknown or has expired, the error is rekey.CodeNotFound.
func (s Queries) SetupLink(ctx context.Context, hash []byte, now time.Time) (userID string, err error) {
	err = s.one(ctx, `SELECT user_id FROM setup_links WHERE hash = $1 AND expires_at > $2`, []any{hash, micros(now)}, &userID)
	return userID, missing(err, "set-up address")
}

// PutSetupLink stores a set-up link and deletes all others of the same user.
func (tx *Tx) PutSetupLink(ctx context.Context, hash []byte, userID string, expires time.Time) error {
	if err := tx.DeleteSetupLinks(ctx, userID); err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO setup_links (hash, user_id, expires_at) VALUES ($1, $2, $3)`, hash, userID, micros(expires))
}

// DeleteSetupLinks deletes the set-up links of a user, "" for the first
// Administrator.
func (tx *Tx) DeleteSetupLinks(ctx context.Context, userID string) error {
	return tx.write(ctx, `DELETE FROM setup_links WHERE user_id = $1`, userID)
}
