package admin

import (
	"context"
	"fmt"

	"rekey"
)

// errOwnRun is what an owner is told who must not approve alone.
var errOwnRun = rekey.NewError(rekey.CodeForbidden, "This automation is yours: somebody else has to approve its run, or an Administrator.")

// ApproveRun lets a run go that is held because it would reach more people than
// the ceiling allows. count is how many the actor saw that it would reach; if it
// would reach another number it is rekey.CodeConflict, which names the field
// "count". All checks are made again, and nobody is reached who was not on the
// list. An automation's owner must not approve its runs, but as an Administrator.
func (s *Service) ApproveRun(ctx context.Context, actor rekey.SystemUser, id string, count int) (RunView, error) {
	err := s.store.Update(ctx, func(tx Tx) error {
		run, err := approvable(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if count != run.Reached {
			return conflict("count", fmt.Sprintf("The run would reach %d, not %d: look at whom, and approve that number.", run.Reached, count))
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
	_, err := approvable(ctx, s.store, actor, id)
	return err
}

var (
	errNotHeld      = rekey.NewError(rekey.CodeConflict, "The run does not wait for approval.")
	errChangedSince = rekey.NewError(rekey.CodeConflict, "The automation was changed since the run was planned: cancel the run, and let the event happen again.")
)

// approvable returns a run that the actor may approve.
func approvable(ctx context.Context, r Reader, actor rekey.SystemUser, id string) (rekey.Run, error) {
	if err := managedRun(ctx, r, actor, id); err != nil {
		return rekey.Run{}, err
	}
	run, err := r.Run(ctx, id)
	if err != nil {
		return run, err
	}
	a, err := r.Automation(ctx, run.AutomationID)
	switch {
	case err != nil && rekey.CodeOf(err) != rekey.CodeNotFound:
		return run, err
	case !run.Held():
		return run, errNotHeld
	case run.AutomationVersion != 0 && run.AutomationVersion != a.Version:
		return run, errChangedSince
	case a.OwnerID == actor.ID && !actor.Authority().MayAdminister():
		return run, errOwnRun
	}
	return run, nil
}
