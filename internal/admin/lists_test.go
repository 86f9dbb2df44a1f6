package admin_test

import (
	"fmt"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestAPageOfSystemUsersSaysWhatIsBesideItAndHowManyThereAre(t *testing.T) {
	t.Parallel()
	o := setup(t)
	var want []string
	for n := range 5 {
		want = append(want, o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.FirstName = fmt.Sprintf("Zoe %d", n) }).ID)
	}
	o.person(rekey.RoleManager, func(u *rekey.SystemUser) { u.FirstName = "Zoe 9" }) // above who looks
	page := func(p admin.Place) admin.Listed[rekey.SystemUser] {
		t.Helper()
		p.Limit = 2
		l, err := o.Users(o.ctx, o.operator, rekey.UserQuery{Search: "zoe", Order: "name"}, p)
		o.must(err)
		if l.Total != (admin.Total{N: 5}) {
			t.Errorf("%+v in all, want 5", l.Total)
		}
		return l
	}
	shows := func(l admin.Listed[rekey.SystemUser], previous, next bool, want ...string) {
		t.Helper()
		var got []string
		for _, u := range l.Entries {
			got = append(got, u.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || (l.Previous != "") != previous || (l.Next != "") != next {
			t.Errorf("%q, before it %q, after it %q; want %q", got, l.Previous, l.Next, want)
		}
	}
	first := page(admin.Place{})
	shows(first, false, true, want[:2]...)
	second := page(admin.Place{After: first.Next})
	shows(second, true, true, want[2:4]...)
	third := page(admin.Place{After: second.Next})
	shows(third, true, false, want[4])
	shows(page(admin.Place{Before: third.Previous}), true, true, want[2:4]...)
	shows(page(admin.Place{Before: second.Previous}), false, true, want[:2]...)
}

func TestAListDoesNotTellWhereThoseAboveItsReaderStandInIt(t *testing.T) {
	t.Parallel()
	o := setup(t)
	named := func(role rekey.Role, first string) string {
		return o.person(role, func(u *rekey.SystemUser) { u.FirstName = first }).ID
	}
	first, hidden, last := named(rekey.RoleMember, "Zoe A"), named(rekey.RoleManager, "Zoe B"), named(rekey.RoleMember, "Zoe C")
	for _, p := range []admin.Place{{After: hidden}, {Before: hidden}} {
		l, err := o.Users(o.ctx, o.operator, rekey.UserQuery{Search: "zoe", Order: "name"}, p)
		o.must(err)
		if len(l.Entries) != 2 || l.Entries[0].ID != first || l.Entries[1].ID != last {
			t.Errorf("from %+v on it goes with %+v", p, l.Entries)
		}
		users, err := entries(o.Users(o.ctx, o.operator, rekey.UserQuery{Search: "zoe", Order: "address"}, p))
		o.must(err)
		if len(users) != 2 {
			t.Errorf("from %+v on it goes with %+v", p, users)
		}
	}
}

func TestOnlyThoseWhoMayDefineSeeRunsDeliveriesAndFigures(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for name, ask := range map[string]func(rekey.SystemUser) error{
		"runs": func(u rekey.SystemUser) error {
			_, err := o.Runs(o.ctx, u, rekey.RunQuery{}, admin.Place{})
			return err
		},
		"deliveries": func(u rekey.SystemUser) error {
			_, err := o.Deliveries(o.ctx, u, rekey.DeliveryQuery{}, admin.Place{})
			return err
		},
		"unsent": func(u rekey.SystemUser) error {
			_, err := o.Unsent(o.ctx, u, rekey.UnsentQuery{}, admin.Place{})
			return err
		},
		"automations": func(u rekey.SystemUser) error {
			_, err := o.AutomationFigures(o.ctx, u, []string{"a"})
			return err
		},
		"overview": func(u rekey.SystemUser) error {
			_, err := o.Overview(o.ctx, u, monday.Location())
			return err
		},
	} {
		if err := ask(o.operator); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		o.refused(ask(o.member), rekey.CodeForbidden)
	}
}

func TestAListOfDeliveriesLeavesOutThoseAboveWhoLooks(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.root, target(o.manager.ID))
	o.person(rekey.RoleMember) // exists only so that nobody is alone
	_, err := o.SendPassword(o.ctx, o.root, o.manager.ID)
	o.must(err)
	builtIn, err := o.db.BuiltInAutomation(o.ctx, admin.BuiltInSend)
	o.must(err)
	runs := o.runs(builtIn.ID)
	for viewer, want := range map[*rekey.SystemUser]int{&o.operator: 0, &o.manager: 1, &o.root: 1} {
		l, err := o.Deliveries(o.ctx, *viewer, rekey.DeliveryQuery{RunID: runs[0].ID}, admin.Place{})
		o.must(err)
		if len(l.Entries) != want || l.Total.N != want {
			t.Errorf("%s: %d deliveries of %d, want %d", viewer.Role, len(l.Entries), l.Total.N, want)
		}
	}
	figures, err := o.AutomationFigures(o.ctx, o.operator, []string{builtIn.ID, a.ID})
	o.must(err)
	if f := figures[builtIn.ID]; f.Last == nil || f.Last.ID != runs[0].ID || f.Last.Hidden != 1 || len(f.Last.Tallies) != 0 {
		t.Errorf("%+v", f.Last)
	}
	if f := figures[a.ID]; f.Last != nil {
		t.Errorf("%+v, want no run", f.Last)
	}
}

func TestPeopleAreLookedUpAsFarAsTheyMayBeViewed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	found, err := o.FindUsers(o.ctx, o.operator, []string{o.member.Address, o.operator.ID, o.root.ID, "ghost@example.org"})
	if err != nil || len(found) != 2 || found[o.member.Address].ID != o.member.ID || found[o.operator.ID].ID != o.operator.ID {
		t.Errorf("found %+v (%v)", found, err)
	}
}
