package queue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"rekey/internal/engine"
	"rekey/internal/store"
)

func TestAJobStartsWhenItIsCommittedWithoutWaitingForAPoll(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(_ *testing.T, b *bench) {
		b.start()
		for _, run := range []string{"one", "two", "three"} {
			b.enqueue(execute(run))
			b.want(call{"execute", run, 0})
		}
		b.enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: "four", Batch: 7})
		b.want(call{"deliver", "four", 7})
		b.enqueue(engine.Task{Kind: engine.TaskNotice, NoticeID: "five"})
		b.want(call{"notice", "five", 0})
	})
}

// I9: a large run does not keep a single password waiting.
func TestAJobOvertakesBulk(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(t *testing.T, b *bench) {
		finish := make(chan struct{})
		b.engine.do = func(_ context.Context, c call) error {
			if c.run == "large" {
				<-finish
			}
			return nil
		}
		b.start()
		t.Cleanup(func() { close(finish) }) // before the queue is stopped
		for batch := 2; batch < 2+2*workers; batch++ {
			b.enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: "large", Batch: batch})
		}
		for range workers {
			if c := b.next(); c.run != "large" {
				t.Errorf("ran %v", c)
			}
		}
		b.enqueue(execute("single"))
		b.want(call{"execute", "single", 0})
		b.enqueue(engine.Task{Kind: engine.TaskDeliver, RunID: "single", Batch: 1})
		b.want(call{"deliver", "single", 1})
	})
}

func TestAJobThatIsRolledBackNeverRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(t *testing.T, b *bench) {
		b.start()
		onPurpose := errors.New("on purpose")
		err := b.db.Update(b.ctx, func(tx *store.Tx) error { tx.Enqueue(execute("undone")); return onPurpose })
		if !errors.Is(err, onPurpose) {
			t.Error(err)
		}
		b.enqueue(execute("kept"))
		b.want(call{"execute", "kept", 0})
		if n := b.text(`SELECT COUNT(*) FROM river_job WHERE kind = 'execute'`); n != "1" {
			t.Errorf("%s jobs are there", n)
		}
	})
}

func TestWhatIsMadeBeforeTheStartRunsAfterIt(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(_ *testing.T, b *bench) {
		b.enqueue(execute("early"))
		b.start()
		b.want(call{"execute", "early", 0})
	})
}

func TestAnUnknownKindOfJobIsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(t *testing.T, b *bench) {
		err := b.db.Update(b.ctx, func(tx *store.Tx) error { tx.Enqueue(engine.Task{Kind: "dance"}); return nil })
		if err == nil || !strings.Contains(err.Error(), "dance") {
			t.Errorf("got %v", err)
		}
	})
}

func TestADelayedJobWaitsForItsTime(t *testing.T) {
	t.Parallel()
	onBoth(t, 10*time.Millisecond, func(t *testing.T, b *bench) {
		b.start()
		now := time.Now()
		due := now.Add(300 * time.Millisecond)
		later := execute("in an hour")
		later.At = now.Add(time.Hour)
		soon := execute("soon")
		soon.At = due
		b.enqueue(later, soon)
		b.want(call{"execute", "soon", 0})
		if ran := time.Now(); ran.Before(due) {
			t.Errorf("it ran %v before its time", due.Sub(ran))
		}
		if state := b.text(`SELECT state FROM river_job ORDER BY scheduled_at DESC LIMIT 1`); state != "scheduled" {
			t.Errorf("what is due in an hour is %s", state)
		}
	})
}

// What is due in less than six seconds does not wait for the scheduler, which
// looks every five.
func TestWhatIsDueSoonIsAvailableAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	hook := &dueSoon{now: func() time.Time { return now }}
	for after, want := range map[time.Duration]rivertype.JobState{
		time.Second: rivertype.JobStateAvailable, soon - 1: rivertype.JobStateAvailable, soon: rivertype.JobStateScheduled, time.Hour: rivertype.JobStateScheduled,
	} {
		at := now.Add(after)
		params := &rivertype.JobInsertParams{State: rivertype.JobStateScheduled, ScheduledAt: &at}
		if err := hook.InsertBegin(t.Context(), params); err != nil || params.State != want || !params.ScheduledAt.Equal(at) {
			t.Errorf("due in %v: %s at %v, %v", after, params.State, params.ScheduledAt, err)
		}
	}
}

