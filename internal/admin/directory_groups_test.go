package admin_test

import (
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

func TestGroupsAreReadByThemselves(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	i.shelf.members = []directory.Membership{{Key: "key-00001", Groups: []string{"kiosk", "staff"}}, {Key: "unknown", Groups: []string{"staff"}}}
	i.sync(false)
	if got := i.imported(1).Directory.Groups; got != nil {
		t.Errorf("groups within an hour: %v", got)
	}
	i.pass(time.Hour)
	i.sync(false)
	if got := i.imported(1); !slices.Equal(got.Directory.Groups, []string{"kiosk", "staff"}) {
		t.Errorf("groups: %v", got.Directory.Groups)
	}
	version := i.imported(1).Version
	i.pass(time.Hour)
	i.sync(true)
	if got := i.imported(1); got.Version != version || len(got.Directory.Groups) != 2 {
		t.Errorf("an import without a change wrote: %v", got.Directory.Groups)
	}
}

func TestGroupsGiveARoleOnlyWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	roleOf := func(n int, groups ...string) rekey.Role {
		i.shelf.members = []directory.Membership{{Key: account(n).Key, Groups: groups}}
		i.pass(time.Hour)
		i.sync(false)
		return i.imported(n).Role
	}
	edit := func(role rekey.Role) error {
		_, err := i.UpdateUser(i.ctx, i.root, i.imported(1).ID, 0, func(u *rekey.SystemUser) error {
			u.Role = role
			return nil
		})
		return err
	}
	i.must(edit(rekey.RoleOperator))
	if got := roleOf(1, "it"); got != rekey.RoleOperator {
		t.Errorf("without the setting the role is %s", got)
	}
	i.shelf.roles = map[string]rekey.Role{"desk": rekey.RoleOperator, "it": rekey.RoleManager}
	other := map[rekey.Role]rekey.Role{rekey.RoleMember: rekey.RoleManager, rekey.RoleOperator: rekey.RoleMember, rekey.RoleManager: rekey.RoleMember}
	for _, c := range []struct {
		groups []string
		want   rekey.Role
	}{
		{[]string{"it"}, rekey.RoleManager}, {[]string{"desk", "it"}, rekey.RoleManager}, {[]string{"desk"}, rekey.RoleOperator}, {nil, rekey.RoleMember},
	} {
		if got := roleOf(1, c.groups...); got != c.want {
			t.Errorf("a member of %q is %s, want %s", c.groups, got, c.want)
		}
		i.refused(edit(other[c.want]), rekey.CodeForbidden, "role")
	}
	if got := roleOf(1, "it"); got != rekey.RoleManager {
		t.Errorf("a member again is %s", got)
	}
	a := i.automation(i.operator)
	decisions, err := i.engine.Preview(i.ctx, a, i.operator.Authority(), []string{i.imported(1).ID})
	i.must(err)
	if decisions[0].Reason != rekey.ReasonNotOwners {
		t.Errorf("an Operator's automation reaches a Manager: %q", decisions[0].Reason)
	}
	raised := i.automation(i.imported(1))
	reached := func() rekey.Reason {
		decisions, err := i.engine.Preview(i.ctx, raised, i.imported(1).Authority(), []string{i.operator.ID})
		i.must(err)
		return decisions[0].Reason
	}
	if got := reached(); got != "" {
		t.Errorf("a Manager's automation does not reach an Operator: %q", got)
	}
	roleOf(1)
	if got := reached(); got != rekey.ReasonNotOwners {
		t.Errorf("the automation of a Member reaches an Operator: %q", got)
	}
	if now, err := i.db.Automation(i.ctx, raised.ID); err != nil || now.Status != raised.Status {
		t.Errorf("the automation is %s, %v", now.Status, err)
	}
	roleOf(1, "it")
	if got := reached(); got != "" {
		t.Errorf("a Manager again, their automation does not reach an Operator: %q", got)
	}
	i.shelf.roles = nil
	if got := roleOf(1, "it"); got != rekey.RoleManager {
		t.Errorf("once the setting is gone the role is %s", got)
	}
	i.must(edit(rekey.RoleMember))
}
