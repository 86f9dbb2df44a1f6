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
	"encoding/json"
	"io"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/selection"
)

// Pages of lists.
const (
	DefaultPage = 100
	MaxPage     = 500
)

// Recorder stores an event within a transaction, with the runs that it starts.
type Recorder interface {
	Record(ctx context.Context, tx engine.Tx, event rekey.Event) (rekey.Event, error)
}

// Runner looks ahead and tries again. It is the engine.
type Runner interface {
	// Preview decides who would get a new password if the event happened now
	// and named these people.
	Preview(ctx context.Context, a rekey.Automation, authority rekey.Authority, subjects []string) ([]engine.Decision, error)
	// Retry makes another delivery for the user of one that came to nothing, as
	// somebody may.
	Retry(ctx context.Context, deliveryID string, by rekey.Authority) (rekey.Delivery, error)
	// Resume ends the pause and lets go what waited.
	Resume(ctx context.Context) (engine.Resumed, error)
}

// Compiler compiles conditions. Its errors name the field "expression".
type Compiler interface {
	Compile(expression string) (*selection.Program, error)
}

// Config is what the service needs. All fields are required.
type Config struct {
	Store    Store
	Recorder Recorder
	Runner   Runner
	Compiler Compiler
	Clock    func() time.Time // UTC
	NewID    func() string    // UUIDs of version 7
	Random   io.Reader        // the operating system's CSPRNG
}

// Service is what people who administer do. It is safe for concurrent use.
type Service struct {
	store    Store
	recorder Recorder
	runner   Runner
	compiler Compiler
	now      func() time.Time
	newID    func() string
	random   io.Reader
}

// New returns a service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, recorder: c.Recorder, runner: c.Runner, compiler: c.Compiler,
		now: c.Clock, newID: c.NewID, random: c.Random,
	}
}

// Warning is something that is allowed and may not be meant.
type Warning struct {
	Field   string `json:"field"` // as in rekey.FieldError
	Message string `json:"message"`
}

// page returns the number of entries of a page; 0 or less is the default.
func page(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}

// UserQuery narrows, sorts and pages a list of system users.
type UserQuery struct {
	Search        string // part of a name or address
	Type          rekey.UserType
	Role          rekey.Role
	Status        rekey.UserStatus
	MaxRank       int    // set by the service: nobody above the actor
	Order         string // "name", "address", or "" for that of their creation
	Descending    bool
	Brief         bool   // leaves the attributes out
	After, Before string // the last id of the page before, the first of the one that follows
	Limit         int    // 1 to MaxPage; 0 is DefaultPage
}

// AutomationQuery narrows and pages a list of automations.
type AutomationQuery struct {
	Search    string                 // part of the name
	Status    rekey.AutomationStatus // as it is shown, see rekey.Automation.StatusAt
	Now       time.Time              // set by the service
	EventType string
	OwnerID   string
	Selection string // the id of the selection it uses
	After     string // the last id of the page before
	Limit     int    // 1 to MaxPage; 0 is DefaultPage
}

// RunQuery narrows and pages a list of runs, from the latest on.
type RunQuery struct {
	AutomationID string
	EventID      string
	State        rekey.RunState
	Reason       rekey.Reason
	Before       string // the last id of the page before, which is of later runs
	After        string // the first id of the page that follows
	Limit        int    // 1 to MaxPage; 0 is DefaultPage
}

// DeliveryQuery narrows, sorts and pages a list of deliveries.
type DeliveryQuery struct {
	RunID         string
	UserID        string
	States        []rekey.DeliveryState // one of these; none: any
	Reason        rekey.Reason
	Without       rekey.Reason // leaves out those with this reason
	MaxRank       int          // set by the service: nobody above the actor
	Latest        bool         // from the latest on
	After, Before string       // the last id of the page before, the first of the one that follows
	Limit         int          // 1 to MaxPage; 0 is DefaultPage
}

// UnsentQuery narrows and pages the list of what could not be sent.
type UnsentQuery struct {
	State         rekey.DeliveryState // failed or deferred, "" for both
	MaxRank       int                 // set by the service: nobody above the actor
	After, Before string              // the last id of the page before, the first of the one that follows
	Limit         int                 // 1 to MaxPage; 0 is DefaultPage
}

// params is what the service itself must know of a job's parameters. A job type
// that declares a parameter of such a name means the same by it.
type params struct {
	SystemUser        string `json:"system_user"`
	UseEventParameter bool   `json:"use_event_parameter"`
	Everybody         bool   `json:"everybody_in_selection"`
	IncludeAPIUsers   bool   `json:"include_api_users"`
	Ceiling           int    `json:"ceiling"`
}

// paramsOf reads what it can; the job type has checked, or will check, the rest.
func paramsOf(a rekey.Automation) (p params) {
	_ = json.Unmarshal(a.JobParams, &p)
	return p
}
