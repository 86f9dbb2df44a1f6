package admin_test

import (
	"maps"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/userfile"
)

// entered is a person as a file has them.
func entered(address string, change ...func(*rekey.SystemUser)) rekey.SystemUser {
	u := rekey.SystemUser{Address: address}
	for _, f := range change {
		f(&u)
	}
	return u
}

// file is a file of these people, from line 2.
func file(people ...rekey.SystemUser) []userfile.Line {
	var lines []userfile.Line
	for i, u := range people {
		lines = append(lines, userfile.Line{Number: i + 2, User: u})
	}
	return lines
}

func TestImportLeavesUpdatesOrRefusesThoseWhoAreThere(t *testing.T) {
	t.Parallel()
	for existing, want := range map[rekey.Existing]struct {
		code   rekey.Code
		counts rekey.Imported
		name   string
	}{
		rekey.ExistingLeave:  {"", rekey.Imported{Created: 1, Left: 2}, "Old Name"},
		rekey.ExistingUpdate: {"", rekey.Imported{Created: 1, Updated: 1, Left: 1}, "Ada Name"},
		rekey.ExistingRefuse: {rekey.CodeConflict, rekey.Imported{}, "Old Name"},
		"":                   {rekey.CodeInvalid, rekey.Imported{}, "Old Name"},
		"replace":            {rekey.CodeInvalid, rekey.Imported{}, "Old Name"},
	} {
		o := setup(t)
		there, err := o.CreateUser(o.ctx, o.root, newcomer(func(u *rekey.SystemUser) {
			u.Address, u.FirstName, u.LastName = "There@example.org", "Old", "Name"
			u.Attributes = map[string]string{"team": "old", "site": "Bern"}
		}))
		o.must(err)
		people := file(
			entered("new@example.org"),
			entered("mailto:THERE@EXAMPLE.ORG", func(u *rekey.SystemUser) {
				u.FirstName, u.Attributes = "Ada", map[string]string{"team": "new"}
			}),
			entered(o.member.Address),
		)
		before := o.everything()
		for _, act := range []string{"check", "import"} {
			f := o.CheckImport
			if act == "import" {
				f = o.Import
			}
			entries, err := f(o.ctx, o.root, people, existing)
			if rekey.CodeOf(err) != want.code || admin.Counted(entries) != want.counts {
				t.Errorf("%s, %q: %v, %v", act, existing, admin.Counted(entries), err)
			}
			if act == "check" && o.everything() != before {
				t.Errorf("%q: the check has stored something", existing)
			}
		}
		after, err := o.User(o.ctx, o.root, there.ID)
		o.must(err)
		if after.Name() != want.name || after.Address != "There@example.org" || after.Attributes["site"] != "Bern" {
			t.Errorf("%q: %+v", existing, after)
		}
		if existing == rekey.ExistingUpdate && !maps.Equal(after.Attributes, map[string]string{"team": "new", "site": "Bern"}) {
			t.Errorf("attributes %v", after.Attributes)
		}
		if n := len(o.events(rekey.UserCreated)); n != 1+want.counts.Created {
			t.Errorf("%q: %d events", existing, n)
		}
	}
}

func TestNewPeopleOfAFileGetTheDefaults(t *testing.T) {
	t.Parallel()
	o := setup(t)
	entries, err := o.Import(o.ctx, o.operator, file(entered("plain@example.org", func(u *rekey.SystemUser) { u.Language = "de_AT" })), rekey.ExistingLeave)
	o.must(err)
	if u := entries[0].User; u.Type != rekey.TypeUI || u.Role != rekey.RoleMember || u.Status != rekey.UserActive || u.Language != "de-AT" {
		t.Errorf("%+v", u)
	}
}

// An update is a way to change people, so it keeps to the rules of every other.
func TestUpdateByFileNeedsTheRankForEachPersonAndKeepsPasswords(t *testing.T) {
	t.Parallel()
	o := setup(t)
	rename := func(u *rekey.SystemUser) { u.FirstName = "Renamed" }
	o.unchanged(func() {
		_, err := o.Import(o.ctx, o.operator, file(entered(o.member.Address, rename), entered(o.manager.Address, rename)), rekey.ExistingUpdate)
		o.refused(err, rekey.CodeForbidden, "line 3, address")
		_, err = o.Import(o.ctx, o.operator, file(entered(o.member.Address, func(u *rekey.SystemUser) { u.Role = rekey.RoleManager })), rekey.ExistingUpdate)
		o.refused(err, rekey.CodeForbidden, "line 2, role")
		for _, address := range []string{"x@example.org", o.manager.Address} { // the second would tell who is there
			_, err = o.Import(o.ctx, o.member, file(entered(address)), rekey.ExistingLeave)
			o.refused(err, rekey.CodeForbidden)
		}
		_, err = o.Import(o.ctx, o.root, file(entered(o.root.Address, func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })), rekey.ExistingUpdate)
		if err == nil || !strings.Contains(err.Error(), "last active Administrator") && rekey.CodeOf(err) != rekey.CodeForbidden {
			t.Errorf("the last Administrator: %v", err)
		}
	})
	// What an operator may not see stays hidden in the preview.
	entries, err := o.CheckImport(o.ctx, o.operator, file(entered(o.root.Address)), rekey.ExistingLeave)
	o.must(err)
	if u := entries[0].User; u.ID != "" || u.Role != "" {
		t.Errorf("an operator is shown %+v", u)
	}
	before, err := o.User(o.ctx, o.root, o.member.ID)
	o.must(err)
	_, err = o.Import(o.ctx, o.operator, file(entered(strings.ToUpper(o.member.Address), rename)), rekey.ExistingUpdate)
	o.must(err)
	after, err := o.User(o.ctx, o.root, o.member.ID)
	o.must(err)
	if after.FirstName != "Renamed" || after.Address != before.Address || after.PasswordVersion != before.PasswordVersion || after.Type != before.Type || after.Role != before.Role {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestProblemsOfAFileAreToldAlsoAboutThoseWhoAreLeft(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		bad := func(u *rekey.SystemUser) { u.Language = "German" }
		for _, existing := range []rekey.Existing{rekey.ExistingLeave, rekey.ExistingUpdate} {
			_, err := o.Import(o.ctx, o.root, file(entered("new@example.org"), entered(o.member.Address, bad)), existing)
			o.refused(err, rekey.CodeInvalid, "line 3, language")
			_, err = o.Import(o.ctx, o.root, file(entered(o.member.Address), entered(strings.ToUpper(o.member.Address))), existing)
			o.refused(err, rekey.CodeInvalid, "line 3, address")
		}
		_, err := o.Import(o.ctx, o.root, nil, rekey.ExistingLeave)
		o.refused(err, rekey.CodeInvalid, "file")
	})
}
