package admin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

// alone does to one person what a change does to several.
func (o *office) alone(actor, u rekey.SystemUser, change admin.UserChange) (err error) {
	switch {
	case change.Status == rekey.UserBlocked:
		_, err = o.BlockUser(o.ctx, actor, u.ID, 0)
	case change.Status != "":
		_, err = o.RestoreUser(o.ctx, actor, u.ID, 0)
	default:
		_, err = o.UpdateUser(o.ctx, actor, u.ID, 0, func(u *rekey.SystemUser) error {
			if change.Language != nil {
				u.Language = *change.Language
			}
			for name, value := range change.Attributes {
				u.Attributes = map[string]string{name: value}
			}
			return nil
		})
	}
	return err
}

// Own account, same and higher ranks, people who are not to be viewed, the last
// Administrator, and what a directory decides: of several, each is refused in the words
// that are said of one, in the preview and afterwards, and keeps nobody else from it.
func TestEachOfSeveralIsRefusedAsAlone(t *testing.T) {
	t.Parallel()
	there := func(u *rekey.SystemUser) {
		u.Directory = rekey.DirectoryAccount{Directory: "staff", Key: newID()}
	}
	blockedThere := func(u *rekey.SystemUser) {
		there(u)
		u.Status, u.BlockedBy = rekey.UserBlocked, rekey.BlockedByDirectory
	}
	for name, c := range map[string]struct {
		change admin.UserChange
		also   func(*rekey.SystemUser) // somebody who is refused
		left   int                     // how many are refused
	}{
		"block":     {admin.UserChange{Status: rekey.UserBlocked}, nil, 5},
		"restore":   {admin.UserChange{Status: rekey.UserActive}, blockedThere, 6},
		"language":  {admin.UserChange{Language: new("de")}, there, 5},
		"attribute": {admin.UserChange{Attributes: map[string]string{"team": "blue"}}, there, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := setup(t)
			state := func(u *rekey.SystemUser) {
				if name == "restore" {
					u.Status, u.BlockedBy = rekey.UserBlocked, rekey.BlockedByPerson
				}
			}
			good, last := o.person(rekey.RoleMember, state), o.person(rekey.RoleMember, state)
			people := []rekey.SystemUser{good, o.manager, o.operator, o.person(rekey.RoleOperator), o.root, last}
			if c.also != nil {
				people = append(people, o.person(rekey.RoleMember, c.also))
			}
			named := []string{"nobody@example.org"}
			for _, u := range people {
				named = append(named, u.ID)
			}
			named = append(named, good.Address) // once more
			var would admin.ChangedUsers
			o.unchanged(func() {
				var err error
				would, err = o.PreviewChangeUsers(o.ctx, o.operator, named, c.change)
				o.must(err)
			})
			done, err := o.ChangeUsers(o.ctx, o.operator, named, c.change)
			o.must(err)
			if len(done.Refused) != c.left {
				t.Errorf("refused are %+v, want %d", done.Refused, c.left)
			}
			why := map[string]string{}
			for i, r := range done.Refused {
				why[r.Subject] = r.Why
				if len(would.Refused) != len(done.Refused) || would.Refused[i].Why != r.Why {
					t.Errorf("%s: refused as %q, the preview says %+v", r.Subject, r.Why, would.Refused)
				}
			}
			o.operator = o.user(o.operator.ID)
			for _, u := range people {
				want := ""
				if err := o.alone(o.operator, u, c.change); err != nil {
					want = err.Error()
					if e := (*rekey.Error)(nil); errors.As(err, &e) && len(e.Fields) > 0 {
						want = e.Fields[0].Message
					}
				}
				if name == "language" && u.ID == o.operator.ID { // everybody may set their own
					want = ""
				}
				if why[u.ID] != want {
					t.Errorf("%s is refused as %q, alone as %q", u.Role, why[u.ID], want)
				}
				if changed := slices.Contains(done.Changed, u.ID); changed == (want != "") {
					t.Errorf("%s: changed %t, refused as %q", u.Role, changed, want)
				}
			}
			if !slices.Equal(would.Changed, done.Changed) || why["nobody@example.org"] != rekey.ErrNoUser.Error() {
				t.Errorf("changed %v, the preview says %v; %v", done.Changed, would.Changed, why)
			}
			again, err := o.ChangeUsers(o.ctx, o.operator, named, c.change)
			o.must(err)
			if len(again.Changed) != 0 || again.Same != len(done.Changed) {
				t.Errorf("the second time it changed %v, and %d were so", again.Changed, again.Same)
			}
		})
	}
}

func TestOfSeveralAdministratorsTheLastIsNotBlocked(t *testing.T) {
	t.Parallel()
	o := setup(t)
	actor := o.person(rekey.RoleAdministrator)
	_, err := o.BlockUser(o.ctx, o.root, actor.ID, 0)
	o.must(err)
	would, err := o.PreviewChangeUsers(o.ctx, actor, []string{o.root.ID}, admin.UserChange{Status: rekey.UserBlocked})
	o.must(err)
	if len(would.Refused) != 1 || !strings.Contains(would.Refused[0].Why, "last active Administrator") {
		t.Errorf("the preview refuses %+v", would.Refused)
	}
}

