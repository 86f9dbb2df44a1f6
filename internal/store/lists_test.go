package store

import (
	"slices"
	"testing"
	"time"

	"rekey"
)

func idOfUser(u rekey.SystemUser) string   { return u.ID }
func idOfDelivery(d rekey.Delivery) string { return d.ID }
func idOfRun(r rekey.Run) string           { return r.ID }

var listTests = map[string]func(*testing.T, *fixture){
	"UsersAreSortedAndPagedBothWays": func(t *testing.T, f *fixture) {
		named := func(first, address string) func(*rekey.SystemUser) {
			return func(u *rekey.SystemUser) { u.FirstName, u.LastName, u.Address = first, "", address }
		}
		bob, ada, adaToo := f.user(named("Bob", "z@example.org")), f.user(named("ada", "y@example.org")), f.user(named("Ada", "x@example.org"))
		for order, want := range map[string][]string{
			"": {bob.ID, ada.ID, adaToo.ID}, "name": {adaToo.ID, ada.ID, bob.ID}, "address": {adaToo.ID, ada.ID, bob.ID},
		} {
			for _, descending := range []bool{false, true} {
				if descending {
					slices.Reverse(want)
				}
				list := func(after, before string, limit int) []string {
					found, err := f.Users(f.ctx, rekey.UserQuery{MaxRank: 3, Order: order, Descending: descending, After: after, Before: before, Limit: limit})
					return ids(got(t, found, err), idOfUser)
				}
				same(t, list("", "", 10), want)
				same(t, list("", "", 2), want[:2])
				same(t, list(want[1], "", 2), want[2:])
				same(t, list("", want[2], 2), want[:2])
				same(t, list("", want[2], 1), want[1:2])
				same(t, list(want[2], "", 2), []string{})
				same(t, list("", want[0], 2), []string{})
			}
		}
		gone, err := f.Users(f.ctx, rekey.UserQuery{MaxRank: 3, Order: "name", After: "nobody", Limit: 1})
		same(t, ids(got(t, gone, err), idOfUser), []string{adaToo.ID})
	},
	"WhoeverIsMeantIsSuggestedFirst": func(t *testing.T, f *fixture) {
		named := func(first, last, address string, role rekey.Role) string {
			return f.user(func(u *rekey.SystemUser) { u.FirstName, u.LastName, u.Address, u.Role = first, last, address, role }).ID
		}
		inside := named("Bertha", "Bo", "b@example.org", rekey.RoleMember) // has it within a name
		last := named("Zoe", "Ertl", "z@example.org", rekey.RoleMember)
		address := named("Carl", "", "ert@example.org", rekey.RoleMember)
		first := named("ERTAN", "Y", "y@example.org", rekey.RoleMember)
		named("Ertan", "X", "x@example.org", rekey.RoleManager)
		named("Nobody", "Else", "n@example.org", rekey.RoleMember)
		for search, want := range map[string][]string{
			" eRT ": {first, address, last, inside}, "ertl": {last}, "%": {}, "nobody else n@": nil,
		} {
			list, err := f.SuggestUsers(f.ctx, search, rekey.RankOperator, 4)
			if found := ids(got(t, list, err), idOfUser); want != nil {
				same(t, found, want)
			} else {
				same(t, len(found), 1)
			}
		}
		list, err := f.SuggestUsers(f.ctx, "ert", rekey.RankOperator, 3)
		same(t, ids(got(t, list, err), idOfUser), []string{first, address, last})
		list, err = f.SuggestUsers(f.ctx, "", rekey.RankAdministrator, 2)
		same(t, ids(got(t, list, err), idOfUser), []string{inside, address})
	},
	"TotalsAreCountedUpToALimit": func(t *testing.T, f *fixture) {
		u := f.user()
		f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
		f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
		for _, test := range []struct {
			query rekey.UserQuery
			limit int
			want  int
		}{
			{rekey.UserQuery{MaxRank: 3}, 10, 3}, {rekey.UserQuery{MaxRank: 3}, 2, 3}, {rekey.UserQuery{MaxRank: 3}, 1, 2}, {rekey.UserQuery{MaxRank: 1}, 10, 1},
			{rekey.UserQuery{MaxRank: 3, Search: u.Address}, 10, 1}, {rekey.UserQuery{MaxRank: 3, Role: rekey.RoleManager, Limit: 1, After: "z"}, 10, 2},
		} {
			n, err := f.CountUsers(f.ctx, test.query, test.limit)
			same(t, got(t, n, err), test.want)
		}
		run, _ := f.queued(u)
		f.run(rekey.RunHeld)
		for _, test := range []struct {
			query rekey.RunQuery
			want  int
		}{{rekey.RunQuery{}, 2}, {rekey.RunQuery{State: rekey.RunHeld}, 1}, {rekey.RunQuery{AutomationID: "other"}, 0}} {
			n, err := f.CountRuns(f.ctx, test.query, 10)
			same(t, got(t, n, err), test.want)
		}
		for _, test := range []struct {
			query rekey.DeliveryQuery
			want  int
		}{
			{rekey.DeliveryQuery{MaxRank: 3, RunID: run.ID}, 1}, {rekey.DeliveryQuery{MaxRank: -1, RunID: run.ID}, 0},
			{rekey.DeliveryQuery{MaxRank: 3, States: []rekey.DeliveryState{rekey.DeliverySent, rekey.DeliveryDone}}, 0}, {rekey.DeliveryQuery{MaxRank: 3, UserID: u.ID}, 1},
		} {
			n, err := f.CountDeliveries(f.ctx, test.query, 10)
			same(t, got(t, n, err), test.want)
		}
	},
	"RunsArePagedBackToo": func(t *testing.T, f *fixture) {
		one, two, three := f.run(rekey.RunHeld), f.run(rekey.RunHeld), f.run(rekey.RunHeld)
		for _, test := range []struct {
			after string
			limit int
			want  []string
		}{{one.ID, 1, []string{two.ID}}, {one.ID, 2, []string{three.ID, two.ID}}, {three.ID, 2, []string{}}} {
			list, err := f.Runs(f.ctx, rekey.RunQuery{State: rekey.RunHeld, After: test.after, Limit: test.limit})
			same(t, ids(got(t, list, err), idOfRun), test.want)
		}
	},
	"DeliveriesAreListedEitherWay": func(t *testing.T, f *fixture) {
		run, all := f.queued(f.user(), f.user(), f.user())
		want := ids(all, idOfDelivery)
		for _, latest := range []bool{false, true} {
			if latest {
				slices.Reverse(want)
			}
			list := func(after, before string) []string {
				found, err := f.Deliveries(f.ctx, rekey.DeliveryQuery{MaxRank: 3, RunID: run.ID, Latest: latest, After: after, Before: before, Limit: 2})
				return ids(got(t, found, err), idOfDelivery)
			}
			same(t, list("", ""), want[:2])
			same(t, list(want[1], ""), want[2:])
			same(t, list("", want[2]), want[:2])
			same(t, list("", want[1]), want[:1])
		}
	},
	"WhatCouldNotBeSentIsListedFromTheLastThatFailed": func(t *testing.T, f *fixture) {
		low, high := f.user(), f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })
		late, early, waits := f.issued(low, noon), f.issued(high, noon), f.issued(f.user(), noon)
		f.sent(f.user(), noon)
		failed := func(d rekey.Delivery, when time.Duration) {
			d.State, d.Reason, d.Attempting, d.UpdatedAt = rekey.DeliveryFailed, rekey.ReasonRefused, false, at(when)
			f.settle(d)
		}
		failed(early, time.Minute)
		failed(late, time.Hour)
		waits.State, waits.Reason, waits.NextAttempt, waits.UpdatedAt = rekey.DeliveryDeferred, rekey.ReasonDeferred, at(2*time.Hour), at(30*time.Minute)
		f.settle(waits)
		for _, test := range []struct {
			query rekey.UnsentQuery
			want  []string
		}{
			{rekey.UnsentQuery{MaxRank: 3, Limit: 9}, []string{late.ID, waits.ID, early.ID}}, {rekey.UnsentQuery{MaxRank: 3, Limit: 1, After: late.ID}, []string{waits.ID}},
			{rekey.UnsentQuery{MaxRank: 3, Limit: 1, Before: early.ID}, []string{waits.ID}}, {rekey.UnsentQuery{MaxRank: 3, Limit: 9, Before: early.ID}, []string{late.ID, waits.ID}},
			{rekey.UnsentQuery{MaxRank: 1, Limit: 9}, []string{late.ID, waits.ID}}, {rekey.UnsentQuery{MaxRank: 3, State: rekey.DeliveryFailed, Limit: 9}, []string{late.ID, early.ID}},
			{rekey.UnsentQuery{MaxRank: 3, State: rekey.DeliveryDeferred, Limit: 9}, []string{waits.ID}}, {rekey.UnsentQuery{MaxRank: 3, Limit: 1, After: "none"}, []string{late.ID}},
		} {
			list, err := f.Unsent(f.ctx, test.query)
			same(t, ids(got(t, list, err), idOfDelivery), test.want)
		}
		n, err := f.CountUnsent(f.ctx, rekey.UnsentQuery{MaxRank: 3}, 10)
		same(t, got(t, n, err), 3)
		n, err = f.CountUnsent(f.ctx, rekey.UnsentQuery{MaxRank: 3}, 1)
		same(t, got(t, n, err), 2)
	},
}
