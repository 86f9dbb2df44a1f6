package admin_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/directory"
)

// change edits accounts 0 to n-1.
func (i *imports) change(n int, change func(*directory.Account)) {
	for k := range n {
		i.shelf.edit(account(k).Key, change)
	}
}

// waiting returns how many events wait for their release.
func (i *imports) waiting() int {
	i.t.Helper()
	counts, err := i.db.CountDirectory(i.ctx, "corp")
	i.must(err)
	return counts.Withheld
}

func TestMoreThanAHundredEventsOfOneKindWaitForTheirRelease(t *testing.T) {
	t.Parallel()
	expiring := func(a *directory.Account) { a.PasswordExpiresAt = monday.Add(5 * 24 * time.Hour) }
	for name, c := range map[string]struct {
		event string
		what  func(*directory.Account)
		over  func(*directory.Account) // makes it untrue for two accounts
	}{
		"disabled": {rekey.UserWasBlocked, func(a *directory.Account) { a.Blocked = true }, func(a *directory.Account) { a.Blocked = false }},
		"locked":   {rekey.UserLocked, func(a *directory.Account) { a.Locked = true }, func(a *directory.Account) { a.Locked = false }},
		"expiring": {rekey.PasswordExpiring, expiring, func(a *directory.Account) { a.PasswordExpiresAt = monday.Add(90 * 24 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := settled(t, 102)
			i.change(101, c.what)
			i.shelf.put(account(200), account(101, func(a *directory.Account) { a.Locked = c.event != rekey.UserLocked }))
			if counts := i.sync(false); counts.Withheld != 101 || len(i.events(c.event)) != 0 {
				t.Errorf("counts: %+v; %d events", counts, len(i.events(c.event)))
			}
			if got := i.imported(0); (got.Status == rekey.UserBlocked) != (c.event == rekey.UserWasBlocked) {
				t.Errorf("the user is %s: only the event of a block waits", got.Status)
			}
			if got := i.events(rekey.UserCreated); got[0] != i.imported(200).ID {
				t.Error("another kind of event waits, too")
			}
			i.sync(true)
			if got := i.waiting(); got != 101 {
				t.Errorf("%d events wait after the next pass", got)
			}
			i.change(2, c.over)
			i.sync(false)
			waiting := 101
			if c.event == rekey.UserWasBlocked {
				waiting = 99 // an event that lifts the block takes its place
			}
			if got := i.waiting(); got != waiting {
				t.Errorf("%d events wait, want %d", got, waiting)
			}
			i.must(i.ReleaseEvents(i.ctx, i.root, "corp", waiting))
			got := i.events(c.event)
			if len(got) != 99 || i.waiting() != 0 {
				t.Errorf("%d events; %d wait", len(got), i.waiting())
			}
			for _, id := range got {
				if id == i.imported(0).ID {
					t.Error("an event was raised that is no longer true")
				}
			}
		})
	}
}

func TestExpiryIsToldOnceAlsoWhileItsEventWaits(t *testing.T) {
	t.Parallel()
	i := settled(t, 101)
	i.change(101, func(a *directory.Account) { a.PasswordExpiresAt = monday.Add(5 * 24 * time.Hour) })
	i.sync(false)
	i.sync(true)
	if got := i.waiting(); got != 101 {
		t.Errorf("%d events wait", got)
	}
	i.must(i.ReleaseEvents(i.ctx, i.root, "corp", 101))
	i.sync(true)
	if got := i.waiting(); got != 0 || len(i.events(rekey.PasswordExpiring)) != 100 { // the list has a hundred
		t.Errorf("after the release: %d wait, %d were raised", got, len(i.events(rekey.PasswordExpiring)))
	}
	i.change(1, func(a *directory.Account) { a.PasswordExpiresAt = monday.Add(6 * 24 * time.Hour) })
	i.sync(false)
	if got := i.events(rekey.PasswordExpiring); got[0] != i.imported(0).ID {
		t.Error("another expiry was not told")
	}
}

func TestEventsOfAPassThatFailedAreRaisedByTheNext(t *testing.T) {
	t.Parallel()
	onBoth(t, eventsOfAFailedPass)
}

func eventsOfAFailedPass(t *testing.T, i *imports) {
	t.Helper()
	i.settle(1)
	i.shelf.put(account(1), account(2))
	i.shelf.breaks = errors.New("the connection broke")
	for range 2 {
		if _, err := i.Sync(i.ctx, "corp", "node", false, false); err == nil {
			t.Fatal("the pass did not fail")
		}
	}
	if got := i.events(rekey.UserCreated); len(got) != 1 || i.waiting() != 0 {
		t.Errorf("events after the failure: %d; waiting: %d", len(got), i.waiting())
	}
	i.shelf.breaks = nil
	i.sync(false)
	if got := i.events(rekey.UserCreated); len(got) != 3 || i.waiting() != 0 {
		t.Errorf("events: %d; waiting: %d", len(got), i.waiting())
	}
	i.shelf.put(accounts(100, 160)...)
	i.shelf.breaks = errors.New("again")
	_, err := i.Sync(i.ctx, "corp", "node", false, false)
	i.shelf.breaks = nil
	i.shelf.put(accounts(160, 201)...)
	if counts := i.sync(false); err == nil || counts.Withheld != 101 || i.waiting() != 101 {
		t.Errorf("more than a hundred in all: %+v, %d wait, %v", counts, i.waiting(), err)
	}
}

func TestFirstPassThatFailedRaisesNothingLater(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1))
	i.shelf.breaks = errors.New("the connection broke")
	if _, err := i.Sync(i.ctx, "corp", "node", false, false); err == nil {
		t.Fatal("the pass did not fail")
	}
	i.shelf.breaks = nil
	if counts := i.sync(true); counts.Withheld != 1 || len(i.events(rekey.UserCreated)) != 0 {
		t.Errorf("counts: %+v", counts)
	}
}

func TestReleaseSaysHowManyEventsWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, i *imports) {
		i.shelf.put(account(1))
		i.sync(true)
		for _, count := range []int{2, 0, -1, -5, math.MaxInt} {
			err := i.ReleaseEvents(i.ctx, i.root, "corp", count)
			if want := fmt.Sprintf("1 event waits, not %d.", count); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error: %v, want %s", err, want)
			}
		}
	})
}
