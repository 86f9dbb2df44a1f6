package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

// scripted is an imitation of all directories. What a scramble does is the test's.
type scripted struct {
	mu        sync.Mutex
	accounts  map[string]engine.LiveAccount // by user id; others are as they were imported
	scramble  func(u rekey.SystemUser, token string) (now string, doubtful bool, reason rekey.Reason)
	scrambled map[string]int // how often, by user id
	unlimited bool           // a call came without a time limit of less than a third of a lease
}

func (s *scripted) limit(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) > engine.Lease/3 {
		s.unlimited = true
	}
}

// Read implements engine.Directories.
func (s *scripted) Read(ctx context.Context, users []rekey.SystemUser) map[string]engine.LiveAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit(ctx)
	live := map[string]engine.LiveAccount{}
	for _, u := range users {
		a, ok := s.accounts[u.ID]
		if !ok {
			a = engine.LiveAccount{Address: u.Address, Account: u.Directory}
			a.Account.Token = "first"
		}
		live[u.ID] = a
	}
	return live
}

// Scramble implements engine.Directories.
func (s *scripted) Scramble(ctx context.Context, u rekey.SystemUser, token string) (string, bool, rekey.Reason) {
	s.mu.Lock()
	s.limit(ctx)
	s.scrambled[u.ID]++
	scramble := s.scramble
	s.mu.Unlock()
	return scramble(u, token)
}

func (s *scripted) times(u rekey.SystemUser) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scrambled[u.ID]
}

// withDirectories gives the harness a directory.
func (h *harness) withDirectories() *scripted {
	s := &scripted{accounts: map[string]engine.LiveAccount{}, scrambled: map[string]int{}}
	s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) { return newID(), false, "" }
	h.config.Directories = s
	h.Engine = engine.New(h.config)
	h.t.Cleanup(func() {
		if s.unlimited {
			h.t.Error("a directory was asked without a time limit")
		}
	})
	return s
}

// ofDirectory makes somebody a user of a directory.
func ofDirectory(u *rekey.SystemUser) {
	u.Directory = rekey.DirectoryAccount{Directory: "staff", Key: newID()}
}

func TestHangingScramblesHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	h := leased(t)
	s := h.withDirectories()
	answer := make(chan struct{})
	s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) {
		<-answer
		return "second", false, ""
	}
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	var people []rekey.SystemUser
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} { // more than there are workers
		people = append(people, h.person(name+"@example.org", ofDirectory))
	}
	ada := h.person("ada@example.org")
	run := h.happen(append(people, ada)...)
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	var jobs sync.WaitGroup
	begin := func(job engine.Task) {
		jobs.Go(func() {
			if err := h.run(job); err != nil {
				t.Error(err)
			}
		})
	}
	begin(h.mustJob(engine.TaskDeliver))
	h.eventually("ada's mail", func() bool { return h.state(run, ada) == rekey.DeliverySent })

	for range 2 { // the claims are renewed meanwhile, so that nobody scrambles again
		h.pass(shortLease * 2 / 3)
		h.eventually("the renewal", func() bool { return h.delivery(run, people[0]).ClaimUntil.After(h.now().Add(shortLease / 2)) })
		h.must(h.Sweep(h.ctx, 0))
		for job, more := h.nextJob(); more; job, more = h.nextJob() { // on a slow machine, one waits for an answer, too
			begin(job)
		}
	}
	close(answer)
	jobs.Wait()
	h.eventually("the others", func() bool {
		h.work()
		for _, u := range people {
			if h.state(run, u) != rekey.DeliverySent {
				return false
			}
		}
		return true
	})
	for _, u := range people {
		if n := s.times(u); n != 1 {
			t.Errorf("%s was scrambled %d times", u.Address, n)
		}
	}
	h.wantOneMailEach(append(people, ada))
}

// What was never sent to a directory is not in doubt.
func TestScrambleThatWasNotSentIsNotInDoubt(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	s := h.withDirectories()
	s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) {
		return "", false, rekey.ReasonDirectoryDown
	}
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	ada := h.person("ada@example.org", ofDirectory)
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDirectoryDown)
	if w := h.scrambleOf(run, ada); w.Pending() || w.Outcome != rekey.WriteUnreachable {
		t.Errorf("on record: %+v", w)
	}
	s.scramble = func(_ rekey.SystemUser, token string) (string, bool, rekey.Reason) {
		if token != "first" {
			t.Errorf("the token is %q", token)
		}
		return "second", false, ""
	}
	h.pass(engine.DirectoryAgain)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	if w := h.scrambleOf(run, ada); w.Outcome != rekey.WriteSet {
		t.Errorf("on record: %+v", w)
	}
	if h.user(ada.ID).HasChosen {
		t.Error("ada does not count as revoked")
	}
}

