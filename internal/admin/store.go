package admin

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Store is where everything is kept.
type Store interface {
	Reader
	// Users lists system users.
	Users(ctx context.Context, q UserQuery) ([]rekey.SystemUser, error)
	// RankedAbove returns the ids and address keys of the system users above a
	// rank.
	RankedAbove(ctx context.Context, rank int) (map[string]bool, error)
	// SuggestUsers lists some of whom a search finds, up to a rank.
	SuggestUsers(ctx context.Context, search string, maxRank, limit int) ([]rekey.SystemUser, error)
	// Automations lists automations by id.
	Automations(ctx context.Context, q AutomationQuery) ([]rekey.Automation, error)
	// Selections lists selections by id.
	Selections(ctx context.Context, search, after string, limit int) ([]rekey.Selection, error)
	// SelectionsByName lists selections by name key, after one or just before one.
	SelectionsByName(ctx context.Context, search, after, before string, limit int) ([]rekey.Selection, error)
	// Events lists events from the latest on.
	Events(ctx context.Context, eventType, before, after string, limit int) (list []rekey.Event, more bool, err error)
	// Runs lists runs from the latest on.
	Runs(ctx context.Context, q RunQuery) ([]rekey.Run, error)
	// RunTitles returns what the automations and the events of runs are called,
	// by the runs' ids: "" for an automation that was deleted.
	RunTitles(ctx context.Context, runIDs ...string) (automations, events map[string]string, err error)
	// WaitingRuns counts the runs of an automation that CancelWaiting would cancel.
	WaitingRuns(ctx context.Context, automationID string) (int64, error)
	// Deliveries lists deliveries.
	Deliveries(ctx context.Context, q DeliveryQuery) ([]rekey.Delivery, error)
	// Unsent lists the deliveries that failed or are deferred, from the one that
	// did so last.
	Unsent(ctx context.Context, q UnsentQuery) ([]rekey.Delivery, error)

	// What counts the entries of a list stops at one more than the limit.

	CountUsers(ctx context.Context, q UserQuery, limit int) (int, error)
	CountSelections(ctx context.Context, search string, limit int) (int, error)
	CountRuns(ctx context.Context, q RunQuery, limit int) (int, error)
	CountDeliveries(ctx context.Context, q DeliveryQuery, limit int) (int, error)
	CountUnsent(ctx context.Context, q UnsentQuery, limit int) (int, error)
	CountEvents(ctx context.Context, eventType string, limit int) (int, error)

	// Tallies counts the deliveries of runs, by run id: those of users up to a
	// rank by state and reason, and how many others there are.
	Tallies(ctx context.Context, runIDs []string, maxRank int) (map[string][]rekey.Tally, map[string]int64, error)

	// LastRuns returns the latest run of each automation that has one.
	LastRuns(ctx context.Context, automationIDs []string) (map[string]rekey.Run, error)
	// OpenRuns counts the runs of automations that are waiting, held or sending.
	OpenRuns(ctx context.Context, automationIDs []string) (map[string]map[rekey.RunState]int, error)
	// FiguresOf returns what came of the deliveries of automations from the hour
	// of a moment on, and Hourly that of all, by when each hour began.
	FiguresOf(ctx context.Context, automationIDs []string, since time.Time) (map[string]rekey.Figures, error)
	Hourly(ctx context.Context, since time.Time) (map[time.Time]rekey.Figures, error)

	// Backlog counts runs that are due or being planned, and deliveries that are
	// not finished. Each count stops at limit.
	Backlog(ctx context.Context, now time.Time, limit int) (runs, deliveries int, err error)

	// Update runs fn in a writing transaction, committed when Update returns nil.
	// fn may be run again, if it was undone because of another transaction.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Reader is what is read within a transaction and outside.
type Reader interface {
	User(ctx context.Context, id string) (rekey.SystemUser, error)
	FindUsers(ctx context.Context, subjects []string) (map[string]rekey.SystemUser, error)
	SourceOwner(ctx context.Context, source string) (userID string, err error)
	CountAdministrators(ctx context.Context, butFor string) (int, error)

	Selection(ctx context.Context, id string) (rekey.Selection, error)
	BuiltInSelection(ctx context.Context, builtIn string) (rekey.Selection, error)
	SelectionsOwnedBy(ctx context.Context, userID string) ([]rekey.Selection, error)

	Automation(ctx context.Context, id string) (rekey.Automation, error)
	AutomationByName(ctx context.Context, name string) (rekey.Automation, error)
	BuiltInAutomation(ctx context.Context, builtIn string) (rekey.Automation, error)
	AutomationsOwnedBy(ctx context.Context, userID string) ([]rekey.Automation, error)
	AutomationsUsing(ctx context.Context, selectionIDs ...string) ([]rekey.Automation, error)

	Event(ctx context.Context, id string) (rekey.Event, error)
	Run(ctx context.Context, id string) (rekey.Run, error)
	// HeldRuns counts the runs of an automation that were held up to a moment.
	HeldRuns(ctx context.Context, automationID string, version int64, until time.Time) (rekey.HeldRuns, error)
	RunsOf(ctx context.Context, eventIDs ...string) ([]rekey.Run, error)
	Delivery(ctx context.Context, id string) (rekey.Delivery, error)

	Pause(ctx context.Context) (rekey.Pause, error)

	Token(ctx context.Context, id string) (rekey.Token, error)
	TokensOf(ctx context.Context, userID string) ([]rekey.Token, error)
}

// Tx is one writing transaction. It is the engine's too, so that an event is
// recorded in it.
type Tx interface {
	engine.Tx
	Reader

	InsertUser(ctx context.Context, u rekey.SystemUser) error
	UpdateUser(ctx context.Context, u rekey.SystemUser, version int64) error
	DeleteUser(ctx context.Context, id string, now time.Time) error
	// EndMailed ends every mailed password of a user and cancels what is on its way.
	EndMailed(ctx context.Context, userID string, reason rekey.Reason, now time.Time) error
	// EndSessions ends every session of a user and raises the password version.
	EndSessions(ctx context.Context, userID string) error

	InsertSelection(ctx context.Context, sel rekey.Selection) error
	UpdateSelection(ctx context.Context, sel rekey.Selection, version int64) error
	DeleteSelection(ctx context.Context, id string) error

	InsertAutomation(ctx context.Context, a rekey.Automation) error
	UpdateAutomation(ctx context.Context, a rekey.Automation, version int64) error
	DeleteAutomation(ctx context.Context, id string) error
	// CancelWaiting cancels the runs of an automation that wait, and counts them.
	CancelWaiting(ctx context.Context, automationID string, reason rekey.Reason, now time.Time) (int64, error)

	// ApproveRuns lets go, and CancelHeld cancels, all runs of an automation that
	// were held up to a moment, and return how many: see HeldRuns.
	ApproveRuns(ctx context.Context, automationID string, version int64, by string, until, now time.Time) (int, error)
	CancelHeld(ctx context.Context, automationID string, reason rekey.Reason, until, now time.Time) (int, error)
	// CarryRuns has runs that are not planned to their end go on by a version of
	// their automation that differs in its owner alone.
	CarryRuns(ctx context.Context, automationID string, from, to int64) error
	// ResumeRuns makes jobs for the runs that were held while an owner was blocked.
	ResumeRuns(ctx context.Context, ownerID string, now time.Time) error
	// ApproveRun reports whether the run was there to be approved.
	ApproveRun(ctx context.Context, id, by string, now time.Time) (bool, error)

	InsertToken(ctx context.Context, t rekey.Token, hash []byte) error
	DeleteToken(ctx context.Context, id string) error
	// ConfirmToken lets a token be used again that rests since a restore.
	ConfirmToken(ctx context.Context, id string) error
	DeleteTokens(ctx context.Context, userID string) error

	// PutPause pauses, unless it is paused already, and returns the pause that is on.
	PutPause(ctx context.Context, p rekey.Pause) (rekey.Pause, error)
}
