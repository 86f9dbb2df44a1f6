package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

func TestImportMakesMembersWhosePasswordLivesInTheDirectory(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1, func(a *directory.Account) {
		a.Address, a.Language, a.Attributes = "mailto:Grace@Example.org", "de_CH", map[string]string{"department": "Navy"}
	}))
	if counts := i.sync(false); counts.Created != 1 || counts.Looked != 1 {
		t.Fatalf("counts: %+v", counts)
	}
	u := i.imported(1)
	if u.Address != "Grace@Example.org" || u.Name() != "Grace Hopper" || u.Language != "de-CH" || u.Attributes["department"] != "Navy" ||
		u.Role != rekey.RoleMember || u.Type != rekey.TypeUI || u.Directory.Unit != "Sales/Berlin" || !u.HasChosen ||
		!u.PasswordChangedAt.Equal(monday.Add(-time.Hour)) || u.Directory.Token != "1" {
		t.Errorf("imported: %+v", u)
	}
	credential, err := i.db.Credential(i.ctx, u.ID)
	i.must(err)
	if credential.Verifier() != "" || !credential.InForce(i.now()) {
		t.Errorf("credential: %+v; the chosen password lives in the directory", credential)
	}
}

func TestNothingChangesWithoutAChangeInTheDirectory(t *testing.T) {
	t.Parallel()
	i := settled(t, 3)
	i.shelf.edit("key-00001", func(a *directory.Account) {
		a.PasswordExpiresAt = monday.Add(90 * 24 * time.Hour).In(time.FixedZone("", 3600))
	})
	i.sync(false)
	before := i.imported(1)
	if counts := i.sync(true); counts.Looked != 3 || counts.Updated != 0 {
		t.Errorf("counts: %+v", counts)
	}
	if counts := i.sync(false); counts.Looked != 0 {
		t.Errorf("counts of a pass over the changes: %+v", counts)
	}
	if after := i.imported(1); after.Version != before.Version {
		t.Errorf("version %d, before %d", after.Version, before.Version)
	}
}

func TestWhoHasTheAddressHereKeepsIt(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(
		account(1, func(a *directory.Account) { a.Address = strings.ToUpper(i.member.Address) }),
		account(2), account(3, func(a *directory.Account) { a.Address = "P2@example.org" }),
		account(4, func(a *directory.Account) { a.Address = "" }), account(5, func(a *directory.Account) { a.Address = "nobody" }),
	)
	i.sync(true)
	for n, want := range map[int]rekey.EntryReason{1: rekey.EntryConflict, 2: "", 3: rekey.EntryConflict, 4: rekey.EntryNoAddress, 5: rekey.EntryBadAddress} {
		if got := i.reason(n); got != want || (i.imported(n).ID != "") != (want == "") {
			t.Errorf("account %d: %q, want %q; imported: %q", n, got, want, i.imported(n).ID)
		}
	}
	if u := i.user(i.member.ID); !u.Directory.BuiltIn() || u.Version != i.member.Version {
		t.Errorf("the built-in user was touched: %+v", u)
	}
}

func TestFirstPassRaisesNoEventsUntilTheyAreReleased(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(accounts(0, 3)...)
	i.shelf.put(account(3, func(a *directory.Account) { a.Blocked = true }))
	if counts := i.sync(true); counts.Created != 4 || counts.Withheld != 3 {
		t.Errorf("counts: %+v", counts)
	}
	i.sync(true)
	i.sync(false)
	if got := i.events(rekey.UserCreated); len(got) != 0 {
		t.Fatalf("events before the release: %v", got)
	}
	for name, c := range map[string]struct {
		actor rekey.SystemUser
		count int
		want  rekey.Code
	}{
		"not an Administrator": {i.manager, 3, rekey.CodeForbidden},
		"another number":       {i.root, 4, rekey.CodeConflict},
	} {
		if err := i.ReleaseEvents(i.ctx, c.actor, "corp", c.count); rekey.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	i.must(i.ReleaseEvents(i.ctx, i.root, "corp", 3))
	if got := i.events(rekey.UserCreated); len(got) != 3 || slices.Contains(got, i.imported(3).ID) {
		t.Errorf("events: %v", got)
	}
	if err := i.ReleaseEvents(i.ctx, i.root, "corp", 3); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("released twice: %v", err)
	}
}

func TestMoreThanAHundredNewPeopleRaiseNoEvents(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	i.shelf.put(accounts(1, 101)...)
	i.sync(false)
	if got := i.events(rekey.UserCreated); len(got) != 100 {
		t.Errorf("events of a hundred people: %d", len(got)) // the list has a hundred
	}
	i.shelf.put(accounts(200, 301)...)
	if counts := i.sync(false); counts.Withheld != 101 {
		t.Errorf("counts: %+v", counts)
	}
	if got := i.events(rekey.UserCreated); slices.Contains(got, i.imported(250).ID) {
		t.Error("an event of 101 people was raised")
	}
	i.must(i.ReleaseEvents(i.ctx, i.root, "corp", 101))
}

