package admin_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

func TestImportOfManyNeedsLittleMemory(t *testing.T) { //nolint:paralleltest // it measures the memory of the whole process
	const many = 20_000
	i := setupImports(t)
	i.shelf.put(accounts(0, many)...)
	for n := range many {
		i.shelf.members = append(i.shelf.members, directory.Membership{Key: account(n).Key, Groups: []string{"everybody"}})
	}
	for _, name := range []string{"first", "again", "dry run"} {
		before, most, pages := live(), uint64(0), 0
		i.shelf.paged = func() {
			if pages++; pages%20 == 0 {
				most = max(most, live())
			}
		}
		began := time.Now()
		counts, err := i.Sync(i.ctx, "corp", "node", true, name == "dry run")
		i.must(err)
		if counts.Looked != many || pages < many/150 {
			t.Errorf("%s: %+v", name, counts)
		}
		t.Logf("%s: %d pages in %s, at most %d KiB live, %d before", name, pages, time.Since(began), most>>10, before>>10)
		if grown := int64(most) - int64(before); grown > 20<<20 {
			t.Errorf("%s: %d KiB more are live during the pass", name, grown>>10)
		}
	}
	if got := i.waiting(); got != many {
		t.Errorf("%d events wait", got)
	}
}

// live is the memory that is in use, in bytes.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// An import, changes on the pages, blocks and log-ins of the same people, all at once.
func TestImportLosesNoChangeThatIsMadeBesideIt(t *testing.T) {
	t.Parallel()
	onBoth(t, changesBesideAnImport)
}

func changesBesideAnImport(t *testing.T, i *imports) {
	t.Helper()
	const people, rounds = 20, 5
	i.settle(people)
	var ids []string
	for n := range people {
		ids = append(ids, i.imported(n).ID)
	}
	zones := []string{"Europe/Berlin", "Asia/Tokyo", "America/New_York", "Europe/Paris", "Africa/Cairo"}
	work := map[string]func(ctx context.Context, round int) error{
		"import": func(ctx context.Context, round int) error {
			i.change(people, func(a *directory.Account) {
				a.FirstName, a.Locked, a.Blocked = fmt.Sprintf("Grace %d", round), round%2 == 0, round == rounds-1 && a.Key == account(0).Key
			})
			_, err := i.Sync(ctx, "corp", "node", round%2 == 0, false)
			return err
		},
		"page": func(ctx context.Context, round int) error {
			for _, id := range ids {
				_, err := i.UpdateUser(ctx, i.root, id, 0, func(u *rekey.SystemUser) error {
					u.TimeZone = zones[round]
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
		"block": func(ctx context.Context, round int) error {
			_, err := i.BlockUser(ctx, i.root, ids[people-1-round], 0)
			return err
		},
		"log-in": func(ctx context.Context, _ int) error {
			for n := range ids {
				err := i.db.Concurrent().Update(ctx, func(tx *store.Tx) error { return tx.TouchLogIn(ctx, ids[len(ids)-1-n], monday.Add(time.Hour)) })
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	var all sync.WaitGroup
	for name, do := range work {
		all.Go(func() {
			for round := range rounds {
				if err := do(i.ctx, round); err != nil {
					t.Errorf("%s %d: %v", name, round, err)
				}
			}
		})
	}
	all.Wait()
	for n, id := range ids {
		by := rekey.BlockedBy("")
		switch {
		case n == 0:
			by = rekey.BlockedByDirectory
		case n >= people-rounds:
			by = rekey.BlockedByPerson
		}
		if u := i.user(id); u.FirstName != fmt.Sprintf("Grace %d", rounds-1) || u.TimeZone != zones[rounds-1] || u.BlockedBy != by || !u.LastLoginAt.Equal(monday.Add(time.Hour)) {
			t.Errorf("%d: %s, %s, blocked by %q, logged in at %s", n, u.FirstName, u.TimeZone, u.BlockedBy, u.LastLoginAt)
		}
	}
}
