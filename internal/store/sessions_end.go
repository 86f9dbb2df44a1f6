package store

import "context"

// EndSessions ends every session and remembered credential of a user by raising the
// password version. The chosen password stays.
func (tx *Tx) EndSessions(ctx context.Context, userID string) error {
	return tx.write(ctx, `UPDATE system_users SET password_version = password_version + 1 WHERE id = $1`, userID)
}
