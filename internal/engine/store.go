package engine

import (
	"context"
	"time"

	"rekey"
)

// Store is where the engine keeps what must survive a crash.
type Store interface {
	Reader
	// Update runs fn in a writing transaction. It is committed, durably, when
	// Update returns nil. fn may run again if the database undid it because of
	// another transaction. Nothing outside the database may be waited for in it.
	Update(ctx context.Context, fn func(Tx) error) error

	Selection(ctx context.Context, id string) (rekey.Selection, error)
	// FindUsers looks up ids and addresses and returns the users by what was asked.
	FindUsers(ctx context.Context, subjects []string) (map[string]rekey.SystemUser, error)
	// UsersAfter lists system users up to a rank by their ids, after one, and
	// CountUsersUpTo counts them.
	UsersAfter(ctx context.Context, after string, maxRank, limit int) ([]rekey.SystemUser, error)
	CountUsersUpTo(ctx context.Context, maxRank int) (int, error)
	// Held lists the held deliveries of a run by their ids, after one.
	Held(ctx context.Context, runID, after string, limit int) ([]rekey.Delivery, error)
	Delivery(ctx context.Context, id string) (rekey.Delivery, error)
	// Failures counts the deliveries of an automation that failed since a
	// moment.
	Failures(ctx context.Context, automationID string, since time.Time) (int, error)
	// HeldRuns counts the runs of an automation that were held up to a moment; those
	// that can be approved were planned by the version given.
	HeldRuns(ctx context.Context, automationID string, version int64, until time.Time) (rekey.HeldRuns, error)
	// Approvers lists active people of a rank or higher, the highest first.
	Approvers(ctx context.Context, rank, limit int) ([]rekey.SystemUser, error)
	// Revokes returns the address of somebody whose old password a batch is to
	// revoke, not the same one each time; "" if there is none.
	Revokes(ctx context.Context, runID string, batch int) (address string, err error)
	// Claimed reports whether the delivery is still claimed with that token, and
	// whether sending is paused.
	Claimed(ctx context.Context, deliveryID, claim string, now time.Time) (claimed, paused bool, err error)
	// Pause returns the pause that is on, or the zero value. While there is one
	// MoveRun, Due, Revokes, LostRuns and LostBatches find nothing.
	Pause(ctx context.Context) (rekey.Pause, error)
}

// Reader is what the engine reads in a writing transaction as well as outside.
type Reader interface {
	Run(ctx context.Context, id string) (rekey.Run, error)
	Event(ctx context.Context, id string) (rekey.Event, error)
	Automation(ctx context.Context, id string) (rekey.Automation, error)
	User(ctx context.Context, id string) (rekey.SystemUser, error)
	// Histories returns what users were sent lately, by user id.
	Histories(ctx context.Context, userIDs []string, now time.Time) (map[string]History, error)
	// Administrators returns the ids of the active Administrators who have a
	// chosen password.
	Administrators(ctx context.Context) ([]string, error)
	Form(ctx context.Context, digest []byte) ([]byte, error)
}