// scrambleOf is what is on record of the scramble for a delivery.
func (h *harness) scrambleOf(run rekey.Run, u rekey.SystemUser) rekey.DirectoryWrite {
	h.t.Helper()
	id := h.delivery(run, u).ID
	writes, err := h.db.DirectoryWrites(h.ctx, []string{id}, rekey.WriteScramble)
	h.must(err)
	return writes[id]
}

// A scramble whose reply was lost may have taken effect. However its delivery ends then,
// the user counts as revoked, and a later mail serves them.
func TestScrambleInDoubtCountsHoweverItsDeliveryEnds(t *testing.T) {
	t.Parallel()
	unblock := func(h *harness, u rekey.SystemUser) {
		h.change(u.ID, func(u *rekey.SystemUser) { u.Status, u.BlockedBy = rekey.UserActive, "" })
	}
	for name, end := range map[string]func(h *harness, s *scripted, run rekey.Run, u rekey.SystemUser){
		"the user is blocked": func(h *harness, _ *scripted, _ rekey.Run, u rekey.SystemUser) {
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.EndMailed(h.ctx, u.ID, rekey.ReasonBlocked, h.now()) }))
		},
		"the user is blocked and the retry notices": func(h *harness, _ *scripted, _ rekey.Run, u rekey.SystemUser) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Status, u.BlockedBy = rekey.UserBlocked, rekey.BlockedByPerson })
			h.pass(engine.DirectoryAgain)
			h.work()
			unblock(h, u)
		},
		"the directory refuses the repeat": func(h *harness, s *scripted, _ rekey.Run, _ rekey.SystemUser) {
			s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) { return "", false, rekey.ReasonBlocked }
			h.pass(engine.DirectoryAgain)
			h.work()
		},
		"a pause comes between, and the account is gone afterwards": func(h *harness, s *scripted, _ rekey.Run, u rekey.SystemUser) {
			h.pause()
			h.pass(time.Hour)
			s.accounts[u.ID] = engine.LiveAccount{Reason: rekey.ReasonDirectoryGone}
			h.resume()
			h.work()
			delete(s.accounts, u.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			s := h.withDirectories()
			s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) {
				return "", true, rekey.ReasonDirectoryDown
			}
			h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
			ada := h.person("ada@example.org", ofDirectory)
			run := h.happen(ada)
			h.work()
			h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDirectoryDown)
			end(h, s, run, ada)
			if d := h.delivery(run, ada); d.State.Unfinished() {
				t.Fatalf("the delivery is %s %s", d.State, d.Reason)
			}
			h.must(h.Sweep(h.ctx, time.Minute))
			if w := h.scrambleOf(run, ada); !w.Pending() {
				t.Errorf("it may still be on its way, and is %s", w.Outcome)
			}
			h.pass(time.Minute)
			h.must(h.Sweep(h.ctx, time.Minute))
			if w := h.scrambleOf(run, ada); w.Outcome != rekey.WriteDoubtful || h.user(ada.ID).HasChosen {
				t.Errorf("on record: %+v; has chosen: %v", w, h.user(ada.ID).HasChosen)
			}
			s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) { return "third", false, "" }
			again := h.happen(ada)
			h.work()
			h.want(again, ada, rekey.DeliverySent, "")
		})
	}
}

// A person who cancels a run stops what was not sent to the directory, and nothing else:
// who may be revoked still gets the mail.
func TestCancelledRunEndsOnlyScramblesThatWereNotSent(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]bool{"in doubt": true, "not sent": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := setup(t, mailtest.Script{})
			s := h.withDirectories()
			s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) {
				return "", sent, rekey.ReasonDirectoryDown
			}
			h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
			ada := h.person("ada@example.org", ofDirectory)
			run := h.happen(ada)
			h.work()
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
				_, err := tx.CancelRun(h.ctx, run.ID, rekey.ReasonCancelledByHand, h.now())
				return err
			}))
			s.scramble = func(rekey.SystemUser, string) (string, bool, rekey.Reason) { return "second", false, "" }
			h.pass(engine.DirectoryAgain)
			h.work()
			if sent {
				h.want(run, ada, rekey.DeliverySent, "")
				return
			}
			h.want(run, ada, rekey.DeliveryCancelled, rekey.ReasonCancelledByHand)
			h.pass(time.Hour)
			h.must(h.Sweep(h.ctx, time.Minute))
			if n := s.times(ada); n != 1 || !h.user(ada.ID).HasChosen {
				t.Errorf("%d scrambles; has chosen: %v", n, h.user(ada.ID).HasChosen)
			}
		})
	}
}
