package admin

import (
	"context"
	"fmt"
	"time"

	"rekey/internal/store"

	"rekey"
)

// HeldRuns counts the runs of an automation that are held now.
func (s *Service) HeldRuns(ctx context.Context, actor rekey.SystemUser, automationID string) (rekey.HeldRuns, error) {
	a, err := s.Automation(ctx, actor, automationID)
	if err != nil {
		return rekey.HeldRuns{}, err
	}
	return s.store.HeldRuns(ctx, a.ID, a.Version, s.now())
}

// ApproveHeldRuns releases all runs of an automation that wait for approval and
// were held by until: the time of the list that the actor saw; zero means now.
// count is how many people that list names in all. If the number is another now,
// the error is CodeConflict for the field "count". The rules of ApproveRun hold
// for each run. It returns the released runs and people.
func (s *Service) ApproveHeldRuns(ctx context.Context, actor rekey.SystemUser, automationID string, count int, until time.Time) (held rekey.HeldRuns, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := approvesFor(ctx, tx.Queries, actor, automationID)
		if err != nil {
			return err
		}
		now := s.now()
		if until.IsZero() {
			until = now
		}
		if held, err = tx.HeldRuns(ctx, a.ID, a.Version, until); err != nil {
			return err
		}
		switch {
		case held.Runs == 0:
			return rekey.NewError(rekey.CodeConflict, "No run of the automation is waiting for approval.")
		case count != held.People:
			return conflict("count", fmt.Sprintf("The runs would reach %d people in all, not %d. See the lists again, then approve that number.", held.People, count))
		}
		_, err = tx.ApproveRuns(ctx, a.ID, a.Version, actor.ID, until, now)
		return err
	})
	return held, err
}

// MayApproveHeldRuns returns nil if the actor may approve the runs of an
// automation, or else why not.
func (s *Service) MayApproveHeldRuns(ctx context.Context, actor rekey.SystemUser, automationID string) error {
	_, err := approvesFor(ctx, s.store.Queries, actor, automationID)
	return err
}

// approvesFor returns an automation if the actor may approve its runs.
func approvesFor(ctx context.Context, r store.Queries, actor rekey.SystemUser, automationID string) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	a, err := r.Automation(ctx, automationID)
	if err == nil {
		err = mayApprove(ctx, r, actor, a)
	}
	return a, err
}

// CancelHeldRuns cancels all runs of an automation that were held by until, for
// any reason; zero means now. It returns how many it cancelled.
func (s *Service) CancelHeldRuns(ctx context.Context, actor rekey.SystemUser, automationID string, until time.Time) (cancelled int, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := managedAutomation(ctx, tx, actor, automationID, 0)
		if err != nil {
			return err
		}
		now := s.now()
		if until.IsZero() {
			until = now
		}
		cancelled, err = tx.CancelHeld(ctx, a.ID, rekey.ReasonCancelledByHand, until, now)
		return err
	})
	return cancelled, err
}
