package store

import (
	"context"

	"rekey"
)

// administers is the condition for Administrators. It repeats the words of the
// index system_users_administrators, which is not used with an argument.
const administers = `u.role = 'administrator'`

// Administrators returns the ids of the active Administrators who have a chosen
// password, in force or at rest. Transactions that are about to revoke passwords
// call it one after another.
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

// RankedAbove returns the ids and address keys of the few system users above a
// rank.
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
