package access

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/store"
)

// unseen is an engine.Observer that does nothing.
type unseen struct{}

func (unseen) Event(rekey.Event, bool)                {}
func (unseen) Run(rekey.Run)                          {}
func (unseen) Delivery(rekey.Delivery, time.Duration) {}

// work counts what the database does for a request.
type work struct {
	Rows int // written, also those that are undone
	Jobs int // made, and kept
}

// withEngine records events by the engine, which starts a run of an automation
// for each event of a type. The second result counts the work of a request.
func withEngine(t *testing.T, eventType string) (*fixture, func(request func()) work) {
	t.Helper()
	f := setup(t, func(c *Config) {
		c.Record = engine.New(engine.Config{Clock: c.Clock, NewID: c.NewID, Observer: unseen{}}).Record
	})
	made := 0
	f.db.Enqueue = func(_ context.Context, _ any, jobs []engine.Task) error {
		made += len(jobs)
		return nil
	}
	f.update(func(tx *store.Tx) error {
		return tx.InsertAutomation(t.Context(), rekey.Automation{
			ID: f.newID(), Name: "Answer", NameKey: "answer", EventType: eventType, JobType: rekey.SendNewPassword,
			JobParams: json.RawMessage(`{"use_event_parameter":true,"old_password":"keep"}`), TimeZone: "UTC", Status: rekey.AutomationActive, Version: 1,
		})
	})
	changes := func() (n int) {
		f.ok(f.db.SQLite().QueryRowContext(t.Context(), `SELECT total_changes()`).Scan(&n))
		return n
	}
	return f, func(request func()) work {
		rows, jobs := changes(), made
		request()
		return work{changes() - rows, made - jobs}
	}
}

// addresses has one address of each kind that an answer must not tell apart.
func (f *fixture) addresses() map[string]string {
	return map[string]string{
		"UI":         f.user(rekey.TypeUI).Address,
		"Hybrid":     f.user(rekey.TypeHybrid).Address,
		"API":        f.user(rekey.TypeAPI).Address,
		"blocked":    f.user(rekey.TypeUI, func(u *rekey.SystemUser) { u.Status = rekey.UserBlocked }).Address,
		"unknown":    "nobody@example.org",
		"no address": "not an address",
	}
}

// The answer takes the same time for every kind of address, and for a repeated
// request.
func TestForgotDoesTheSameWorkForEveryAddressAndEveryTime(t *testing.T) {
	t.Parallel()
	f, worked := withEngine(t, rekey.PasswordResetRequested)
	var want work
	for name, address := range f.addresses() {
		source := home
		for _, when := range []string{"first", "at once again", "after 15 minutes", "after 30 minutes", "more than three times a day"} {
			source = source.Next()
			got := worked(func() { f.ok(f.Forgot(t.Context(), address, source)) })
			if want == (work{}) {
				want = got
			}
			if got != want || got.Jobs != 1 {
				t.Errorf("%s, %s: %+v, want %+v and one job", name, when, got, want)
			}
			if when != "first" {
				f.pass(resetEvery)
			}
		}
		f.pass(resetDay)
	}
}

// Each failed log-in writes the same rows, also the one that locks.
func TestEveryFailureWritesTheSameRows(t *testing.T) {
	t.Parallel()
	f, worked := withEngine(t, rekey.UserLocked)
	want := map[int]int{}
	for name, address := range f.addresses() {
		for n := range 7 {
			got := worked(func() { f.refused(f.logIn(address, wrong, home)) })
			if want[n] == 0 {
				want[n] = got.Rows
			}
			if got.Rows != want[n] {
				t.Errorf("%s, failure %d: %d rows, want %d", name, n+1, got.Rows, want[n])
			}
		}
	}
	if want[4] <= want[3] {
		t.Errorf("the failure that locks writes %d rows, the one before it %d", want[4], want[3])
	}
	if got := f.events(rekey.UserLocked); len(got) != 3 {
		t.Errorf("events for %v, want the three who are active", got)
	}
	list, _, err := f.db.Events(t.Context(), rekey.UserLocked, "", "", 10)
	f.ok(err)
	if len(list) != 3 {
		t.Errorf("%d events are kept, want none about nobody", len(list))
	}
}
