package store

import (
	"context"
	"time"

	"rekey"
)

// TokenUser returns the system user whom the token with that hash belongs to,
// if it has not expired by now, with its id and last use. Otherwise it is
// rekey.CodeNotFound.
func (s Queries) TokenUser(ctx context.Context, hash []byte, now time.Time) (u rekey.SystemUser, tokenID string, lastUsed time.Time, err error) {
	dest := append(userDest(&u), &tokenID, moment{&lastUsed})
	err = s.one(ctx, `SELECT `+userColumns+`, t.id, t.last_used_at FROM tokens t JOIN system_users u ON u.id = t.user_id
		WHERE t.hash = $1 AND t.expires_at > $2`, []any{hash, micros(now)}, dest...)
	if err != nil {
		return rekey.SystemUser{}, "", time.Time{}, missing(err, "token")
	}
	u.Sources, err = s.sources(ctx, u)
	return u, tokenID, lastUsed, err
}

// TouchToken notes the use of a token.
func (tx *Tx) TouchToken(ctx context.Context, tokenID string, now time.Time) error {
	return tx.write(ctx, `UPDATE tokens SET last_used_at = $2 WHERE id = $1`, tokenID, micros(now))
}

// TouchLogIn notes a log-in to the console with the chosen password.
func (tx *Tx) TouchLogIn(ctx context.Context, userID string, now time.Time) error {
	return tx.write(ctx, `UPDATE system_users SET last_login_at = $2 WHERE id = $1`, userID, micros(now))
}

// TouchPasswordCall notes an API call by password.
func (tx *Tx) TouchPasswordCall(ctx context.Context, userID string, now time.Time) error {
	return tx.write(ctx, `UPDATE system_users SET last_password_call_at = $2 WHERE id = $1`, userID, micros(now))
}

// ClaimLogOnEvent reports whether the API user has not been said to have logged
// on since a moment, and notes that they have now.
func (tx *Tx) ClaimLogOnEvent(ctx context.Context, userID string, since, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE system_users SET last_logon_event_at = $3 WHERE id = $1 AND last_logon_event_at <= $2`,
		userID, micros(since), micros(now))
	return n > 0, err
}
