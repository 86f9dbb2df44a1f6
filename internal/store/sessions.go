package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Session returns the data of the session with this token hash, if it has not
// expired.
func (s Queries) Session(ctx context.Context, token string, now time.Time) (data []byte, found bool, err error) {
	err = s.one(ctx, `SELECT data FROM sessions WHERE token = $1 AND expires_at > $2`, []any{token, micros(now)}, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// SessionsOf calls each for every unexpired session of a system user, newest use
// first, with its token hash and its last use.
func (s Queries) SessionsOf(ctx context.Context, userID string, now time.Time, each func(token string, data []byte, seen time.Time) error) error {
	return s.each(ctx, `SELECT token, data, seen_at FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, token`,
		[]any{userID, micros(now)}, func(r rows) error {
			var token string
			var data []byte
			var seen time.Time
			if err := r.Scan(&token, &data, moment{&seen}); err != nil {
				return err
			}
			return each(token, data, seen)
		})
}

// PutSession stores a session, used now, until it expires. userID may be "".
func (tx *Tx) PutSession(ctx context.Context, token, userID string, data []byte, now, expires time.Time) error {
	return tx.write(ctx, `INSERT INTO sessions (token, user_id, data, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, seen_at = excluded.seen_at,
			expires_at = excluded.expires_at`, token, userID, data, micros(now), micros(expires))
}

// ExtendSession notes that a session is used now and moves its end. It does not
// bring back a session that has ended.
func (tx *Tx) ExtendSession(ctx context.Context, token, userID string, now, expires time.Time) error {
	return tx.write(ctx, `UPDATE sessions SET user_id = $2, seen_at = $3, expires_at = $4 WHERE token = $1`,
		token, userID, micros(now), micros(expires))
}

// SetSessionData replaces what is stored with a session. It does not bring back a
// session that has ended.
func (tx *Tx) SetSessionData(ctx context.Context, token string, data []byte) error {
	return tx.write(ctx, `UPDATE sessions SET data = $2 WHERE token = $1`, token, data)
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(ctx context.Context, token string) error {
	return tx.write(ctx, `DELETE FROM sessions WHERE token = $1`, token)
}

// DeleteSessionOf ends a session if it belongs to that system user, and reports
// whether it did.
func (tx *Tx) DeleteSessionOf(ctx context.Context, userID, token string) (bool, error) {
	n, err := tx.changes(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token = $2`, userID, token)
	return n > 0, err
}

// DeleteOtherSessions ends all sessions of a system user except butFor;
// "" ends all.
func (tx *Tx) DeleteOtherSessions(ctx context.Context, userID, butFor string) error {
	return tx.write(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token <> $2`, userID, butFor)
}
