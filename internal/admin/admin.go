// Package admin is what people who administer do: users, selections,
// automations, runs and tokens, each with its check of who may do it.
//
// Every method takes the actor as read from the database for this request;
// what they may do follows from their role at that moment. Whoever may not view
// a system user is told that there is no such user.
//
//	actor ──may they?──► change ──valid?──► transaction: check again what others
//	                                        may have changed, write, record event
//
// All that a method changes is in one transaction with the event that it
// records, so both are there or neither is. On failure nothing is stored, and
// the error is a *rekey.Error that names the fields.
package admin

import (
	"context"
	"io"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
	"rekey/internal/store"
)

// Pages of lists.
const (
	DefaultPage = 100
	MaxPage     = 500
)

// Runner is the engine, as far as people who administer use it.
type Runner interface {
	// Record stores an event within a transaction, with the runs that it starts.
	Record(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
	// Preview decides who would get a new password if the event happened now
	// and named these people.
	Preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]engine.Decision, error)
	// Retry makes another delivery for the user of one that came to nothing, as
	// somebody may.
	Retry(ctx context.Context, deliveryID string, by rekey.Authority) (rekey.Delivery, error)
	// Resume ends the pause and lets go what waited.
	Resume(ctx context.Context) (rekey.Resumed, error)
}

// Config is what the service needs. All fields are required.
type Config struct {
	Store    *store.DB
	Runner   Runner
	Compiler *selection.Compiler
	Clock    func() time.Time // UTC
	NewID    func() string    // UUIDs of version 7
	Random   io.Reader        // the operating system's CSPRNG
}

// Service is what people who administer do. It is safe for concurrent use.
type Service struct {
	store    *store.DB
	runner   Runner
	compiler *selection.Compiler
	now      func() time.Time
	newID    func() string
	random   io.Reader
}

// New returns a service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, runner: c.Runner, compiler: c.Compiler,
		now: c.Clock, newID: c.NewID, random: c.Random,
	}
}

// page returns the number of entries of a page; 0 or less is the default.
func page(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}
