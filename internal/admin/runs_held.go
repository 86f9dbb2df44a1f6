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

// ApproveHeldRuns lets go all runs of an automation that wait for approval and
// were held up to a moment: that of the list which the actor has seen, or the zero
// time for all that are held now. count is how many people that list names in all;
// if it is another number by now, it is rekey.CodeConflict, which names the field
// "count". For each run the rules of ApproveRun hold. It returns what was let go.
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
			return rekey.NewError(rekey.CodeConflict, "No run of the automation waits for approval.")
		case count != held.People:
			return conflict("count", fmt.Sprintf("The runs would reach %d in all, not %d: look at whom, and approve that number.", held.People, count))
		}
		_, err = tx.ApproveRuns(ctx, a.ID, a.Version, actor.ID, until, now)
		return err
	})
	return held, err
}

// MayApproveHeldRuns reports whether the actor may approve the runs of an
// automation: nil, or why not.
func (s *Service) MayApproveHeldRuns(ctx context.Context, actor rekey.SystemUser, automationID string) error {
	_, err := approvesFor(ctx, s.store.Queries, actor, automationID)
	return err
}

// approvesFor returns an automation whose runs the actor may approve.
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

// CancelHeldRuns cancels all runs of an automation that were held up to a moment,
// whatever they wait for; the zero time means now. It returns how many.
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
