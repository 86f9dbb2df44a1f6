package store

import (
	"path/filepath"
	"testing"
	"time"

	"rekey"
)

// A restore starts nothing that sends: what was stopped since the backup is stopped, and
// what went into trial is in trial.
func TestRestoreActivatesNoAutomationThatWasInTrial(t *testing.T) {
	t.Parallel()
	const active, trial, inactive = rekey.AutomationActive, rekey.AutomationTrial, rekey.AutomationInactive
	on := onSQLite(t)
	f, path := on.fixture, on.path()
	f.ok(f.NewMark(f.ctx))
	type since struct{ before, now, want rekey.AutomationStatus }
	cases := map[string]since{
		"a": {active, active, active}, "b": {active, trial, trial}, "c": {active, inactive, inactive},
		"d": {trial, active, trial}, "e": {trial, trial, trial}, "f": {trial, inactive, inactive},
	}
	stored := map[string]rekey.Automation{}
	for name, c := range cases {
		stored[name] = f.automation(name, func(a *rekey.Automation) { a.Status = c.before })
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	_, err := f.BackupTo(f.ctx, backup)
	f.ok(err)
	for name, c := range cases {
		a := stored[name]
		a.Status, a.Version, a.UpdatedAt = c.now, 2, at(time.Hour)
		f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, 1, "") })
	}
	f.ok(f.Close())
	done := restore(t, path, backup)
	if done.Stopped != 2 {
		t.Errorf("%d automations were stopped, want 2", done.Stopped)
	}
	db := reopen(t, path)
	defer func() { f.ok(db.Close()) }()
	for name, c := range cases {
		a, err := db.Automation(t.Context(), stored[name].ID)
		f.ok(err)
		if a.Status != c.want {
			t.Errorf("%s in the backup and %s since: it is %s, want %s", c.before, c.now, a.Status, c.want)
		}
	}
}

// A trial is deleted with its event, as any run, and nobody counts as having left a
// password unused because of it.
func TestTrialsArePruned(t *testing.T) {
	t.Parallel()
	f := onSQLite(t).fixture
	u := f.user()
	e := f.past(at(0))
	run := f.run(rekey.RunFinished, func(r *rekey.Run) { r.EventID, r.Trial, r.FinishedAt = e.ID, true, at(time.Minute) })
	d := rekey.Delivery{ID: f.id(), RunID: run.ID, UserID: u.ID, Number: 1, State: rekey.DeliveryWouldBeSent, OldPassword: rekey.RevokeAtOnce, UpdatedAt: at(0)}
	f.write(func(tx *Tx) error { return tx.Plan(f.ctx, []rekey.Delivery{d}) })
	f.prune(at(3*week), 100)
	for table, n := range f.rows() {
		if n != 0 && table != "past_events" {
			t.Errorf("%d %s are left", n, table)
		}
	}
	histories, err := f.Histories(f.ctx, []string{u.ID}, "", "", at(3*week))
	f.ok(err)
	same(t, histories[u.ID].UnusedInRow, 0)
}
