package admin

import (
	"context"

	"rekey/internal/store"

	"rekey"
)

// Holdings are the automations and selections that a system user owns.
type Holdings struct {
	Automations []rekey.Automation
	Selections  []rekey.Selection
}

// Empty reports whether there are none.
func (h Holdings) Empty() bool { return len(h.Automations)+len(h.Selections) == 0 }

// Holdings returns what a system user owns, if the actor may view them.
func (s *Service) Holdings(ctx context.Context, actor rekey.SystemUser, userID string) (Holdings, error) {
	if err := mayRead(actor); err != nil {
		return Holdings{}, err
	}
	if _, err := viewed(ctx, s.store.Queries, actor, userID); err != nil {
		return Holdings{}, err
	}
	return holdings(ctx, s.store.Queries, userID)
}

func holdings(ctx context.Context, r store.Queries, userID string) (h Holdings, err error) {
	if h.Automations, err = r.AutomationsOwnedBy(ctx, userID); err != nil {
		return h, err
	}
	h.Selections, err = r.SelectionsOwnedBy(ctx, userID)
	return h, err
}

// TransferAutomation gives an automation another owner, by id or address. From
// then on it acts with the new owner's authority. The actor must be allowed to
// change the automation. The new owner must be active, and their rank at least 1
// and not above the actor's: otherwise the actor would give the automation more
// authority than their own. Runs whose planning is not over go on with the new
// owner's authority. Runs that were held because the owner is blocked go on at
// once. version is the one that the actor saw; 0 means any. Errors name the
// field "owner".
func (s *Service) TransferAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, owner string) (SavedAutomation, error) {
	var a rekey.Automation
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if a, err = managedAutomation(ctx, tx, actor, id, version); err != nil {
			return err
		}
		heir, err := newOwner(ctx, tx.Queries, actor, owner)
		if err != nil {
			return err
		}
		if err := s.giveAutomation(ctx, tx, actor, &a, heir); err != nil {
			return err
		}
		return tx.ResumeRuns(ctx, heir.ID, s.now())
	})
	return s.saved(ctx, a), err
}

// TransferSelection gives a selection another owner, by the rules of
// TransferAutomation. The new owner must also be allowed to change the
// automations that use it.
func (s *Service) TransferSelection(ctx context.Context, actor rekey.SystemUser, id string, version int64, owner string) (rekey.Selection, error) {
	var sel rekey.Selection
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if sel, _, err = managedSelection(ctx, tx, actor, id, version); err != nil {
			return err
		}
		heir, err := newOwner(ctx, tx.Queries, actor, owner)
		if err != nil {
			return err
		}
		return s.giveSelection(ctx, tx, actor, &sel, heir)
	})
	return sel, err
}

// HandOn gives everything that a system user owns to another, or nothing if one
// of the transfers is refused. It returns what was given.
func (s *Service) HandOn(ctx context.Context, actor rekey.SystemUser, userID, owner string) (given Holdings, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		given, err = s.handOn(ctx, tx, actor, userID, owner)
		return err
	})
	return given, err
}

// BlockUserAndHandOn does BlockUser and HandOn in one transaction.
func (s *Service) BlockUserAndHandOn(ctx context.Context, actor rekey.SystemUser, id string, version int64, owner string) (u rekey.SystemUser, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.handOn(ctx, tx, actor, id, owner); err != nil {
			return err
		}
		u, err = s.changeStatus(ctx, tx, actor, id, version, rekey.UserBlocked)
		return err
	})
	return u, err
}

// DeleteUserAndHandOn does DeleteUser and HandOn in one transaction.
func (s *Service) DeleteUserAndHandOn(ctx context.Context, actor rekey.SystemUser, id string, version int64, owner string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.handOn(ctx, tx, actor, id, owner); err != nil {
			return err
		}
		if err := s.deletable(ctx, tx.Queries, actor, id, version); err != nil {
			return err
		}
		return tx.DeleteUser(ctx, id, actor.ID, s.now())
	})
}

