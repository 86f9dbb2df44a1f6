package admin

import (
	"context"

	"rekey"
)

// SelectionView is a selection with its owner and the automations that use it.
type SelectionView struct {
	rekey.Selection

	// Owner is the zero value if the selection belongs to Rekey itself, or if
	// the actor may not view the owner.
	Owner rekey.SystemUser
	// UsedBy are the automations that use it.
	UsedBy []rekey.Automation
	// Changeable: the actor may change it, and delete it if UsedBy is empty.
	Changeable bool
}

// SelectionPage returns a page of selections by name. search is part of a name.
func (s *Service) SelectionPage(ctx context.Context, actor rekey.SystemUser, search string, p Place) (Listed[SelectionView], error) {
	var none Listed[SelectionView]
	if err := mayRead(actor); err != nil {
		return none, err
	}
	found, err := s.store.SelectionsByName(ctx, search, p.After, p.Before, p.ask())
	if err != nil {
		return none, err
	}
	views, err := s.viewSelections(ctx, actor, found)
	if err != nil {
		return none, err
	}
	total, err := totalOf(s.store.CountSelections(ctx, search, countTo))
	return listed(p, views, total, func(v SelectionView) string { return v.NameKey }), err
}

// ViewSelection returns a selection by its id, with owner and use.
func (s *Service) ViewSelection(ctx context.Context, actor rekey.SystemUser, id string) (SelectionView, error) {
	sel, err := s.Selection(ctx, actor, id)
	if err != nil {
		return SelectionView{}, err
	}
	views, err := s.viewSelections(ctx, actor, []rekey.Selection{sel})
	if err != nil {
		return SelectionView{}, err
	}
	return views[0], nil
}

func (s *Service) viewSelections(ctx context.Context, actor rekey.SystemUser, found []rekey.Selection) ([]SelectionView, error) {
	ids := make([]string, len(found))
	for i, sel := range found {
		ids[i] = sel.ID
	}
	using, err := s.store.AutomationsUsing(ctx, ids...)
	if err != nil {
		return nil, err
	}
	ofSelection := map[string][]rekey.Automation{}
	var owners []string
	for _, a := range using {
		ofSelection[a.SelectionID] = append(ofSelection[a.SelectionID], a)
		owners = append(owners, a.OwnerID)
	}
	for _, sel := range found {
		owners = append(owners, sel.OwnerID)
	}
	people, err := s.store.FindUsers(ctx, owners)
	if err != nil {
		return nil, err
	}
	views := make([]SelectionView, len(found))
	for i, sel := range found {
		v := SelectionView{Selection: sel, UsedBy: ofSelection[sel.ID]}
		v.Changeable = sel.BuiltIn == "" && manages(actor, sel.OwnerID, people)
		for _, a := range v.UsedBy {
			v.Changeable = v.Changeable && manages(actor, a.OwnerID, people)
		}
		if owner, ok := people[sel.OwnerID]; ok && actor.Authority().MayView(owner) {
			v.Owner = owner
		}
		views[i] = v
	}
	return views, nil
}

// manages decides like mayManage. people holds the owners, read before.
func manages(actor rekey.SystemUser, ownerID string, people map[string]rekey.SystemUser) bool {
	if ownerID == "" {
		return actor.Authority().MayAdminister()
	}
	owner, ok := people[ownerID]
	return ok && actor.Authority().MayManage(ownerID, owner.Role.Rank())
}
