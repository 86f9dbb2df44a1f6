package admin

import (
	"context"
	"time"

	"rekey/internal/store"

	"rekey"
)

// ActivateAutomation lets events start runs, if the automation is complete and
// valid. version is the one that the actor saw; 0 means any.
func (s *Service) ActivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (SavedAutomation, error) {
	return s.startAutomation(ctx, actor, id, version, rekey.AutomationActive)
}

// TryAutomation puts an automation in trial: events start runs that send nothing. What is
// complete and valid for activation is so for a trial. Runs that are waiting become trials
// when they execute, and what a run that is sending has not begun is not sent. version is
// the one that the actor saw; 0 means any.
func (s *Service) TryAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (SavedAutomation, error) {
	return s.startAutomation(ctx, actor, id, version, rekey.AutomationTrial)
}

func (s *Service) startAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, status rekey.AutomationStatus) (SavedAutomation, error) {
	var a rekey.Automation
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if a, err = managedAutomation(ctx, tx, actor, id, version); err != nil {
			return err
		}
		if err := s.check(ctx, tx.Queries, actor, &a, true); err != nil {
			return err
		}
		return s.setAutomationStatus(ctx, tx, actor, &a, status)
	})
	return s.saved(ctx, a), err
}

// DeactivateAutomation stops events from starting runs, and cancels the runs
// that are waiting, in planning or held. Runs that are sending go on. A draft stays a
// draft. version is the one that the actor saw; 0 means any.
func (s *Service) DeactivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (SavedAutomation, error) {
	var a rekey.Automation
	var cancelled int64
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if a, err = managedAutomation(ctx, tx, actor, id, version); err != nil || !a.Status.Starts() {
			return err
		}
		if err := s.setAutomationStatus(ctx, tx, actor, &a, rekey.AutomationInactive); err != nil {
			return err
		}
		cancelled, err = tx.CancelWaiting(ctx, id, rekey.ReasonAutomationInactive, a.UpdatedAt)
		return err
	})
	saved := s.saved(ctx, a)
	saved.Cancelled = cancelled
	return saved, err
}

// CountWaiting counts the runs that deactivating or deleting an automation would
// cancel now.
func (s *Service) CountWaiting(ctx context.Context, actor rekey.SystemUser, automationID string) (int64, error) {
	if _, err := s.Automation(ctx, actor, automationID); err != nil {
		return 0, err
	}
	return s.store.WaitingRuns(ctx, automationID)
}

func (s *Service) setAutomationStatus(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, a *rekey.Automation, status rekey.AutomationStatus) error {
	if a.Status == status {
		return nil
	}
	seen := a.Version
	a.Status, a.UpdatedAt, a.UpdatedBy = status, s.now(), actor.ID
	a.Version++
	if err := tx.UpdateAutomation(ctx, *a, seen, actor.ID); err != nil {
		return err
	}
	return s.moveSchedule(ctx, tx, a)
}

// moveSchedule lets the schedule of an automation go on with its first moment after now,
// or stops it if events start no runs.
func (s *Service) moveSchedule(ctx context.Context, tx *store.Tx, a *rekey.Automation) error {
	a.NextAt = time.Time{}
	if a.Status.Starts() {
		a.NextAt = a.NextMoment(s.now())
	}
	return tx.PutNextMoment(ctx, a.ID, a.NextAt)
}

// DeleteAutomation deletes an automation and cancels the runs that wait. It
// returns how many it cancelled. Built-in automations cannot be deleted.
// version is the one that the actor saw; 0 means any.
func (s *Service) DeleteAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (cancelled int64, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := managedAutomation(ctx, tx, actor, id, version)
		if err != nil {
			return err
		}
		if a.BuiltIn != "" {
			return rekey.NewError(rekey.CodeConflict, "This automation is built in and cannot be deleted. Deactivate it instead.")
		}
		if cancelled, err = tx.CancelWaiting(ctx, id, rekey.ReasonAutomationGone, s.now()); err != nil {
			return err
		}
		return tx.DeleteAutomation(ctx, id, actor.ID, s.now())
	})
	return cancelled, err
}
