package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	sqlite3 "modernc.org/sqlite"

	"rekey"
	"rekey/internal/engine"
)

func recordJobs(made *[]engine.Task) Enqueuer {
	return func(_ context.Context, _ any, jobs []engine.Task) error {
		*made = append(*made, jobs...)
		return nil
	}
}

func failToEnqueue(context.Context, any, []engine.Task) error { return errOnPurpose }

// onFile is a fixture whose database is known to be a file.
type onFile struct {
	*fixture
	*sqlite
}

func onSQLite(t *testing.T) onFile {
	t.Helper()
	db := openSQLiteForTest(t)
	own, ok := db.backend.(*sqlite)
	if !ok {
		t.Fatalf("%T is not SQLite", db.backend)
	}
	return onFile{&fixture{DB: db, t: t, ctx: t.Context()}, own}
}

func TestBothPoolsAreSetAsTheyMustBe(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	for name, want := range map[string][2]string{ // writer, reader
		"journal_mode": {"wal", "wal"}, "synchronous": {"2", ""}, "secure_delete": {"1", ""}, "query_only": {"0", "1"},
		"busy_timeout": {"10000", "10000"}, "journal_size_limit": {"16777216", ""},
	} {
		for i, pool := range []*pool{f.writer, f.reader} {
			var value string
			f.ok(pool.db.QueryRowContext(f.ctx, "PRAGMA "+name).Scan(&value))
			if want[i] != "" && value != want[i] {
				t.Errorf("%s of pool %d is %s, want %s", name, i, value, want[i])
			}
		}
	}
	// Every connection of the pool that reads, not only the first.
	var all []*sql.Conn
	for range readers {
		conn, err := f.reader.db.Conn(f.ctx)
		f.ok(err)
		all = append(all, conn)
		if _, err := conn.ExecContext(f.ctx, `DELETE FROM system_users`); err == nil {
			t.Error("a connection that reads can write")
		}
	}
	for _, conn := range all {
		f.ok(conn.Close())
	}
}

// What was erased is not in the file any more, once the log is written back.
func TestErasedSecretsAreOverwritten(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	const secret = "sealed-letter-that-must-not-stay"
	d := f.issued(f.user(), noon, func(d *rekey.Delivery) { d.Sealed = []byte(secret) })
	f.settle(accepted(d, noon))
	f.ok(checkpoint(f.writer.db, waitForReaders))
	for _, path := range []string{f.path(), f.log.path} {
		content, err := os.ReadFile(path)
		f.ok(err)
		if strings.Contains(string(content), secret) {
			t.Errorf("it is still in %s", filepath.Base(path))
		}
	}
}

func TestNobodyElseCanReadTheFiles(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]fs.FileMode{"made": 0, "found": 0o666} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "a b?c#d%20é.db")
			if before != 0 {
				if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, before)); err != nil {
					t.Fatal(err)
				}
			}
			db := reopen(t, path)
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
				info, err := os.Stat(file)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", file, info, err)
				}
			}
		})
	}
}

func TestASecondOpeningIsRefusedAndSaysWhy(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	_, err := OpenSQLite(f.path())
	wantCode(t, err, rekey.CodeUnavailable)
	if !strings.Contains(fmt.Sprint(err), "Another process") || !strings.Contains(fmt.Sprint(err), f.path()) {
		t.Errorf("it says %v", err)
	}
	f.ok(f.Close())
	reopen(t, f.path())
}

