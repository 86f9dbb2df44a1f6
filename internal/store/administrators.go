package store

import (
	"context"

	"rekey"
)

// Administrators returns the ids of the active Administrators who have a chosen
// password, whether it rests or not.
func (s Queries) Administrators(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.each(ctx, `SELECT id FROM system_users WHERE role = $1 AND status = $2 AND chosen <> '' ORDER BY id`,
		[]any{string(rekey.RoleAdministrator), string(rekey.UserActive)}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
