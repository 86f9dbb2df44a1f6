package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"rekey/internal/engine"
)

// bulk is River's queue of the jobs that others may overtake.
const bulk = "bulk"

const (
	// jobTimeout ends a job's context. In its last third no mail is begun.
	jobTimeout = engine.Lease
	// rescueAfter is when a job whose process ended runs again.
	rescueAfter = 5 * time.Minute
	// pollEvery is how often the queue looks without being woken, and so the
	// greatest delay of a delayed run.
	pollEvery = 250 * time.Millisecond
	// pollPostgresEvery is the same on PostgreSQL, for many nodes.
	pollPostgresEvery = time.Second
	// soon is how close a due time must be for its job to be available at once. The
	// scheduler looks every five seconds only; fetching checks the due time itself.
	soon = 6 * time.Second
	// keepDone is how long finished jobs stay in the database. The record is in the
	// engine's rows.
	keepDone = 10 * time.Minute
)

// Engine is what the jobs call.
type Engine interface {
	Execute(ctx context.Context, runID string) error
	Deliver(ctx context.Context, runID string, batch int) error
	SendNotice(ctx context.Context, noticeID string) error
	Sweep(ctx context.Context, grace time.Duration) error
}

// Config is what the queue needs. All fields are required, except Stubbed and one
// of the two pools.
type Config struct {
	// SQLite or Postgres is the pool that writes, shared with the store.
	SQLite   *sql.DB
	Postgres *pgxpool.Pool
	Logger   *slog.Logger
	Clock    func() time.Time
	// Node is the name of this process among those on the same database.
	Node string
	// Workers is how many jobs run at once, and also how many bulk jobs. With 0 the
	// queue only takes jobs, for other nodes to run.
	Workers int
	// Stubbed is River's clock in a test whose time passes faster. Default: the
	// machine's time, or the database's.
	Stubbed func() time.Time
}

// stubbed is River's clock where a test sets it.
type stubbed func() time.Time

// Now implements rivertype.TimeGenerator.
func (s stubbed) Now() time.Time { return s() }

// NowOrNil implements rivertype.TimeGenerator.
func (s stubbed) NowOrNil() *time.Time {
	now := s()
	return &now
}

func (s stubbed) config() river.TestConfig {
	if s == nil {
		return river.TestConfig{}
	}
	return river.TestConfig{Time: s}
}

// Queue puts jobs in and runs them.
type Queue struct {
	client
	database
	idle bool
}

// client is River's, for either database.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// database is what differs between SQLite and PostgreSQL.
type database interface {
	// insert inserts jobs in a transaction. due: some are due at once; bulky: some
	// of those are bulk jobs.
	insert(ctx context.Context, tx any, params []river.InsertManyParams, due, bulky bool) error
	// wake makes the workers look, after the commit.
	wake()
}

// New returns a queue that takes jobs. It runs them after Start.
func New(c Config, e Engine) (*Queue, error) {
	if c.Postgres != nil {
		return newQueue(c, e, pollPostgresEvery)
	}
	return newQueue(c, e, pollEvery)
}

func newQueue(c Config, e Engine, poll time.Duration) (*Queue, error) {
	config := configure(c, e, poll)
	q := &Queue{idle: c.Workers == 0}
	var err error
	if c.Postgres != nil {
		q.client, q.database, err = onPostgres(c.Postgres, config)
	} else {
		q.client, q.database, err = onSQLite(c.SQLite, config)
	}
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return q, nil
}

func configure(c Config, e Engine, poll time.Duration) *river.Config {
	workers := river.NewWorkers()
	log := c.Logger.With("room", "queue")
	river.AddWorker(workers, worker(log, func(ctx context.Context, a executeArgs) error { return e.Execute(ctx, a.RunID) }))
	river.AddWorker(workers, worker(log, func(ctx context.Context, a deliverArgs) error { return e.Deliver(ctx, a.RunID, a.Batch) }))
	river.AddWorker(workers, worker(log, func(ctx context.Context, a noticeArgs) error { return e.SendNotice(ctx, a.NoticeID) }))
	river.AddWorker(workers, worker(log, func(ctx context.Context, _ sweepArgs) error { return e.Sweep(ctx, engine.SweepEvery) }))
	config := &river.Config{
		ID:                          c.Node,
		CompletedJobRetentionPeriod: keepDone,
		FetchCooldown:               time.Millisecond,
		FetchPollInterval:           poll,
		Hooks:                       []rivertype.Hook{&dueSoon{now: c.Clock}},
		JobTimeout:                  jobTimeout,
		Logger:                      c.Logger.With("room", "river"),
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(engine.SweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{}, nil }, nil)},
		RescueStuckJobsAfter: rescueAfter,
		RetryPolicy:          retryPolicy{now: c.Clock},
		Test:                 stubbed(c.Stubbed).config(),
		Workers:              workers,
	}
	if c.Workers > 0 {
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Workers}, bulk: {MaxWorkers: c.Workers}}
	}
	return config
}

