package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rekey"
	"rekey/internal/engine"
)

// A database passes if these hold for it: another one is one line more, like
// the test of SQLite below.
func conformance(t *testing.T, open func(t *testing.T) *DB) {
	t.Helper()
	for _, suite := range []map[string]func(*testing.T, *fixture){
		userTests, credentialTests, alikeTests, definitionTests, eventTests, runTests, planningTests, deliveringTests, outcomeTests, accessTests, groupTests, listTests, figureTests, pruneTests, directoryRevokedTests, noticeTests, historyTests, reportTests, undoTests,
	} {
		for name, test := range suite {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, &fixture{DB: open(t), t: t, ctx: t.Context()})
			})
		}
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	conformance(t, openSQLiteForTest)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	conformance(t, openPostgresForTest)
}

// migrated is a database file with the schema and nothing in it: copying it is
// faster than migrating for each test.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "rekey-store")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "rekey.db")
	db, err := OpenSQLite(path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openSQLiteForTest(t *testing.T) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rekey.db")
	empty, err := migrated()
	if err == nil {
		err = os.WriteFile(path, empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reopen(t, path)
}

// reopen opens the database in a file until the test ends.
func reopen(t *testing.T, path string) *DB {
	t.Helper()
	db, err := OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	return untilTheEnd(t, db)
}

// untilTheEnd closes a database when the test ends. Its jobs go nowhere.
func untilTheEnd(t *testing.T, db *DB) *DB {
	t.Helper()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.Enqueue = func(context.Context, any, []engine.Task) error { return nil }
	return db
}

// noon is when everything begins.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return noon.Add(d) }

// fixture is an open database, and ways to put things into it.
type fixture struct {
	*DB
	t    *testing.T
	ctx  context.Context //nolint:containedctx // the test's
	last atomic.Int64
}

// id returns a further id; later ones are greater.
func (f *fixture) id() string { return fmt.Sprintf("id-%06d", f.last.Add(1)) }

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// write runs a transaction that has to succeed.
func (f *fixture) write(fn func(tx *Tx) error) {
	f.t.Helper()
	f.ok(f.Update(f.ctx, fn))
}

// same compares what was stored with what was meant.
func same[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (+) is not what was meant (-):\n%s", diff)
	}
}

// got is a value that had to be found.
func got[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantCode(t *testing.T, err error, code rekey.Code) {
	t.Helper()
	if rekey.CodeOf(err) != code {
		t.Errorf("got %v (%s), want the code %q", err, rekey.CodeOf(err), code)
	}
}

// user stores a system user.
func (f *fixture) user(change ...func(*rekey.SystemUser)) rekey.SystemUser {
	f.t.Helper()
	id := f.id()
	u := rekey.SystemUser{
		ID: id, Address: id + "@example.org", FirstName: "Ada", LastName: "Lovelace", Type: rekey.TypeUI, Role: rekey.RoleMember,
		Status: rekey.UserActive, CreatedAt: noon, UpdatedAt: noon, Version: 1, PasswordVersion: 1, Attributes: map[string]string{"team": "engine"},
	}
	for _, c := range change {
		c(&u)
	}
	f.ok(u.Validate())
	f.write(func(tx *Tx) error { return tx.InsertUser(f.ctx, u) })
	return u
}

// run stores a run that is sending.
func (f *fixture) run(state rekey.RunState, change ...func(*rekey.Run)) rekey.Run {
	f.t.Helper()
	r := rekey.Run{
		ID: f.id(), AutomationID: "automation", EventID: f.id(), State: state, DueAt: noon, CreatedAt: noon, UpdatedAt: noon,
	}
	for _, c := range change {
		c(&r)
	}
	f.write(func(tx *Tx) error { return tx.InsertRun(f.ctx, r) })
	return r
}

// queued plans deliveries for users in one batch of a run of their own.
func (f *fixture) queued(users ...rekey.SystemUser) (rekey.Run, []rekey.Delivery) {
	f.t.Helper()
	run := f.run(rekey.RunSending)
	list := make([]rekey.Delivery, len(users))
	for i, u := range users {
		list[i] = rekey.Delivery{
			ID: f.id(), RunID: run.ID, UserID: u.ID, Subject: u.Address, Number: 1, Batch: 1, State: rekey.DeliveryQueued,
			OldPassword: rekey.ReplaceWhenSent, UpdatedAt: noon,
		}
	}
	f.write(func(tx *Tx) error { return tx.Plan(f.ctx, list) })
	return run, list
}

// issued gives a user a delivery whose attempt is under way.
func (f *fixture) issued(u rekey.SystemUser, now time.Time, change ...func(*rekey.Delivery)) rekey.Delivery {
	f.t.Helper()
	_, list := f.queued(u)
	d := begun(list[0], f.stored(u), now)
	for _, c := range change {
		c(&d)
	}
	f.issue(d)
	return d
}

// issue writes what was decided for deliveries.
func (f *fixture) issue(list ...rekey.Delivery) {
	f.t.Helper()
	f.write(func(tx *Tx) error { _, err := tx.Issue(f.ctx, list); return err })
}

func begun(d rekey.Delivery, u rekey.SystemUser, now time.Time) rekey.Delivery {
	d.State, d.Address, d.Verifier, d.Sealed, d.Form = rekey.DeliveryIssued, u.Address, "verifier of "+d.ID, []byte("sealed"), []byte("form")
	d.PasswordVersion, d.IssuedAt, d.ValidUntil = u.PasswordVersion, now, now.Add(72*time.Hour)
	d.Attempting, d.Claim, d.ClaimUntil, d.UpdatedAt = true, "claim of "+d.ID, now.Add(3*time.Minute), now
	return d
}

// accepted is the outcome of an attempt that the mail server accepted.
func accepted(d rekey.Delivery, now time.Time) rekey.Delivery {
	d.State, d.Reason, d.Sealed, d.Attempting = rekey.DeliverySent, "", nil, false
	d.AcceptedAt, d.ReplyCode, d.ReplyText, d.UpdatedAt = now, 250, "2.0.0 Ok", now
	return d
}

// sent gives a user a delivery that was accepted.
func (f *fixture) sent(u rekey.SystemUser, now time.Time, change ...func(*rekey.Delivery)) rekey.Delivery {
	f.t.Helper()
	d := accepted(f.issued(u, now, change...), now)
	f.write(func(tx *Tx) error { _, err := tx.Settle(f.ctx, []rekey.Delivery{d}); return err })
	return f.delivery(d.ID)
}

func (f *fixture) delivery(id string) rekey.Delivery {
	f.t.Helper()
	d, err := f.Delivery(f.ctx, id)
	f.ok(err)
	return d
}

func (f *fixture) stored(u rekey.SystemUser) rekey.SystemUser {
	f.t.Helper()
	u, err := f.User(f.ctx, u.ID)
	f.ok(err)
	return u
}

func (f *fixture) credential(u rekey.SystemUser) rekey.Credential {
	f.t.Helper()
	c, err := f.Credential(f.ctx, u.ID)
	f.ok(err)
	return c
}

// chooses has a user complete a change.
func (f *fixture) chooses(u rekey.SystemUser, via, verifier string, now time.Time) {
	f.t.Helper()
	f.write(func(tx *Tx) error { return tx.CompleteChange(f.ctx, u.ID, via, verifier, now) })
}

// count answers a SELECT COUNT(*).
func (f *fixture) count(query string, args ...any) (n int) {
	f.t.Helper()
	f.ok(f.one(f.ctx, query, args, &n))
	return n
}

func ids[T any](list []T, id func(T) string) []string {
	found := []string{}
	for _, v := range list {
		found = append(found, id(v))
	}
	return found
}
