package engine

import (
	"cmp"
	"io"
	"log/slog"
	"sync"
	"time"

	"rekey"
	"rekey/internal/password"
)

// How much is taken up at a time. The package's own tests make it less, so that
// a hundred people are many.
var (
	batchSize  = 200 // deliveries that one job sends
	openAtOnce = 64  // batches of a run that have jobs at a time
	planStep   = 500 // candidates of a transaction of planning: ten milliseconds, which others wait
	sweepLimit = 500 // rows of a transaction of a sweep
)

// Settings of the engine, with their defaults.
const (
	settleEvery = 250 * time.Millisecond // longest wait of an acceptance for its commit

	// Lease is how long a claim on a delivery holds, unless Config says
	// otherwise.
	Lease = 3 * time.Minute
	// Lifetime is how long a mailed password is valid from its first attempt.
	Lifetime = 72 * time.Hour
	// GiveUp is how long after the first attempt another is made, so that at
	// least two days remain to the reader.
	GiveUp = 24 * time.Hour
)

// Sealer keeps a secret at rest, bound to the ids of its row.
type Sealer interface {
	Seal(plaintext []byte, associated ...string) ([]byte, error)
	Unseal(sealed []byte, associated ...string) ([]byte, error)
}

// Selector compiles conditions over system users.
type Selector interface {
	// Compile returns a condition. spent is what the run has used of its budget
	// before.
	Compile(expression string, spent uint64) (Calculation, error)
}

// Calculation applies a condition to one system user after another.
type Calculation interface {
	// Match says whether somebody is selected. Its errors for the whole
	// calculation wrap ErrCalculation; any other is about the one user.
	Match(u rekey.SystemUser, now time.Time) (bool, error)
	// Spent is what has been spent of the run's budget so far.
	Spent() uint64
}

// Observer is told what happens, for metrics. It must not block.
type Observer interface {
	// Event was stored; repeat if it had been before.
	Event(e rekey.Event, repeat bool)
	// Run has come to a state.
	Run(r rekey.Run)
	// Delivery has come to a state. sinceEvent is how long after its event.
	Delivery(d rekey.Delivery, sinceEvent time.Duration)
}

// Step names a moment at which a crash must leave something true behind.
type Step string

// The steps, in their order.
const (
	StepStored     Step = "event stored"
	StepPart       Step = "a part of a large run planned"
	StepPlanned    Step = "deliveries planned"
	StepIssued     Step = "passwords issued"
	StepAnswered   Step = "mail server answered" // before it is recorded
	StepRecorded   Step = "outcome recorded"
	StepBatchEnded Step = "batch ended"
)

// Config is what the engine needs. Node, Restored, Lease and Steps may be left out.
type Config struct {
	Store    Store
	Mailer   Mailer
	Sealer   Sealer
	Selector Selector
	Mailed   *password.Mailed
	Observer Observer
	Logger   *slog.Logger
	Clock    func() time.Time
	NewID    func() string // UUIDs of version 7
	// Node is the name of this process among those on the same database,
	// without a slash. It begins the claims on deliveries, so that those of a
	// process that has ended are known. "" where there is only one.
	Node string
	// Restored is when a backup was restored without knowing what happened after
	// it was made: events from before then start no run. Zero for never.
	Restored time.Time
	Random   io.Reader // the operating system's CSPRNG
	// Jitter returns a number in [0, 1).
	Jitter func() float64
	// Lease is how long a claim on a delivery holds: from then on another worker
	// may take it up. In the last third no mail is begun. While mails are on
	// their way it is renewed. Default: Lease.
	Lease time.Duration
	// Steps is told each step as it is reached; tests kill the process there.
	Steps func(Step)
}

// Engine takes events to passwords. It is safe for concurrent use.
type Engine struct {
	store    Store
	mailer   Mailer
	sealer   Sealer
	selector Selector
	mailed   *password.Mailed
	observe  Observer
	log      *slog.Logger
	now      func() time.Time
	newID    func() string
	node     string
	restored time.Time
	random   io.Reader
	jitter   func() float64
	lease    time.Duration
	step     func(Step)
	recent   recentEvents
	refusals refusals

	following sync.WaitGroup // batches of which something is on its way
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
		store: c.Store, mailer: c.Mailer, sealer: c.Sealer, selector: c.Selector, mailed: c.Mailed,
		observe: c.Observer, log: c.Logger, now: c.Clock, newID: c.NewID, node: c.Node, restored: c.Restored, random: c.Random, jitter: c.Jitter,
		lease: cmp.Or(c.Lease, Lease), step: step, recent: newRecentEvents(),
	}
}
