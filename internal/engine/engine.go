package engine

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"rekey"
	"rekey/internal/password"
)

// Sizes of the units of work. The package's own tests lower them.
var (
	batchSize  = 200 // deliveries in a batch, which one job sends
	openAtOnce = 64  // batches of a run that have jobs at the same time
	planStep   = 500 // candidates in a planning transaction: about 10 ms, for which other writers wait
	endStep    = 500 // deliveries of an ended run in a transaction that cancels or undoes them
	sweepLimit = 500 // rows in a sweep transaction
)

// Settings of the engine, with their defaults.
const (
	settleEvery = 250 * time.Millisecond // longest wait of an outcome for its transaction

	// Lease is the default of Config.Lease.
	Lease = 3 * time.Minute
	// Lifetime is how long a mailed password is valid from its first attempt.
	Lifetime = 72 * time.Hour
)

// Sealer encrypts a secret at rest and binds it to the ids of its row.
type Sealer interface {
	Seal(plaintext []byte, associated ...string) ([]byte, error)
	Unseal(sealed []byte, associated ...string) ([]byte, error)
}

// Selector compiles conditions over system users.
type Selector interface {
	// Compile returns a condition. spent is how much of its budget the run has used
	// before.
	Compile(expression string, spent uint64) (Calculation, error)
}

// Calculation applies a condition to one system user after another.
type Calculation interface {
	// Match reports whether u is selected. An error that wraps ErrCalculation ends
	// the whole calculation; any other concerns only u.
	Match(u rekey.SystemUser, now time.Time) (bool, error)
	// Spent is how much of its budget the run has used so far.
	Spent() uint64
}

// Observer receives what happens, for metrics. Its methods must not block.
type Observer interface {
	// Event: e was stored, or repeat: it had been stored before.
	Event(e rekey.Event, repeat bool)
	// Run: r has a new state.
	Run(r rekey.Run)
	// Delivery: d has a new state. sinceEvent is the time since its event.
	Delivery(d rekey.Delivery, sinceEvent time.Duration)
}

// Step names a moment of the flow. After a crash at it, the database must be right.
type Step string

// The steps, in their order.
const (
	StepStored     Step = "event stored"
	StepPart       Step = "a part of a large run planned"
	StepPlanned    Step = "deliveries planned"
	StepOfWave     Step = "a part of a wave begun"
	StepIssued     Step = "passwords issued"
	StepAnswered   Step = "mail server answered" // before it is recorded
	StepRecorded   Step = "outcome recorded"
	StepBatchEnded Step = "batch ended"

	StepPartEnded Step = "a part of a run ended" // it was cancelled or undone
	StepPostponed Step = "batch postponed"       // no mail can be sent

	// Of a password in a directory.
	StepScrambled    Step = "password revoked in a directory" // before it is recorded
	StepChoiceBegun  Step = "choice of a password begun"
	StepChoiceIsMade Step = "chosen password set in a directory" // before it is recorded
)

// Config is what the engine needs. Directories, Node, Restored, Lease and Steps may be
// left out.
type Config struct {
	Store    Store
	Mailer   Mailer
	Sealer   Sealer
	Selector Selector
	Mailed   *password.Mailed
	Observer Observer
	// Directories are where some system users live; nil if none do.
	Directories Directories
	// Domains are those in which messages may go to addresses outside.
	Domains rekey.Domains
	Logger  *slog.Logger
	Clock   func() time.Time
	NewID   func() string // UUIDs of version 7
	// Node is the name of this process among those on the same database, without a
	// slash; "" for the only one. Claims on deliveries begin with it, so that the
	// claims of an ended process can be found.
	Node string
	// Restored is when a backup was restored without knowledge of what happened
	// after it was made. External events from before that moment start no run.
	// Zero: never.
	Restored time.Time
	Random   io.Reader // the operating system's CSPRNG
	// Jitter returns a number in [0, 1).
	Jitter func() float64
	// Lease is how long a claim on a delivery holds; after that another worker may
	// take the delivery. No mail is begun in the last third. The claim is renewed
	// while its mails are on their way. Default: 3 minutes.
	Lease time.Duration
	// Steps is called at each step. Tests kill the process there.
	Steps func(Step)
}

// Engine takes events to passwords. It is safe for concurrent use.
type Engine struct {
	store       Store
	mailer      Mailer
	sealer      Sealer
	selector    Selector
	mailed      *password.Mailed
	observe     Observer
	directories Directories
	domains     rekey.Domains
	log         *slog.Logger
	now         func() time.Time
	newID       func() string
	node        string
	restored    time.Time
	random      io.Reader
	jitter      func() float64
	lease       time.Duration
	step        func(Step)
	recent      recentEvents
	refusals    refusals

	following sync.WaitGroup // batches with mails on their way
	stopped   chan struct{}  // closed by giveUpAll
	giveUpAll func()
}

// New returns an engine.
func New(c Config) *Engine {
	step := c.Steps
	if step == nil {
		step = func(Step) {}
	}
	stopped := make(chan struct{})
	return &Engine{
		stopped: stopped, giveUpAll: sync.OnceFunc(func() { close(stopped) }),
		store: c.Store, mailer: c.Mailer, sealer: c.Sealer, selector: c.Selector, mailed: c.Mailed, directories: c.Directories, domains: c.Domains,
		observe: c.Observer, log: c.Logger, now: c.Clock, newID: c.NewID, node: c.Node, restored: c.Restored, random: c.Random, jitter: c.Jitter,
		lease: cmp.Or(c.Lease, Lease), step: step, recent: newRecentEvents(),
	}
}

// stopGrace is how long Stop waits until the given-up mails are recorded.
const stopGrace = 10 * time.Second

// Stop waits for the replies that no job waits for. When ctx ends, it gives them
// up: a mail that was sent completely and has no reply becomes doubtful. No job may be running.
func (e *Engine) Stop(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		e.following.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	e.giveUpAll()
	select {
	case <-ended:
	case <-time.After(stopGrace):
	}
}
