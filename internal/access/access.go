package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/password"
	"rekey/internal/store"
)

// Config holds what New needs.
type Config struct {
	Store *store.DB
	// Record stores an event, its runs and their jobs within the transaction:
	// engine.Engine.Record.
	Record func(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
	Argon2 Hasher
	Mailed *password.Mailed
	Policy password.Policy // default password.Modern
	// System is the name of this installation, which no chosen password may contain.
	System string
	Limits Limits // defaults: see Limits
	Clock  func() time.Time
	NewID  func() string
	// Random makes tokens, and the key of the remembered credentials. Default:
	// crypto/rand.Reader.
	Random io.Reader
	Logger *slog.Logger
	// Directories are those of the settings, by name; nil without any.
	Directories map[string]Directory
	// Steps is called at each step of a choice in a directory. Tests kill the process
	// there. Default: none.
	Steps func(engine.Step)
	// Observe is called with the outcome of every attempt. Default: none.
	Observe func(Outcome)
}

// Hasher makes and checks the verifiers of chosen passwords. *password.Argon2
// implements it.
type Hasher interface {
	Hash(ctx context.Context, secret rekey.Secret) (string, error)
	Verify(ctx context.Context, stored string, secret rekey.Secret) (ok, needsRehash bool, err error)
	// Matches is Verify without needsRehash.
	Matches(ctx context.Context, stored string, secret rekey.Secret) (bool, error)
	// Dummy takes as long as Verify, for users without a verifier.
	Dummy(ctx context.Context, secret rekey.Secret) error
}

// Limits are the settings of the lock and of the limits on requests. Zero means
// the default.
type Limits struct {
	// After Failures failed log-ins within FailuresWithin, an account is locked
	// for LockFor for the source address they came from. Defaults: 5, 24 h, 20 min.
	Failures       int
	FailuresWithin time.Duration
	LockFor        time.Duration
	// After AccountFailures from all addresses together within FailuresWithin,
	// the account is locked for LockFor. The lock does not hold for addresses
	// from which its user logged in within KnownFor: a stranger with many
	// addresses cannot lock the owner out. Defaults: 50, 90 days.
	AccountFailures int
	KnownFor        time.Duration
	// PerSecond and Burst limit the attempts of each source address that cost a
	// computation of Argon2. Defaults: 10, 20.
	PerSecond float64
	Burst     int
	// One source address may request ResetsPerSource new passwords within
	// ResetsPerSourceWithin. Defaults: 5, 15 min.
	ResetsPerSource       int
	ResetsPerSourceWithin time.Duration
}

func (l Limits) withDefaults() Limits {
	set(&l.Failures, 5)
	set(&l.FailuresWithin, 24*time.Hour)
	set(&l.LockFor, 20*time.Minute)
	set(&l.AccountFailures, 50)
	set(&l.KnownFor, 90*24*time.Hour)
	set(&l.PerSecond, 10)
	set(&l.Burst, 20)
	set(&l.ResetsPerSource, 5)
	set(&l.ResetsPerSourceWithin, 15*time.Minute)
	return l
}

func set[T int | float64 | time.Duration](value *T, byDefault T) {
	if *value == 0 {
		*value = byDefault
	}
}

// Outcome is the result of an attempt.
type Outcome string

// The outcomes.
const (
	OutcomeChosen  Outcome = "chosen"  // let in with the chosen password
	OutcomeMailed  Outcome = "mailed"  // let in with a mailed one
	OutcomeToken   Outcome = "token"   // let in with a token
	OutcomeRefused Outcome = "refused" // wrong, unknown, blocked
	OutcomeLocked  Outcome = "locked"  // refused while locked
	OutcomeLimited Outcome = "limited" // too many requests from one source
	OutcomeFailed  Outcome = "failed"  // not decided: the database, the keys, or too many computations wait
)

// Entry is an authenticated system user.
type Entry struct {
	User rekey.SystemUser
	// ViaDelivery is the delivery whose mailed password was used, "" for the
	// chosen password. Such an entry may only change the password.
	ViaDelivery string
	// ValidUntil is when that mailed password expires.
	ValidUntil time.Time
	// ProvenUntil is set for a session that a mailed password opened. Until then its
	// log-in proves that password, so ChangePassword does not ask for it again.
	ProvenUntil time.Time
	// LastLogin is the time of the previous log-in to the console.
	LastLogin time.Time
}

// MustChange reports whether the entry may only change the password.
func (e Entry) MustChange() bool { return e.ViaDelivery != "" }

// Service authenticates system users. It is safe for concurrent use.
type Service struct {
	Config

	shares     *shares
	judgements *shares
	remembered *remembered
	noticed    *noticed
}

// New returns a Service.
func New(config Config) (*Service, error) {
	if config.Random == nil {
		config.Random = rand.Reader
	}
	if config.Policy == "" {
		config.Policy = password.Modern
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Observe == nil {
		config.Observe = func(Outcome) {}
	}
	if config.Steps == nil {
		config.Steps = func(engine.Step) {}
	}
	config.Limits = config.Limits.withDefaults()
	key := make([]byte, 32)
	if _, err := io.ReadFull(config.Random, key); err != nil {
		return nil, fmt.Errorf("access: reading a key: %w", err)
	}
	return &Service{
		Config:     config,
		shares:     newShares(config.Limits.PerSecond, config.Limits.Burst),
		judgements: newShares(config.Limits.PerSecond, config.Limits.Burst),
		remembered: newRemembered(key),
		noticed:    newNoticed(),
	}, nil
}

// Prune deletes expired counters, sessions and set-up links. Call it from time to
// time.
func (s *Service) Prune(ctx context.Context) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error { return tx.PruneAccess(ctx, s.Clock()) })
}

// errRefused answers a wrong password and an unknown, blocked or locked user
// alike: the answer must not tell which it was (ASVS 5.0 6.3.8).
var errRefused = rekey.NewError(rekey.CodeUnauthenticated,
	"The log-in failed. Check the email address and the password. After several failed attempts, you cannot log in for a while, except with a password from a mail.")

var errLimited = rekey.NewError(rekey.CodeLimited, "Too many attempts from your network address. Please wait a moment and try again.")
