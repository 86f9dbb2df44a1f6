package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Session returns what is stored for the hash of a session's token, if it has
// not expired by now.
func (s Queries) Session(ctx context.Context, token string, now time.Time) (data []byte, found bool, err error) {
	err = s.one(ctx, `SELECT data FROM sessions WHERE token = $1 AND expires_at > $2`, []any{token, micros(now)}, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// PutSession stores a session until it expires.
func (tx *Tx) PutSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	return tx.write(ctx, `INSERT INTO sessions (token, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, micros(expires))
}

// ExtendSession moves the end of a session, if it is still there: one that was
// ended meanwhile does not come back.
func (tx *Tx) ExtendSession(ctx context.Context, token string, expires time.Time) error {
	return tx.write(ctx, `UPDATE sessions SET expires_at = $2 WHERE token = $1`, token, micros(expires))
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(ctx context.Context, token string) error {
	return tx.write(ctx, `DELETE FROM sessions WHERE token = $1`, token)
}