// The lock is the process's: the system gives it back when it is killed.
func TestTheLockOfAKilledProcessIsFree(t *testing.T) {
	if path := os.Getenv("REKEY_TEST_HOLD_LOCK"); path != "" {
		if _, err := lockFile(path); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked") //nolint:forbidigo // the parent waits for it
		select {}
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rekey.db.lock")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheLockOfAKilledProcessIsFree$")
	child.Env = append(os.Environ(), "REKEY_TEST_HOLD_LOCK="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_, err = lockFile(path)
	wantCode(t, err, rekey.CodeUnavailable)
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says that it was killed
	lock, err := lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	u := f.user()
	schema := func() (text string) {
		f.ok(f.one(f.ctx, `SELECT GROUP_CONCAT(type || name || COALESCE(sql, ''), ';' ORDER BY name) FROM sqlite_master`, nil, &text))
		return text
	}
	before := schema()
	f.ok(f.Migrate(f.ctx))
	same(t, schema(), before)
	same(t, f.stored(u), u)
	if !strings.Contains(before, "river_job_scheduled") {
		t.Error("the queue's index is not there")
	}
	current, known, err := f.SchemaVersion(f.ctx)
	same(t, got(t, current, err), known)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.write(func(tx *Tx) error {
		return tx.write(f.ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)`)
	})
	err := f.Migrate(f.ctx)
	wantCode(t, err, rekey.CodeConflict)
	if !strings.Contains(fmt.Sprint(err), "999") {
		t.Errorf("it says %v", err)
	}
}

func TestWhatCannotBeOpenedIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rubbish := filepath.Join(dir, "rubbish.db")
	if err := os.WriteFile(rubbish, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none", "rekey.db"), dir, rubbish} {
		if db, err := OpenSQLite(path); err == nil {
			t.Errorf("%s was opened", path)
			_ = db.Close()
		}
	}
	_, err := OpenInUse(t.Context(), filepath.Join(dir, "none.db"))
	wantCode(t, err, rekey.CodeNotFound)
}

func TestWhoOpensBesideReadsAndWrites(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	u := f.user()
	beside, err := OpenInUse(f.ctx, f.path())
	f.ok(err)
	same(t, got(t, must(beside.User(f.ctx, u.ID)), nil), u)
	f.ok(beside.Update(f.ctx, put(f.ctx, "beside")))
	f.ok(beside.Close())
	value, err := f.Setting(f.ctx, "beside")
	same(t, string(got(t, value, err)), "beside")
	f.write(put(f.ctx, "still"))
}

func must[T any](v T, _ error) T { return v }

// If a commit fails, all who share it are told, and the next one works.
func TestAFailedCommitIsEverybodys(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	conn, err := f.writer.db.Conn(f.ctx)
	f.ok(err)
	fail := true
	f.ok(conn.Raw(func(driver any) error {
		hooks, ok := driver.(sqlite3.HookRegisterer)
		if !ok {
			return fmt.Errorf("%T has no hooks", driver)
		}
		hooks.RegisterCommitHook(func() int32 {
			if fail {
				return 1
			}
			return 0
		})
		return nil
	}))
	f.ok(conn.Close())
	const callers = 8
	// They wait for the connection together: the first group may be one of them.
	errs := make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { errs[i] = f.Update(f.ctx, put(f.ctx, fmt.Sprint(i))) })
	}
	all.Wait()
	fail = false
	for i, err := range errs {
		value, readErr := f.Setting(f.ctx, fmt.Sprint(i))
		if err == nil || value != nil || readErr != nil {
			t.Errorf("caller %d: %v; stored %q, %v", i, err, value, readErr)
		}
	}
	f.write(put(f.ctx, "after"))
}

func TestRecoverMakesWhatAKilledProcessLeftAvailable(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	f.write(func(tx *Tx) error {
		return errors.Join(
			tx.write(f.ctx, `INSERT INTO river_job (args, kind, max_attempts, state, metadata, tags)
				VALUES ('{}', 'sweep', 25, 'running', '{}', '[]'), ('{}', 'execute', 25, 'running', '{}', '[]'), ('{}', 'deliver', 25, 'available', '{}', '[]')`),
			tx.write(f.ctx, `INSERT INTO river_job (args, kind, max_attempts, state, metadata, tags, scheduled_at)
				VALUES ('{}', 'execute', 25, 'scheduled', '{}', '[]', '2999-01-01 00:00:00.000'), ('{}', 'execute', 25, 'available', '{}', '[]', '2999-01-01 00:00:00.000')`),
			tx.write(f.ctx, `INSERT INTO river_leader (name, leader_id, elected_at, expires_at) VALUES ('default', 'dead', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`),
		)
	})
	under, sent := f.issued(f.user(), noon), f.sent(f.user(), noon)
	f.write(func(tx *Tx) error {
		if err := tx.PostponeBatch(f.ctx, under.RunID, 1, under.ClaimUntil); err != nil {
			return err
		}
		_, err := tx.CloseBatch(f.ctx, sent.RunID, 1, noon)
		return err
	})
	f.ok(f.Recover(f.ctx))
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE state = 'running'`), 0)
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE state = 'available' AND kind = 'sweep'`), 1)
	// The sweep makes those that are due anew; the others stay.
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE kind <> 'sweep' AND scheduled_at > '2998'`), 2)
	same(t, f.count(`SELECT COUNT(*) FROM river_job WHERE kind <> 'sweep' AND scheduled_at < '2998'`), 0)
	same(t, f.count(`SELECT COUNT(*) FROM river_leader`), 0)
	d := f.delivery(under.ID)
	if d.State != rekey.DeliveryIssued || d.Claim != "" || !d.Attempting || !d.Live(noon) {
		t.Errorf("%+v", d)
	}
	f.write(func(tx *Tx) error {
		work, err := tx.Due(f.ctx, under.RunID, 1, noon, 10)
		same(t, len(work), 1)
		jobs, lostErr := tx.LostBatches(f.ctx, noon, noon, 10)
		same(t, jobs, []engine.Task{{Kind: engine.TaskDeliver, RunID: under.RunID, Batch: 1}})
		return errors.Join(err, lostErr)
	})
	same(t, f.delivery(sent.ID), sent)
}

func TestStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	for range 3 {
		f.user()
		_, _ = f.CountAdministrators(f.ctx, "")
	}
	f.write(func(*Tx) error { return nil })
	f.writer.mu.RLock()
	defer f.writer.mu.RUnlock()
	if len(f.writer.prepared) == 0 || len(f.writer.prepared) > maxStatements {
		t.Errorf("%d statements are prepared", len(f.writer.prepared))
	}
	before := len(f.writer.prepared)
	if f.writer.statement(`SAVEPOINT one`) == nil {
		t.Error("what every write runs is not prepared")
	}
	same(t, len(f.writer.prepared), before)
}

func TestNothingIsLeftAfterClose(t *testing.T) { //nolint:paralleltest // others' goroutines would be taken for its own
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	db, err := OpenSQLite(filepath.Join(t.TempDir(), "rekey.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Migrate(t.Context()), db.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestAnEndedContextEndsARead(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	ctx, cancel := context.WithTimeout(f.ctx, -time.Second)
	defer cancel()
	if _, err := f.CountAdministrators(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
