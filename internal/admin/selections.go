package admin

import (
	"context"
	"reflect"
	"strings"

	"rekey/internal/store"

	"rekey"
)

// Selection returns a selection by its id. The actor must be allowed to define
// selections.
func (s *Service) Selection(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Selection, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Selection{}, err
	}
	sel, err := s.store.Selection(ctx, id)
	sel.Warnings = s.compiler.ConstantWarnings(sel.Expression)
	return sel, err
}

// FindSelections returns those of the selections that exist, by id.
func (s *Service) FindSelections(ctx context.Context, actor rekey.SystemUser, ids []string) (map[string]rekey.Selection, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.store.FindSelections(ctx, ids)
}

// Selections returns a page of selections in the order of their creation, after
// p.After, without a total. search is part of a name.
func (s *Service) Selections(ctx context.Context, actor rekey.SystemUser, search string, p Place) (Listed[rekey.Selection], error) {
	if err := mayRead(actor); err != nil {
		return Listed[rekey.Selection]{}, err
	}
	found, err := s.store.Selections(ctx, search, p.After, p.ask())
	return listed(p, found, Total{}, func(x rekey.Selection) string { return x.ID }), err
}

// CreateSelection stores a new selection, owned by the actor. It uses only name,
// description and expression of sel.
func (s *Service) CreateSelection(ctx context.Context, actor rekey.SystemUser, sel rekey.Selection) (rekey.Selection, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Selection{}, err
	}
	now := s.now()
	sel = rekey.Selection{
		ID: s.newID(), Name: sel.Name, Description: sel.Description, Expression: sel.Expression,
		OwnerID: actor.ID, Version: 1, CreatedAt: now, UpdatedAt: now, UpdatedBy: actor.ID,
	}
	if err := s.validSelection(&sel); err != nil {
		return rekey.Selection{}, err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.InsertSelection(ctx, sel) })
	sel.Warnings = s.compiler.ConstantWarnings(sel.Expression)
	return sel, err
}

// UpdateSelection changes name, description or expression; UpdateUser describes
// change and version. The actor must be allowed to change the selection and
// every automation that uses it, because these automations change with it.
func (s *Service) UpdateSelection(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Selection) error) (rekey.Selection, error) {
	var after rekey.Selection
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, _, err := managedSelection(ctx, tx, actor, id, version)
		if err != nil {
			return err
		}
		wanted := before
		if err := change(&wanted); err != nil {
			return err
		}
		after = before
		after.Name, after.Description, after.Expression = wanted.Name, wanted.Description, wanted.Expression
		if err := s.validSelection(&after); err != nil || reflect.DeepEqual(after, before) {
			return err
		}
		after.Version, after.UpdatedAt, after.UpdatedBy = before.Version+1, s.now(), actor.ID
		return tx.UpdateSelection(ctx, after, before.Version)
	})
	after.Warnings = s.compiler.ConstantWarnings(after.Expression)
	return after, err
}

// DeleteSelection deletes a selection that no automation uses. version is the
// one that the actor saw; 0 means any.
func (s *Service) DeleteSelection(ctx context.Context, actor rekey.SystemUser, id string, version int64) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		_, automations, err := managedSelection(ctx, tx, actor, id, version)
		if err != nil {
			return err
		}
		if len(automations) > 0 {
			return rekey.NewError(rekey.CodeConflict, "This selection is used by "+namesOf(automations, nil)+".")
		}
		return tx.DeleteSelection(ctx, id, actor.ID, s.now())
	})
}

// managedSelection returns a selection, if the actor may change it, with the
// automations that use it.
func managedSelection(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, id string, version int64) (rekey.Selection, []rekey.Automation, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Selection{}, nil, err
	}
	sel, err := tx.Selection(ctx, id)
	if err != nil {
		return sel, nil, err
	}
	if sel.BuiltIn != "" {
		return sel, nil, rekey.NewError(rekey.CodeForbidden, "This selection is built in and cannot be changed. Create your own selection instead.")
	}
	if err := mayManage(ctx, tx.Queries, actor, sel.OwnerID); err != nil {
		return sel, nil, err
	}
	automations, err := tx.AutomationsUsing(ctx, id)
	if err != nil {
		return sel, nil, err
	}
	for _, a := range automations {
		if err := mayManage(ctx, tx.Queries, actor, a.OwnerID); err != nil {
			return sel, nil, err
		}
	}
	return sel, automations, fresh(version, sel.Version)
}

// validSelection checks a selection and its condition.
func (s *Service) validSelection(sel *rekey.Selection) error {
	var p rekey.Problems
	err := sel.Validate()
	p.Merge("", err)
	if strings.TrimSpace(sel.Expression) != "" && len(sel.Expression) <= rekey.MaxExpression {
		_, err := s.compiler.Compile(sel.Expression)
		p.Merge("", err)
	}
	return p.Err()
}

// namesOf lists automations and selections in words, at most five by name.
func namesOf(automations []rekey.Automation, selections []rekey.Selection) string {
	const shown = 5
	var names []string
	for _, a := range automations {
		names = append(names, "the automation '"+a.Name+"'")
	}
	for _, sel := range selections {
		names = append(names, "the selection '"+sel.Name+"'")
	}
	if len(names) > shown {
		names = append(names[:shown], "others")
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
