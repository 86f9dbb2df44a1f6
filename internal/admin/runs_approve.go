package admin

import (
	"context"
	"errors"
	"fmt"

	"rekey/internal/store"

	"rekey"
)

// errOwnRun is what somebody is told who would approve their own work.
var errOwnRun = rekey.NewError(rekey.CodeForbidden, "You own this automation, or saved it last: somebody else has to approve its runs, or an Administrator.")

// mayApprove reports whether the actor may approve runs of an automation: nil, or
// why not. It takes somebody who may change it, and other eyes than those of its
// owner and of whoever saved it last, who may have given it away since.
func mayApprove(ctx context.Context, r store.Queries, actor rekey.SystemUser, a rekey.Automation) error {
	if err := mayManage(ctx, r, actor, a.OwnerID); err != nil {
		return err
	}
	if (a.OwnerID == actor.ID || a.UpdatedBy == actor.ID) && !actor.Authority().MayAdminister() {
		return errOwnRun
	}
	return nil
}

// ApproveRun lets a run go that is held because it would reach more people than
// the ceiling allows. count is how many the actor saw that it would reach; if it
// would reach another number it is rekey.CodeConflict, which names the field
// "count". All checks are made again, and nobody is reached who was not on the
// list. Whoever owns the automation, or saved it last, must not approve its runs,
// but as an Administrator.
func (s *Service) ApproveRun(ctx context.Context, actor rekey.SystemUser, id string, count int) (RunView, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		run, err := approvable(ctx, tx.Queries, actor, id)
		if err != nil {
			return err
		}
		if count != run.Recipients {
			return conflict("count", fmt.Sprintf("The run would reach %d, not %d: look at whom, and approve that number.", run.Recipients, count))
		}
		approved, err := tx.ApproveRun(ctx, id, actor.ID, s.now())
		if err == nil && !approved {
			err = errNotHeld
		}
		return err
	})
	if err != nil {
		return RunView{}, err
	}
	return s.Run(ctx, actor, id)
}

// MayApproveRun reports whether the actor may approve a run now: nil, or why
// not.
func (s *Service) MayApproveRun(ctx context.Context, actor rekey.SystemUser, id string) error {
	_, err := approvable(ctx, s.store.Queries, actor, id)
	return err
}

var (
	errNotHeld      = rekey.NewError(rekey.CodeConflict, "The run does not wait for approval.")
	errChangedSince = rekey.NewError(rekey.CodeConflict, "The automation was changed since the run was planned: cancel the run, and let the event happen again.")
)

// approvable returns a run that the actor may approve.
func approvable(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string) (rekey.Run, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Run{}, err
	}
	run, err := r.Run(ctx, id)
	if err != nil {
		return run, err
	}
	a, err := r.Automation(ctx, run.AutomationID)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return run, err
	}
	own := mayApprove(ctx, r, actor, a)
	switch {
	case own != nil && !errors.Is(own, errOwnRun):
		return run, own
	case !run.Held():
		return run, errNotHeld
	case run.AutomationVersion != 0 && run.AutomationVersion != a.Version:
		return run, errChangedSince
	}
	return run, own
}
