package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey"
)

// planned stores a delivery that was planned at a moment, and changes its row.
func (f *fixture) planned(run rekey.Run, u rekey.SystemUser, when time.Time, set string, args ...any) {
	f.t.Helper()
	id := firstID(when) + "-" + f.id()
	f.write(func(tx *Tx) error {
		d := rekey.Delivery{ID: id, RunID: run.ID, UserID: u.ID, Subject: u.Address, Number: 1, Batch: 1, State: rekey.DeliverySkipped, OldPassword: rekey.KeepUntilChanged, UpdatedAt: when}
		if err := tx.PlanPart(f.ctx, []rekey.Delivery{d}); err != nil {
			return err
		}
		return tx.write(f.ctx, `UPDATE deliveries SET `+set+` WHERE id = $1`, append([]any{id}, args...)...)
	})
}

var reportTests = map[string]func(t *testing.T, f *fixture){
	"AReportCountsEachDeliveryOfItsPeriodOnce": func(t *testing.T, f *fixture) {
		one, other := f.run(rekey.RunFinished), f.run(rekey.RunFinished, func(r *rekey.Run) { r.AutomationID = "other" })
		from, to := noon, at(24*time.Hour)
		for i := range 10 { // chosen after 1 to 10 minutes
			f.planned(one, f.user(), at(time.Hour), `state = 'done', accepted_at = $2, in_at = $3`, micros(at(time.Hour)), micros(at(time.Hour+time.Duration(i+1)*time.Minute)))
		}
		f.planned(one, f.user(), at(time.Hour), `state = 'sent', accepted_at = $2`, micros(at(time.Hour)))
		f.planned(one, f.user(), at(time.Hour), `state = 'superseded'`)
		f.planned(one, f.user(), from, `state = 'failed'`)
		f.planned(one, f.user(), to.Add(-time.Millisecond), `state = 'cancelled'`)
		f.planned(one, f.user(), from.Add(-time.Millisecond), `state = 'failed'`) // before
		f.planned(one, f.user(), to, `state = 'failed'`)                          // after
		f.planned(other, f.user(), at(time.Hour), `state = 'skipped'`)
		f.planned(other, f.user(), at(time.Hour), `state = 'queued'`)
		f.planned(other, f.user(func(u *rekey.SystemUser) { u.Role = rekey.RoleManager }), at(time.Hour), `state = 'done', accepted_at = $2, in_at = $3`,
			micros(at(time.Hour)), micros(at(2*time.Hour)))

		f.planned(f.run(rekey.RunFinished, func(r *rekey.Run) { r.Trial = true }), f.user(), at(time.Hour), `state = 'skipped'`)

		report, err := f.Report(f.ctx, from, to, 1)
		report = got(t, report, err)
		slices.SortFunc(report.Rows, func(a, b rekey.ReportRow) int { return strings.Compare(a.AutomationID, b.AutomationID) })
		first := rekey.ReportRow{AutomationID: "automation", Sent: 11, Failed: 1, Cancelled: 1, Replaced: 1, In: 10, Median: 5 * 60, NinetiethPercentile: 9 * 60}
		same(t, report.Rows, []rekey.ReportRow{first, {AutomationID: "other", Skipped: 1, Open: 1}})
		first.AutomationID, first.Skipped, first.Open = "", 1, 1
		same(t, report.All, first)

		report, err = f.Report(f.ctx, from, to, 3) // with the Manager
		all := got(t, report, err).All
		same(t, fmt.Sprint(all.Sent, all.In, all.Median, all.NinetiethPercentile), fmt.Sprint(12, 11, 6*60, 10*60))
		report, err = f.Report(f.ctx, at(48*time.Hour), at(72*time.Hour), 3)
		same(t, got(t, report, err), rekey.Report{From: at(48 * time.Hour), To: at(72 * time.Hour)})
	},
}

// A report of a short period must not read the deliveries of all others.
func TestReportReadsOnlyItsPeriod(t *testing.T) {
	t.Parallel()
	f := onSQLite(t)
	e := &explaining{pool: f.reader}
	_, err := Queries{q: e}.Report(f.ctx, noon, at(time.Hour), 3)
	f.ok(err)
	read := 0
	for _, step := range e.plan {
		switch {
		case strings.HasPrefix(step, "SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (id>? AND id<?)"):
			read++
		case strings.HasPrefix(step, "SCAN d"), strings.HasPrefix(step, "SCAN r"), strings.HasPrefix(step, "SCAN u"):
			t.Errorf("it reads a whole table: %q", step)
		}
	}
	if read != 3 { // the counts, and the times by automation and of all
		t.Errorf("%d searches by the ids of the period, want 3: %q", read, e.plan)
	}
}
