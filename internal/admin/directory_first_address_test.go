package admin_test

import (
	"testing"
	"time"

	"rekey/internal/directory"
	"rekey/internal/store"
)

func TestFirstAddressOfANewcomerIsHeldUnlessTheirAccountIsYoung(t *testing.T) {
	t.Parallel()
	aged := func(age time.Duration) func(*directory.Account) {
		return func(a *directory.Account) { a.CreatedAt = monday.Add(-age) }
	}
	const year = 365 * 24 * time.Hour
	old := func(a *directory.Account) { a.CreatedAt = monday.Add(-year) }
	for name, c := range map[string]struct {
		account directory.Account
		before  func(i *imports) // what happened after the first import, which had nobody
		held    bool
	}{
		"young":                    {account(1, aged(time.Hour)), func(*imports) {}, false},
		"old":                      {account(1, old), func(*imports) {}, true},
		"a clock that is ahead":    {account(1, aged(-time.Minute)), func(*imports) {}, false},
		"a time that is nonsense":  {account(1, aged(-year)), func(*imports) {}, true},
		"nobody says how old":      {account(1, func(a *directory.Account) { a.CreatedAt = time.Time{} }), func(*imports) {}, true},
		"deleted here, then back":  {account(1, old), (*imports).importedAndDeleted, true},
		"no address, then missing": {account(1, old), (*imports).seenWithoutAddress, true},
		"a backup was restored":    {account(1, old), (*imports).restored, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := settled(t, 0)
			c.before(i)
			i.shelf.put(c.account)
			i.sync(false)
			if held := i.now().Before(i.imported(1).Directory.AddressHeldUntil); i.imported(1).ID == "" || held != c.held {
				t.Errorf("imported: %q, held: %v", i.imported(1).ID, held)
			}
		})
	}
}

func TestFirstImportHoldsNobody(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1, func(a *directory.Account) { a.CreatedAt = time.Time{} }))
	i.sync(false)
	if u := i.imported(1); u.ID == "" || !u.Directory.AddressHeldUntil.IsZero() {
		t.Errorf("imported: %+v", u)
	}
}

// importedAndDeleted imports account 1, and deletes its user once it is missing.
func (i *imports) importedAndDeleted() {
	i.shelf.put(account(1))
	i.sync(true)
	i.vanish(1)
	i.must(i.DeleteUser(i.ctx, i.root, i.imported(1).ID, 0))
}

// vanish removes an account, and lets two complete passes miss it.
func (i *imports) vanish(n int) {
	i.shelf.remove(account(n).Key)
	i.sync(true)
	i.pass(time.Hour)
	i.sync(true)
}

// seenWithoutAddress lets a pass see account 1 without an address, and another miss it.
func (i *imports) seenWithoutAddress() {
	i.shelf.put(account(1, func(a *directory.Account) { a.Address = "" }))
	i.sync(true)
	i.pass(8 * 24 * time.Hour)
	i.vanish(1)
}

// restored leaves of the import what a restore does.
func (i *imports) restored() {
	state, err := i.db.Directory(i.ctx, "corp")
	i.must(err)
	state.Cookie, state.FullAt, state.GroupsAt = "", time.Time{}, time.Time{}
	i.must(i.db.Update(i.ctx, func(tx *store.Tx) error {
		if _, err := tx.ClaimDirectory(i.ctx, "corp", "node", i.now(), i.now()); err != nil {
			return err
		}
		return tx.PutDirectory(i.ctx, state, "node")
	}))
}
