package store

import (
	"testing"
	"time"

	"rekey"
)

var historyTests = map[string]func(*testing.T, *fixture){
	"EarlierVersionsAreKeptWithWhoReplacedThem": func(t *testing.T, f *fixture) {
		a := f.automation("First")
		first := a
		for i, name := range []string{"Second", "Third"} {
			a.Name, a.NameKey, a.Version, a.UpdatedAt = name, rekey.NameKey(name), a.Version+1, at(time.Duration(i)*time.Hour)
			f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, a.Version-1, "ada") })
		}
		a.Version++ // a new version that says nothing new
		f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, a.Version-1, "bob") })
		f.write(func(tx *Tx) error { return tx.DeleteAutomation(f.ctx, a.ID, "cy", at(week)) })
		list, err := f.PastVersions(f.ctx, rekey.KindAutomation, a.ID, 0, 10)
		f.ok(err)
		second := first
		second.Name = "Second"
		same(t, list, []rekey.PastVersion{
			{Kind: rekey.KindAutomation, ObjectID: a.ID, Version: a.Version, Fields: a.Fields(), At: at(week), By: "cy", Deleted: true},
			{Kind: rekey.KindAutomation, ObjectID: a.ID, Version: first.Version + 1, Fields: second.Fields(), At: at(time.Hour), By: "ada"},
			{Kind: rekey.KindAutomation, ObjectID: a.ID, Version: first.Version, Fields: first.Fields(), At: noon, By: "ada"},
		})
		list, err = f.PastVersions(f.ctx, rekey.KindAutomation, a.ID, first.Version+1, 1)
		f.ok(err)
		same(t, list[0].Version, first.Version+1)
	},
	"ChangeThatIsTooLateKeepsNothing": func(t *testing.T, f *fixture) {
		a := f.automation("First")
		a.Name, a.NameKey = "Late", "late"
		wantCode(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, a.Version+1, "ada") }), rekey.CodeStale)
		list, err := f.PastVersions(f.ctx, rekey.KindAutomation, a.ID, 0, 10)
		f.ok(err)
		same(t, len(list), 0)
	},
	"WhatIsKnownOfADeletedUserIsErased": func(t *testing.T, f *fixture) {
		u := f.user()
		u = f.stored(u)
		u.FirstName, u.UpdatedAt = "Grace", noon
		f.write(func(tx *Tx) error { return tx.UpdateUser(f.ctx, u, u.Version, "ada") })
		f.write(func(tx *Tx) error { return tx.DeleteUser(f.ctx, u.ID, "bob", at(time.Hour)) })
		list, err := f.PastVersions(f.ctx, rekey.KindUser, u.ID, 0, 10)
		f.ok(err)
		same(t, list, []rekey.PastVersion{
			{Kind: rekey.KindUser, ObjectID: u.ID, Version: u.Version + 1, At: at(time.Hour), By: "bob", Deleted: true},
			{Kind: rekey.KindUser, ObjectID: u.ID, Version: u.Version, At: noon, By: "ada"},
		})
		same(t, f.count(`SELECT COUNT(*) FROM history WHERE fields LIKE '%@%' OR fields LIKE '%Grace%'`), 0)
	},
	"VersionsArePrunedOnceNothingRefersToThem": func(t *testing.T, f *fixture) {
		a := f.automation("First")
		a.Name, a.NameKey, a.Version, a.UpdatedAt = "Second", "second", a.Version+1, noon
		f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, a.Version-1, "ada") })
		f.prune(at(week), 10)
		same(t, f.count(`SELECT COUNT(*) FROM history`), 1)
		f.prune(at(week+time.Second), 10)
		same(t, f.count(`SELECT COUNT(*) FROM history`), 0)
	},
}
