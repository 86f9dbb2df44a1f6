package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

var errOnPurpose = errors.New("on purpose")

// hold keeps the writer busy until release is called, so that whoever comes
// meanwhile waits for one commit.
func (f *fixture) hold() (release func()) {
	f.t.Helper()
	holding, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- f.Update(context.WithoutCancel(f.ctx), func(*Tx) error {
			close(holding)
			<-end
			return nil
		})
	}()
	<-holding
	return func() {
		f.t.Helper()
		close(end)
		f.ok(<-done)
	}
}

// put is a write that can be counted.
func put(ctx context.Context, name string) func(*Tx) error {
	return func(tx *Tx) error { return tx.PutSetting(ctx, name, []byte(name)) }
}

var groupTests = map[string]func(*testing.T, *fixture){
	"CallersThatArriveTogetherEachSeeTheirOwnResult": func(t *testing.T, f *fixture) {
		const callers = 64
		release := f.hold()
		errs := make([]error, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				errs[i] = f.Update(f.ctx, func(tx *Tx) error {
					if err := put(f.ctx, fmt.Sprint("caller ", i))(tx); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return fmt.Errorf("caller %d: %w", i, errOnPurpose)
					case 2:
						panic(fmt.Sprint("caller ", i))
					case 3: // a statement that fails, and is nobody else's business
						return tx.write(f.ctx, `INSERT INTO settings (name, value) VALUES ('caller 0', NULL)`)
					}
					return nil
				})
			})
		}
		release()
		all.Wait()
		for i, err := range errs {
			stored, readErr := f.Setting(f.ctx, fmt.Sprint("caller ", i))
			f.ok(readErr)
			switch {
			case (err == nil) != (i%4 == 0), (stored != nil) != (i%4 == 0):
				t.Errorf("caller %d: stored %q, error %v", i, stored, err)
			case i%4 == 1 && (!errors.Is(err, errOnPurpose) || !strings.Contains(err.Error(), fmt.Sprint(i))),
				i%4 == 2 && !strings.Contains(err.Error(), fmt.Sprint("caller ", i)):
				t.Errorf("caller %d got somebody else's error: %v", i, err)
			}
		}
	},
	"WhatIsStoredIsSeenByThoseWhoReadNext": func(t *testing.T, f *fixture) {
		for i := range 50 {
			name := fmt.Sprint(i)
			f.write(put(f.ctx, name))
			value, err := f.Setting(f.ctx, name)
			same(t, string(got(t, value, err)), name)
		}
	},
	"ATransactionSeesWhatItHasWritten": func(t *testing.T, f *fixture) {
		f.write(func(tx *Tx) error {
			if err := put(f.ctx, "new")(tx); err != nil {
				return err
			}
			value, err := tx.Setting(f.ctx, "new")
			same(t, string(value), "new")
			outside, outsideErr := f.Setting(f.ctx, "new")
			same(t, outside, nil)
			return errors.Join(err, outsideErr)
		})
	},
	"WhoHasGoneBeforeTheirTurnIsNotRun": func(t *testing.T, f *fixture) {
		for range 50 { // the two share a commit often enough, and in this order
			ctx, cancel := context.WithCancel(f.ctx)
			var gone atomic.Bool
			release := f.hold()
			var both sync.WaitGroup
			both.Go(func() {
				if err := f.Update(f.ctx, func(*Tx) error { cancel(); gone.Store(true); return nil }); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() {
				ran := false
				err := f.Update(ctx, func(*Tx) error { ran = true; return errors.Join(nil, map[bool]error{true: errOnPurpose}[gone.Load()]) })
				if errors.Is(err, errOnPurpose) || ran != (err == nil) || err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("run %v, though its caller had gone: %v", ran, err)
				}
			})
			release()
			both.Wait()
		}
	},
	"WhoseContextEndsMeanwhileIsStillCommitted": func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		f.ok(f.Update(ctx, func(tx *Tx) error {
			cancel()
			return put(ctx, "kept")(tx)
		}))
		value, err := f.Setting(f.ctx, "kept")
		same(t, string(got(t, value, err)), "kept")
	},
	"JobsAreMadeWithTheCommitAndThenTheWorkersAreWoken": func(t *testing.T, f *fixture) {
		f.Enqueue = nil // set below, before the first write
		db := f.DB
		var made []engine.Task
		woken := 0
		enqueue := recordJobs(&made)
		db.Enqueue, db.Wake = enqueue, func() { woken++ }
		job := engine.Task{Kind: engine.TaskDeliver, RunID: "r", Batch: 2, At: noon}
		f.write(func(tx *Tx) error { tx.Enqueue(job); return nil })
		same(t, made, []engine.Task{job})
		same(t, woken, 1)
		if err := f.Update(f.ctx, func(tx *Tx) error { tx.Enqueue(job); return errOnPurpose }); !errors.Is(err, errOnPurpose) {
			t.Error(err)
		}
		f.write(func(tx *Tx) error { tx.Enqueue(); return nil })
		same(t, len(made), 1)
		same(t, woken, 1)
	},
	"AJobThatCannotBeMadeUndoesItsTransaction": func(t *testing.T, f *fixture) {
		f.Enqueue = failToEnqueue
		err := f.Update(f.ctx, func(tx *Tx) error {
			tx.Enqueue(engine.Task{Kind: engine.TaskExecute})
			return put(f.ctx, "half")(tx)
		})
		value, readErr := f.Setting(f.ctx, "half")
		if !errors.Is(err, errOnPurpose) || value != nil || readErr != nil {
			t.Errorf("%v; stored %q, %v", err, value, readErr)
		}
	},
	"CloseWritesWhatWasHandedIn": func(t *testing.T, f *fixture) {
		release := f.hold()
		const callers = 20
		errs := make(chan error, callers)
		var ready sync.WaitGroup
		ready.Add(callers)
		var written sync.Map
		for i := range callers {
			go func() {
				ready.Done()
				errs <- f.Update(f.ctx, func(tx *Tx) error {
					written.Store(i, true)
					return put(f.ctx, fmt.Sprint(i))(tx)
				})
			}()
		}
		ready.Wait()
		closed := make(chan error, 1)
		go func() { closed <- f.Close() }()
		release()
		f.ok(<-closed)
		stored := 0
		for range callers {
			switch err := <-errs; {
			case err == nil:
				stored++
			case !errors.Is(err, ErrClosed):
				t.Error(err)
			}
		}
		ran := 0
		written.Range(func(any, any) bool { ran++; return true })
		same(t, ran, stored) // run and told so, or neither
		if err := f.Update(f.ctx, put(f.ctx, "late")); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		f.ok(f.Close())
	},
	"ValuesThatMeanSomethingInSQLAreOnlyValues": func(t *testing.T, f *fixture) {
		for _, text := range []string{`'`, `"; --`, "%", "\\", "🚀", strings.Repeat("x", 1000)} {
			long := strings.Repeat(text, 1<<10)
			f.write(func(tx *Tx) error { return tx.PutSession(f.ctx, text, text, []byte(long), noon, at(time.Hour)) })
			data, _, err := f.Session(f.ctx, text, noon)
			same(t, string(got(t, data, err)), long)
		}
	},
	"SomebodyWhoIsNobodysIsAnErrorWithACode": func(t *testing.T, f *fixture) {
		for _, err := range []error{
			f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateUser(f.ctx, rekey.SystemUser{ID: "none"}, 1, "") }),
			f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, rekey.Automation{ID: "none"}, 1, "") }),
			f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateSelection(f.ctx, rekey.Selection{ID: "none"}, 1) }),
		} {
			wantCode(t, err, rekey.CodeStale)
		}
	},
}
