package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"rekey"
)

// AutomationView is an automation with its owner.
type AutomationView struct {
	rekey.Automation
	// Owner is the zero value if the automation belongs to Rekey itself, or if
	// the actor may not view the owner.
	Owner rekey.SystemUser
	// Manageable: the actor may change it.
	Manageable bool
}

// AutomationList is a page of automations.
type AutomationList struct {
	Listed[AutomationView]
	// Owners are all owners of automations whom the actor may view, by name.
	Owners []rekey.SystemUser
	// Made is how many automations people have made, found or not.
	Made int
}

// AutomationPage returns a page of automations in the order that q names.
// q.Search also finds names of events and owners. The fields of q about pages
// are ignored. It reads all automations each time: there are a few hundred at
// most.
func (s *Service) AutomationPage(ctx context.Context, actor rekey.SystemUser, q rekey.AutomationQuery, p Place) (AutomationList, error) {
	var list AutomationList
	if err := mayRead(actor); err != nil {
		return list, err
	}
	made, err := s.allAutomations(ctx, rekey.AutomationQuery{})
	if err != nil {
		return list, err
	}
	owners := map[string]rekey.SystemUser{}
	for _, a := range made {
		if a.BuiltIn == "" {
			list.Made++
		}
		if err := s.readOwner(ctx, actor, a.OwnerID, owners); err != nil {
			return list, err
		}
	}
	for _, owner := range owners {
		if owner.ID != "" {
			list.Owners = append(list.Owners, owner)
		}
	}
	slices.SortFunc(list.Owners, func(a, b rekey.SystemUser) int {
		return cmp.Or(cmp.Compare(rekey.Fold(a.Name()), rekey.Fold(b.Name())), cmp.Compare(a.AddressKey, b.AddressKey))
	})
	search := rekey.TypedSearch(q.Search)
	q.Search, q.Now = "", s.now()
	narrowed, err := s.allAutomations(ctx, q)
	if err != nil {
		return list, err
	}
	var found []AutomationView
	for _, a := range narrowed {
		if v := viewOf(actor, a, owners[a.OwnerID]); v.isCalled(search) {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b AutomationView) int {
		by := cmp.Or(cmp.Compare(a.sortKey(q), b.sortKey(q)), cmp.Compare(a.NameKey, b.NameKey))
		if q.Descending {
			return -by
		}
		return by
	})
	list.Listed = cut(p, found, func(v AutomationView) string { return v.ID })
	return list, nil
}

// AutomationView returns an automation by its id, with its owner.
func (s *Service) AutomationView(ctx context.Context, actor rekey.SystemUser, id string) (AutomationView, error) {
	a, err := s.Automation(ctx, actor, id)
	if err != nil {
		return AutomationView{}, err
	}
	owners := map[string]rekey.SystemUser{}
	err = s.readOwner(ctx, actor, a.OwnerID, owners)
	return viewOf(actor, a, owners[a.OwnerID]), err
}

// allAutomations reads every page of a list.
func (s *Service) allAutomations(ctx context.Context, q rekey.AutomationQuery) ([]rekey.Automation, error) {
	var all []rekey.Automation
	for q.After, q.Limit, q.Now = "", MaxPage, s.now(); ; q.After = all[len(all)-1].ID {
		found, err := s.store.Automations(ctx, q)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(found) < q.Limit {
			return all, nil
		}
	}
}

// readOwner adds an owner to known: the zero value if the actor may not view
// them.
func (s *Service) readOwner(ctx context.Context, actor rekey.SystemUser, id string, known map[string]rekey.SystemUser) error {
	if _, ok := known[id]; ok || id == "" {
		return nil
	}
	u, err := viewed(ctx, s.store.Queries, actor, id)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return err
	}
	known[id] = u
	return nil
}

// viewOf adds the owner and whether the actor may change the automation.
func viewOf(actor rekey.SystemUser, a rekey.Automation, owner rekey.SystemUser) AutomationView {
	manageable := actor.Authority().MayAdminister()
	if a.OwnerID != "" {
		manageable = owner.ID != "" && actor.Authority().MayManage(owner.ID, owner.Role.Rank())
	}
	return AutomationView{a, owner, manageable}
}

// sortKey is the text by which a list is sorted.
func (v AutomationView) sortKey(q rekey.AutomationQuery) string {
	switch q.Order {
	case "event":
		return cmp.Or(v.EventFilter.Name.Value, v.EventType)
	case "owner":
		return rekey.Fold(v.Owner.Name()) + v.Owner.AddressKey
	case "status":
		return string(v.StatusAt(q.Now))
	default:
		return v.NameKey
	}
}

// isCalled reports whether the name of the automation, its event or its owner
// contains text, which must be case-folded.
func (v AutomationView) isCalled(text string) bool {
	event, _ := rekey.FindEventType(v.EventType)
	for _, called := range []string{v.NameKey, v.EventType, rekey.Fold(event.Label), rekey.Fold(v.EventFilter.Name.Value), rekey.Fold(v.Owner.Name()), v.Owner.AddressKey} {
		if strings.Contains(called, text) {
			return true
		}
	}
	return false
}

// cut returns a page of a whole list. If the entry that p names is not in the
// list any more, the page begins at the start.
func cut[T any](p Place, all []T, id func(T) string) Listed[T] {
	size := p.ask() - 1
	indexOf := func(wanted string) int {
		return slices.IndexFunc(all, func(t T) bool { return wanted != "" && id(t) == wanted })
	}
	from := indexOf(p.After) + 1
	if before := indexOf(p.Before); before >= 0 {
		from = max(0, before-size)
	}
	l := Listed[T]{Total: Total{N: len(all)}}
	to := min(from+size, len(all))
	if l.Entries = all[from:to]; from > 0 {
		l.Previous = id(all[from])
	}
	if to < len(all) {
		l.Next = id(all[to-1])
	}
	return l
}
