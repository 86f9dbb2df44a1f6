package admin_test

import (
	"slices"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func (o *office) named(name string, more ...func(*rekey.Automation)) []func(*rekey.Automation) {
	return append(more, func(a *rekey.Automation) { a.Name = name })
}

func TestAutomationsAreListedByNameWithWhoseTheyAre(t *testing.T) {
	t.Parallel()
	o := setup(t)
	grace := o.person(rekey.RoleOperator, func(u *rekey.SystemUser) { u.FirstName, u.LastName = "Grace", "Hopper" })
	for actor, names := range map[*rekey.SystemUser][]string{&o.operator: {"delta", "Alpha"}, &grace: {"bravo"}, &o.root: {"Charlie"}} {
		for _, name := range names {
			o.automation(*actor, o.named(name)...)
		}
	}
	o.automation(o.operator, o.named("echo", func(a *rekey.Automation) {
		external(a)
		a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "siem.credential_leaked"}
	})...)
	list := func(q rekey.AutomationQuery, p admin.Place) ([]string, admin.AutomationList) {
		got, err := o.AutomationPage(o.ctx, o.operator, q, p)
		o.must(err)
		var names []string
		for _, v := range got.Entries {
			names = append(names, v.Name)
		}
		return names, got
	}
	all := []string{"Alpha", "bravo", "Charlie", "delta", "echo", "Forgot your password?", "Send a new password now"}
	names, got := list(rekey.AutomationQuery{}, admin.Place{})
	if !slices.Equal(names, all) || got.Total.N != 7 || got.Made != 5 || got.Previous != "" || got.Next != "" {
		t.Errorf("got %v, %+v", names, got)
	}
	if len(got.Owners) != 2 || got.Owners[0].ID != o.operator.ID || got.Owners[1].ID != grace.ID {
		t.Errorf("owners %v: an Administrator may not be viewed", got.Owners)
	}
	for i, manageable := range []bool{true, true, false, true, true, false, false} {
		if v := got.Entries[i]; v.Manageable != manageable || (v.Owner.ID != "") != manageable {
			t.Errorf("%s: manageable %v, owner %+v", v.Name, v.Manageable, v.Owner)
		}
	}
	for search, want := range map[string][]string{
		"HOPPER": {"bravo"}, "charlie": {"Charlie"}, "siem": {"echo"}, "external event": {"echo"}, "nothing of the kind": nil,
	} {
		if names, got := list(rekey.AutomationQuery{Search: search}, admin.Place{}); !slices.Equal(names, want) || got.Made != 5 {
			t.Errorf("%s: got %v", search, names)
		}
	}
	names, got = list(rekey.AutomationQuery{}, admin.Place{Limit: 3})
	if !slices.Equal(names, all[:3]) || got.Previous != "" || got.Total.N != 7 {
		t.Errorf("got %v", names)
	}
	names, got = list(rekey.AutomationQuery{}, admin.Place{Limit: 3, After: got.Next})
	if !slices.Equal(names, all[3:6]) || got.Next == "" {
		t.Errorf("got %v", names)
	}
	if names, _ = list(rekey.AutomationQuery{}, admin.Place{Limit: 3, Before: got.Previous}); !slices.Equal(names, all[:3]) {
		t.Errorf("got %v", names)
	}
	_, err := o.AutomationPage(o.ctx, o.member, rekey.AutomationQuery{}, admin.Place{})
	o.refused(err, rekey.CodeForbidden)
}

func TestAutomationSaysWhetherItIsTheActorsToChange(t *testing.T) {
	t.Parallel()
	o := setup(t)
	a := o.automation(o.manager)
	for _, c := range []struct {
		actor rekey.SystemUser
		mine  bool
	}{{o.root, true}, {o.manager, true}, {o.operator, false}} {
		v, err := o.AutomationView(o.ctx, c.actor, a.ID)
		o.must(err)
		if v.Manageable != c.mine || (v.Owner.ID == o.manager.ID) != c.mine {
			t.Errorf("%s: %+v", c.actor.Role, v)
		}
		_, err = o.UpdateAutomation(o.ctx, c.actor, a.ID, 0, func(*rekey.Automation) error { return nil })
		if (err == nil) != c.mine {
			t.Errorf("%s: what is offered is %v, and the answer %v", c.actor.Role, c.mine, err)
		}
	}
	_, err := o.AutomationView(o.ctx, o.root, newID())
	o.refused(err, rekey.CodeNotFound)
}
