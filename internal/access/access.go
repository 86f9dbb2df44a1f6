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

// Config is what a Service is made of.
type Config struct {
	Store *store.DB
	// Record stores an event, its runs and their jobs within a transaction. It is
	// engine.Engine.Record.
	Record func(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
	Argon2 Hasher
	Mailed *password.Mailed
	Policy password.Policy // default password.Modern
	Limits Limits          // defaults: see Limits
	Clock  func() time.Time
	NewID  func() string
	// Random is where tokens of set-up links, and the key that remembered
	// credentials are kept under, come from. Default: crypto/rand.Reader.
	Random io.Reader
	Logger *slog.Logger
	// Observe is told what became of every attempt, for metrics. Default: nobody.
	Observe func(Outcome)
}

// Hasher makes and checks the verifiers of chosen passwords; *password.Argon2
// is one.
type Hasher interface {
	Hash(ctx context.Context, secret rekey.Secret) (string, error)
	Verify(ctx context.Context, stored string, secret rekey.Secret) (ok, needsRehash bool, err error)
	// Matches is Verify, and says nothing about the cost.
	Matches(ctx context.Context, stored string, secret rekey.Secret) (bool, error)
	// Dummy takes as long as Verify, where there is nothing to verify.
	Dummy(ctx context.Context, secret rekey.Secret) error
}

// Limits are the settings of the lock and of the limits on requests. A value
// that is zero stands for its default.
type Limits struct {
	// Failures within FailuresWithin, for one account and source address, lock
	// it for that address for LockFor. Defaults: 5, 24 h, 20 min.
	Failures       int
	FailuresWithin time.Duration
	LockFor        time.Duration
	// AccountFailures, from all addresses together within FailuresWithin, lock
	// the account for LockFor, but for addresses that its user has come from in
	// the last KnownFor: a stranger with many addresses cannot keep the owner
	// out. Defaults: 50, 90 days.
	AccountFailures int
	KnownFor        time.Duration
	// PerSecond and Burst limit, for each source address, the attempts that
	// cost a computation of Argon2. Defaults: 10, 20.
	PerSecond float64
	Burst     int
	// ResetsPerSource within ResetsPerSourceWithin is how often one source
	// address may ask for new passwords. Defaults: 5, 15 min.
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

// Outcome is what became of an attempt to come in.
type Outcome string

// The outcomes.
const (
	OutcomeChosen  Outcome = "chosen"  // let in with the chosen password
	OutcomeMailed  Outcome = "mailed"  // let in with a mailed one
	OutcomeToken   Outcome = "token"   // let in with a token
	OutcomeRefused Outcome = "refused" // wrong, unknown, blocked
	OutcomeLocked  Outcome = "locked"  // refused while locked
	OutcomeLimited Outcome = "limited" // too many requests from one source
	OutcomeFailed  Outcome = "failed"  // could not be decided
)

// Entry is somebody who has come in.
type Entry struct {
	User rekey.SystemUser
	// ViaDelivery is the delivery whose mailed password opened the door: only
	// the change of password is open to such an entry. It is "" for the chosen
	// password.
	ViaDelivery string
	// ValidUntil is when that mailed password ends.
	ValidUntil time.Time
	// LastLogin is when the user logged in to the console the time before.
	LastLogin time.Time
}

// MustChange reports whether nothing is open but the change of password.
func (e Entry) MustChange() bool { return e.ViaDelivery != "" }

// Service decides who comes in. It is safe for use by many goroutines.
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

// Prune deletes counters, sessions and set-up links that have expired. It is
// called now and then.
func (s *Service) Prune(ctx context.Context) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error { return tx.PruneAccess(ctx, s.Clock()) })
}

// errRefused is the one answer to a wrong password, an unknown, a blocked and a
// locked user: it must not tell which (ASVS 5.0 6.3.8).
var errRefused = rekey.NewError(rekey.CodeUnauthenticated,
	"That did not work. Check the email address and the password. After several failed attempts logging in is closed for a while; a password that came by mail works even then.")

var errLimited = rekey.NewError(rekey.CodeLimited, "Too many attempts from your network address. Please wait a moment and try again.")