// Tx is one writing transaction.
type Tx interface {
	Reader

	// InsertEvent stores e unless its source and id are known; then it returns
	// the event that came first.
	InsertEvent(ctx context.Context, e rekey.Event) (first rekey.Event, inserted bool, err error)
	// ActiveAutomations lists the active automations for an event type.
	ActiveAutomations(ctx context.Context, eventType string) ([]rekey.Automation, error)
	InsertRun(ctx context.Context, r rekey.Run) error
	// Enqueue makes jobs that come into being with the commit.
	Enqueue(tasks ...Task)

	// MoveRun takes a run from where it was read to where it is now, and reports
	// whether it was still there: in that state, phase and place.
	MoveRun(ctx context.Context, from, to rekey.Run) (bool, error)
	// PlanPart stores deliveries of a run that no batch takes yet, and PassOver
	// adds to the counts of those who are passed over without one.
	PlanPart(ctx context.Context, deliveries []rekey.Delivery) error
	PassOver(ctx context.Context, runID string, people map[Passed]int) error
	// Plan stores deliveries and opens the batches of those that are queued.
	Plan(ctx context.Context, deliveries []rekey.Delivery) error
	// Release writes what has become of held deliveries: they are queued, or
	// skipped for a reason.
	Release(ctx context.Context, held []rekey.Delivery) error
	// AddRecipients adds people, which may be negative, to the number of people that the
	// automation reached, and returns the total of the last hour.
	AddRecipients(ctx context.Context, automationID string, people int, now time.Time) (lately int, err error)
	// OpenBatches lets the batches of a run with the numbers from 1 on go. The
	// turn of the first ones has come, and their caller makes jobs for them; that
	// of another comes when NextBatch returns it.
	OpenBatches(ctx context.Context, runID string, batches, first int, now time.Time) error
	// NextBatch takes the next batch whose turn has not come; 0 if there is none.
	NextBatch(ctx context.Context, runID string, now time.Time) (int, error)
	// EndPart cancels what has not begun of a run that has come to its end, at most
	// limit deliveries after one. It returns the last, and how many there were.
	EndPart(ctx context.Context, runID, after string, reason rekey.Reason, now time.Time, limit int) (last string, n int, err error)
	// Unfinished returns which of the users have an unfinished delivery.
	Unfinished(ctx context.Context, userIDs []string) (map[string]bool, error)

	// Due returns what there is to do in a batch now: deliveries that are queued,
	// held behind another one, deferred or abandoned, with their users, at most
	// limit. Of two transactions that are to revoke the password of one user, the
	// second waits here for the first.
	Due(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]Work, error)
	// PutForm stores a form unless it is there, and notes that it was used.
	PutForm(ctx context.Context, digest, content []byte, now time.Time) error
	// Issue writes what ISSUE decided for deliveries that are unfinished or held
	// behind another one, and returns those. One that was held and is issued now
	// takes the place of its user's unfinished one (I10).
	Issue(ctx context.Context, batch []rekey.Delivery) ([]rekey.Delivery, error)
	// Renew has the claim on what is on its way in a batch hold until later.
	Renew(ctx context.Context, runID string, batch int, claim string, until time.Time) error
	// Revoke ends chosen password, tokens and mailed passwords of the users, except
	// the deliveries given, and raises their password version.
	Revoke(ctx context.Context, users map[string]string, now time.Time) error
	// Settle writes the outcomes of attempts, each on condition that the
	// delivery is still issued, its claim the same and its user's password
	// version the one read at ISSUE. Otherwise only the reply is recorded. It
	// returns the outcomes that counted.
	Settle(ctx context.Context, outcomes []rekey.Delivery) ([]rekey.Delivery, error)
	// Reprieve takes refusals back that were not the recipients' fault: what
	// failed is deferred again, with its seal, unless its user has another
	// unfinished delivery by now. Its batches are open again.
	Reprieve(ctx context.Context, refused []rekey.Delivery) error
	// CloseBatch notes when there is something to do in the batch again, and
	// finishes the run when nothing is left in any of its batches.
	CloseBatch(ctx context.Context, runID string, batch int, now time.Time) (next time.Time, err error)
	// PostponeBatch notes when the batch is to be looked at again.
	PostponeBatch(ctx context.Context, runID string, batch int, until time.Time) error

	// LastNumber returns the highest number among the deliveries of a user in a
	// run, and the highest batch of the run.
	LastNumber(ctx context.Context, runID, userID string) (number, batch int, err error)
	// ReopenRun moves a run that has ended, but was not cancelled, back to sending.
	ReopenRun(ctx context.Context, runID string, now time.Time) error

	// Counter returns what PutCounter stored under a name until it expires.
	Counter(ctx context.Context, name string, now time.Time) (times []time.Time, until time.Time, err error)
	PutCounter(ctx context.Context, name string, times []time.Time, until, expires time.Time) error

	// LapseRuns ends runs that were held for approval before a moment and got
	// none, and returns how many.
	LapseRuns(ctx context.Context, before, now time.Time, limit int) (int, error)
	// LostRuns and LostBatches return, and mark as enqueued now, what fell due
	// before a moment, or is under way, and had no job made for it since then.
	LostRuns(ctx context.Context, before, now time.Time, limit int) ([]Task, error)
	LostBatches(ctx context.Context, before, now time.Time, limit int) ([]Task, error)
	// Requeue queues deliveries again that were surely never mailed, without the
	// password that they have: those that last changed after another one did, the
	// oldest first. It returns how many, and the last of them for the next call.
	Requeue(ctx context.Context, after rekey.Delivery, now time.Time, limit int) (n int, last rekey.Delivery, err error)
	// Overdue returns unfinished deliveries that may have been mailed, were issued
	// before a moment, and are not claimed now.
	Overdue(ctx context.Context, before, now time.Time, limit int) ([]rekey.Delivery, error)
	// OldRequests returns unfinished runs of requests that people made themselves
	// before a moment.
	OldRequests(ctx context.Context, before time.Time, limit int) ([]string, error)
	// CancelRun reports whether the run was still there to be cancelled.
	CancelRun(ctx context.Context, id string, reason rekey.Reason, now time.Time) (bool, error)
	// EndPause ends the pause, and reports whether there was one.
	EndPause(ctx context.Context) (bool, error)
	// EraseExpired erases the verifiers of deliveries that came to another end
	// but may have been mailed, once their time has passed, and returns how many.
	EraseExpired(ctx context.Context, now time.Time, limit int) (int, error)
	// Expire ends sent deliveries whose time has passed and returns them.
	Expire(ctx context.Context, now time.Time, limit int) ([]rekey.Delivery, error)
}

// History is what one user was sent lately.
type History struct {
	Unfinished  bool // a delivery is queued, issued or deferred
	InDay       int  // accepted in the last 24 hours, unasked
	UnusedInRow int  // accepted, unasked, since the last completed change
	// The same for those that a stranger can set off, which the two above leave
	// out.
	StrangersInDay, StrangersUnused int
	AskedLately                     bool // asked by the user and accepted in the last 15 minutes
	AskedInDay                      int  // asked by the user and accepted in the last 24 hours
	// Revoked in the last hour, by a mail that was accepted or is still to be sent.
	Revoked bool
	// WayIn: the user can log in with the chosen password, or with a mailed one
	// whose mail was accepted.
	WayIn bool
}

// LeftOut reports whether the user has no way in, and nothing is on its way that
// would give them one.
func (h History) LeftOut() bool { return !h.WayIn && !h.Unfinished }

// Work is a delivery to be sent, with its user as they are now.
type Work struct {
	Delivery rekey.Delivery
	// User is the zero value if the user was deleted.
	User rekey.SystemUser
}

// TaskKind says which step a task takes.
type TaskKind string

// The kinds of tasks.
const (
	TaskExecute TaskKind = "execute" // a run that is due
	TaskDeliver TaskKind = "deliver" // a batch of a run
	TaskNotify  TaskKind = "notify"  // people, of what became of runs of an automation
)

// Task is a piece of work in the queue. It holds ids only (I5); what is left to
// be done is read from the rows.
type Task struct {
	Kind  TaskKind
	RunID string
	Batch int
	At    time.Time // zero means now
}

// Bulk reports whether others may overtake the task: it sends a further batch of
// a run that has more than one.
func (t Task) Bulk() bool { return t.Kind == TaskDeliver && t.Batch > 1 }
