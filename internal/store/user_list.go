package store

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"rekey"
)

// userOrder are the columns by which the list is sorted. Together they are unique.
func userOrder(q rekey.UserQuery) []string {
	switch q.Order {
	case "name":
		return []string{"u.search", "u.id"}
	case "address":
		return []string{"u.address_key"}
	default:
		return []string{"u.id"}
	}
}

// userFilter returns the conditions of the list.
func userFilter(q rekey.UserQuery) (w where) {
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

// fewUsers reports whether the list may have few users. They are then read from the
// index system_users_list and sorted, because a walk through all rows in the order
// of the list would take long.
func fewUsers(q rekey.UserQuery) bool {
	return q.Order != "name" && q.Role != rekey.RoleAdministrator && (q.Search != "" || q.Type != "" || q.Role != "" || q.Status != "")
}

// Users lists system users without their sources.
func (s Queries) Users(ctx context.Context, q rekey.UserQuery) ([]rekey.SystemUser, error) {
	return s.users(ctx, q, userFilter(q))
}

func (s Queries) users(ctx context.Context, q rekey.UserQuery, w where) ([]rekey.SystemUser, error) {
	columns := userOrder(q)
	back := q.Before != ""
	cursor, err := s.key(ctx, `system_users u`, columns, q.After+q.Before)
	if err != nil {
		return nil, err
	}
	w.beyond(columns, cursor, q.Descending != back)
	order := inOrder(columns, q.Descending != back)
	clause, args := w.page(order, q.Limit)
	if fewUsers(q) {
		clause = `WHERE u.id IN (SELECT u.id FROM system_users u` + s.q.indexed("system_users_list") + ` ` + clause + `) ORDER BY ` + order
	}
	var list []rekey.SystemUser
	wanted := userColumns
	if q.Brief {
		wanted = strings.Replace(userColumns, "u.attributes", "'{}'", 1)
	}
	err = s.each(ctx, `SELECT `+wanted+` FROM system_users u `+clause, args, func(r rows) error {
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

// CountUsers counts the system users on a list, up to limit+1. A result of limit+1
// means that there are more than limit.
func (s Queries) CountUsers(ctx context.Context, q rekey.UserQuery, limit int) (int, error) {
	w := userFilter(q)
	return s.countUpTo(ctx, `system_users u`, w, limit)
}

// maxWeighed is how many results of a search SuggestUsers ranks.
const maxWeighed = 200

// SuggestUsers lists some system users, up to a rank, whom a search finds. Those
// whose name begins with the search come first, then those with another name or an
// address that does. Each group is sorted by name.
func (s Queries) SuggestUsers(ctx context.Context, search string, maxRank, limit int) ([]rekey.SystemUser, error) {
	typed := rekey.TypedSearch(search)
	q := rekey.UserQuery{MaxRank: maxRank, Order: "name", Limit: limit}
	begins := userFilter(q)
	begins.add(`u.search >= ?`, typed)
	begins.add(`u.search < ?`, typed+string(unicode.MaxRune))
	list, err := s.users(ctx, q, begins)
	if err != nil || len(list) == limit || typed == "" {
		return list, err
	}
	q.Search, q.Limit = search, maxWeighed
	others, err := s.Users(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, part := range []string{" " + typed, typed} {
		for _, u := range others {
			listed := slices.ContainsFunc(list, func(l rekey.SystemUser) bool { return l.ID == u.ID })
			if len(list) < limit && !listed && strings.Contains(searchText(u), part) {
				list = append(list, u)
			}
		}
	}
	return list, nil
}

// contains is a LIKE pattern for folded text that contains what was typed.
func contains(typed string) string {
	typed = rekey.TypedSearch(typed)
	if typed == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(typed) + "%"
}

// searchText is the text that a search looks in.
func searchText(u rekey.SystemUser) string { return rekey.Fold(u.Name() + " " + u.Address) }
