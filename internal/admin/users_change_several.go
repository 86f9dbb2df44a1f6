package admin

import (
	"context"
	"time"

	"rekey"
)

// changeTime is how long ChangeUsers begins with further people.
const changeTime = 20 * time.Second // a client waits for 30

// UserChange is what is done to each of several people: they are blocked or restored, or
// fields are set.
type UserChange struct {
	Status     rekey.UserStatus  // "" leaves it
	Language   *string           // nil leaves it
	Attributes map[string]string // those that are set; "" removes one
}

// check returns what is wrong with a change, whoever it is about.
func (c UserChange) check() error {
	var p rekey.Problems
	sets := c.Language != nil || len(c.Attributes) > 0
	switch {
	case c.Status != "" && sets:
		p.Add("action", "Block or restore people, or set their fields: one after the other.")
	case c.Status == "" && !sets, c.Status != "" && c.Status != rekey.UserBlocked && c.Status != rekey.UserActive:
		p.Add("action", "Say what to do: block, restore, or set the language or an attribute.")
	}
	u := rekey.SystemUser{Address: "somebody@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember, Status: rekey.UserActive, Attributes: c.Attributes}
	if c.Language != nil {
		u.Language = *c.Language
	}
	p.Merge("", u.Validate())
	return p.Err()
}

func (c UserChange) write(u *rekey.SystemUser) error {
	if c.Language != nil {
		u.Language = *c.Language
	}
	if u.Attributes == nil {
		u.Attributes = map[string]string{}
	}
	for name, value := range c.Attributes {
		if name = rekey.TypedText(name); rekey.TypedText(value) == "" {
			delete(u.Attributes, name)
		} else {
			u.Attributes[name] = value
		}
	}
	return nil
}

// ChangedUsers is what ChangeUsers did.
type ChangedUsers struct {
	Changed []string // ids
	Same    int      // how many were so already
	Refused []Refused
}

// ChangeUsers does the same to several people, named by id or address, as BlockUser,
// RestoreUser and UpdateUser do to one. Each is judged alone: those who are refused keep
// nobody else from it. If it ends with another error, some may be changed already: doing it
// again goes on from there.
//
// Errors: CodeInvalid without names or for a wrong change, CodeTooLarge above
// rekey.MaxEventUsers.
func (s *Service) ChangeUsers(ctx context.Context, actor rekey.SystemUser, subjects []string, change UserChange) (ChangedUsers, error) {
	until := s.now().Add(changeTime)
	return s.eachUser(ctx, actor, subjects, change, func(u rekey.SystemUser) (after rekey.SystemUser, err error) {
		if actor, err = s.store.User(ctx, actor.ID); err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return u, err
		}
		switch {
		case actor.Status != rekey.UserActive: // they were blocked or deleted meanwhile
			return u, rekey.NewError(rekey.CodeForbidden, "You may no longer change system users.")
		case s.now().After(until):
			return u, rekey.NewError(rekey.CodeConflict, "There was no time left for this one. Do it again for the rest.")
		case change.Status != "":
			return s.setStatus(ctx, actor, u.ID, 0, change.Status)
		default:
			return s.UpdateUser(ctx, actor, u.ID, 0, change.write)
		}
	})
}

// PreviewChangeUsers returns what ChangeUsers would do now, and changes nothing.
func (s *Service) PreviewChangeUsers(ctx context.Context, actor rekey.SystemUser, subjects []string, change UserChange) (ChangedUsers, error) {
	return s.eachUser(ctx, actor, subjects, change, func(u rekey.SystemUser) (rekey.SystemUser, error) {
		var same bool
		var err error
		if change.Status != "" {
			var blocked rekey.BlockedBy
			u, blocked, err = s.checkedStatus(ctx, s.store.Queries, actor, u.ID, 0, change.Status)
			same = blocked == u.BlockedBy
		} else {
			var after rekey.SystemUser
			u, after, err = s.checkedUpdate(ctx, s.store.Queries, actor, u.ID, 0, change.write)
			same = sameUser(u, after)
		}
		if !same {
			u.Version++ // as a write would
		}
		return u, err
	})
}

// eachUser lets act change each of the people whom the actor may view, once. act returns
// them as they are then.
func (s *Service) eachUser(ctx context.Context, actor rekey.SystemUser, subjects []string, change UserChange, act func(rekey.SystemUser) (rekey.SystemUser, error)) (done ChangedUsers, err error) {
	if err := mayRead(actor); err != nil {
		return done, err
	}
	if err := severalNamed(subjects); err != nil {
		return done, err
	}
	if err := change.check(); err != nil {
		return done, err
	}
	found, err := s.store.FindUsers(ctx, subjects)
	if err != nil {
		return done, err
	}
	seen := map[string]bool{}
	for _, subject := range subjects {
		before, known := found[subject]
		if known && seen[before.ID] {
			continue
		}
		var after rekey.SystemUser
		err := error(rekey.ErrNoUser)
		if known && actor.Authority().MayView(before) {
			seen[before.ID] = true
			after, err = act(before)
		}
		switch {
		case err != nil:
			refused, err := refuse(subject, err)
			if err != nil {
				return done, err
			}
			done.Refused = append(done.Refused, refused)
		case after.Version == before.Version:
			done.Same++
		default:
			done.Changed = append(done.Changed, before.ID)
		}
	}
	return done, nil
}

// MatchingUsers returns all system users whom the actor may view and who match q, without
// sources and attributes. The fields of q about pages are ignored.
//
// Errors: CodeConflict if there are more than rekey.MaxEventUsers.
func (s *Service) MatchingUsers(ctx context.Context, actor rekey.SystemUser, q rekey.UserQuery) ([]rekey.SystemUser, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	q.MaxRank, q.Order, q.Descending, q.Brief, q.After, q.Before, q.Limit = actor.Authority().Rank, "", false, true, "", "", rekey.MaxEventUsers+1
	found, err := s.store.Users(ctx, q)
	if err == nil && len(found) > rekey.MaxEventUsers {
		err = rekey.NewError(rekey.CodeConflict, "More than 10,000 system users match. Narrow the list with a search or a filter first.")
	}
	return found, err
}
