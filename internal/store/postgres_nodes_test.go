package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"rekey"
)

// nodes opens a database as several processes do.
func nodes(t *testing.T) (one *fixture, other *DB) {
	t.Helper()
	db := openPostgresForTest(t)
	return &fixture{DB: db, t: t, ctx: t.Context()}, connect(t, db.backend.(*postgres).address) //nolint:errcheck // openPostgresForTest
}

// together runs two functions in transactions on two nodes: the second while the
// first has done all but commit, as far as it is not kept waiting.
func (f *fixture) together(other *DB, first, second func(*Tx) error) {
	f.t.Helper()
	ready, through := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		<-ready
		var once sync.Once
		done <- other.Concurrent().Update(f.ctx, func(tx *Tx) error {
			defer once.Do(func() { close(through) })
			return second(tx)
		})
	}()
	var once sync.Once
	f.ok(f.Concurrent().Update(f.ctx, func(tx *Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		once.Do(func() { close(ready) })
		f.awaitLock(through)
		return nil
	}))
	f.ok(<-done)
}

// awaitLock waits until somebody waits for a lock, or needs none.
func (f *fixture) awaitLock(through <-chan struct{}) {
	f.t.Helper()
	for f.ctx.Err() == nil {
		select {
		case <-through:
			return
		default:
		}
		if f.count(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0 {
			return
		}
	}
}

// I3: two nodes that take up one batch at the same time must not both make
// passwords for it.
func TestABatchIsIssuedByOneOfTwoNodes(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	run, queued := f.queued(f.user(), f.user(), f.user())
	issue := func(claim string, issued *int) func(*Tx) error {
		return func(tx *Tx) error {
			due, err := tx.Due(f.ctx, run.ID, 1, at(time.Second), 200)
			if err != nil {
				return err
			}
			batch := make([]rekey.Delivery, len(due))
			for i, w := range due {
				batch[i] = w.Delivery
				batch[i].State, batch[i].Verifier, batch[i].Claim, batch[i].ClaimUntil = rekey.DeliveryIssued, claim, claim, at(time.Hour)
				batch[i].IssuedAt, batch[i].ValidUntil, batch[i].Attempting = noon, at(72*time.Hour), true
			}
			*issued = len(due)
			_, err = tx.Issue(f.ctx, batch)
			return err
		}
	}
	var a, b int
	f.together(other, issue("a", &a), issue("b", &b))
	if a+b != len(queued) || a != 0 && b != 0 {
		t.Errorf("one node issued %d and the other %d of %d", a, b, len(queued))
	}
	claims := f.count(`SELECT COUNT(DISTINCT claim) FROM deliveries WHERE state = 'issued'`)
	same(t, claims, 1)
}

func TestARunEndsAlthoughItsLastBatchesCloseAtTheSameTime(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	run := f.run(rekey.RunSending)
	f.write(func(tx *Tx) error {
		for batch := 1; batch <= 2; batch++ {
			if err := tx.write(f.ctx, `INSERT INTO batches (run_id, number, next_at, enqueued_at) VALUES ($1, $2, 1, 1)`, run.ID, batch); err != nil {
				return err
			}
		}
		return nil
	})
	closing := func(batch int) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.CloseBatch(f.ctx, run.ID, batch, at(time.Minute))
			return err
		}
	}
	f.together(other, closing(1), closing(2))
	same(t, f.storedRun(run.ID).State, rekey.RunFinished)
}

// I10, and nobody is planned twice by two runs that are planned at once: the
// database undoes one, which then sees the other.
func TestTwoRunsPlannedAtOnceDoNotTakeTheSamePersonTwice(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	u := f.user()
	plan := func(run rekey.Run, planned *bool) func(*Tx) error {
		return func(tx *Tx) error {
			taken, err := tx.Unfinished(f.ctx, []string{u.ID})
			if *planned = !taken[u.ID]; err != nil || taken[u.ID] {
				return err
			}
			return tx.Plan(f.ctx, []rekey.Delivery{{ID: "d-" + run.ID, RunID: run.ID, UserID: u.ID, Subject: u.ID, Number: 1, Batch: 1,
				State: rekey.DeliveryQueued, OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon}})
		}
	}
	first, second := f.run(rekey.RunSending), f.run(rekey.RunSending)
	var a, b bool
	f.together(other, plan(first, &a), plan(second, &b))
	if a == b {
		t.Errorf("planned by the first: %t, by the second: %t", a, b)
	}
	same(t, f.count(`SELECT COUNT(*) FROM deliveries`), 1)
}

