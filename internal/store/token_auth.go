package store

import (
	"context"
	"database/sql"
	"time"

	"rekey"
)

// TokenUser returns the system user of the token with that hash, with the token's
// id and last use. If the token is unknown, expired or resting since a restore, the
// error is rekey.CodeNotFound.
func (s Queries) TokenUser(ctx context.Context, hash []byte, now time.Time) (u rekey.SystemUser, tokenID string, lastUsed time.Time, err error) {
	u, err = s.caller(ctx, `t.id, t.last_used_at`, `tokens t JOIN system_users u ON u.id = t.user_id`,
		`t.hash = $1 AND t.expires_at > $2 AND NOT t.resting`, []any{hash, micros(now)}, &tokenID, moment{&lastUsed})
	return u, tokenID, lastUsed, missing(err, "token")
}

// PasswordCaller returns a system user, whether they have a chosen password, and
// whether a mailed one may be live. If one may, Credential says more.
func (s Queries) PasswordCaller(ctx context.Context, userID string) (u rekey.SystemUser, chosen, mailed bool, err error) {
	u, err = s.caller(ctx, `u.chosen <> '', EXISTS (SELECT 1 FROM deliveries d WHERE d.user_id = u.id AND `+mayBeLive+`)`,
		`system_users u`, `u.id = $1`, []any{userID}, &chosen, &mailed)
	return u, chosen, mailed, missing(err, "system user")
}

// caller reads a system user, more columns and their sources in one query, because
// every API call waits for it. For an unknown user the error is sql.ErrNoRows.
func (s Queries) caller(ctx context.Context, more, from, where string, args []any, dest ...any) (rekey.SystemUser, error) {
	var u rekey.SystemUser
	found := false
	query := `SELECT ` + userColumns + `, ` + more + `, ` + sourceColumns + ` FROM ` + from +
		` LEFT JOIN event_sources e ON e.user_id = u.id AND u.type <> 'ui' WHERE ` + where + ` ORDER BY e.source`
	err := s.eachOfFew(ctx, query, args, func(r rows) error {
		var source, names, people sql.NullString
		var trusted sql.NullBool
		if err := r.Scan(append(append(userDest(&u), dest...), &source, &names, &people, &trusted)...); err != nil {
			return err
		}
		found = true
		if !source.Valid {
			return nil
		}
		from := rekey.EventSource{Source: source.String, People: people.String, Trusted: trusted.Bool}
		if err := (jsonText{&from.Names}).Scan(names.String); err != nil {
			return err
		}
		u.Sources = append(u.Sources, from)
		return nil
	})
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	return u, err
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

// ClaimLogOnEvent notes that the API user logs on now. It reports whether no log-on
// was noted since a moment.
func (tx *Tx) ClaimLogOnEvent(ctx context.Context, userID string, since, now time.Time) (bool, error) {
	n, err := tx.changes(ctx, `UPDATE system_users SET last_logon_event_at = $3 WHERE id = $1 AND last_logon_event_at <= $2`,
		userID, micros(since), micros(now))
	return n > 0, err
}
