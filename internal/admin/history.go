package admin

import (
	"cmp"
	"context"
	"strconv"

	"rekey"
)

// History returns a page of the changes of an automation, a selection or a system user,
// the latest first. It stays readable after the object was deleted: for system users only
// to Administrators. Members see their own. In the changes, people whom the actor may view
// have their address in place of their id, and selections their name.
//
// Errors: CodeForbidden, CodeNotFound.
func (s *Service) History(ctx context.Context, actor rekey.SystemUser, kind rekey.Kind, id string, p Place) (Listed[rekey.Change], error) {
	var none Listed[rekey.Change]
	after, err := s.present(ctx, actor, kind, id)
	if err != nil {
		return none, err
	}
	place, _ := strconv.ParseInt(p.After, 10, 64) // "" is the first page
	versions, err := s.store.PastVersions(ctx, kind, id, place, p.ask()+1)
	if err != nil {
		return none, err
	}
	if len(versions) == 0 && after == nil {
		return none, rekey.NewError(rekey.CodeNotFound, "Nothing has this id, and nothing had it in the time that is on record.")
	}
	if place != 0 && len(versions) > 0 { // the last one of the page before
		after, versions = versions[0].Fields, versions[1:]
	}
	var changes []rekey.Change
	for _, v := range versions[:min(len(versions), p.ask())] {
		c := rekey.Change{Version: v.Version, At: v.At, By: v.By, Deleted: v.Deleted, Erased: v.Fields == nil}
		if !v.Deleted && !c.Erased && after != nil {
			c.Fields = rekey.Differences(v.Fields, after)
		}
		after = v.Fields
		changes = append(changes, c)
	}
	if err := s.nameAll(ctx, actor, changes); err != nil {
		return none, err
	}
	l := listed(p, changes, Total{}, func(c rekey.Change) string { return strconv.FormatInt(c.Version, 10) })
	l.Previous = "" // the list is read in one direction
	return l, nil
}

// present returns what an object holds now, if the actor may read it; nil if it does not
// exist any more.
func (s *Service) present(ctx context.Context, actor rekey.SystemUser, kind rekey.Kind, id string) (fields []rekey.Field, err error) {
	if kind != rekey.KindUser || id != actor.ID {
		if err := mayRead(actor); err != nil {
			return nil, err
		}
	}
	if kind == rekey.KindUser {
		u, err := viewed(ctx, s.store.Queries, actor, id)
		if rekey.CodeOf(err) == rekey.CodeNotFound && actor.Authority().MayAdminister() {
			return nil, nil
		}
		return u.Fields(), err
	}
	if kind == rekey.KindAutomation {
		var a rekey.Automation
		a, err = s.store.Automation(ctx, id)
		fields = a.Fields()
	} else {
		var sel rekey.Selection
		sel, err = s.store.Selection(ctx, id)
		fields = sel.Fields()
	}
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil, nil
	}
	return fields, err
}

// idFields are the fields that hold an id, with what it is of.
var idFields = map[string]rekey.Kind{
	"owner": rekey.KindUser, "event_filter.system_user": rekey.KindUser, "job_params.system_user": rekey.KindUser,
	"selection": rekey.KindSelection, "event_filter.automation": rekey.KindAutomation,
}

// nameAll puts addresses and names in place of ids, where the actor may view them.
func (s *Service) nameAll(ctx context.Context, actor rekey.SystemUser, changes []rekey.Change) error {
	ids, names := map[rekey.Kind][]string{}, map[string]string{}
	eachID(changes, func(of rekey.Kind, id *string) { ids[of] = append(ids[of], *id) })
	users, err := s.store.FindUsers(ctx, ids[rekey.KindUser])
	if err != nil {
		return err
	}
	for id, u := range users {
		if actor.Authority().MayView(u) {
			names[id] = u.Address
		}
	}
	selections, err := s.store.FindSelections(ctx, ids[rekey.KindSelection])
	if err != nil {
		return err
	}
	for id, sel := range selections {
		names[id] = sel.Name
	}
	for _, id := range ids[rekey.KindAutomation] {
		a, err := s.store.Automation(ctx, id)
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return err
		}
		names[id] = a.Name
	}
	eachID(changes, func(_ rekey.Kind, id *string) { *id = cmp.Or(names[*id], *id) })
	return nil
}

// eachID calls fn with each value in changes that is an id.
func eachID(changes []rekey.Change, fn func(of rekey.Kind, id *string)) {
	for i := range changes {
		for j := range changes[i].Fields {
			f := &changes[i].Fields[j]
			of, found := idFields[f.Field]
			for _, id := range []*string{&f.Old, &f.New} {
				if found && *id != "" {
					fn(of, id)
				}
			}
		}
	}
}