func TestCountsOfARunAddUpAlthoughNodesWriteThemAtTheSameTime(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	run := f.run(rekey.RunSending)
	count := func(tx *Tx) error {
		tx.counted(run.ID, outcome{state: rekey.DeliveryQueued}, 5, noon)
		return tx.writeCounts(f.ctx)
	}
	f.together(other, count, count)
	found, _, err := f.Tallies(f.ctx, []string{run.ID}, rekey.RankAdministrator)
	same(t, got(t, found, err)[run.ID], []rekey.Tally{{State: rekey.DeliveryQueued, Count: 10}})
}

// A batch that is opened again while its last outcome is written stays open.
func TestABatchThatIsOpenedAgainMeanwhileIsNotClosed(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	u := f.user()
	refused := f.issued(u, noon)
	refused.State, refused.Reason, refused.UpdatedAt = rekey.DeliveryFailed, rekey.ReasonRefused, at(time.Minute)
	f.settle(refused)
	refused.State, refused.Reason, refused.NextAttempt = rekey.DeliveryDeferred, rekey.ReasonTransport, at(time.Hour)
	f.together(other, func(tx *Tx) error {
		return errors.Join(tx.Reprieve(f.ctx, []rekey.Delivery{refused}), tx.writeCounts(f.ctx))
	}, func(tx *Tx) error {
		_, err := tx.CloseBatch(f.ctx, refused.RunID, refused.Batch, at(2*time.Minute))
		return err
	})
	next, open := f.nextAt(refused.RunID)
	if !open || !next.Equal(at(time.Hour)) {
		t.Errorf("the batch is open: %t, and due at %v", open, next)
	}
	same(t, f.storedRun(refused.RunID).State, rekey.RunSending)
}

