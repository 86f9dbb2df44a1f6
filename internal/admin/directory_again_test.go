package admin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/store"
)

func (i *imports) state() rekey.DirectoryState {
	i.t.Helper()
	state, err := i.db.Directory(i.ctx, "corp")
	i.must(err)
	return state
}

// passesOf lets time pass and returns what passes the node made: true is a complete one.
func (i *imports) passesOf(d time.Duration) []bool {
	i.t.Helper()
	i.shelf.passes = nil
	for range d / (5 * time.Minute) {
		i.pass(5 * time.Minute)
		_, _ = i.Sync(i.ctx, "corp", "node", false, false)
	}
	return i.shelf.passes
}

func count(list []bool, want bool) (n int) {
	for _, is := range list {
		if is == want {
			n++
		}
	}
	return n
}

func TestCompletePassIsTriedOnceAnHourWhileManyAreMissing(t *testing.T) {
	t.Parallel()
	i := settled(t, 30)
	for n := range 11 {
		i.shelf.remove(account(n).Key)
	}
	if _, err := i.Sync(i.ctx, "corp", "node", true, false); rekey.CodeOf(err) != rekey.CodeConflict {
		t.Fatalf("error: %v", err)
	}
	problem := i.state()
	i.pass(24 * time.Hour) // the daily one is due
	i.shelf.put(account(100))
	passes := i.passesOf(2 * time.Hour)
	if len(passes) != 24 || count(passes, true) != 2 {
		t.Errorf("passes: %v", passes)
	}
	if i.imported(100).ID == "" {
		t.Error("changes were not imported meanwhile")
	}
	if got := i.state(); !strings.Contains(got.Problem, "11 of 31 people are missing") || !got.ProblemSince.Equal(problem.ProblemSince) || !got.SyncedAt.Equal(i.now()) {
		t.Errorf("the problem is no longer shown: %+v", got)
	}
	if got := i.events(rekey.UserCreated); got[0] != i.imported(100).ID {
		t.Error("events of the passes over the changes wait")
	}
	i.shelf.put(accounts(0, 11)...)
	i.passesOf(time.Hour)
	if got := i.state(); got.Problem != "" || !got.TriedAt.IsZero() || got.FullAt.Before(i.now().Add(-time.Hour)) {
		t.Errorf("after they are back: %+v", got)
	}
}

func TestFirstCompletePassIsTriedAgainByHandAtOnce(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1))
	i.shelf.breaks = errors.New("the server stops after 500 entries")
	if _, err := i.Sync(i.ctx, "corp", "node", false, false); err == nil {
		t.Fatal("the pass did not fail")
	}
	if passes := i.passesOf(55 * time.Minute); len(passes) != 0 || i.state().Problem == "" {
		t.Errorf("passes within an hour: %v; %+v", passes, i.state())
	}
	i.shelf.breaks = nil
	_, err := i.ImportDirectory(i.ctx, i.manager, "corp", false, false)
	i.must(err)
	if got := i.state(); got.Problem != "" || i.imported(1).ID == "" {
		t.Errorf("after an import by hand: %+v", got)
	}
}

func TestStoppedServerEndsImportsByHand(t *testing.T) {
	t.Parallel()
	i := setupImports(t)
	i.shelf.put(account(1))
	i.shelf.hangs = true
	began, answer := make(chan struct{}), make(chan error)
	i.shelf.during = func() { close(began) }
	ctx, leave := context.WithCancel(i.ctx)
	go func() {
		_, err := i.ImportDirectory(ctx, i.manager, "corp", true, false)
		answer <- err
	}()
	<-began
	leave() // the import goes on without its caller
	if err := <-answer; rekey.CodeOf(err) != rekey.CodeUnavailable {
		t.Errorf("error: %v", err)
	}
	i.EndImports()
	if got := i.state(); got.Problem != "" {
		t.Errorf("state: %+v", got)
	}
	i.shelf.hangs, i.shelf.during = false, nil
	if _, err := i.Sync(i.ctx, "corp", "node", true, false); rekey.CodeOf(err) != rekey.CodeUnavailable {
		t.Errorf("an import began after the stop: %v", err)
	}
	var claimed bool
	i.must(i.db.Update(i.ctx, func(tx *store.Tx) (err error) {
		claimed, err = tx.ClaimDirectory(i.ctx, "corp", "another", i.now(), i.now())
		return err
	}))
	if !claimed {
		t.Error("the claim of the stopped import holds")
	}
}

func TestDryRunOfACompletePassCountsWhoIsMissing(t *testing.T) {
	t.Parallel()
	i := settled(t, 450)
	i.vanish(7)
	i.shelf.remove(account(8).Key, account(449).Key)
	i.shelf.put(account(500))
	i.unchanged(func() {
		for full, want := range map[bool]int{true: 2, false: 0} {
			counts, err := i.Sync(i.ctx, "corp", "node", full, true)
			i.must(err)
			if counts.Missing != want || counts.Created != 1 {
				t.Errorf("complete %v: %+v", full, counts)
			}
		}
	})
}
