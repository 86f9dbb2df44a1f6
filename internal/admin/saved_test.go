package admin_test

import (
	"reflect"
	"testing"

	"rekey"
	"rekey/internal/store"
)

// After a lost race, the error names who saved first.
func TestWhoSavedLastIsOnRecord(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.operator)
	sel := o.selection(o.operator, "true")
	id := a.ID
	wantBy := func(what string, who rekey.SystemUser) {
		t.Helper()
		stored, err := o.Automation(o.ctx, o.root, id)
		o.must(err)
		if stored.UpdatedBy != who.ID {
			t.Errorf("%s: saved by %s, want the %s", what, stored.UpdatedBy, who.Role)
		}
	}
	wantBy("created", o.operator)
	_, err := o.UpdateAutomation(o.ctx, o.manager, id, 1, func(a *rekey.Automation) error {
		a.Description, a.UpdatedBy = "New.", o.root.ID // not the caller's to say
		return nil
	})
	o.must(err)
	wantBy("changed", o.manager)
	_, err = o.UpdateAutomation(o.ctx, o.operator, id, 1, func(*rekey.Automation) error { return nil })
	o.refused(err, rekey.CodeStale)
	_, err = o.UpdateAutomation(o.ctx, o.root, id, 2, func(a *rekey.Automation) error {
		a.UpdatedBy = o.root.ID
		return nil
	})
	o.must(err)
	wantBy("saved without a change", o.manager)
	_, err = o.DeactivateAutomation(o.ctx, o.root, id, 0)
	o.must(err)
	wantBy("deactivated", o.root)
	_, err = o.ActivateAutomation(o.ctx, o.operator, id, 0)
	o.must(err)
	wantBy("activated", o.operator)
	saved, err := o.CopyAutomation(o.ctx, o.manager, id, "")
	o.must(err)
	id = saved.Automation.ID
	wantBy("copied", o.manager)

	_, err = o.UpdateSelection(o.ctx, o.root, sel.ID, 0, func(s *rekey.Selection) error {
		s.Description = "New."
		return nil
	})
	o.must(err)
	stored, err := o.Selection(o.ctx, o.operator, sel.ID)
	o.must(err)
	if sel.UpdatedBy != o.operator.ID || stored.UpdatedBy != o.root.ID {
		t.Errorf("the selection was saved by %s, then by %s", sel.UpdatedBy, stored.UpdatedBy)
	}
}

func TestOwnProfileIsSavedThoughAnEarlierVersionStoredBlanks(t *testing.T) {
	t.Parallel()
	o := setup(t)
	stored := o.member
	stored.Attributes, stored.Version = map[string]string{"team": " blue\u00a0"}, stored.Version+1
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.UpdateUser(o.ctx, stored, o.member.Version, "") }))
	_, err := o.UpdateOwnProfile(o.ctx, stored, 0, rekey.SystemUser{FirstName: "Grace"})
	o.must(err)
	if got := o.user(stored.ID).Attributes["team"]; got != "blue" {
		t.Errorf("the attribute is %q", got)
	}
}

func TestOwnProfileIsNameLanguageAndZone(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, u := range []rekey.SystemUser{o.member, o.root} {
		got, err := o.UpdateOwnProfile(o.ctx, u, u.Version, rekey.SystemUser{FirstName: " Grace ", LastName: "Hopper", Language: "de-CH", TimeZone: "Europe/Zurich"})
		o.must(err)
		want := u
		want.FirstName, want.LastName, want.Language, want.TimeZone = "Grace", "Hopper", "de-CH", "Europe/Zurich"
		stored := o.user(u.ID)
		if want.Version, want.UpdatedAt = got.Version, stored.UpdatedAt; !reflect.DeepEqual(stored, want) || got.Version != u.Version+1 {
			t.Errorf("stored %+v, want %+v", stored, want)
		}
		o.unchanged(func() {
			_, err = o.UpdateOwnProfile(o.ctx, u, u.Version, rekey.SystemUser{})
			o.refused(err, rekey.CodeStale)
			_, err = o.UpdateOwnProfile(o.ctx, u, 0, rekey.SystemUser{FirstName: "www.example.org", Language: "no such", TimeZone: "Mars/Olympus"})
			o.refused(err, rekey.CodeInvalid, "first_name", "language", "time_zone")
		})
	}
}
