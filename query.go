package rekey

import "time"

// Queries narrow, sort and page lists. An empty field does not narrow. After is the
// last id of the previous page, Before the first id of the next page, and Limit the
// number of entries. The use cases replace a Limit of 0 by their default and set
// MaxRank, which leaves out all system users above it.

// UserQuery asks for system users.
type UserQuery struct {
	Search        string // part of a name or address
	Type          UserType
	Role          Role
	Status        UserStatus
	MaxRank       int
	Order         string // "name", "address", or "" for the order of creation
	Descending    bool
	Brief         bool // leaves the attributes out
	After, Before string
	Limit         int
}

// AutomationQuery asks for automations, in the order of their creation.
type AutomationQuery struct {
	Search    string           // part of the name
	Status    AutomationStatus // as Automation.StatusAt says at the moment Now
	Now       time.Time
	EventType string
	OwnerID   string
	Selection string // the id of the selection that it uses
	// Order is for pages of people: "event", "owner", "status", or "" for the name.
	Order      string
	Descending bool
	After      string
	Limit      int
}

// RunQuery asks for runs, newest first.
type RunQuery struct {
	AutomationID  string
	EventID       string
	State         RunState
	Reason        Reason
	Trial         TrialFilter
	Oldest        bool   // oldest first
	After, Before string // the page of Before has older runs
	Limit         int
}

// TrialFilter narrows runs to trials, or to the others.
type TrialFilter string

// The filters of trials; "" narrows nothing.
const (
	OnlyTrials TrialFilter = "only"
	NoTrials   TrialFilter = "none"
)

// DeliveryQuery asks for deliveries.
type DeliveryQuery struct {
	RunID   string
	UserID  string
	States  []DeliveryState // one of these
	Reason  Reason
	Without Reason // leaves out those with this reason
	// Standing is that of people of the run RunID, each once. Then States, Reason and
	// Without are not read.
	Standing      Standing
	Undone        Undone // those with which the undo of the run did this
	MaxRank       int
	Latest        bool // newest first
	After, Before string
	Limit         int
}

// UnsentQuery asks for deliveries that could not be sent, newest first.
type UnsentQuery struct {
	State         DeliveryState // failed or deferred, "" for both
	MaxRank       int
	After, Before string
	Limit         int
}
