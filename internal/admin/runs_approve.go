package admin

import (
	"context"
	"errors"
	"fmt"

	"rekey/internal/store"

	"rekey"
)

// errOwnRun refuses the approval of one's own automation.
var errOwnRun = rekey.NewError(rekey.CodeForbidden, "You cannot approve runs of this automation, because you own it or saved it last; another person or an Administrator can.")

// mayApprove returns nil if the actor may approve runs of an automation, or else
// why not. The actor must be allowed to change the automation. They must not be
// its owner or the last one who saved it, unless they are an Administrator.
func mayApprove(ctx context.Context, r store.Queries, actor rekey.SystemUser, a rekey.Automation) error {
	if err := mayManage(ctx, r, actor, a.OwnerID); err != nil {
		return err
	}
	if !a.ApprovableBy(actor.Authority()) {
		return errOwnRun
	}
	return nil
}

// ApproveRun releases a run that is held because it would reach more people than
// the ceiling allows, or was stopped in a wave. count is the number of people that the
// actor saw. If the
// run has another number, the error is CodeConflict for the field "count". All
// checks are made again, and only people on the list are reached. The owner of
// the automation, and the last one who saved it, may approve only as
// Administrators, unless the run was stopped by hand.
func (s *Service) ApproveRun(ctx context.Context, actor rekey.SystemUser, id string, count int) (RunView, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		run, err := approvable(ctx, tx.Queries, actor, id)
		if err != nil {
			return err
		}
		if waiting := run.Waiting(); count != waiting {
			return conflict("count", fmt.Sprintf("The run would reach %d people, not %d. See the list again, then approve that number.", waiting, count))
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

// MayApproveRun returns nil if the actor may approve a run now, or else why not.
func (s *Service) MayApproveRun(ctx context.Context, actor rekey.SystemUser, id string) error {
	_, err := approvable(ctx, s.store.Queries, actor, id)
	return err
}

var (
	errNotHeld      = rekey.NewError(rekey.CodeConflict, "The run is not waiting for approval.")
	errChangedSince = rekey.NewError(rekey.CodeConflict, "The automation was changed after the run was planned. Cancel the run. The next event starts a new one.")
)

// approvable returns a run if the actor may approve it.
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
	if errors.Is(own, errOwnRun) && run.Reason == rekey.ReasonStoppedByHand { // whoever may stop it may let it go on
		own = nil
	}
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
