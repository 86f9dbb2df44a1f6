package rekey_test

import (
	"strings"
	"testing"

	"rekey"
)

func somebody(id string, role rekey.Role) rekey.SystemUser {
	return rekey.SystemUser{ID: id, Role: role, Status: rekey.UserActive}
}

// The table "who may do what" of the domain: for each rank of the actor, what
// it may do to somebody else of rank 0, 1, 2 and 3.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	type marks [4]bool // by the rank of the other, from member to Administrator
	const o, x = false, true
	tests := map[rekey.Role]struct {
		view, password, grant, manage marks
		define, administer            bool
	}{
		rekey.RoleMember:        {marks{x, o, o, o}, marks{o, o, o, o}, marks{x, o, o, o}, marks{o, o, o, o}, o, o},
		rekey.RoleOperator:      {marks{x, x, o, o}, marks{x, o, o, o}, marks{x, x, o, o}, marks{x, x, o, o}, x, o},
		rekey.RoleManager:       {marks{x, x, x, o}, marks{x, x, o, o}, marks{x, x, x, o}, marks{x, x, x, o}, x, o},
		rekey.RoleAdministrator: {marks{x, x, x, x}, marks{x, x, x, x}, marks{x, x, x, x}, marks{x, x, x, x}, x, x},
	}
	for role, want := range tests {
		a := somebody("actor", role).Authority()
		if a.MayDefine() != want.define || a.MayAdminister() != want.administer {
			t.Errorf("%s: may define %v, administer %v", role, a.MayDefine(), a.MayAdminister())
		}
		for _, other := range rekey.Roles() {
			u, rank := somebody("other", other), other.Rank()
			for what, got := range map[string][2]bool{
				"view":         {a.MayView(u), want.view[rank]},
				"set password": {a.MaySetPassword(u), want.password[rank]},
				"change":       {a.MayChange(u), want.password[rank]},
				"grant":        {a.MayGrant(other), want.grant[rank]},
				"manage":       {a.MayManage("other", rank), want.manage[rank]},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: may %s of %s: %v", role, what, other, got[0])
				}
			}
		}
	}
}

func TestNobodyChangesThemselves(t *testing.T) {
	t.Parallel()
	for _, role := range rekey.Roles() {
		u := somebody("self", role)
		a := u.Authority()
		if a.MayChange(u) || a.MaySetPassword(u) {
			t.Errorf("%s may change themselves", role)
		}
		if !a.MayView(u) {
			t.Errorf("%s may not view themselves", role)
		}
	}
}

func TestAnOwnerManagesWhatIsTheirsAtAnyRankThatMayDefine(t *testing.T) {
	t.Parallel()
	for _, role := range rekey.Roles() {
		a := somebody("owner", role).Authority()
		// It was made when they ranked higher.
		if got := a.MayManage("owner", rekey.RankAdministrator); got != (role.Rank() >= rekey.RankOperator) {
			t.Errorf("%s may manage their own: %v", role, got)
		}
	}
	if (rekey.Authority{Rank: rekey.RankOperator}).MayManage("", rekey.RankManager) {
		t.Error("nobody in particular owns what belongs to nobody")
	}
}

func TestARefusalNamesExactlyTheRolesThatMayChangeAUser(t *testing.T) {
	t.Parallel()
	for _, role := range rekey.Roles() {
		self, other := somebody("self", role), somebody("other", role)
		named := self.Authority().WhoMayChange(other)
		for _, helper := range rekey.Roles() {
			if got := strings.Contains(named, helper.Label()); got != somebody("helper", helper).Authority().MayChange(other) {
				t.Errorf("%s: the refusal names %q, and the %s may change them: %t", role, named, helper, !got)
			}
		}
	}
	root := somebody("root", rekey.RoleAdministrator)
	if got := root.Authority().WhoMayChange(root); got != "another Administrator" {
		t.Errorf("an Administrator is sent to %q", got)
	}
}

func TestABlockedActorMayDoNothing(t *testing.T) {
	t.Parallel()
	for _, role := range rekey.Roles() {
		u := somebody("blocked", role)
		u.Status = rekey.UserBlocked
		a := u.Authority()
		for _, other := range []rekey.SystemUser{u, somebody("other", rekey.RoleMember), somebody("other", role)} {
			if a.MayView(other) || a.MaySetPassword(other) || a.MayChange(other) || a.MayGrant(other.Role) || a.MayManage(other.ID, other.Role.Rank()) {
				t.Errorf("a blocked %s may do something to %s", role, other.ID)
			}
		}
		if a.MayDefine() || a.MayAdminister() {
			t.Errorf("a blocked %s may define or administer", role)
		}
	}
}

func TestRekeyItselfStandsAboveEveryRank(t *testing.T) {
	t.Parallel()
	a := rekey.SystemAuthority()
	for _, role := range rekey.Roles() {
		if u := somebody("", role); !a.MayView(u) || !a.MaySetPassword(u) {
			t.Errorf("may not reach %s", role)
		}
	}
}

func TestAnUnknownRoleHasTheLowestRank(t *testing.T) {
	t.Parallel()
	for i, role := range rekey.Roles() {
		if role.Rank() != 3-i || !role.Valid() {
			t.Errorf("%s has rank %d", role, role.Rank())
		}
	}
	for _, role := range []rekey.Role{"", "Administrator", "root"} {
		if role.Valid() || role.Rank() != rekey.RankMember {
			t.Errorf("%q is a role of rank %d", role, role.Rank())
		}
	}
}