func TestAFailedJobLeavesAFixedTextAndComesBack(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New("cannot mail " + secret) },
		"a panic":  func() error { panic("cannot mail " + secret) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 10*time.Millisecond)
			failed := false // one job, so no two at once
			b.engine.do = func(context.Context, call) error {
				if failed {
					return nil
				}
				failed = true
				return fail()
			}
			b.start()
			b.enqueue(execute("one"))
			b.want(call{"execute", "one", 0})
			b.want(call{"execute", "one", 0})
			left := b.text(`SELECT errors FROM river_job WHERE kind = 'execute'`)
			if strings.Contains(left, secret) || !strings.Contains(left, errFailed.Error()) || strings.Contains(left, "goroutine") {
				t.Errorf("the job left %s", left)
			}
			if log := b.log.String(); !strings.Contains(log, "job failed") || !strings.Contains(log, "one") || !strings.Contains(log, "cannot mail") {
				t.Errorf("the log does not say why:\n%s", log)
			}
		})
	}
}

func TestAFailedJobComesBackWithinAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	policy := retryPolicy{now: func() time.Time { return now }}
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.IntRange(1, 1000).Draw(t, "attempt")
		wait := policy.NextRetry(&rivertype.JobRow{Attempt: attempt}).Sub(now)
		next := policy.NextRetry(&rivertype.JobRow{Attempt: attempt + 1}).Sub(now)
		if wait < time.Second || wait > time.Minute || next < wait || attempt == 1 && wait != time.Second {
			t.Fatalf("after attempt %d it waits %v, then %v", attempt, wait, next)
		}
	})
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(t *testing.T, b *bench) {
		finish, finished := make(chan struct{}), make(chan struct{})
		b.engine.do = func(ctx context.Context, _ call) error {
			<-finish
			if ctx.Err() != nil {
				t.Error("it was told to stop")
			}
			close(finished)
			return nil
		}
		b.ok(b.Start(b.ctx))
		b.enqueue(execute("one"))
		b.want(call{"execute", "one", 0})
		stopped := make(chan error, 1)
		go func() { stopped <- b.Stop(b.ctx) }()
		select {
		case err := <-stopped:
			t.Errorf("it did not wait: %v", err)
		default:
		}
		close(finish)
		b.ok(<-stopped)
		<-finished
		if state := b.text(`SELECT state FROM river_job WHERE kind = 'execute'`); state != "completed" {
			t.Errorf("the job is %s", state)
		}
	})
}

func TestStopTellsWhatRunsTooLongToStop(t *testing.T) {
	t.Parallel()
	onBoth(t, never, func(_ *testing.T, b *bench) {
		b.engine.do = func(ctx context.Context, _ call) error {
			<-ctx.Done()
			return ctx.Err()
		}
		b.ok(b.Start(b.ctx))
		b.enqueue(execute("one"))
		b.want(call{"execute", "one", 0})
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		b.ok(b.Stop(ctx))
	})
}

// A process that is killed leaves its jobs as running. The next one has the
// lock, so it knows that nobody works on them. Those that the sweep makes again
// are gone, and do not come twice.
func TestWhatAKilledProcessWasDoingIsDoneByTheNext(t *testing.T) {
	t.Parallel()
	b := setup(t, never)
	b.enqueue(engine.Task{Kind: engine.TaskNotice, NoticeID: "killed"}, execute("swept"))
	_, err := b.db.SQLite().ExecContext(b.ctx, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP`)
	b.ok(err)
	b.renew(never)
	b.ok(b.db.Recover(b.ctx))
	b.start()
	b.want(call{"notice", "killed", 0})
	if n := b.text(`SELECT COUNT(*) FROM river_job WHERE kind = 'execute'`); n != "0" {
		t.Errorf("%s jobs that the sweep makes again are still there", n)
	}
}

func TestNothingIsLeftAfterStop(t *testing.T) { //nolint:paralleltest // others' goroutines would be taken for its own
	ignore := goleak.IgnoreCurrent()
	t.Run("a life", func(t *testing.T) {
		b := setup(t, never)
		b.start()
		b.enqueue(execute("one"))
		b.want(call{"execute", "one", 0})
	})
	goleak.VerifyNone(t, ignore)
}