func TestChangedAddressGetsNoPasswordForThreeDays(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	a := i.automation(i.root)
	i.runs(a.ID)
	move := func(address string) { i.shelf.edit("key-00001", func(a *directory.Account) { a.Address = address }) }
	for name, c := range map[string]struct {
		address string
		reason  rekey.EntryReason
		stored  string
	}{
		"an Administrator's": {i.root.Address, rekey.EntryConflict, "p1@example.org"},
		"a colleague's":      {"p0@example.org", rekey.EntryConflict, "p1@example.org"},
		"none":               {"", rekey.EntryNoAddress, "p1@example.org"},
	} {
		move(c.address)
		i.sync(false)
		if got := i.imported(1); got.Address != c.stored || i.reason(1) != c.reason {
			t.Errorf("%s: %s, %s", name, got.Address, i.reason(1))
		}
	}
	move("mine@example.net")
	i.sync(false)
	if u := i.imported(1); u.Address != "mine@example.net" || !u.Directory.AddressHeldUntil.Equal(i.now().Add(72*time.Hour)) || i.reason(1) != rekey.EntryAddressChanged {
		t.Errorf("%+v, %s", u.Directory, i.reason(1))
	}
	i.pass(25 * time.Hour)
	i.sync(true)
	why := func() rekey.Reason {
		decisions, err := i.engine.Preview(i.ctx, a, i.root.Authority(), []string{i.imported(1).ID})
		i.must(err)
		return decisions[0].Reason
	}
	if got := why(); got != rekey.ReasonAddressHeld {
		t.Errorf("a day later: %q", got)
	}
	i.pass(48 * time.Hour)
	i.sync(true)
	if got := why(); got != "" || i.reason(1) != "" {
		t.Errorf("three days later: %q, %q", got, i.reason(1))
	}
}

func TestFirstAddressOfAnOldAccountIsAChange(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	none := func(a *directory.Account) { a.Address = "" }
	i.shelf.put(account(1, none), account(2, none))
	i.sync(true)
	i.pass(time.Hour)
	i.shelf.put(account(1))
	i.sync(false)
	i.pass(8 * 24 * time.Hour)
	i.shelf.put(account(2))
	i.sync(false)
	if !i.imported(1).Directory.AddressHeldUntil.IsZero() || i.imported(2).Directory.AddressHeldUntil.IsZero() {
		t.Errorf("held: %v, %v", i.imported(1).Directory.AddressHeldUntil, i.imported(2).Directory.AddressHeldUntil)
	}
}

func TestBlocksOfDirectoryAndPeopleAreKeptApart(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	block := func(blocked bool) {
		i.shelf.edit("key-00001", func(a *directory.Account) { a.Blocked = blocked })
		i.sync(false)
	}
	u := i.imported(1)
	block(true)
	if got := i.imported(1); got.Status != rekey.UserBlocked || got.BlockedBy != rekey.BlockedByDirectory {
		t.Errorf("after the block there: %s by %s", got.Status, got.BlockedBy)
	}
	if _, err := i.RestoreUser(i.ctx, i.root, u.ID, 0); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Errorf("a person lifted the directory's block: %v", err)
	}
	_, err := i.BlockUser(i.ctx, i.root, u.ID, 0)
	i.must(err)
	block(false)
	if got := i.imported(1); got.Status != rekey.UserBlocked || got.BlockedBy != rekey.BlockedByPerson {
		t.Errorf("the directory lifted a person's block: %s by %s", got.Status, got.BlockedBy)
	}
	_, err = i.RestoreUser(i.ctx, i.root, u.ID, 0)
	i.must(err)
	if got := i.imported(1); got.Status != rekey.UserActive || got.BlockedBy != "" {
		t.Errorf("at the end: %s by %s", got.Status, got.BlockedBy)
	}
	if blocked, restored := i.events(rekey.UserWasBlocked), i.events(rekey.UserRestored); len(blocked) != 1 || len(restored) != 1 {
		t.Errorf("events: %v, %v", blocked, restored)
	}
}

