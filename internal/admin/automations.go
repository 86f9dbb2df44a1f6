package admin

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"rekey/internal/store"

	"rekey"
)

// SavedAutomation is an automation as it was stored.
type SavedAutomation struct {
	Automation rekey.Automation
	Warnings   []rekey.Warning
	// Cancelled is how many waiting runs the change cancelled.
	Cancelled int64
}

// NewAutomation returns the defaults of a new automation: the job Send New
// Password, the built-in selection, no delay, UTC. Callers set their own values
// and pass it to CreateAutomation, which adds no defaults.
func (s *Service) NewAutomation(ctx context.Context, actor rekey.SystemUser) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	sel, err := s.store.BuiltInSelection(ctx, rekey.AllExceptAPI)
	return rekey.Automation{JobType: rekey.SendNewPassword, SelectionID: sel.ID, TimeZone: "UTC"}, err
}

// Automation returns an automation by its id. The actor must be allowed to
// define automations.
func (s *Service) Automation(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	return s.store.Automation(ctx, id)
}

// Automations returns a page of automations in the order of their creation,
// after p.After, without a total.
func (s *Service) Automations(ctx context.Context, actor rekey.SystemUser, q rekey.AutomationQuery, p Place) (Listed[rekey.Automation], error) {
	if err := mayRead(actor); err != nil {
		return Listed[rekey.Automation]{}, err
	}
	q.After, q.Limit, q.Now = p.After, p.ask(), s.now()
	found, err := s.store.Automations(ctx, q)
	return listed(p, found, Total{}, func(a rekey.Automation) string { return a.ID }), err
}

// CreateAutomation stores a new automation, owned by the actor. A draft may be
// incomplete, but all that it holds must be valid. With activate true, it must
// be complete.
func (s *Service) CreateAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, activate bool) (SavedAutomation, error) {
	if activate {
		return s.createAutomation(ctx, actor, a, rekey.AutomationActive)
	}
	return s.createAutomation(ctx, actor, a, rekey.AutomationDraft)
}

// CreateAutomationInTrial is CreateAutomation for one that is in trial from the start.
func (s *Service) CreateAutomationInTrial(ctx context.Context, actor rekey.SystemUser, a rekey.Automation) (SavedAutomation, error) {
	return s.createAutomation(ctx, actor, a, rekey.AutomationTrial)
}

func (s *Service) createAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, status rekey.AutomationStatus) (SavedAutomation, error) {
	if err := mayRead(actor); err != nil {
		return SavedAutomation{}, err
	}
	now := s.now()
	a.ID, a.OwnerID, a.BuiltIn, a.Version, a.CreatedAt, a.UpdatedAt = s.newID(), actor.ID, "", 1, now, now
	a.UpdatedBy, a.Status = actor.ID, status
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.check(ctx, tx.Queries, actor, &a, status.Starts()); err != nil {
			return err
		}
		if err := tx.InsertAutomation(ctx, a); err != nil {
			return err
		}
		return s.moveSchedule(ctx, tx, &a)
	})
	return s.saved(ctx, a), err
}

// UpdateAutomation changes an automation; UpdateUser describes change and
// version. Id, owner, status and purpose stay as they are. An automation that is active
// or in trial must stay complete and valid. Its waiting runs follow the new version, but stay
// due when they were.
func (s *Service) UpdateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return s.updateAutomation(ctx, actor, id, version, "", change)
}

// UpdateAndActivateAutomation changes and activates an automation: both, or
// neither if it would not be valid.
func (s *Service) UpdateAndActivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return s.updateAutomation(ctx, actor, id, version, rekey.AutomationActive, change)
}

// UpdateAndTryAutomation changes an automation and puts it in trial: both, or neither.
func (s *Service) UpdateAndTryAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return s.updateAutomation(ctx, actor, id, version, rekey.AutomationTrial, change)
}

func (s *Service) updateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, to rekey.AutomationStatus, change func(*rekey.Automation) error) (SavedAutomation, error) {
	var after rekey.Automation
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, err := managedAutomation(ctx, tx, actor, id, version)
		if err != nil {
			return err
		}
		after = before
		after.JobParams, after.TimeFrame.Days = bytes.Clone(before.JobParams), slices.Clone(before.TimeFrame.Days)
		if err := change(&after); err != nil {
			return err
		}
		after.ID, after.OwnerID, after.BuiltIn, after.Status = before.ID, before.OwnerID, before.BuiltIn, before.Status
		after.Version, after.CreatedAt, after.UpdatedAt, after.UpdatedBy = before.Version, before.CreatedAt, before.UpdatedAt, before.UpdatedBy
		if to != "" {
			after.Status = to
		}
		if err := cmp.Or(keepsPurpose(before, after), keepsJob(before, after)); err != nil {
			return err
		}
		if err := s.check(ctx, tx.Queries, actor, &after, after.Status.Starts()); err != nil {
			return err
		}
		if reflect.DeepEqual(before, after) {
			return nil
		}
		after.Version, after.UpdatedAt, after.UpdatedBy = before.Version+1, s.now(), actor.ID
		if err := tx.UpdateAutomation(ctx, after, before.Version, actor.ID); err != nil || sameMoments(before, after) {
			return err
		}
		return s.moveSchedule(ctx, tx, &after)
	})
	return s.saved(ctx, after), err
}

