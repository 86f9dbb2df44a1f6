package store

import (
	"context"
	"time"
)

// SetupLink returns whom a set-up link is for, "" for the first administrator,
// if it has not expired by now. Otherwise it is rekey.CodeNotFound.
func (s Queries) SetupLink(ctx context.Context, hash []byte, now time.Time) (userID string, err error) {
	err = s.one(ctx, `SELECT user_id FROM setup_links WHERE hash = $1 AND expires_at > $2`, []any{hash, micros(now)}, &userID)
	return userID, missing(err, "set-up address")
}

// PutSetupLink stores a set-up link in place of all others for the same user.
func (tx *Tx) PutSetupLink(ctx context.Context, hash []byte, userID string, expires time.Time) error {
	if err := tx.DeleteSetupLinks(ctx, userID); err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO setup_links (hash, user_id, expires_at) VALUES ($1, $2, $3)`, hash, userID, micros(expires))
}

// DeleteSetupLinks deletes the set-up links for a user, "" for the first
// administrator.
func (tx *Tx) DeleteSetupLinks(ctx context.Context, userID string) error {
	return tx.write(ctx, `DELETE FROM setup_links WHERE user_id = $1`, userID)
}
