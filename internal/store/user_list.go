package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"rekey"
)

// UserQuery narrows, sorts and pages a list of system users. A text that is ""
// does not narrow it; MaxRank and Limit have to be given.
type UserQuery struct {
	Search string // part of a name or address
	Type   rekey.UserType
	Role   rekey.Role
	Status rekey.UserStatus
	// MaxRank leaves out everybody above it.
	MaxRank    int
	Order      string // "name", "address", or "" for that of their creation
	Descending bool
	// After is the id of the last one of the page before, and Before that of the
	// first one of the page that follows. An id that is nobody's any more is as
	// good as none.
	After, Before string
	Limit         int
}

// sorted are the columns that the list is sorted by, unique together.
func (q UserQuery) sorted() []string {
	switch q.Order {
	case "name":
		return []string{"u.search", "u.id"}
	case "address":
		return []string{"u.address_key"}
	default:
		return []string{"u.id"}
	}
}

// filter is what narrows the list.
func (q UserQuery) filter() (w where) {
	if q.MaxRank < rekey.RankAdministrator {
		w.add(`u.rank <= ?`, q.MaxRank)
	}
	w.given(`u.search LIKE ? ESCAPE '\'`, contains(q.Search))
	w.given(`u.type = ?`, string(q.Type))
	if q.Role == rekey.RoleAdministrator {
		w.literally(administers)
	} else {
		w.given(`u.role = ?`, string(q.Role))
	}
	w.given(`u.status = ?`, string(q.Status))
	return w
}

// Users lists system users without their sources.
func (s Queries) Users(ctx context.Context, q UserQuery) ([]rekey.SystemUser, error) {
	w, columns := q.filter(), q.sorted()
	back := q.Before != ""
	cursor, err := s.userKey(ctx, q.After+q.Before, columns)
	if err != nil {
		return nil, err
	}
	w.beyond(columns, cursor, q.Descending != back)
	clause, args := w.page(inOrder(columns, q.Descending != back), q.Limit)
	var list []rekey.SystemUser
	err = s.each(ctx, `SELECT `+userColumns+` FROM system_users u `+clause, args, func(r rows) error {
		var u rekey.SystemUser
		if err := r.Scan(userDest(&u)...); err != nil {
			return err
		}
		list = append(list, u)
		return nil
	})
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// userKey is what somebody is sorted by, nil if there is nobody of that id.
func (s Queries) userKey(ctx context.Context, id string, columns []string) ([]any, error) {
	if id == "" || len(columns) == 1 && columns[0] == "u.id" {
		return cursorOf(id), nil
	}
	key := make([]string, len(columns))
	dest := make([]any, len(columns))
	for i := range key {
		dest[i] = &key[i]
	}
	err := s.one(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM system_users u WHERE u.id = $1`, []any{id}, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	values := make([]any, len(key))
	for i := range key {
		values[i] = key[i]
	}
	return values, err
}

// CountUsers counts the system users on a list, up to a limit: one more than
// that says that there are more.
func (s Queries) CountUsers(ctx context.Context, q UserQuery, limit int) (int, error) {
	w := q.filter()
	return s.countUpTo(ctx, `system_users u`, w, limit)
}

// SuggestUsers lists some of whom a search finds, up to a rank: those first
// whose name begins with it, then those of whose names or address it begins
// another part.
func (s Queries) SuggestUsers(ctx context.Context, search string, maxRank, limit int) ([]rekey.SystemUser, error) {
	return s.Users(ctx, UserQuery{Search: search, MaxRank: maxRank, Order: "name", Limit: limit})
}

// contains is a LIKE pattern for folded text that contains what was typed.
func contains(typed string) string {
	typed = rekey.Fold(strings.TrimSpace(typed))
	if typed == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(typed) + "%"
}

// searchText is what a search looks in.
func searchText(u rekey.SystemUser) string { return rekey.Fold(u.Name() + " " + u.Address) }
