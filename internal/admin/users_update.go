package admin

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rekey/internal/store"

	"rekey"
)

// UpdateUser changes a system user. change gets the stored record and sets the
// fields that are to change. It runs within the transaction, so it must do
// nothing else. version is the one that the actor saw; 0 means any.
//
// Users may change the fields that are their own (see rekey.UserFields). All
// fields may be changed by those who may change the user. BlockUser and
// RestoreUser change the status. A new address ends the mailed passwords, which
// went to the old one.
func (s *Service) UpdateUser(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.SystemUser) error) (rekey.SystemUser, error) {
	var after rekey.SystemUser
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, changed, err := s.checkedUpdate(ctx, tx.Queries, actor, id, version, change)
		if after = changed; err != nil || sameUser(before, after) {
			return err
		}
		return s.writeUser(ctx, tx, actor.ID, before, &after)
	})
	return after, err
}

// checkedUpdate returns a system user before and after a change, if the actor may make it.
func (s *Service) checkedUpdate(ctx context.Context, r store.Queries, actor rekey.SystemUser, id string, version int64, change func(*rekey.SystemUser) error) (before, after rekey.SystemUser, err error) {
	if before, err = viewed(ctx, r, actor, id); err != nil {
		return before, after, err
	}
	if err := fresh(version, before.Version); err != nil {
		return before, after, err
	}
	if after, err = changedUser(before, change); err != nil {
		return before, after, err
	}
	bad := s.validUser(before, &after)
	if err := mayChangeTo(actor, before, after); err != nil {
		return before, after, err
	}
	return before, after, bad
}

// sameUser reports whether nothing is to be written.
func sameUser(before, after rekey.SystemUser) bool { return reflect.DeepEqual(before, after) }

// changedUser applies change to a copy. Fields that nobody may set stay as they
// were.
func changedUser(before rekey.SystemUser, change func(*rekey.SystemUser) error) (rekey.SystemUser, error) {
	after := before
	after.Attributes = maps.Clone(before.Attributes)
	after.Sources = slices.Clone(before.Sources)
	if err := change(&after); err != nil {
		return after, err
	}
	return before.With(after), nil
}

// validUser checks the new record. It keeps the old form of empty attributes and
// sources, so that an update without a change is recognised.
func (s *Service) validUser(before rekey.SystemUser, after *rekey.SystemUser) error {
	var p rekey.Problems
	p.Merge("", after.Validate())
	if after.Status != before.Status {
		p.Add("status", "Block or restore the system user to change this.")
	}
	if after.Type == rekey.TypeUI && reflect.DeepEqual(before.Sources, after.Sources) {
		after.Sources = nil // a UI user has no sources
	}
	if !reflect.DeepEqual(before.Sources, after.Sources) {
		s.checkMappings(&p, after.Sources)
	}
	checkSources(&p, after)
	if len(after.Attributes) == 0 && len(before.Attributes) == 0 {
		after.Attributes = before.Attributes
	}
	if len(after.Sources) == 0 && len(before.Sources) == 0 {
		after.Sources = before.Sources
	}
	return p.Err()
}

// mayChangeTo returns an error with all fields that the actor may not change.
func mayChangeTo(actor, before, after rekey.SystemUser) error {
	before.Normalise() // as after is
	a := actor.Authority()
	self, may := actor.ID == before.ID, a.MayChange(before)
	var p rekey.Problems
	check := func(field, label string, changed, allowed bool) {
		if changed && !allowed {
			p.Add(field, notToChange(actor, before, label))
		}
	}
	own := self && a.Rank >= rekey.RankMember
	for _, f := range rekey.UserFields() {
		differs := f.Get(&before) != f.Get(&after)
		if differs && f.Decided(before) {
			p.Add(f.Name, decidedThere(before))
			continue
		}
		check(f.Name, strings.ToLower(f.Label), differs, may || own && f.Own)
	}
	if may && before.Role != after.Role && !a.MayGrant(after.Role) {
		p.Add("role", "You cannot give a role above your own; an Administrator can.")
	}
	check("status", "status", before.Status != after.Status, may)
	if differ := !maps.Equal(before.Attributes, after.Attributes); differ && !before.Directory.BuiltIn() {
		p.Add("attributes", decidedThere(before))
	} else {
		check("attributes", "attributes", differ, may || a.MayAdminister())
	}
	checkTrust(&p, a, before.Sources, after.Sources)
	check("sources", "sources", !reflect.DeepEqual(before.Sources, after.Sources), may || a.MayAdminister())
	return asForbidden(p.Err())
}

// decidedThere refuses to change what the directory of a user decides.
func decidedThere(u rekey.SystemUser) string {
	return "The directory " + u.Directory.Directory + " decides this. Change it there."
}

// writeUser stores a change. by is the id of whoever made it; "" for an import.
func (s *Service) writeUser(ctx context.Context, tx *store.Tx, by string, before rekey.SystemUser, after *rekey.SystemUser) error {
	after.UpdatedAt = s.now()
	after.Version++
	if after.Role != rekey.RoleAdministrator && before.Status == rekey.UserActive {
		if err := othersAdminister(ctx, tx.Queries, before); err != nil {
			return err
		}
	}
	if err := sourcesFree(ctx, tx.Queries, *after); err != nil {
		return err
	}
	if err := tx.UpdateUser(ctx, *after, before.Version, by); err != nil {
		return err
	}
	if after.Type == rekey.TypeUI && before.Type != rekey.TypeUI {
		if err := tx.DeleteTokens(ctx, after.ID); err != nil {
			return err
		}
	}
	if after.Type == rekey.TypeAPI && before.Type != rekey.TypeAPI {
		if err := tx.DeleteOtherSessions(ctx, after.ID, ""); err != nil {
			return err
		}
	}
	if after.Address == before.Address {
		return nil
	}
	return tx.EndMailed(ctx, after.ID, rekey.ReasonAddressChanged, after.UpdatedAt)
}

// asForbidden gives an error from Problems.Err the code CodeForbidden.
func asForbidden(err error) error {
	e, ok := err.(*rekey.Error) //nolint:errorlint // it comes from Problems.Err, unwrapped
	if !ok {
		return err
	}
	return &rekey.Error{Code: rekey.CodeForbidden, Message: "You may not change this.", Fields: e.Fields}
}

// UpdateOwnProfile changes only the fields that are the actor's own, such as the
// name, to what is entered. version is the one that they saw; 0 means any.
func (s *Service) UpdateOwnProfile(ctx context.Context, actor rekey.SystemUser, version int64, entered rekey.SystemUser) (rekey.SystemUser, error) {
	return s.UpdateUser(ctx, actor, actor.ID, version, func(u *rekey.SystemUser) error {
		for _, f := range rekey.UserFields() {
			if f.Own {
				f.Set(u, f.Get(&entered))
			}
		}
		return nil
	})
}
