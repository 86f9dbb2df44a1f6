package admin_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/directory"
)

func TestDirectoriesAreListedWithWhatBecameOfTheirEntries(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1), account(2, func(a *directory.Account) { a.Address = "" }), account(3, func(a *directory.Account) { a.Address = i.root.Address }))
	i.sync(true)
	list, err := i.Directories(i.ctx, i.operator)
	i.must(err)
	if len(list) != 1 || list[0].Name != "corp" || list[0].Kind != directory.OpenLDAP || !list[0].FullAt.Equal(i.now()) || list[0].Counts.Users != 1 ||
		list[0].Counts.Withheld != 1 || list[0].Counts.Reasons[rekey.EntryConflict] != 1 {
		t.Errorf("directories: %+v", list)
	}
	for reason, want := range map[rekey.EntryReason][]string{
		"": {"key-00002", "key-00003"}, rekey.EntryNoAddress: {"key-00002"}, rekey.EntryConflict: {"key-00003"}, rekey.EntryMissing: {},
	} {
		page, err := i.DirectoryEntries(i.ctx, i.operator, "corp", reason, admin.Place{})
		i.must(err)
		if len(page.Entries) != len(want) || page.Total.N != len(want) {
			t.Errorf("%q: %+v", reason, page)
		}
	}
	first, err := i.DirectoryEntries(i.ctx, i.operator, "corp", "", admin.Place{Limit: 1})
	i.must(err)
	second, err := i.DirectoryEntries(i.ctx, i.operator, "corp", "", admin.Place{Limit: 1, After: first.Next})
	i.must(err)
	back, err := i.DirectoryEntries(i.ctx, i.operator, "corp", "", admin.Place{Limit: 1, Before: second.Previous})
	i.must(err)
	if first.Total.N != 2 || second.Entries[0].Key != "key-00003" || second.Next != "" || back.Entries[0].Key != "key-00002" {
		t.Errorf("pages: %+v, %+v, %+v", first, second, back)
	}
}

func TestEntriesOfPeopleOfAHigherRankAreHidden(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	i.shelf.edit("key-00000", func(a *directory.Account) { a.Protected = true })
	i.sync(false)
	_, err := i.UpdateUser(i.ctx, i.root, i.imported(0).ID, 0, func(u *rekey.SystemUser) error {
		u.Role = rekey.RoleManager
		return nil
	})
	i.must(err)
	for name, c := range map[string]struct {
		actor rekey.SystemUser
		want  int
	}{"an Operator": {i.operator, 0}, "a Manager": {i.manager, 1}} {
		page, err := i.DirectoryEntries(i.ctx, c.actor, "corp", "", admin.Place{Limit: 1})
		i.must(err)
		if len(page.Entries) != c.want {
			t.Errorf("%s sees %+v", name, page.Entries)
		}
	}
}

func TestWhoMayDoWhatWithADirectory(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	acts := map[string]struct {
		do    func(actor rekey.SystemUser, name string) error
		least int // the rank
	}{
		"list": {func(actor rekey.SystemUser, _ string) error {
			_, err := i.Directories(i.ctx, actor)
			return err
		}, rekey.RankOperator},
		"entries": {func(actor rekey.SystemUser, name string) error {
			_, err := i.DirectoryEntries(i.ctx, actor, name, "", admin.Place{})
			return err
		}, rekey.RankOperator},
		"test": {func(actor rekey.SystemUser, name string) error {
			_, err := i.TestDirectory(i.ctx, actor, name)
			return err
		}, rekey.RankManager},
		"import": {func(actor rekey.SystemUser, name string) error {
			_, err := i.ImportDirectory(i.ctx, actor, name, false, false)
			return err
		}, rekey.RankManager},
		"dry import": {func(actor rekey.SystemUser, name string) error {
			_, err := i.ImportDirectory(i.ctx, actor, name, true, true)
			return err
		}, rekey.RankManager},
		"release": {func(actor rekey.SystemUser, name string) error { return i.ReleaseEvents(i.ctx, actor, name, 0) }, rekey.RankAdministrator},
	}
	for name, act := range acts {
		for _, actor := range []rekey.SystemUser{i.member, i.operator, i.manager, i.root} {
			want := rekey.Code("")
			if actor.Role.Rank() < act.least {
				want = rekey.CodeForbidden
			}
			if got := rekey.CodeOf(act.do(actor, "corp")); got != want {
				t.Errorf("%s by %s: %q, want %q", name, actor.Role, got, want)
			}
		}
		if name == "list" {
			continue
		}
		if got := rekey.CodeOf(act.do(i.root, "another")); got != rekey.CodeNotFound {
			t.Errorf("%s of an unknown directory: %q", name, got)
		}
	}
}

