package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Whatever is due later has a job that waits for it; whatever has been due for
// long is found by the first sweep.
func TestJobsAreMadeForWhatIsStillToCome(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	due := func(d time.Duration) func(*rekey.Run) {
		return func(r *rekey.Run) { r.DueAt, r.CreatedAt, r.UpdatedAt = at(d), at(-48*time.Hour), at(-48*time.Hour) }
	}
	tomorrow, justNow, long := m.run(rekey.RunWaiting, due(24*time.Hour)), m.run(rekey.RunWaiting, due(-30*time.Second)), m.run(rekey.RunWaiting, due(-time.Hour))
	m.run(rekey.RunFinished, due(24*time.Hour))
	m.run(rekey.RunHeld, due(24*time.Hour))
	sending := m.run(rekey.RunSending, due(-time.Hour))
	moments := strings.NewReplacer("{soon}", fmt.Sprint(micros(at(10*time.Minute))), "{later}", fmt.Sprint(micros(at(20*time.Minute))))
	for number, row := range map[int]string{1: "{soon}, 1", 2: "{soon}, 0", 3: "NULL, 1", 4: "{later}, 1"} {
		_, err := m.SQLite().ExecContext(m.ctx, moments.Replace(`INSERT INTO batches (run_id, number, next_at, enqueued_at) VALUES ($1, $2, `+row+`)`), sending.ID, number)
		m.ok(err)
	}
	for batch, state := range map[int]string{1: "'deferred', '', 0, {soon}", 2: "'deferred', '', 0, {soon}", 4: "'issued', 'killed/7', {later}, 0"} {
		_, err := m.SQLite().ExecContext(m.ctx, moments.Replace(`INSERT INTO deliveries (id, run_id, user_id, subject, number, batch, reason, old_password, asked_by,
			created_at, updated_at, state, claim, claim_until, next_attempt) VALUES ($1, $2, $1, '', 1, $3, '', 'replace', '', 0, 0, `+state+`)`), m.id(), sending.ID, batch)
		m.ok(err)
	}
	_, err := m.SQLite().ExecContext(m.ctx, `INSERT INTO river_job (kind, args, state, max_attempts, scheduled_at) VALUES
		('execute', jsonb('{"run_id":"whoever"}'), 'scheduled', 25, '2026-03-02 12:00:30.250')`)
	m.ok(err)
	result, err := m.copy(m.ctx)
	m.ok(err)
	want := []engine.Task{
		{Kind: engine.TaskExecute, RunID: tomorrow.ID, At: tomorrow.DueAt},
		{Kind: engine.TaskExecute, RunID: justNow.ID, At: justNow.DueAt},
		{Kind: engine.TaskDeliver, RunID: sending.ID, Batch: 1, At: at(10 * time.Minute)},
	}
	same(t, m.jobs, want)
	if result.Jobs != int64(len(want)) {
		t.Errorf("said to be made: %d", result.Jobs)
	}
	var lost []engine.Task
	m.ok(m.to.Update(m.ctx, func(tx *Tx) error {
		runs, err := tx.LostRuns(m.ctx, at(-time.Minute), noon, 100)
		batches, also := tx.LostBatches(m.ctx, at(-time.Minute), noon, 100)
		lost = append(runs, batches...)
		return errors.Join(err, also)
	}))
	same(t, lost, []engine.Task{{Kind: engine.TaskExecute, RunID: long.ID}, {Kind: engine.TaskDeliver, RunID: sending.ID, Batch: 4}})
	var claimed int
	m.ok(m.to.one(m.ctx, `SELECT COUNT(*) FROM deliveries WHERE claim <> '' OR claim_until > 0`, nil, &claimed))
	if claimed > 0 {
		t.Error("a process that has ended keeps its claim")
	}
}

func TestMoreJobsAreMadeThanAreHandedOverTogether(t *testing.T) {
	t.Parallel()
	m := newMove(t)
	const n = 2*jobsAtOnce + 1
	for _, insert := range []string{
		`INSERT INTO runs (id, automation_id, event_id, acts_for, asked_by, state, reason, detail, due_at, enqueued_at, created_at, started_at, finished_at, updated_at)
			SELECT 'run ' || i, 'a', i, '', '', 'waiting', '', '', $2 + i, 0, 0, 0, 0, 0 FROM n`,
		`INSERT INTO batches (run_id, number, next_at, enqueued_at) SELECT 'large', i, $2 + i, $2 FROM n`,
	} {
		_, err := m.SQLite().ExecContext(m.ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `+insert, n, micros(noon))
		m.ok(err)
	}
	_, err := m.copy(m.ctx)
	m.ok(err)
	made := map[string]bool{}
	for _, job := range m.jobs {
		made[fmt.Sprint(job.Kind, job.RunID, job.Batch)] = true
	}
	if len(m.jobs) != 2*n || len(made) != 2*n {
		t.Errorf("%d jobs were made, %d of them different, for %d runs and as many batches", len(m.jobs), len(made), n)
	}
}
