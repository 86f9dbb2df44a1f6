package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rekey/internal/engine"
)

// jobsAtOnce is how many jobs go to the queue in one call.
const jobsAtOnce = 5_000

// takeUp frees what an ended process has claimed. It makes jobs for what is due in
// the future or was due only recently. The first sweep finds the rest.
func (c *copying) takeUp(ctx context.Context) (made int64, err error) {
	for _, statement := range []string{voidClaims, reopenBatches} {
		if _, err := c.to.Exec(ctx, statement); err != nil {
			return 0, fmt.Errorf("take up what was left: %w", err)
		}
	}
	since := micros(c.Now.Add(-engine.SweepEvery))
	for _, find := range []func(context.Context, int64) ([]engine.Task, error){c.runsToCome(), c.batchesToCome()} {
		for {
			jobs, err := find(ctx, since)
			if err != nil {
				return made, fmt.Errorf("find what is still to come: %w", err)
			}
			if len(jobs) == 0 {
				break
			}
			if err := c.make(ctx, c.to, jobs); err != nil {
				return made, fmt.Errorf("make jobs: %w", err)
			}
			made += int64(len(jobs))
			c.Step(CopyStep{"making jobs", "", c.done, c.total})
		}
	}
	return made, nil
}

// runsToCome returns a function that returns the next jobs of runs.
func (c *copying) runsToCome() func(context.Context, int64) ([]engine.Task, error) {
	last := ""
	return func(ctx context.Context, since int64) (jobs []engine.Task, err error) {
		rows, err := c.to.Query(ctx, `SELECT id, GREATEST(due_at, wave_at) FROM runs
			WHERE (state = 'waiting' AND (due_at > $1 OR enqueued_at > $1) OR state = 'sending' AND wave_at > $1 OR phase <> '' AND state <> 'held' AND enqueued_at > $1) AND id > $2
			ORDER BY id LIMIT $3`, since, last, jobsAtOnce)
		if err != nil {
			return nil, err
		}
		job := engine.Task{Kind: engine.TaskExecute}
		var at int64
		_, err = pgx.ForEachRow(rows, []any{&job.RunID, &at}, func() error {
			job.At, last = time.UnixMicro(at).UTC(), job.RunID
			jobs = append(jobs, job)
			return nil
		})
		return jobs, err
	}
}

// batchesToCome returns a function that returns the next jobs of batches. It leaves
// out batches that wait for Tx.NextBatch.
func (c *copying) batchesToCome() func(context.Context, int64) ([]engine.Task, error) {
	last := engine.Task{}
	return func(ctx context.Context, since int64) (jobs []engine.Task, err error) {
		rows, err := c.to.Query(ctx, `SELECT run_id, number, next_at FROM batches
			WHERE next_at IS NOT NULL AND enqueued_at > 0 AND (next_at > $1 OR enqueued_at > $1) AND (run_id, number) > ($2, $3)
			ORDER BY run_id, number LIMIT $4`, since, last.RunID, last.Batch, jobsAtOnce)
		if err != nil {
			return nil, err
		}
		job := engine.Task{Kind: engine.TaskDeliver}
		var at int64
		_, err = pgx.ForEachRow(rows, []any{&job.RunID, &job.Batch, &at}, func() error {
			job.At = time.UnixMicro(at).UTC()
			last = job
			jobs = append(jobs, job)
			return nil
		})
		return jobs, err
	}
}