func TestImportByHandGoesOnWithoutItsCaller(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1))
	ctx, leave := context.WithCancel(i.ctx)
	goOn := make(chan struct{})
	i.shelf.during = func() {
		leave()
		<-goOn
	}
	_, err := i.ImportDirectory(ctx, i.manager, "corp", true, false)
	if rekey.CodeOf(err) != rekey.CodeUnavailable {
		t.Errorf("error: %v", err)
	}
	if _, err := i.Sync(i.ctx, "corp", "node", false, false); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("the node imported at the same time: %v", err)
	}
	close(goOn)
	for {
		state, err := i.db.Directory(i.ctx, "corp")
		i.must(err)
		if !state.FullAt.IsZero() {
			break
		}
	}
	if i.imported(1).ID == "" {
		t.Error("nobody was imported")
	}
}

func TestPassThatWasStoppedHasNoProblem(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	ctx, stop := context.WithCancel(i.ctx)
	i.shelf.during = stop
	i.shelf.put(account(1))
	if _, err := i.Sync(ctx, "corp", "node", true, false); !errors.Is(err, context.Canceled) {
		t.Fatalf("error: %v", err)
	}
	state, err := i.db.Directory(i.ctx, "corp")
	i.must(err)
	if state.Problem != "" || !state.ProblemSince.IsZero() {
		t.Errorf("state: %+v", state)
	}
	i.shelf.during = nil
	if _, err := i.Sync(i.ctx, "corp", "other", true, false); err != nil {
		t.Errorf("the claim of the stopped pass holds: %v", err)
	}
}

