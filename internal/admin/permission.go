package admin

import (
	"context"

	"rekey/internal/store"

	"rekey"
)

// Errors for actions that the actor may not do, or that come too late.
var (
	errRank             = rekey.NewError(rekey.CodeForbidden, "This needs the role operator or a higher one.")
	errNotHigher        = rekey.NewError(rekey.CodeForbidden, "This needs a higher rank than the system user has; Administrators may do it for each other, and nobody for themselves.")
	errOwnToken         = rekey.NewError(rekey.CodeForbidden, "A token cannot make another one for its holder. Call with the password, or ask somebody of a higher rank.")
	errNotYours         = rekey.NewError(rekey.CodeForbidden, "This belongs to somebody of a higher rank, or is used by their automations.")
	errNotAdministrator = rekey.NewError(rekey.CodeForbidden, "Only Administrators may do that.")
	errBuiltIn          = rekey.NewError(rekey.CodeForbidden, "This belongs to Rekey itself; only Administrators may do that.")
	errLastAdmin        = rekey.NewError(rekey.CodeConflict, "This is the last active Administrator. Make somebody else an Administrator first.")
)

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
// have the version that the actor saw; 0 means any.
func changeable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	u, err := viewed(ctx, r, actor, id)
	switch {
	case err != nil:
		return u, err
	case !actor.Authority().MayChange(u):
		return u, errNotHigher
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
