package admin

import (
	"context"
	"fmt"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/store"
)

// Errors for actions that the actor may not do, or that come too late.
var (
	errRank             = rekey.NewError(rekey.CodeForbidden, "Only Operators, Managers and Administrators can do this.")
	errOwnToken         = rekey.NewError(rekey.CodeForbidden, "A token cannot create another token for its own user. Call with the password, or ask an Administrator.")
	errNotYours         = rekey.NewError(rekey.CodeForbidden, "This belongs to somebody of a higher rank, or is used by an automation of theirs. Only they or an Administrator can do this.")
	errNotManager       = rekey.NewError(rekey.CodeForbidden, "Only Managers and Administrators can do this.")
	errNotAdministrator = rekey.NewError(rekey.CodeForbidden, "Only Administrators can do this.")
	errBuiltIn          = rekey.NewError(rekey.CodeForbidden, "This is built in; only Administrators can do this.")
	errLastAdmin        = rekey.NewError(rekey.CodeConflict, "This is the last active Administrator. Make somebody else an Administrator first.")
)

// notHigher returns the refusal of an act on a system user. It says who may do it. The
// act has a place for its object, as in "block %s".
func notHigher(actor, u rekey.SystemUser, act string) error {
	object := english.A(u.Role.Label())
	if actor.ID == u.ID {
		object = "yourself"
	}
	return rekey.NewError(rekey.CodeForbidden, cannot(actor, u, fmt.Sprintf(act, object)))
}

// notToChange refuses the change of a field in the same way.
func notToChange(actor, u rekey.SystemUser, field string) string {
	if actor.ID == u.ID {
		return cannot(actor, u, "change your own "+field)
	}
	return cannot(actor, u, "change the "+field+" of "+english.A(u.Role.Label()))
}

func cannot(actor, u rekey.SystemUser, act string) string {
	return "You cannot " + act + "; " + actor.Authority().WhoMayChange(u) + " can."
}

// fresh compares the version that the actor saw with the stored one; 0 means any.
func fresh(seen, stored int64) error {
	if seen != 0 && seen != stored {
		return rekey.ErrStale
	}
	return nil
}

// mayRead returns nil if the actor may see automations, selections, events and
// runs.
func mayRead(actor rekey.SystemUser) error {
	if !actor.Authority().MayDefine() {
		return errRank
	}
	return nil
}

// viewed returns a system user if the actor may view them.
func viewed(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string) (rekey.SystemUser, error) {
	u, err := r.User(ctx, id)
	if err == nil && !actor.Authority().MayView(u) {
		return rekey.SystemUser{}, rekey.ErrNoUser
	}
	return u, err
}

// changeable returns a system user if the actor may change them and they still
// have the version that the actor saw; 0 means any. act is as for notHigher.
func changeable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64, act string) (rekey.SystemUser, error) {
	u, err := viewed(ctx, r, actor, id)
	switch {
	case err != nil:
		return u, err
	case !actor.Authority().MayChange(u):
		return u, notHigher(actor, u, act)
	}
	return u, fresh(version, u.Version)
}

// owner returns the authority with which an automation of that owner acts. An
// empty ownerID means Rekey itself. A blocked owner keeps the rank, so that
// nobody of a lower rank can change what they own.
func owner(ctx context.Context, r store.Queries, ownerID string) (rekey.Authority, error) {
	if ownerID == "" {
		return rekey.SystemAuthority(), nil
	}
	u, err := r.User(ctx, ownerID)
	return rekey.Authority{UserID: u.ID, Rank: u.Role.Rank()}, err
}

// mayManage returns nil if the actor may change what belongs to an owner.
func mayManage(ctx context.Context, r store.Queries, actor rekey.SystemUser, ownerID string) error {
	if err := mayRead(actor); err != nil {
		return err
	}
	if ownerID == "" {
		if !actor.Authority().MayAdminister() {
			return errBuiltIn
		}
		return nil
	}
	acts, err := owner(ctx, r, ownerID)
	if err == nil && !actor.Authority().MayManage(ownerID, acts.Rank) {
		err = errNotYours
	}
	return err
}
