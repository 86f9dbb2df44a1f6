package admin

import (
	"context"
	"maps"

	"rekey/internal/store"

	"rekey"
)

// User returns a system user whom the actor may view.
func (s *Service) User(ctx context.Context, actor rekey.SystemUser, id string) (rekey.SystemUser, error) {
	return viewed(ctx, s.store.Queries, actor, id)
}

// FindUser returns a system user whom the actor may view, by id or address.
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

// FindUsers looks system users up by ids or addresses, and returns those whom
// the actor may view, by what they were looked up by.
func (s *Service) FindUsers(ctx context.Context, actor rekey.SystemUser, subjects []string) (map[string]rekey.SystemUser, error) {
	found, err := s.store.FindUsers(ctx, subjects)
	maps.DeleteFunc(found, func(_ string, u rekey.SystemUser) bool { return !actor.Authority().MayView(u) })
	return found, err
}

// hidePlaces takes somebody whom the actor may not view for nobody: whom a list
// goes on with would tell what they are called.
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

// BlockUser keeps a system user out, ends their sessions and mailed passwords
// for good, and records user.blocked. Their tokens are refused while they are
// blocked. It changes nothing for somebody who is blocked. version is the
// one that the actor saw; 0 is any.
func (s *Service) BlockUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return s.setStatus(ctx, actor, id, version, rekey.UserBlocked, rekey.UserWasBlocked)
}

// RestoreUser lets a blocked system user in again, with the password that they
// had, and records user.restored. version is the one that the actor saw; 0 is any.
func (s *Service) RestoreUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return s.setStatus(ctx, actor, id, version, rekey.UserActive, rekey.UserRestored)
}

func (s *Service) setStatus(ctx context.Context, actor rekey.SystemUser, id string, version int64, status rekey.UserStatus, event string) (u rekey.SystemUser, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		u, err = s.changeStatus(ctx, tx, actor, id, version, status, event)
		return err
	})
	return u, err
}

func (s *Service) changeStatus(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, id string, version int64, status rekey.UserStatus, event string) (rekey.SystemUser, error) {
	u, err := changeable(ctx, tx.Queries, actor, id, version)
	if err != nil || u.Status == status {
		return u, err
	}
	seen := u.Version
	u.Status, u.UpdatedAt = status, s.now()
	u.Version++
	if status == rekey.UserBlocked {
		if err := othersAdminister(ctx, tx.Queries, u); err != nil {
			return u, err
		}
		if err := s.shutOut(ctx, tx, &u); err != nil {
			return u, err
		}
	}
	if err := tx.UpdateUser(ctx, u, seen); err != nil {
		return u, err
	}
	if status == rekey.UserActive {
		if err := tx.ResumeRuns(ctx, id, u.UpdatedAt); err != nil {
			return u, err
		}
	}
	return u, s.record(ctx, tx, actor, event, id)
}

// shutOut ends what a user has entered with, so that none of it comes back with
// them.
func (s *Service) shutOut(ctx context.Context, tx *store.Tx, u *rekey.SystemUser) error {
	if err := tx.EndMailed(ctx, u.ID, rekey.ReasonBlocked, u.UpdatedAt); err != nil {
		return err
	}
	u.PasswordVersion++
	return tx.EndSessions(ctx, u.ID)
}

// DeleteUser deletes a system user with everything they could enter with. It is
// refused while they own automations or selections, and for the last active
// Administrator. version is the one that the actor saw; 0 is any.
func (s *Service) DeleteUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := deletable(ctx, tx.Queries, actor, id, version); err != nil {
			return err
		}
		return tx.DeleteUser(ctx, id, s.now())
	})
}

// CheckDelete refuses what DeleteUser would refuse, and deletes nobody.
func (s *Service) CheckDelete(ctx context.Context, actor rekey.SystemUser, id string) error {
	return deletable(ctx, s.store.Queries, actor, id, 0)
}

func deletable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64) error {
	u, err := changeable(ctx, r, actor, id, version)
	if err != nil {
		return err
	}
	if err := othersAdminister(ctx, r, u); err != nil {
		return err
	}
	automations, err := r.AutomationsOwnedBy(ctx, id)
	if err != nil {
		return err
	}
	selections, err := r.SelectionsOwnedBy(ctx, id)
	if err == nil && len(automations)+len(selections) > 0 {
		err = rekey.NewError(rekey.CodeConflict, "This system user owns "+
			namesOf(automations, selections)+". Hand those on to somebody else first, or delete them.")
	}
	return err
}

// CheckBlock refuses what BlockUser would refuse, and blocks nobody.
func (s *Service) CheckBlock(ctx context.Context, actor rekey.SystemUser, id string) error {
	u, err := changeable(ctx, s.store.Queries, actor, id, 0)
	if err != nil {
		return err
	}
	return othersAdminister(ctx, s.store.Queries, u)
}

// othersAdminister refuses to take the last active Administrator away. It is
// asked within the transaction, so that two who take each other away at once
// cannot both succeed.
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

// record stores an event about one system user, with the runs that it starts.
func (s *Service) record(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, event, userID string) error {
	_, err := s.runner.Record(ctx, tx, rekey.Event{Type: event, Users: []string{userID}, PostedBy: actor.ID})
	return err
}