// Whoever is blocked while they change several people changes no more of them.
func TestWhoIsBlockedMeanwhileChangesNobodyElse(t *testing.T) {
	t.Parallel()
	o := setup(t)
	second := o.person(rekey.RoleAdministrator)
	actor := o.person(rekey.RoleAdministrator)
	_, err := o.BlockUser(o.ctx, o.root, actor.ID, 0)
	o.must(err)
	done, err := o.ChangeUsers(o.ctx, actor, []string{o.root.ID, second.ID, o.member.ID}, admin.UserChange{Status: rekey.UserBlocked})
	o.must(err)
	if len(done.Changed) != 0 || len(done.Refused) != 3 || done.Refused[0].Why != "You may no longer change system users." {
		t.Errorf("blocked %v, refused %+v", done.Changed, done.Refused)
	}
	_, err = o.UpdateUser(o.ctx, o.root, second.ID, 0, func(u *rekey.SystemUser) error { u.Role = rekey.RoleMember; return nil })
	o.must(err)
	done, err = o.ChangeUsers(o.ctx, second, []string{o.member.ID}, admin.UserChange{Status: rekey.UserBlocked})
	o.must(err)
	if len(done.Changed) != 0 {
		t.Errorf("as a Member they blocked %v", done.Changed)
	}
}

func TestBlockingSeveralRecordsEachAndRemovingAnAttributeKeepsTheOthers(t *testing.T) {
	t.Parallel()
	o := setup(t)
	other := o.person(rekey.RoleMember, func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "blue", "desk": "17"} })
	both := []string{o.member.ID, other.ID}
	for _, change := range []admin.UserChange{
		{Status: rekey.UserBlocked}, {Status: rekey.UserActive}, {Language: new("de"), Attributes: map[string]string{"team": "", " room ": "3"}},
	} {
		done, err := o.ChangeUsers(o.ctx, o.operator, both, change)
		o.must(err)
		if len(done.Changed) != 2 {
			t.Errorf("%+v: %+v", change, done)
		}
	}
	if blocked, restored := o.events(rekey.UserWasBlocked), o.events(rekey.UserRestored); len(blocked) != 2 || len(restored) != 2 {
		t.Errorf("blocked %v, restored %v", blocked, restored)
	}
	if u := o.user(other.ID); u.Language != "de" || len(u.Attributes) != 2 || u.Attributes["desk"] != "17" || u.Attributes["room"] != "3" {
		t.Errorf("%s, %v", u.Language, u.Attributes)
	}
}

func TestAWrongChangeOfSeveralIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	o := setup(t)
	named := []string{o.member.ID}
	o.unchanged(func() {
		for _, c := range []struct {
			actor  rekey.SystemUser
			named  []string
			change admin.UserChange
			code   rekey.Code
			fields []string
		}{
			{o.operator, named, admin.UserChange{}, rekey.CodeInvalid, []string{"action"}},
			{o.operator, named, admin.UserChange{Status: rekey.UserBlocked, Language: new("de")}, rekey.CodeInvalid, []string{"action"}},
			{o.operator, named, admin.UserChange{Status: "gone"}, rekey.CodeInvalid, []string{"action"}},
			{o.operator, named, admin.UserChange{Language: new("!")}, rekey.CodeInvalid, []string{"language"}},
			{o.operator, named, admin.UserChange{Attributes: map[string]string{"": "x"}}, rekey.CodeInvalid, []string{"attributes"}},
			{o.operator, nil, admin.UserChange{Language: new("de")}, rekey.CodeInvalid, []string{"system_users"}},
			{o.operator, make([]string, rekey.MaxEventUsers+1), admin.UserChange{Language: new("de")}, rekey.CodeTooLarge, nil},
			{o.member, named, admin.UserChange{Language: new("de")}, rekey.CodeForbidden, nil},
		} {
			_, err := o.ChangeUsers(o.ctx, c.actor, c.named, c.change)
			o.refused(err, c.code, c.fields...)
		}
	})
}

func TestAllThatMatchAreThoseWhomTheActorMayView(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for range 3 {
		o.person(rekey.RoleMember)
	}
	all, err := o.MatchingUsers(o.ctx, o.operator, rekey.UserQuery{Limit: 1, MaxRank: 3})
	o.must(err)
	members, err := o.MatchingUsers(o.ctx, o.operator, rekey.UserQuery{Role: rekey.RoleMember})
	o.must(err)
	if len(all) != 5 || len(members) != 4 {
		t.Errorf("%d in all, %d members", len(all), len(members))
	}
	for _, u := range all {
		if !o.operator.Authority().MayView(u) {
			t.Errorf("a %s is among them", u.Role)
		}
	}
	_, err = o.MatchingUsers(o.ctx, o.member, rekey.UserQuery{})
	o.refused(err, rekey.CodeForbidden)
}

func TestPeopleForWhomNoTimeIsLeftAreNamed(t *testing.T) {
	t.Parallel()
	o := setup(t)
	named := []string{o.member.ID, o.person(rekey.RoleMember).ID}
	o.mu.Lock()
	o.tick = 15 * time.Second // each look at the clock
	o.mu.Unlock()
	done, err := o.ChangeUsers(o.ctx, o.operator, named, admin.UserChange{Language: new("de")})
	o.must(err)
	if len(done.Changed) != 1 || len(done.Refused) != 1 || done.Refused[0].Subject != named[1] || !strings.Contains(done.Refused[0].Why, "Do it again for the rest.") {
		t.Errorf("changed %v, refused %+v", done.Changed, done.Refused)
	}
}