// Enqueue inserts jobs in a transaction of the database, a *sql.Tx or a pgx.Tx.
// They exist from its commit on. Call Wake after it.
func (q *Queue) Enqueue(ctx context.Context, tx any, jobs []engine.Task) error {
	params := make([]river.InsertManyParams, len(jobs))
	due, bulky := false, false
	for i, job := range jobs {
		params[i].InsertOpts = &river.InsertOpts{ScheduledAt: job.At}
		due = due || job.At.IsZero()
		if job.Bulk() {
			params[i].InsertOpts.Queue = bulk
			bulky = true
		}
		switch job.Kind {
		case engine.TaskExecute:
			params[i].Args = executeArgs{RunID: job.RunID}
		case engine.TaskDeliver:
			params[i].Args = deliverArgs{RunID: job.RunID, Batch: job.Batch}
		case engine.TaskNotice:
			params[i].Args = noticeArgs{NoticeID: job.NoticeID}
		default:
			return fmt.Errorf("queue: no such job kind: %s", job.Kind)
		}
	}
	return q.insert(ctx, tx, params, due, bulky)
}

// Wake makes the workers look at once for new jobs.
func (q *Queue) Wake() { q.wake() }

// Start runs jobs until Stop. The end of ctx cancels the running jobs.
func (q *Queue) Start(ctx context.Context) error {
	if q.idle {
		return nil
	}
	return q.client.Start(ctx)
}

// Stop takes no more jobs and waits for the running ones. When ctx ends, it cancels
// them, which the engine's claims make safe.
func (q *Queue) Stop(ctx context.Context) error {
	if q.idle {
		return nil
	}
	err := q.client.Stop(ctx)
	if err == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return q.StopAndCancel(last)
}

type executeArgs struct {
	RunID string `json:"run_id"`
}

// Kind implements river.JobArgs.
func (executeArgs) Kind() string { return "execute" }

type deliverArgs struct {
	RunID string `json:"run_id"`
	Batch int    `json:"batch"`
}

// Kind implements river.JobArgs.
func (deliverArgs) Kind() string { return "deliver" }

type noticeArgs struct {
	NoticeID string `json:"notice_id"`
}

// Kind implements river.JobArgs.
func (noticeArgs) Kind() string { return "notice" }

type sweepArgs struct{}

// Kind implements river.JobArgs.
func (sweepArgs) Kind() string { return "sweep" }

// errFailed is all that a failed job leaves in the database.
var errFailed = errors.New("failed; the log says why")

// worker logs why a job failed and keeps the cause out of the database. It also
// catches panics, because River would store their value and stack.
func worker[A river.JobArgs](log *slog.Logger, work func(context.Context, A) error) river.Worker[A] {
	return river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		err := workSafely(ctx, work, job.Args)
		if err == nil {
			return nil
		}
		log.ErrorContext(ctx, "job failed", "kind", job.Kind, "args", string(job.EncodedArgs), "attempt", job.Attempt, "error", err)
		return errFailed
	})
}

func workSafely[A any](ctx context.Context, work func(context.Context, A) error, args A) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a job: %v\n%s", r, debug.Stack())
		}
	}()
	return work(ctx, args)
}

// retryPolicy runs a failed job again after 1, 2, 4 … seconds, at most a minute. A
// job fails because of the database, a key that this node lacks, or a defect, and not
// because of a mail.
type retryPolicy struct{ now func() time.Time }

// NextRetry implements river.ClientRetryPolicy.
func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return p.now().Add(min(time.Minute, time.Second<<min(job.Attempt-1, 6)))
}

// dueSoon makes jobs that fall due soon available at once.
type dueSoon struct {
	river.HookDefaults
	now func() time.Time
}

// InsertBegin implements rivertype.HookInsertBegin.
func (h *dueSoon) InsertBegin(_ context.Context, params *rivertype.JobInsertParams) error {
	if params.State == rivertype.JobStateScheduled && params.ScheduledAt != nil && params.ScheduledAt.Before(h.now().Add(soon)) {
		params.State = rivertype.JobStateAvailable
	}
	return nil
}
