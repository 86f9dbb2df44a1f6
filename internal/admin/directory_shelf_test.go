package admin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/directory"
	"rekey/internal/store"
	"rekey/internal/store/storetest"
)

// shelf is a directory in memory. Its cookie is the number of the last change.
type shelf struct {
	accounts map[directory.Key]directory.Account
	changed  map[directory.Key]int
	changes  int
	members  []directory.Membership
	roles    map[string]rekey.Role // of groups; nil: people give roles here
	during   func()                // is called while a pass goes on; may be nil
	breaks   error                 // ends a pass after its first page; may be nil
	paged    func()                // is called after each page; may be nil
	hangs    bool                  // a pass goes on until its context ends
	passes   []bool                // whether each was a complete one
}

func newShelf() *shelf {
	return &shelf{accounts: map[directory.Key]directory.Account{}, changed: map[directory.Key]int{}}
}

func (s *shelf) put(accounts ...directory.Account) {
	for _, a := range accounts {
		s.changes++
		s.accounts[a.Key], s.changed[a.Key] = a, s.changes
	}
}

// edit changes the account with a key.
func (s *shelf) edit(key directory.Key, change func(*directory.Account)) {
	a := s.accounts[key]
	change(&a)
	s.put(a)
}

func (s *shelf) remove(keys ...directory.Key) {
	for _, key := range keys {
		delete(s.accounts, key)
	}
}

func (s *shelf) Role(groups []string) rekey.Role {
	if s.roles == nil {
		return ""
	}
	highest := rekey.RoleMember
	for _, group := range groups {
		if s.roles[group].Rank() > highest.Rank() {
			highest = s.roles[group]
		}
	}
	return highest
}

func (*shelf) Kind() directory.Kind { return directory.OpenLDAP }

func (*shelf) Addresses() []string { return []string{"ldaps://ldap.example.org"} }

func (s *shelf) Test(context.Context) (directory.Report, error) {
	return directory.Report{Address: "ldaps://ldap.example.org", Counts: directory.Counts{Accounts: len(s.accounts)}}, nil
}

func (s *shelf) Pass(ctx context.Context, since directory.Cookie, page func([]directory.Account) error) (directory.Cookie, error) {
	s.passes = append(s.passes, since == "")
	if s.during != nil {
		s.during()
	}
	var from int
	_, _ = fmt.Sscan(string(since), &from)
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(s.accounts)), 150) {
		var found []directory.Account
		for _, key := range keys {
			if s.changed[key] > from {
				found = append(found, s.accounts[key])
			}
		}
		if err := page(found); err != nil {
			return "", err
		}
		if s.paged != nil {
			s.paged()
		}
		if s.breaks != nil {
			return "", s.breaks
		}
	}
	if s.hangs {
		<-ctx.Done()
		return "", errors.New("the connection was closed")
	}
	return directory.Cookie(fmt.Sprint(s.changes)), nil
}

func (s *shelf) Groups(_ context.Context, page func([]directory.Membership) error) error {
	return page(s.members)
}

func (s *shelf) Read(_ context.Context, keys []directory.Key) (map[directory.Key]directory.Account, error) {
	found := map[directory.Key]directory.Account{}
	for _, key := range keys {
		if a, ok := s.accounts[key]; ok {
			found[key] = a
		}
	}
	return found, nil
}

// account is somebody in a directory; the number makes key and address.
func account(n int, change ...func(*directory.Account)) directory.Account {
	a := directory.Account{
		Key: directory.Key(fmt.Sprintf("key-%05d", n)), Address: fmt.Sprintf("p%d@example.org", n), FirstName: "Grace", LastName: "Hopper",
		Unit: "Sales/Berlin", Token: "1", CreatedAt: monday.Add(-time.Hour), PasswordChangedAt: monday.Add(-time.Hour),
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func accounts(from, to int) (list []directory.Account) {
	for n := from; n < to; n++ {
		list = append(list, account(n))
	}
	return list
}

// imports is an office with a directory.
type imports struct {
	*office

	shelf *shelf
}

func setupImports(t *testing.T) *imports {
	t.Helper()
	return setupImportsOn(t, storetest.Open(t))
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, i *imports)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, setupImports(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, setupImportsOn(t, openPostgres(t)))
	})
}

// openPostgres opens an empty database on PostgreSQL until the test ends.
func openPostgres(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func setupImportsOn(t *testing.T, db *store.DB) *imports {
	t.Helper()
	i := &imports{shelf: newShelf()}
	i.office = setupOn(t, db, func(c *admin.Config) { c.Directories = map[string]admin.Directory{"corp": i.shelf} })
	return i
}

func (i *imports) sync(full bool) rekey.SyncCounts {
	i.t.Helper()
	counts, err := i.Sync(i.ctx, "corp", "node", full, false)
	i.must(err)
	return counts
}

// settled has imported accounts 0 to n-1 and released their events.
func settled(t *testing.T, n int) *imports {
	t.Helper()
	i := setupImports(t)
	i.settle(n)
	return i
}

func (i *imports) settle(n int) {
	i.t.Helper()
	i.shelf.put(accounts(0, n)...)
	counts := i.sync(true)
	i.must(i.ReleaseEvents(i.ctx, i.root, "corp", counts.Withheld))
}

// imported returns the system user of an account.
func (i *imports) imported(n int) rekey.SystemUser {
	i.t.Helper()
	key := string(account(n).Key)
	found, err := i.db.UsersOfDirectory(i.ctx, "corp", []string{key})
	i.must(err)
	return found[key]
}

// reason returns why an account was not imported, or what is special about it.
func (i *imports) reason(n int) rekey.EntryReason {
	i.t.Helper()
	key := string(account(n).Key)
	found, err := i.db.DirectoryEntries(i.ctx, "corp", []string{key})
	i.must(err)
	return found[key].Reason
}

func (i *imports) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.at = i.at.Add(d)
}