func (s *Service) handOn(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, userID, owner string) (Holdings, error) {
	if err := mayManage(ctx, tx.Queries, actor, userID); err != nil {
		return Holdings{}, err
	}
	heir, err := newOwner(ctx, tx.Queries, actor, owner)
	if err != nil {
		return Holdings{}, err
	}
	if heir.ID == userID {
		return Holdings{}, rekey.Invalid("owner", "This person already owns all of this. Choose another person.")
	}
	h, err := holdings(ctx, tx.Queries, userID)
	if err != nil {
		return h, err
	}
	for i := range h.Automations {
		if err := s.giveAutomation(ctx, tx, actor, &h.Automations[i], heir); err != nil {
			return h, err
		}
	}
	for i := range h.Selections {
		if _, _, err := managedSelection(ctx, tx, actor, h.Selections[i].ID, 0); err != nil {
			return h, err
		}
		if err := s.giveSelection(ctx, tx, actor, &h.Selections[i], heir); err != nil {
			return h, err
		}
	}
	return h, tx.ResumeRuns(ctx, heir.ID, s.now())
}

// newOwner finds the new owner and checks that they may own automations and
// selections. Their rank must not be above the actor's.
func newOwner(ctx context.Context, r store.Queries, actor rekey.SystemUser, idOrAddress string) (rekey.SystemUser, error) {
	const field = "owner"
	if idOrAddress == "" {
		return rekey.SystemUser{}, rekey.Invalid(field, "Choose the new owner.")
	}
	found, err := r.FindUsers(ctx, []string{idOrAddress})
	if err != nil {
		return rekey.SystemUser{}, err
	}
	u, ok := found[idOrAddress]
	switch {
	case !ok || !actor.Authority().MayView(u):
		return u, rekey.Invalid(field, "System user not found, or of a higher rank than you.")
	case u.Status != rekey.UserActive:
		return u, rekey.Invalid(field, "This system user is blocked. Choose somebody who is active.")
	case !u.Authority().MayDefine():
		return u, rekey.Invalid(field, "A Member cannot own automations or selections. Choose an Operator, a Manager or an Administrator.")
	}
	return u, nil
}

func (s *Service) giveAutomation(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, a *rekey.Automation, heir rekey.SystemUser) error {
	if a.OwnerID == "" {
		return rekey.NewError(rekey.CodeConflict, "This automation is built in and keeps its owner, Rekey. Copy it to get your own.")
	}
	if a.OwnerID == heir.ID {
		return nil
	}
	seen := a.Version
	// UpdatedBy stays: its author must not approve its runs after giving it away.
	a.OwnerID, a.OwnerBlocked, a.Version, a.UpdatedAt = heir.ID, false, seen+1, s.now()
	if err := tx.UpdateAutomation(ctx, *a, seen, actor.ID); err != nil {
		return err
	}
	return tx.CarryRuns(ctx, a.ID, seen, a.Version)
}

func (s *Service) giveSelection(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, sel *rekey.Selection, heir rekey.SystemUser) error {
	if sel.OwnerID == heir.ID {
		return nil
	}
	using, err := tx.AutomationsUsing(ctx, sel.ID)
	if err != nil {
		return err
	}
	for _, a := range using {
		switch err := mayManage(ctx, tx.Queries, heir, a.OwnerID); rekey.CodeOf(err) {
		case "":
		case rekey.CodeForbidden:
			return rekey.Invalid("owner", "The selection '"+sel.Name+"' is used by the automation '"+a.Name+
				"', whose owner has a higher rank. Choose a new owner of that rank or higher.")
		default:
			return err
		}
	}
	seen := sel.Version
	sel.OwnerID, sel.Version, sel.UpdatedAt, sel.UpdatedBy = heir.ID, seen+1, s.now(), actor.ID
	return tx.UpdateSelection(ctx, *sel, seen)
}
