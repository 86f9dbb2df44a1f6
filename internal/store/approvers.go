package store

import (
	"context"

	"rekey"
)

// Approvers lists active people of a rank or higher, highest rank first: those who
// may approve, unless rekey.Automation.ApprovableBy says no. It leaves out API users,
// who read no mail.
func (s Queries) Approvers(ctx context.Context, rank, limit int) ([]rekey.SystemUser, error) {
	var list []rekey.SystemUser
	err := s.each(ctx, `SELECT `+userColumns+` FROM system_users u WHERE u.rank > 0 AND u.rank >= $1 AND u.status = 'active' AND u.type <> 'api'
		ORDER BY u.rank DESC, u.id LIMIT $2`, []any{rank, limit}, func(r rows) error {
		var u rekey.SystemUser
		err := r.Scan(userDest(&u)...)
		list = append(list, u)
		return err
	})
	return list, err
}
