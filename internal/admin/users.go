package admin

import (
	"context"
	"maps"

	"rekey/internal/store"

	"rekey"
)

// User returns a system user if the actor may view them.
func (s *Service) User(ctx context.Context, actor rekey.SystemUser, id string) (rekey.SystemUser, error) {
	return viewed(ctx, s.store.Queries, actor, id)
}

// FindUser returns a system user by id or address, if the actor may view them.
func (s *Service) FindUser(ctx context.Context, actor rekey.SystemUser, idOrAddress string) (rekey.SystemUser, error) {
	found, err := s.store.FindUsers(ctx, []string{idOrAddress})
	if err != nil {
		return rekey.SystemUser{}, err
	}
	u, ok := found[idOrAddress]
	if !ok {
		return rekey.SystemUser{}, rekey.ErrNoUser
	}
	return viewed(ctx, s.store.Queries, actor, u.ID)
}

// FindUsers finds system users by ids or addresses, the keys of the map. It
// returns those whom the actor may view.
func (s *Service) FindUsers(ctx context.Context, actor rekey.SystemUser, subjects []string) (map[string]rekey.SystemUser, error) {
	found, err := s.store.FindUsers(ctx, subjects)
	maps.DeleteFunc(found, func(_ string, u rekey.SystemUser) bool { return !actor.Authority().MayView(u) })
	return found, err
}

// hidePlaces ignores a place in a list that is a user whom the actor may not
// view: the page after it would tell where their name stands in the order.
func (s *Service) hidePlaces(ctx context.Context, actor rekey.SystemUser, q *rekey.UserQuery) error {
	for _, id := range []*string{&q.After, &q.Before} {
		if *id == "" || q.Order == "" || actor.Authority().MayAdminister() {
			continue
		}
		switch _, err := viewed(ctx, s.store.Queries, actor, *id); rekey.CodeOf(err) {
		case "":
		case rekey.CodeNotFound:
			*id = ""
		default:
			return err
		}
	}
	return nil
}

// BlockUser blocks a system user, ends their sessions and mailed passwords for
// good, and records user.blocked. Their tokens are refused while they are
// blocked. If they are blocked already, it does nothing. version is the one that
// the actor saw; 0 means any.
func (s *Service) BlockUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return s.setStatus(ctx, actor, id, version, rekey.UserBlocked)
}

// RestoreUser unblocks a system user and records user.restored. Their chosen
// password works again. version is the one that the actor saw; 0 means any.
func (s *Service) RestoreUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return s.setStatus(ctx, actor, id, version, rekey.UserActive)
}

const actBlock = "block %s"

func (s *Service) setStatus(ctx context.Context, actor rekey.SystemUser, id string, version int64, status rekey.UserStatus) (u rekey.SystemUser, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		u, err = s.changeStatus(ctx, tx, actor, id, version, status)
		return err
	})
	return u, err
}

func (s *Service) changeStatus(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, id string, version int64, status rekey.UserStatus) (rekey.SystemUser, error) {
	u, blocked, err := s.checkedStatus(ctx, tx.Queries, actor, id, version, status)
	if err != nil || blocked == u.BlockedBy {
		return u, err
	}
	u, event, err := s.setBlocks(ctx, tx, actor.ID, u, blocked)
	if err != nil || event == "" {
		return u, err
	}
	return u, s.record(ctx, tx, actor, event, id)
}

// checkedStatus returns a system user and who blocks them afterwards, if the actor may block
// or restore them.
func (s *Service) checkedStatus(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64, status rekey.UserStatus) (u rekey.SystemUser, blocked rekey.BlockedBy, err error) {
	act := actBlock
	if status == rekey.UserActive {
		act = "restore %s"
	}
	if u, err = changeable(ctx, r, actor, id, version, act); err != nil {
		return u, "", err
	}
	if status != rekey.UserActive {
		if u.Status == rekey.UserActive {
			err = othersAdminister(ctx, r, u)
		}
		return u, u.BlockedBy.With(rekey.BlockedByPerson), err
	}
	if blocked = u.BlockedBy.Without(rekey.BlockedByPerson); blocked == u.BlockedBy && blocked != "" {
		err = rekey.NewError(rekey.CodeConflict, "Blocked in the directory "+u.Directory.Directory+": unblock the account there, and Rekey follows.")
	}
	return u, blocked, err
}

