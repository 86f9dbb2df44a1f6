package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

// Whoever may write entries of a directory must not be able to stop the import of the
// others.
func TestRubbishOfADirectoryStopsNoImport(t *testing.T) {
	t.Parallel()
	onBoth(t, rubbishOfADirectory)
}

func rubbishOfADirectory(t *testing.T, i *imports) {
	t.Helper()
	i.settle(2)
	nul, huge := "a\x00b\xff\u202e", strings.Repeat("x", 1<<17)
	var groups []string
	for n := range 10_000 {
		groups = append(groups, fmt.Sprintf("group-%05d", n))
	}
	add := func(n int, change func(*directory.Account)) { i.shelf.put(account(n, change)) }
	for k, text := range []string{nul, huge, "\n", " ", i.root.ID} {
		add(10+k, func(a *directory.Account) { a.Address = text })
		add(20+k, func(a *directory.Account) {
			a.FirstName, a.LastName, a.Language, a.Unit, a.DN = text, text, text, text, text
			a.Attributes = map[string]string{"cost": text}
		})
		i.shelf.members = append(i.shelf.members, directory.Membership{Key: account(20 + k).Key, Groups: []string{text, "staff"}})
	}
	far := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	add(30, func(a *directory.Account) {
		a.CreatedAt, a.PasswordChangedAt, a.PasswordExpiresAt, a.LastLoginAt = far, far, far, far
	})
	add(31, func(a *directory.Account) { a.Address = account(32).Address })
	add(32, func(*directory.Account) {})
	add(33, func(a *directory.Account) { a.Address = i.root.Address })
	add(34, func(a *directory.Account) { a.Key = directory.Key(strings.ToUpper(string(account(1).Key))) })
	i.shelf.members = append(i.shelf.members, directory.Membership{Key: account(1).Key, Groups: groups})
	i.pass(time.Hour)
	i.sync(false)
	i.sync(true)
	if u := i.imported(20); u.FirstName != "" || u.Directory.Unit != "" || u.Attributes["cost"] != "" {
		t.Errorf("rubbish was imported: %+v", u)
	}
	if got := i.imported(20).Directory.Groups; len(got) != 1 || got[0] != "staff" {
		t.Errorf("groups: %q", got)
	}
	if got := len(i.imported(1).Directory.Groups); got != len(groups) {
		t.Errorf("%d groups", got)
	}
	for k := range 5 {
		if id := i.imported(10 + k).ID; id != "" {
			t.Errorf("an entry with a wrong address is %s", id)
		}
	}
	for n, want := range map[int]rekey.EntryReason{31: "", 32: rekey.EntryConflict, 33: rekey.EntryConflict} {
		if got := i.reason(n); got != want {
			t.Errorf("entry %d is %q, want %q", n, got, want)
		}
	}

	// Two people swap their addresses: each keeps their own, and the import goes on.
	i.shelf.edit(account(0).Key, func(a *directory.Account) { a.Address = account(1).Address })
	i.shelf.edit(account(1).Key, func(a *directory.Account) { a.Address = account(0).Address })
	i.sync(false)
	for n := range 2 {
		if u := i.imported(n); u.Address != account(n).Address || i.reason(n) != rekey.EntryConflict {
			t.Errorf("account %d has %s, its entry is %q", n, u.Address, i.reason(n))
		}
	}
}