// sameMoments reports whether the moments of the schedule are the same after a change, so
// that one which has just come is not lost.
func sameMoments(before, after rekey.Automation) bool {
	return before.Status == after.Status && before.EventType == after.EventType && before.TimeZone == after.TimeZone &&
		before.EventFilter.Schedule == after.EventFilter.Schedule && reflect.DeepEqual(before.TimeFrame, after.TimeFrame)
}

// keepsJob refuses another job once there may be runs: what is recorded of them is about one.
func keepsJob(before, after rekey.Automation) error {
	if before.Status == rekey.AutomationDraft || before.JobType == after.JobType {
		return nil
	}
	return rekey.Invalid("job_type", "The job of an automation that was active or in trial cannot be changed. Make a new automation, or a copy of this one.")
}

// keepsPurpose refuses changes that a built-in automation does not allow.
func keepsPurpose(before, after rekey.Automation) error {
	if before.BuiltIn == "" {
		return nil
	}
	var p rekey.Problems
	const stays = "This automation is built in; this cannot be changed."
	if before.EventType != after.EventType {
		p.Add("event_type", stays)
	}
	if before.JobType != after.JobType {
		p.Add("job_type", stays)
	}
	if !after.SendParams().UseEventParameter {
		p.Add("job_params.use_event_parameter", stays)
	}
	return p.Err()
}

// CopyAutomation makes a draft with the same settings. The actor owns it, and it
// acts with their authority. If name is "", a name is made from the original's.
func (s *Service) CopyAutomation(ctx context.Context, actor rekey.SystemUser, id, name string) (SavedAutomation, error) {
	if err := mayRead(actor); err != nil {
		return SavedAutomation{}, err
	}
	var a rekey.Automation
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.Automation(ctx, id); err != nil {
			return err
		}
		if a.Name, err = freeName(ctx, tx.Queries, name, a.Name); err != nil {
			return err
		}
		now := s.now()
		a.ID, a.OwnerID, a.BuiltIn, a.Status = s.newID(), actor.ID, "", rekey.AutomationDraft
		a.Version, a.CreatedAt, a.UpdatedAt, a.UpdatedBy, a.NextAt = 1, now, now, actor.ID, time.Time{}
		if err := s.check(ctx, tx.Queries, actor, &a, false); err != nil {
			return err
		}
		return tx.InsertAutomation(ctx, a)
	})
	return s.saved(ctx, a), err
}

// FreeAutomationName returns a name for a copy that no automation has now.
func (s *Service) FreeAutomationName(ctx context.Context, actor rekey.SystemUser, original string) (string, error) {
	if err := mayRead(actor); err != nil {
		return "", err
	}
	return freeName(ctx, s.store.Queries, "", original)
}

// freeName returns asked, or if that is "", a name that no automation has.
func freeName(ctx context.Context, r store.Queries, asked, original string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	for n := 1; ; n++ {
		suffix := " (copy)"
		if n > 1 {
			suffix = fmt.Sprintf(" (copy %d)", n)
		}
		name := []rune(original)
		name = name[:min(len(name), rekey.MaxName-len(suffix))]
		_, err := r.AutomationByName(ctx, string(name)+suffix)
		switch rekey.CodeOf(err) {
		case rekey.CodeNotFound:
			return string(name) + suffix, nil
		case "":
		default:
			return "", err
		}
	}
}

// managedAutomation returns an automation if the actor may change it and it
// still has the version that the actor saw; 0 means any.
func managedAutomation(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, id string, version int64) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	a, err := tx.Automation(ctx, id)
	if err != nil {
		return a, err
	}
	if err := mayManage(ctx, tx.Queries, actor, a.OwnerID); err != nil {
		return a, err
	}
	return a, fresh(version, a.Version)
}

func (s *Service) saved(ctx context.Context, a rekey.Automation) SavedAutomation {
	return SavedAutomation{Automation: a, Warnings: s.Warnings(ctx, a)}
}