func TestWhoRanksAboveConfirmsAChangedAddress(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	i.shelf.edit("key-00000", func(a *directory.Account) { a.Address = "new@example.org" })
	i.sync(false)
	held := i.imported(0)
	peer := i.person(rekey.RoleMember)
	for name, c := range map[string]struct {
		actor   rekey.SystemUser
		version int64
		want    rekey.Code
	}{
		"the user":                   {held, 0, rekey.CodeForbidden},
		"somebody of the same rank":  {peer, 0, rekey.CodeForbidden},
		"who saw an earlier address": {i.operator, held.Version - 1, rekey.CodeStale},
	} {
		if _, err := i.ConfirmAddress(i.ctx, c.actor, held.ID, c.version); rekey.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := i.imported(0); got.Directory.AddressHeldUntil.IsZero() || got.Version != held.Version {
		t.Fatalf("a refusal changed the user: %+v", got)
	}
	u, err := i.ConfirmAddress(i.ctx, i.operator, held.ID, held.Version)
	i.must(err)
	if got := i.imported(0); !got.Directory.AddressHeldUntil.IsZero() || got.Version != u.Version || i.reason(0) != "" || got.Directory.Key != held.Directory.Key {
		t.Errorf("confirmed: %+v, %s", got, i.reason(0))
	}
	i.sync(true)
	if got := i.imported(0); !got.Directory.AddressHeldUntil.IsZero() || i.reason(0) != "" {
		t.Errorf("held again by the next import: %+v", got.Directory)
	}
	for name, id := range map[string]string{"twice": held.ID, "a built-in user": i.member.ID} {
		if _, err := i.ConfirmAddress(i.ctx, i.root, id, 0); rekey.CodeOf(err) != rekey.CodeConflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := i.automation(i.root)
	decisions, err := i.engine.Preview(i.ctx, a, i.root.Authority(), []string{held.ID})
	i.must(err)
	if decisions[0].Reason != "" {
		t.Errorf("after the confirmation: %q", decisions[0].Reason)
	}
}

func TestUserWhomTheDirectoryWouldImportAgainIsNotDeleted(t *testing.T) {
	t.Parallel()
	i := settled(t, 3)
	u := i.imported(0)
	gone := func() { // a person's block does not keep the import away
		_, err := i.BlockUser(i.ctx, i.root, u.ID, 0)
		i.must(err)
	}
	disabled := func() {
		i.shelf.edit(account(0).Key, func(a *directory.Account) { a.Blocked = true })
		i.sync(true)
	}
	for _, step := range []func(){func() {}, gone, disabled} {
		step()
		i.refused(i.DeleteUser(i.ctx, i.root, u.ID, 0), rekey.CodeConflict)
		i.refused(i.CheckDelete(i.ctx, i.root, u.ID), rekey.CodeConflict)
	}
	_, err := i.UpdateUser(i.ctx, i.root, i.imported(1).ID, 0, func(u *rekey.SystemUser) error {
		u.Role = rekey.RoleOperator
		return nil
	})
	i.must(err)
	i.selection(i.imported(1), "true")
	i.refused(i.DeleteUserAndHandOn(i.ctx, i.root, i.imported(1).ID, 0, i.root.ID), rekey.CodeConflict)

	i.shelf.remove(account(0).Key)
	i.sync(true)
	i.pass(time.Hour)
	i.sync(true)
	i.must(i.CheckDelete(i.ctx, i.root, u.ID))
	i.must(i.DeleteUser(i.ctx, i.root, u.ID, 0))
	i.sync(true)
	if again := i.imported(0); again.ID != "" {
		t.Errorf("imported again: %+v", again)
	}
}

func TestTriedAccountSaysWhatWouldBecomeOfIt(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	none := func(*directory.Account) {}
	is := func(n int, change func(*directory.Account)) func() string {
		return func() string {
			i.shelf.put(account(n, change))
			return account(n).Address
		}
	}
	i.shelf.put(account(1), account(2), account(3), account(4), account(5), account(6), account(7), account(8, func(a *directory.Account) { a.Address = i.member.Address }))
	i.sync(true)
	for name, c := range map[string]struct {
		user func() string
		want []string
	}{
		"nothing special": {is(1, none), []string{"The account is imported: p1@example.org, Member.", "It can be sent a password, with the settings keep and revoke."}},
		"by id":           {func() string { return i.imported(0).ID }, []string{"The account is imported: p0@example.org, Member.", "It can be sent a password, with the settings keep and revoke."}},
		"protected":       {is(2, func(a *directory.Account) { a.Protected = true }), []string{"The account is imported: p2@example.org, Member.", "It gets no password: a privileged account of the directory."}},
		"a program":       {is(3, func(a *directory.Account) { a.API = true }), []string{"The account is imported: p3@example.org, Member.", "It is a program, by the setting api_filter: automations leave it alone unless their owner has switched that off.", "It can be sent a password, with the settings keep and revoke."}},
		"disabled":        {is(4, func(a *directory.Account) { a.Blocked = true }), []string{"The account is imported: p4@example.org, Member.", "It is disabled in the directory, so its system user is blocked and gets no password."}},
		"a new address":   {is(5, func(a *directory.Account) { a.Address = "new@example.org" }), []string{"The next import gives the system user the new address new@example.org, to which no password goes for 72 hours, unless somebody of a higher rank confirms it.", "It gets no password: the address changed in the directory, and nobody has confirmed it yet."}},
		"not revocable":   {is(6, func(a *directory.Account) { a.LocksOut = directory.TooYoung }), []string{"The account is imported: p6@example.org, Member.", "It can be sent a password, but not with the setting revoke: the directory's policy forbids a new password so soon, so the old one cannot be revoked."}},
		"gone": {func() string {
			i.shelf.remove(account(7).Key)
			return account(7).Address
		}, []string{"The directory has no such account any more, within its base and its filter. Once two complete imports an hour apart have missed it, its system user is blocked."}},
		"a conflict": {func() string { return i.member.Address }, []string{"The account is not imported: somebody else here has its address " + i.member.Address + ", and Rekey merges nobody."}},
	} {
		user := c.user()
		i.unchanged(func() {
			tried, err := i.TryAccount(i.ctx, i.manager, "corp", user)
			i.must(err)
			if !slices.Equal(tried.Says, c.want) {
				t.Errorf("%s: %q", name, tried.Says)
			}
		})
	}
	for name, c := range map[string]struct {
		actor rekey.SystemUser
		user  string
		want  rekey.Code
	}{
		"an Operator": {i.operator, "p1@example.org", rekey.CodeForbidden}, "unknown": {i.manager, "nobody@example.org", rekey.CodeNotFound},
		"built in": {i.manager, i.manager.Address, rekey.CodeNotFound},
	} {
		if _, err := i.TryAccount(i.ctx, c.actor, "corp", c.user); rekey.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