// setBlocks stores who blocks a user. It returns the event that this is: nothing if the
// user is still blocked, by somebody else. by is the id of whoever does it; "" for an
// import.
func (s *Service) setBlocks(ctx context.Context, tx *store.Tx, by string, u rekey.SystemUser, blocked rekey.BlockedBy) (_ rekey.SystemUser, event string, err error) {
	seen := u.Version
	u.BlockedBy, u.UpdatedAt = blocked, s.now()
	u.Version++
	switch {
	case blocked != "" && u.Status == rekey.UserActive:
		u.Status, event = rekey.UserBlocked, rekey.UserWasBlocked
		if err := othersAdminister(ctx, tx.Queries, u); err != nil {
			return u, "", err
		}
		if err := s.shutOut(ctx, tx, &u); err != nil {
			return u, "", err
		}
	case blocked == "":
		u.Status, event = rekey.UserActive, rekey.UserRestored
	}
	if err := tx.UpdateUser(ctx, u, seen, by); err != nil {
		return u, "", err
	}
	if event == rekey.UserRestored {
		err = tx.ResumeRuns(ctx, u.ID, u.UpdatedAt)
	}
	return u, event, err
}

// shutOut ends the sessions and mailed passwords of a user, so that none of them
// works again when the user is restored.
func (s *Service) shutOut(ctx context.Context, tx *store.Tx, u *rekey.SystemUser) error {
	if err := tx.EndMailed(ctx, u.ID, rekey.ReasonBlocked, u.UpdatedAt); err != nil {
		return err
	}
	u.PasswordVersion++
	return tx.EndSessions(ctx, u.ID)
}

// DeleteUser deletes a system user with passwords, tokens and sessions. It is
// refused while they own automations or selections, which DeleteUserAndHandOn gives
// to somebody else, for the last active Administrator, and while their directory
// still has them. version is the one that the actor saw; 0 means any.
func (s *Service) DeleteUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.deletable(ctx, tx.Queries, actor, id, version); err != nil {
			return err
		}
		return tx.DeleteUser(ctx, id, actor.ID, s.now())
	})
}

// CheckDelete returns the error that DeleteUser would return if the user owned nothing,
// and changes nothing.
func (s *Service) CheckDelete(ctx context.Context, actor rekey.SystemUser, id string) error {
	u, err := s.checkShutOut(ctx, actor, id, "delete %s")
	if err != nil {
		return err
	}
	return s.goneFromDirectory(ctx, s.store.Queries, u)
}

func (s *Service) deletable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64) error {
	u, err := changeable(ctx, r, actor, id, version, "delete %s")
	if err != nil {
		return err
	}
	if err := s.goneFromDirectory(ctx, r, u); err != nil {
		return err
	}
	if err := othersAdminister(ctx, r, u); err != nil {
		return err
	}
	owned, err := holdings(ctx, r, id)
	if err == nil && len(owned.Automations)+len(owned.Selections) > 0 {
		err = rekey.NewError(rekey.CodeConflict, "This system user owns "+
			namesOf(owned.Automations, owned.Selections)+". Transfer them to another owner first, or delete them.")
	}
	return err
}

// CheckBlock returns the error that BlockUser would return, and changes nothing.
func (s *Service) CheckBlock(ctx context.Context, actor rekey.SystemUser, id string) error {
	_, err := s.checkShutOut(ctx, actor, id, actBlock)
	return err
}

func (s *Service) checkShutOut(ctx context.Context, actor rekey.SystemUser, id, act string) (rekey.SystemUser, error) {
	u, err := changeable(ctx, s.store.Queries, actor, id, 0, act)
	if err != nil {
		return u, err
	}
	return u, othersAdminister(ctx, s.store.Queries, u)
}

// goneFromDirectory refuses to delete a user whom their directory still has. The next
// import would create them again, and it would no longer know that their address had
// changed. A directory that the settings no longer have imports nobody.
func (s *Service) goneFromDirectory(ctx context.Context, r store.Queries, u rekey.SystemUser) error {
	name := u.Directory.Directory
	if _, imports := s.directories[name]; !imports {
		return nil
	}
	entries, err := r.DirectoryEntries(ctx, name, []string{u.Directory.Key})
	if err != nil || entries[u.Directory.Key].Reason == rekey.EntryMissing {
		return err
	}
	return rekey.NewError(rekey.CodeConflict, "The directory "+name+" still has this system user, also if it has disabled them, so the next import would create them again. "+
		"Delete the account there, or move it out of the base or the filter. Once two complete imports an hour apart have missed it, you can delete the system user here.")
}

// othersAdminister returns an error if u is the last active Administrator. A
// change calls it within its transaction, so that two Administrators who block
// each other at once cannot both succeed.
func othersAdminister(ctx context.Context, r store.Queries, u rekey.SystemUser) error {
	if u.Role != rekey.RoleAdministrator {
		return nil
	}
	others, err := r.CountAdministrators(ctx, u.ID)
	if err == nil && others == 0 {
		err = errLastAdmin
	}
	return err
}

// record stores an event about one system user and the runs that it starts.
func (s *Service) record(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, event, userID string) error {
	_, err := s.runner.Record(ctx, tx, rekey.Event{Type: event, Users: []string{userID}, PostedBy: actor.ID})
	return err
}
