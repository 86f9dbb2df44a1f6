package admin

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"

	"rekey/internal/store"

	"rekey"
)

// SavedAutomation is an automation as it was stored.
type SavedAutomation struct {
	Automation rekey.Automation
	Warnings   []rekey.Warning
	// Cancelled is how many waiting runs ended with it.
	Cancelled int64
}

// NewAutomation returns what a new automation begins with: the job Send New
// Password, the built-in selection, no delay, UTC. A caller writes what it was
// given over it and hands it to CreateAutomation, which adds nothing.
func (s *Service) NewAutomation(ctx context.Context, actor rekey.SystemUser) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	sel, err := s.store.BuiltInSelection(ctx, rekey.AllExceptAPI)
	return rekey.Automation{JobType: rekey.SendNewPassword, SelectionID: sel.ID, TimeZone: "UTC"}, err
}

// Automation returns an automation by its id. Automations are shown to those
// who may define some.
func (s *Service) Automation(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Automation{}, err
	}
	return s.store.Automation(ctx, id)
}

// Automations is a page of automations in the order of their creation, from p.After
// on. They are not counted.
func (s *Service) Automations(ctx context.Context, actor rekey.SystemUser, q rekey.AutomationQuery, p Place) (Listed[rekey.Automation], error) {
	if err := mayRead(actor); err != nil {
		return Listed[rekey.Automation]{}, err
	}
	q.After, q.Limit, q.Now = p.After, p.ask(), s.now()
	found, err := s.store.Automations(ctx, q)
	return listed(p, found, Total{}, func(a rekey.Automation) string { return a.ID }), err
}

// CreateAutomation stores a new automation, owned by the actor. As a draft it
// may be incomplete, but what is there must be valid; to be activated, all of
// it must be.
func (s *Service) CreateAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, activate bool) (SavedAutomation, error) {
	if err := mayRead(actor); err != nil {
		return SavedAutomation{}, err
	}
	now := s.now()
	a.ID, a.OwnerID, a.BuiltIn, a.Version, a.CreatedAt, a.UpdatedAt = s.newID(), actor.ID, "", 1, now, now
	a.UpdatedBy, a.Status = actor.ID, rekey.AutomationDraft
	if activate {
		a.Status = rekey.AutomationActive
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.check(ctx, tx.Queries, actor, &a, activate); err != nil {
			return err
		}
		return tx.InsertAutomation(ctx, a)
	})
	return s.saved(a), err
}

// UpdateAutomation changes an automation; for change and version see
// UpdateUser. Id, owner, status and purpose stay as they are. An active one must
// stay valid, and the runs that wait for it go by what it says then.
func (s *Service) UpdateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return s.updateAutomation(ctx, actor, id, version, false, change)
}

// UpdateAndActivateAutomation changes an automation and lets events start runs:
// both, or neither if it is not valid then.
func (s *Service) UpdateAndActivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return s.updateAutomation(ctx, actor, id, version, true, change)
}

func (s *Service) updateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, activate bool, change func(*rekey.Automation) error) (SavedAutomation, error) {
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
		if activate {
			after.Status = rekey.AutomationActive
		}
		if err := keepsPurpose(before, after); err != nil {
			return err
		}
		if err := s.check(ctx, tx.Queries, actor, &after, after.Status == rekey.AutomationActive); err != nil {
			return err
		}
		if reflect.DeepEqual(before, after) {
			return nil
		}
		after.Version, after.UpdatedAt, after.UpdatedBy = before.Version+1, s.now(), actor.ID
		return tx.UpdateAutomation(ctx, after, before.Version)
	})
	return s.saved(after), err
}

// keepsPurpose holds what a built-in automation is there for.
func keepsPurpose(before, after rekey.Automation) error {
	if before.BuiltIn == "" {
		return nil
	}
	var p rekey.Problems
	const stays = "This automation exists from the start, and this stays as it is."
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

// CopyAutomation makes a draft like it, owned by the actor, with whose authority
// the copy acts. name "" is a name made from the original's.
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
		a.Version, a.CreatedAt, a.UpdatedAt, a.UpdatedBy = 1, now, now, actor.ID
		if err := s.check(ctx, tx.Queries, actor, &a, false); err != nil {
			return err
		}
		return tx.InsertAutomation(ctx, a)
	})
	return s.saved(a), err
}

// FreeAutomationName returns a name for a copy of an automation that no other
// has now.
func (s *Service) FreeAutomationName(ctx context.Context, actor rekey.SystemUser, original string) (string, error) {
	if err := mayRead(actor); err != nil {
		return "", err
	}
	return freeName(ctx, s.store.Queries, "", original)
}

// freeName returns the name for a copy: the one that was asked for, or one that
// nobody has.
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

// managedAutomation returns an automation that the actor may change, in the
// version that the actor saw.
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

func (s *Service) saved(a rekey.Automation) SavedAutomation {
	return SavedAutomation{Automation: a, Warnings: s.Warnings(a)}
}