// Two nodes that issue batches of one run at the same time need the same form.
func TestAFormThatIsThereKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	put := func(tx *Tx) error { return tx.PutForm(f.ctx, []byte("digest"), []byte("form"), noon) }
	f.write(put)
	waited := true
	f.together(other, put, func(tx *Tx) error {
		err := put(tx)
		waited = f.count(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`) < 2
		return err
	})
	if waited {
		t.Error("the second had to wait for the first")
	}
}

// What a node supersedes it also counts, and nothing else.
func TestWhoIsSupersededIsCounted(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	u, v := f.user(), f.user()
	first, _ := f.queued(u)
	second := f.run(rekey.RunSending)
	f.together(other, func(tx *Tx) error {
		if _, err := tx.Due(f.ctx, first.ID, 1, at(time.Second), 1); err != nil { // the other has to wait for it
			return err
		}
		return tx.Plan(f.ctx, []rekey.Delivery{{ID: "late", RunID: second.ID, UserID: v.ID, Subject: v.ID, Number: 1, Batch: 1,
			State: rekey.DeliveryQueued, OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon}})
	}, func(tx *Tx) error { return tx.takePlace(f.ctx, "newer", []string{u.ID, v.ID}, at(time.Minute)) })
	found, _, err := f.Tallies(f.ctx, []string{first.ID, second.ID}, rekey.RankAdministrator)
	for id, tallies := range got(t, found, err) {
		for _, tally := range tallies {
			same(t, int64(f.count(`SELECT COUNT(*) FROM deliveries WHERE run_id = $1 AND state = $2`, id, string(tally.State))), tally.Count)
		}
	}
}

// Two runs that are each below what is left of the ceiling may be above it
// together.
func TestRunsOfAnAutomationAreCountedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	var lately [2]int
	reach := func(i int) func(*Tx) error {
		return func(tx *Tx) (err error) {
			lately[i], err = tx.AddRecipients(f.ctx, "a", 60, at(time.Duration(i)*time.Minute)) // each in a row of its own
			return err
		}
	}
	f.together(other, reach(0), reach(1))
	same(t, lately, [2]int{60, 120})
}

// Failed log-ins, and the mails that somebody asks for, are counted on all nodes
// together, from the first on.
func TestWhatNodesCountAtTheSameTimeIsCountedTwice(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	count := func(tx *Tx) error {
		times, _, err := tx.Counter(f.ctx, "attempts", noon)
		if err != nil {
			return err
		}
		return tx.PutCounter(f.ctx, "attempts", append(times, noon), noon, at(time.Hour))
	}
	f.together(other, count, count)
	times, _, err := f.Counter(f.ctx, "attempts", noon)
	same(t, len(got(t, times, err)), 2)
}

// Of two nodes that revoke Administrators' passwords at the same time, one must
// see what the other leaves.
func TestWhoIsLeftToAdministerIsSeenByOneRevocationAfterTheOther(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	administrator := func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator }
	ada, bob := f.user(administrator), f.user(administrator)
	f.chooses(ada, "", "v", noon)
	f.chooses(bob, "", "v", noon)
	revoke := func(u rekey.SystemUser) func(*Tx) error {
		return func(tx *Tx) error {
			left, err := tx.Administrators(f.ctx)
			if err != nil || len(left) < 2 {
				return err
			}
			return tx.Revoke(f.ctx, map[string]string{u.ID: ""}, at(time.Minute))
		}
	}
	f.together(other, revoke(ada), revoke(bob))
	left, err := f.Administrators(f.ctx)
	same(t, len(got(t, left, err)), 1)
}

// Whoever changes people or rules is alone, on whatever node.
func TestWhoeverChangesPeopleIsAlone(t *testing.T) {
	t.Parallel()
	f, other := nodes(t)
	for name, beside := range map[string]*DB{"alone": other, "beside": other.Concurrent()} {
		entered, leave := make(chan struct{}), make(chan struct{})
		held := make(chan error, 1)
		go func() {
			held <- f.Update(f.ctx, func(*Tx) error { close(entered); <-leave; return nil })
		}()
		<-entered
		ran := make(chan struct{})
		waited := make(chan error, 1)
		go func() { waited <- beside.Update(f.ctx, func(*Tx) error { close(ran); return nil }) }()
		f.awaitLock(ran)
		select {
		case <-ran:
			t.Errorf("another transaction (%s) ran meanwhile", name)
		default:
		}
		close(leave)
		f.ok(<-held)
		f.ok(<-waited)
	}
}

func TestWorkOfASilentNodeIsAvailableToOthers(t *testing.T) {
	t.Parallel()
	f, _ := nodes(t)
	dead, alive := f.user(), f.user()
	claimed := func(by string) func(*rekey.Delivery) {
		return func(d *rekey.Delivery) { d.Claim, d.ClaimUntil = by, at(time.Hour) }
	}
	lost := f.issued(dead, noon, claimed("dead/1"))
	kept := f.issued(alive, noon, claimed("alive/2"))
	f.ok(f.Beat(f.ctx, "dead"))
	f.write(func(tx *Tx) error {
		return tx.write(f.ctx, `INSERT INTO river_job (kind, max_attempts, queue, state, attempt, attempted_at, attempted_by, args)
			VALUES ('deliver', 25, 'default', 'running', 1, now(), ARRAY['other', 'dead'], '{}'),
				('deliver', 25, 'default', 'running', 1, now(), ARRAY['dead', 'alive'], '{}')`)
	})
	f.write(func(tx *Tx) error { return tx.write(f.ctx, `UPDATE nodes SET seen_at = now() - interval '20 seconds'`) })
	f.ok(f.Beat(f.ctx, "alive"))
	silent, err := f.Rescue(f.ctx, 15*time.Second)
	same(t, got(t, silent, err), []string{"dead"})
	for d, want := range map[string]bool{lost.ID: false, kept.ID: true} {
		claim := f.delivery(d).Claim
		same(t, claim != "", want)
	}
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE state = 'available'`), 1)
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE state = 'running' AND attempted_by[2] = 'alive'`), 1)
	next, open := f.nextAt(lost.RunID)
	if !open || next.After(noon) {
		t.Errorf("the batch of the silent node is due at %v, %t", next, open)
	}
	silent, err = f.Rescue(f.ctx, 15*time.Second)
	same(t, len(got(t, silent, err)), 0)
	f.ok(f.NoteSweep(f.ctx, "alive"))
	f.ok(f.Leave(f.ctx, "alive"))
	same(t, f.count(`SELECT COUNT(*) FROM nodes`), 0)
	if _, found, err := f.SinceSweep(f.ctx); !found || err != nil {
		t.Errorf("with the node that swept it is forgotten that it did: %t, %v", found, err)
	}
}
