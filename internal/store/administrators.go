package store

import (
	"context"

	"rekey"
)

// administers is true of Administrators, in the words of the index
// system_users_administrators: with an argument it would not be used.
const administers = `u.role = 'administrator'`

// Administrators returns the ids of the active Administrators who have a chosen
// password, whether it rests or not. Two transactions that are about to revoke
// passwords see them one after the other.
func (s Queries) Administrators(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.each(ctx, `SELECT u.id FROM system_users u WHERE `+administers+` AND u.status = $1 AND u.chosen <> '' ORDER BY u.id`+s.q.locking("FOR UPDATE"),
		[]any{string(rekey.UserActive)}, func(r rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// RankedAbove returns the ids and address keys of the system users above a rank,
// who are few.
func (s Queries) RankedAbove(ctx context.Context, rank int) (map[string]bool, error) {
	found := map[string]bool{}
	if rank >= rekey.RankAdministrator {
		return found, nil
	}
	err := s.each(ctx, `SELECT u.id, u.address_key FROM system_users u WHERE u.rank > 0 AND u.rank > $1`, []any{rank}, func(r rows) error {
		var id, key string
		err := r.Scan(&id, &key)
		found[id], found[key] = true, true
		return err
	})
	return found, err
}
