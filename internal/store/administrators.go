package store

import (
	"context"

	"rekey"
)

// administers is true of Administrators, in the words of the index
// system_users_administrators: with an argument it would not be used.
const administers = `u.role = 'administrator'`

// Administrators returns the ids of the active Administrators who have a chosen
// password, whether it rests or not.
func (s Queries) Administrators(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.each(ctx, `SELECT u.id FROM system_users u WHERE `+administers+` AND u.status = $1 AND u.chosen <> '' ORDER BY u.id`,
		[]any{string(rekey.UserActive)}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
