package admin

import (
	"cmp"
	"context"
	"slices"

	"rekey/internal/directory"
	"rekey/internal/store"
)

// groups imports who is in which group, once in groupsEvery and with each complete pass:
// joining a group does not change the entry of a person.
func (p *syncing) groups(ctx context.Context) error {
	if p.dry || !p.full && p.now().Sub(p.state.GroupsAt) < groupsEvery {
		return nil
	}
	err := p.from.Groups(ctx, func(members []directory.Membership) error {
		for some := range slices.Chunk(members, syncPage) {
			if err := p.store.Update(ctx, func(tx *store.Tx) error { return p.join(ctx, tx, some) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		p.state.GroupsAt = p.now()
	}
	return err
}

// join stores the groups of people, and the role that these give, where it has changed.
func (p *syncing) join(ctx context.Context, tx *store.Tx, members []directory.Membership) error {
	if err := p.claimIn(ctx, tx); err != nil {
		return err
	}
	keys := make([]string, len(members))
	for i, m := range members {
		keys[i] = string(m.Key)
	}
	users, err := tx.UsersOfDirectory(ctx, p.name, keys)
	if err != nil {
		return err
	}
	for _, m := range members {
		u, imported := users[string(m.Key)]
		if !imported {
			continue
		}
		var groups []string
		for _, name := range m.Groups {
			if name = storable(name); name != "" {
				groups = append(groups, name)
			}
		}
		role := p.from.Role(groups)
		decides := role != ""
		if role = cmp.Or(role, u.Role); role == u.Role && decides == u.Directory.DecidesRole && slices.Equal(u.Directory.Groups, groups) {
			continue
		}
		full, err := tx.User(ctx, u.ID) // with the sources
		if err != nil {
			return err
		}
		full.Role, full.Directory.DecidesRole, full.Directory.Groups, full.UpdatedAt = role, decides, groups, p.now()
		if err := tx.UpdateUser(ctx, full, full.Version, ""); err != nil {
			return err
		}
	}
	return nil
}
