package admin_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/engine"
	"rekey/internal/store"
)

// move gives account 1 another address in the directory, and imports it.
func (i *imports) move(address string) {
	i.t.Helper()
	i.shelf.edit("key-00001", func(a *directory.Account) { a.Address = address })
	i.sync(false)
}

// post sends the notice of account 1 that is due, and returns where it goes; "" if none
// is.
func (i *imports) post() (address string) {
	i.t.Helper()
	last, err := i.db.LastNotice(i.ctx, i.imported(1).ID, engine.NoticeAddressChanged)
	i.must(err)
	if last.ID == "" || !last.EndedAt.IsZero() || last.NextAt.After(i.now()) {
		return ""
	}
	last.EndedAt = i.now()
	i.must(i.db.Update(i.ctx, func(tx *store.Tx) error { return tx.PutNotice(i.ctx, last) }))
	if rekey.AddressKey(last.Address) == i.imported(1).AddressKey {
		return ""
	}
	return last.Address
}

func (i *imports) confirm() {
	i.t.Helper()
	_, err := i.ConfirmAddress(i.ctx, i.root, i.imported(1).ID, 0)
	i.must(err)
}

func TestChangedAddressIsToldToTheOneBefore(t *testing.T) {
	t.Parallel()
	const mine = "p1@example.org"
	for name, c := range map[string]struct {
		happens func(i *imports)
		want    []string // told within 30 hours after that
	}{
		"one change":           {func(i *imports) { i.move("new@example.net") }, []string{mine}},
		"only the spelling":    {func(i *imports) { i.move("P1@example.org") }, nil},
		"nothing":              {func(i *imports) { i.sync(true) }, nil},
		"an address of others": {func(i *imports) { i.move(i.root.Address) }, nil},
		"a second change before the mail was sent": {func(i *imports) {
			i.move("new@example.net")
			i.move("newer@example.net")
		}, []string{mine}},
		"back before the mail was sent": {func(i *imports) {
			i.move("new@example.net")
			i.move(mine)
		}, nil},
		"a second change, which goes to no address that nobody confirmed": {func(i *imports) {
			i.move("evil@example.net")
			i.post()
			i.move("evil2@example.net")
		}, []string{mine}},
		"there, back and there again": {func(i *imports) {
			i.move("evil@example.net")
			i.post()
			i.move(mine)
			i.move("evil2@example.net")
		}, []string{mine}},
		"a change after the new address was confirmed": {func(i *imports) {
			i.move("new@example.net")
			i.post()
			i.confirm()
			i.move("newer@example.net")
		}, []string{"new@example.net"}},
		"a change after the hold was over": {func(i *imports) {
			i.move("new@example.net")
			i.post()
			i.pass(73 * time.Hour)
			i.sync(true)
			i.move("newer@example.net")
		}, []string{"new@example.net"}},
		"the first address of an account": {func(i *imports) { i.shelf.put(account(5)); i.sync(false) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := settled(t, 2)
			c.happens(i)
			var told []string
			for range 30 {
				if address := i.post(); address != "" {
					told = append(told, address)
				}
				i.pass(time.Hour)
			}
			if !slices.Equal(told, c.want) {
				t.Errorf("told %v, want %v", told, c.want)
			}
		})
	}
}

func TestFlippedAddressDoesNotFloodTheOldOne(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	var told []time.Time
	for n := range 5 * 24 * 4 {
		i.move([]string{"evil@example.net", "p1@example.org", "other@example.net"}[n%3])
		if address := i.post(); address != "" {
			if told = append(told, i.now()); address != "p1@example.org" {
				t.Fatalf("told %s", address)
			}
		}
		i.pass(15 * time.Minute)
	}
	if len(told) < 3 || len(told) > 5 {
		t.Errorf("told %d times in five days: %v", len(told), told)
	}
	for n := 1; n < len(told); n++ {
		if told[n].Sub(told[n-1]) < 24*time.Hour {
			t.Errorf("told twice within a day: %v", told)
		}
	}
}

func TestNoticeIsStoredWithTheChangeOrNeitherIs(t *testing.T) {
	t.Parallel()
	i := settled(t, 2)
	onPurpose := errors.New("on purpose")
	i.db.Enqueue = func(context.Context, any, []engine.Task) error { return onPurpose }
	i.shelf.edit("key-00001", func(a *directory.Account) { a.Address = "new@example.net" })
	if _, err := i.Sync(i.ctx, "corp", "node", false, false); !errors.Is(err, onPurpose) {
		t.Fatalf("got %v", err)
	}
	last, err := i.db.LastNotice(i.ctx, i.imported(1).ID, engine.NoticeAddressChanged)
	i.must(err)
	if i.imported(1).Address != "p1@example.org" || last.ID != "" {
		t.Errorf("%s, %+v", i.imported(1).Address, last)
	}
}

func TestWhoWasRevokedBeforeTheirAddressChangedIsListed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		revoked bool
		then    func(i *imports)
		want    rekey.EntryReason
	}{
		"revoked":         {true, func(*imports) {}, rekey.EntryNoWayIn},
		"not revoked":     {false, func(*imports) {}, rekey.EntryAddressChanged},
		"read once more":  {true, func(i *imports) { i.sync(true) }, rekey.EntryNoWayIn},
		"confirmed":       {true, (*imports).confirm, ""},
		"three days over": {true, func(i *imports) { i.pass(73 * time.Hour); i.sync(true) }, ""},
		"the help desk sets a password": {true, func(i *imports) {
			i.shelf.edit("key-00001", func(a *directory.Account) { a.Token = "2" })
			i.sync(false)
		}, rekey.EntryAddressChanged},
		"disabled": {true, func(i *imports) {
			i.shelf.edit("key-00001", func(a *directory.Account) { a.Blocked = true })
			i.sync(false)
		}, rekey.EntryAddressChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := settled(t, 2)
			if c.revoked {
				i.must(i.db.Update(i.ctx, func(tx *store.Tx) error {
					return tx.Revoke(i.ctx, map[string]string{i.imported(1).ID: ""}, i.now())
				}))
			}
			i.move("new@example.net")
			c.then(i)
			o, err := i.Overview(i.ctx, i.root, time.UTC)
			i.must(err)
			if got := i.reason(1); got != c.want || (o.NoWayIn["corp"] == 1) != (c.want == rekey.EntryNoWayIn) {
				t.Errorf("the entry is %q, on the overview: %v", got, o.NoWayIn)
			}
		})
	}
}