func TestWhoeverIsMissingTwiceIsBlocked(t *testing.T) {
	t.Parallel()
	i := settled(t, 30)
	i.shelf.remove("key-00007")
	i.sync(true)
	i.sync(true)
	if got := i.imported(7); got.Status != rekey.UserActive {
		t.Error("blocked before an hour was over")
	}
	i.pass(time.Hour)
	if counts := i.sync(true); counts.Blocked != 1 || counts.Missing != 1 {
		t.Errorf("counts: %+v", counts)
	}
	if got := i.imported(7); got.Status != rekey.UserBlocked || got.BlockedBy != rekey.BlockedByDirectory || i.reason(7) != rekey.EntryMissing {
		t.Errorf("%s by %s, %s", got.Status, got.BlockedBy, i.reason(7))
	}
	i.shelf.put(account(7))
	i.sync(false)
	if got := i.imported(7); got.Status != rekey.UserActive || i.reason(7) != "" {
		t.Errorf("back again: %s, %s", got.Status, i.reason(7))
	}
}

func TestMassDisappearanceBlocksNobody(t *testing.T) {
	t.Parallel()
	i := settled(t, 220)
	for n := range 11 {
		i.shelf.remove(account(n).Key)
	}
	i.sync(true) // 11 of 220 are 5 %
	i.shelf.remove(account(11).Key)
	for range 2 {
		i.pass(2 * time.Hour)
		if _, err := i.Sync(i.ctx, "corp", "node", true, false); rekey.CodeOf(err) != rekey.CodeConflict || !strings.Contains(err.Error(), "12 of 220") {
			t.Fatalf("error: %v", err)
		}
	}
	if got := i.events(rekey.UserWasBlocked); len(got) != 0 {
		t.Errorf("blocked: %v", got)
	}
	state, err := i.db.Directory(i.ctx, "corp")
	i.must(err)
	if !strings.Contains(state.Problem, "looks like a mistake") || state.ProblemSince.IsZero() {
		t.Errorf("state: %+v", state)
	}
	i.shelf.put(account(11))
	if counts := i.sync(true); counts.Blocked != 11 {
		t.Errorf("counts: %+v", counts)
	}
}

func TestProgramsAndPrivilegedAccountsAreKnown(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	i.shelf.put(account(1, func(a *directory.Account) { a.API = true }), account(2, func(a *directory.Account) { a.Protected = true }))
	i.sync(false)
	a := i.automation(i.root)
	decisions, err := i.engine.Preview(i.ctx, a, i.root.Authority(), []string{i.imported(1).ID, i.imported(2).ID})
	i.must(err)
	if decisions[0].Reason != rekey.ReasonAPIUser || decisions[1].Reason != rekey.ReasonProtected {
		t.Errorf("reasons: %q, %q", decisions[0].Reason, decisions[1].Reason)
	}
}

func TestEventsOfTheDirectoryComeOnce(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	expiry := i.now().Add(10 * 24 * time.Hour)
	i.shelf.edit("key-00001", func(a *directory.Account) { a.Locked, a.PasswordExpiresAt = true, expiry })
	i.sync(false)
	i.sync(true)
	if locked, expiring := i.events(rekey.UserLocked), i.events(rekey.PasswordExpiring); len(locked) != 1 || len(expiring) != 1 {
		t.Errorf("events: %v, %v", locked, expiring)
	}
	i.shelf.edit("key-00001", func(a *directory.Account) { a.PasswordExpiresAt = expiry.Add(24 * time.Hour) })
	i.sync(false)
	if expiring := i.events(rekey.PasswordExpiring); len(expiring) != 2 {
		t.Errorf("after another expiry: %v", expiring)
	}
}

func TestOneNodeImportsAtATime(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	i.shelf.put(account(1))
	var inner error
	i.shelf.during = func() { _, inner = i.Sync(i.ctx, "corp", "other", false, false) }
	i.sync(false)
	i.shelf.during = nil
	if rekey.CodeOf(inner) != rekey.CodeConflict {
		t.Errorf("another node imported at the same time: %v", inner)
	}
	i.sync(false)
}

func TestDryRunStoresNothing(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(accounts(0, 3)...)
	counts, err := i.Sync(i.ctx, "corp", "node", true, true)
	i.must(err)
	if counts.Created != 3 || i.imported(1).ID != "" {
		t.Errorf("counts: %+v; imported: %v", counts, i.imported(1).ID)
	}
	state, err := i.db.Directory(i.ctx, "corp")
	i.must(err)
	if state.Pass != 0 {
		t.Errorf("state: %+v", state)
	}
}

func TestAdministratorIsNoUserOfADirectory(t *testing.T) {
	t.Parallel()
	i := settled(t, 1)
	_, err := i.UpdateUser(i.ctx, i.root, i.imported(0).ID, 0, func(u *rekey.SystemUser) error {
		u.Role = rekey.RoleAdministrator
		return nil
	})
	if rekey.CodeOf(err) != rekey.CodeInvalid {
		t.Errorf("error: %v", err)
	}
}
