package admin

import (
	"context"
	"io"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
	"rekey/internal/store"
)

// DefaultPage and MaxPage are numbers of entries on a page of a list.
const (
	DefaultPage = 100
	MaxPage     = 500
)

// Runner holds the methods of the engine that this package calls.
type Runner interface {
	// Record stores an event and the runs that it starts, within the transaction.
	Record(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
	// Tell puts a notice in the outbox, within the transaction.
	Tell(ctx context.Context, tx engine.Tx, n engine.QueuedNotice) error
	// Preview decides who would get a new password if the event happened now
	// and named these people.
	Preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]engine.Decision, error)
	// PreviewSeveral is Preview for one event that names all these people.
	PreviewSeveral(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]engine.Decision, error)
	// Retry makes another delivery for one that ended without success, with the
	// authority of by.
	Retry(ctx context.Context, deliveryID string, by rekey.Authority) (rekey.Delivery, error)
	// Resume ends the pause and starts what waited.
	Resume(ctx context.Context) (rekey.Resumed, error)
}

// Config holds what New needs. All fields but the last two are required.
type Config struct {
	Store    *store.DB
	Runner   Runner
	Compiler *selection.Compiler
	Clock    func() time.Time // UTC
	NewID    func() string    // UUIDs of version 7
	Random   io.Reader        // the operating system's CSPRNG
	// KeepDays is how many days events are kept; 0 means that none is deleted.
	KeepDays int
	// Directories are those of the settings, by name; nil without any.
	Directories map[string]Directory
	// Domains are those in which messages may go to addresses outside; nil without any.
	Domains rekey.Domains
}

// Service does the actions of people who administer. It is safe for concurrent use.
type Service struct {
	store       *store.DB
	runner      Runner
	compiler    *selection.Compiler
	now         func() time.Time
	newID       func() string
	random      io.Reader
	keepDays    int
	directories map[string]Directory
	domains     rekey.Domains
	imports     imports
	mappings    *lru.Cache[string, *selection.Mapping] // compiled, by their text
}

// New returns a service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, runner: c.Runner, compiler: c.Compiler,
		now: c.Clock, newID: c.NewID, random: c.Random, keepDays: c.KeepDays, mappings: newMappingCache(), directories: c.Directories, domains: c.Domains,
	}
}

// HasDirectories reports whether the settings have a directory.
func (s *Service) HasDirectories() bool { return len(s.directories) > 0 }

// page returns the number of entries of a page; 0 or less is the default.
func page(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}
