package engine

import (
	"context"
	"time"

	"rekey"
)

// Store keeps what must survive a crash.
type Store interface {
	Reader
	// Update runs fn in a writing transaction, and returns nil once it is committed
	// durably. fn may run again if the database undid it because of another
	// transaction. fn must wait for nothing outside the database.
	Update(ctx context.Context, fn func(Tx) error) error

	Selection(ctx context.Context, id string) (rekey.Selection, error)
	// UsersAfter lists the system users up to a rank, by id, after the given id.
	// CountUsersUpTo counts all of them.
	UsersAfter(ctx context.Context, after string, maxRank, limit int) ([]rekey.SystemUser, error)
	CountUsersUpTo(ctx context.Context, maxRank int) (int, error)
	// Held lists the deliveries of a run that are held for approval or for their wave, by
	// id, after the given id.
	Held(ctx context.Context, runID, after string, limit int) ([]rekey.Delivery, error)
	// Undoing returns the people about whose mailed passwords the undo of a run has to
	// decide: those of at most limit deliveries, after the given id. last is the id of the
	// last one; "" if there are no more.
	Undoing(ctx context.Context, runID, after string, limit int) (people []rekey.Undoing, last string, err error)
	// Failures counts the deliveries of an automation that failed since a moment.
	Failures(ctx context.Context, automationID string, since time.Time) (int, error)
	// HeldRuns counts the runs of an automation that were held up to a moment. Only
	// those planned with the given version can be approved.
	HeldRuns(ctx context.Context, automationID string, version int64, until time.Time) (rekey.HeldRuns, error)
	// Revokes returns the address of a user whose old password the batch is to
	// revoke, a different one each time if possible; "" if there is none.
	Revokes(ctx context.Context, runID string, batch int) (address string, err error)
	// DirectoryUsers returns the users of a directory whom a batch is to give a password
	// now.
	DirectoryUsers(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]rekey.SystemUser, error)
	// Claimed reports whether the claim still holds the delivery, and whether
	// sending is paused.
	Claimed(ctx context.Context, deliveryID, claim string, now time.Time) (claimed, paused bool, err error)
	// Pause returns the current pause, or the zero value. During a pause MoveRun,
	// Due, Revokes, ClaimNotice and Lost find nothing.
	Pause(ctx context.Context) (rekey.Pause, error)
}

// Reader holds what the engine reads inside and outside a writing transaction.
type Reader interface {
	Run(ctx context.Context, id string) (rekey.Run, error)
	Event(ctx context.Context, id string) (rekey.Event, error)
	Automation(ctx context.Context, id string) (rekey.Automation, error)
	User(ctx context.Context, id string) (rekey.SystemUser, error)
	Delivery(ctx context.Context, id string) (rekey.Delivery, error)
	// FindUsers looks up ids and addresses. The keys of its result are those
	// subjects.
	FindUsers(ctx context.Context, subjects []string) (map[string]rekey.SystemUser, error)
	// EventSource returns the record of a source; the zero value if there is none.
	EventSource(ctx context.Context, source string) (rekey.EventSource, error)
	// Histories returns what users were recently sent, by user id. trialOf is the
	// automation whose trials count as if they had sent; "" for none. again is the
	// run to whose people is sent again, or "".
	Histories(ctx context.Context, userIDs []string, trialOf, again string, now time.Time) (map[string]History, error)
	// Administrators returns the ids of the active Administrators who have a
	// chosen password.
	Administrators(ctx context.Context) ([]string, error)
	Form(ctx context.Context, digest []byte) ([]byte, error)
	// Approvers lists active people of a rank or higher, highest rank first.
	Approvers(ctx context.Context, rank, limit int) ([]rekey.SystemUser, error)
}

// Tx is one writing transaction.
type Tx interface {
	Reader

	// InsertEvent stores e. If an event with its source and id is stored already,
	// it returns that event and false.
	InsertEvent(ctx context.Context, e rekey.Event) (first rekey.Event, inserted bool, err error)
	// ActiveAutomations lists the automations whose runs an event of a type may start:
	// the active ones, and those in trial.
	ActiveAutomations(ctx context.Context, eventType string) ([]rekey.Automation, error)
	// DueSchedules lists automations whose next moment has come, earliest first.
	DueSchedules(ctx context.Context, now time.Time, limit int) ([]rekey.Automation, error)
	// MoveSchedule sets the next moment of an automation, if neither the moment nor the
	// automation has changed. It reports whether it did.
	MoveSchedule(ctx context.Context, a rekey.Automation, to time.Time) (bool, error)
	// RunsDue reports whether a run of the automation is due and has not begun. Only
	// trials count for an automation in trial, and only the others for an active one.
	RunsDue(ctx context.Context, automationID string, now time.Time) (bool, error)
	InsertRun(ctx context.Context, r rekey.Run) error
	// Enqueue makes jobs, which exist from the commit on.
	Enqueue(tasks ...Task)

	// MoveRun changes a run to the values of to, if it still has the state, phase, place
	// and next wave of from. It reports whether it had. A trial stays one.
	MoveRun(ctx context.Context, from, to rekey.Run) (bool, error)
	// PlanPart stores deliveries whose batches are not open yet. PassOver adds to
	// the counts of the people who get no delivery.
	PlanPart(ctx context.Context, deliveries []rekey.Delivery) error
	PassOver(ctx context.Context, runID string, people map[Passed]int) error
	// Plan stores deliveries and opens the batches of the queued ones.
	Plan(ctx context.Context, deliveries []rekey.Delivery) error
	// StopRun stops a run in waves: what is queued is held again for a reason. It reports
	// whether it did; see store.Tx.StopRun.
	StopRun(ctx context.Context, run rekey.Run, reason rekey.Reason, detail string, now time.Time) (bool, error)
	// Release writes the result of the second check of held deliveries: they are
	// queued in a batch, or skipped for a reason.
	Release(ctx context.Context, held []rekey.Delivery) error
	// AddRecipients adds people (which may be negative) to the number of people
	// that the automation reached, and returns the total of the last hour.
	AddRecipients(ctx context.Context, automationID string, people int, now time.Time) (lately int, err error)
	// OpenBatches opens the batches of a run with the numbers from first to last. The
	// caller makes jobs for those up to together. Each of the others waits until
	// NextBatch returns it.
	OpenBatches(ctx context.Context, runID string, first, last, together int, now time.Time) error
	// NextBatch returns the next waiting batch; 0 if there is none.
	NextBatch(ctx context.Context, runID string, now time.Time) (int, error)
	// EndPart does the next part of the phase end of a run, and stores how far it has come:
	// it cancels what has not begun, and ends what an undo ends. ended has a delivery for
	// each person whose mailed password ended. See store.Tx.EndPart.
	EndPart(ctx context.Context, run rekey.Run, now time.Time, limit int, decide func(rekey.Undoing) rekey.Undone) (to rekey.Run, ended []rekey.Delivery, moved bool, err error)
	// Unfinished returns which of the users have an unfinished delivery.
	Unfinished(ctx context.Context, userIDs []string) (map[string]bool, error)

	// Due returns at most limit deliveries of a batch that need work now, with
	// their users: those that are queued, held behind another one, deferred or
	// abandoned. If two transactions are to revoke the password of one user, the
	// second waits here for the first.
	Due(ctx context.Context, runID string, batch int, now time.Time, limit int) ([]Work, error)
	// PutForm stores a form if it is not stored yet, and notes that it was used.
	PutForm(ctx context.Context, digest, content []byte, now time.Time) error
	// Issue writes the results of ISSUE for deliveries that are still unfinished or
	// held behind another one, and returns those. A held one that is issued
	// replaces the unfinished one of its user (I10). A message that is told in another one may
	// be of another batch.
	Issue(ctx context.Context, batch []rekey.Delivery) ([]rekey.Delivery, error)
	// MessagesTo returns when the messages to an address were begun since a moment, and at
	// most limit of those that wait for a digest and are in none yet. Other transactions that
	// ask for the same address wait for this one.
	MessagesTo(ctx context.Context, address string, since time.Time, limit int) (begun []time.Time, waiting []rekey.Delivery, err error)
	// Renew extends a claim on the deliveries of a batch that are on their way.
	Renew(ctx context.Context, runID string, batch int, claim string, until time.Time) error
	// Revoke ends the chosen password, tokens and mailed passwords of users, except
	// the given delivery of each, and raises their password version.
	Revoke(ctx context.Context, users map[string]string, now time.Time) error
	// DirectoryWrites returns the writes of a kind for deliveries, by delivery id.
	DirectoryWrites(ctx context.Context, deliveryIDs []string, kind rekey.DirectoryWriteKind) (map[string]rekey.DirectoryWrite, error)
	PutDirectoryWrite(ctx context.Context, w rekey.DirectoryWrite) error
	// Scrambled records that a write has revoked the password of a user in their
	// directory, and the token of the new one. It does what Revoke does, and the
	// delivery counts as issued after it.
	Scrambled(ctx context.Context, w rekey.DirectoryWrite, token string) error
	// EndScrambles ends the scrambles of which it is not known whether they took effect,
	// and whose deliveries have ended until a moment. Their users count as revoked, unless
	// a later write is known to have taken effect. It returns how many it ended.
	EndScrambles(ctx context.Context, until, now time.Time, limit int) (int, error)
	// Settle writes the outcomes of attempts and returns the outcomes that counted.
	// An outcome counts if the delivery is still issued, its claim is the same and
	// its user's password version is the one of ISSUE. Otherwise only the reply is
	// recorded.
	Settle(ctx context.Context, outcomes []rekey.Delivery) ([]rekey.Delivery, error)
	// Reprieve takes back refusals that were not the recipients' fault. The failed
	// delivery is deferred again, with its seal, unless its user has another
	// unfinished one by now. Its batch is open again.
	Reprieve(ctx context.Context, refused []rekey.Delivery) error
	// CloseBatch notes when the batch needs work again. It finishes the run when
	// nothing is left in any of its batches, unless a wave is to come. There is no
	// batch 0, so CloseBatch then only finishes the run.
	CloseBatch(ctx context.Context, runID string, batch int, now time.Time) (next time.Time, err error)
	// PostponeBatch notes when the batch needs work again.
	PostponeBatch(ctx context.Context, runID string, batch int, until time.Time) error

	// LastNumber returns the highest number of the deliveries to a user in a run, or to the
	// address of a message, and the highest batch of the run.
	LastNumber(ctx context.Context, runID, userID, subject string) (number, batch int, err error)
	// ReopenRun moves a run that has ended, but was not cancelled, back to sending.
	ReopenRun(ctx context.Context, runID string, now time.Time) error

	// Notice returns a notice; the zero value if there is none. No other transaction
	// changes or makes it until this one ends.
	Notice(ctx context.Context, id string) (QueuedNotice, error)
	// PutNotice stores a notice, in place of an earlier one with its id. It stores on the
	// delivery when a reminder was begun.
	PutNotice(ctx context.Context, n QueuedNotice) error
	// ClaimNotice returns a notice that is due, with the delivery that it is about, and
	// puts it off until a moment. It returns the zero value if there is nothing to do, or if another node does it.
	ClaimNotice(ctx context.Context, id string, now, until time.Time) (QueuedNotice, error)

	// LapseRuns ends runs that have waited for approval since before a moment, and
	// returns how many.
	LapseRuns(ctx context.Context, before, now time.Time, limit int) (int, error)
	// Lost returns tasks of a kind that were due before a moment or are under way, and for
	// which no job was made since then: runs (TaskExecute) and batches (TaskDeliver), which
	// it marks as enqueued now, notices (TaskNotice), which it puts off until now, and
	// reminders (TaskRemind), of which it makes notices.
	Lost(ctx context.Context, kind TaskKind, before, now time.Time, limit int) ([]Task, error)
	// Requeue queues deliveries again that were certainly never mailed, without
	// their passwords. It takes those that changed after the given one, oldest
	// first. It returns how many, and the last of them for the next call.
	Requeue(ctx context.Context, after rekey.Delivery, now time.Time, limit int) (n int, last rekey.Delivery, err error)
	// Overdue returns unfinished, unclaimed deliveries that may have been mailed
	// and were issued before a moment.
	Overdue(ctx context.Context, before, now time.Time, limit int) ([]rekey.Delivery, error)
	// OldRequests returns unfinished runs that users asked for themselves before a
	// moment.
	OldRequests(ctx context.Context, before time.Time, limit int) ([]string, error)
	// CancelRun cancels a run, and reports whether it could still be cancelled.
	CancelRun(ctx context.Context, id string, reason rekey.Reason, now time.Time) (bool, error)
	// EndPause ends the pause, and reports whether there was one.
	EndPause(ctx context.Context) (bool, error)
	// EraseExpired erases the verifiers of deliveries that may have been mailed but
	// ended without being sent, once they expire. It returns how many.
	EraseExpired(ctx context.Context, now time.Time, limit int) (int, error)
	// Expire ends sent deliveries that have expired, and returns them.
	Expire(ctx context.Context, now time.Time, limit int) ([]rekey.Delivery, error)
}

// History is what one user was sent recently.
type History struct {
	Unfinished  bool // a delivery is queued, issued or deferred
	InDay       int  // accepted in the last 24 hours, unasked; with the reminders
	UnusedInRow int  // accepted, unasked, since the last completed change
	// The same two counts for mails that a stranger can cause. The counts above
	// leave those mails out.
	StrangersInDay, StrangersUnused int
	AskedLately                     bool // asked by the user and accepted in the last 15 minutes
	AskedInDay                      int  // asked by the user and accepted in the last 24 hours
	// Revoked: a mail that was accepted or is still to be sent revoked a password
	// in the last hour.
	Revoked bool
	// SentLately: unasked, or asked for by others, and accepted in the last 4 hours.
	// SentInDay counts those of the last 24 hours, with the reminders.
	SentLately bool
	SentInDay  int
	In         bool // in the run to whose people is sent again
	// WayIn: the user can log in with the chosen password, or with a mailed one
	// whose mail was accepted.
	WayIn bool
}

// LeftOut reports whether the user has no way in, and no mail on its way would give
// them one.
func (h History) LeftOut() bool { return !h.WayIn && !h.Unfinished }

// Work is a delivery that needs work, with its user as they are now.
type Work struct {
	Delivery rekey.Delivery
	// User is the zero value if the user was deleted, or if nobody has the address of a message.
	User rekey.SystemUser
}

// TaskKind says which step a task takes.
type TaskKind string

// The kinds of tasks.
const (
	TaskExecute TaskKind = "execute" // a run that is due
	TaskDeliver TaskKind = "deliver" // a batch of a run
	TaskNotice  TaskKind = "notice"  // a notice in the outbox
	TaskRemind  TaskKind = "remind"  // a reminder that is due: only for Tx.Lost
)

// Task is a piece of work in the queue. It holds ids only (I5); the rows say what
// is still to do.
type Task struct {
	Kind  TaskKind
	RunID string
	Batch int
	// NoticeID is that of a notice in the outbox. It stands alone.
	NoticeID string
	At       time.Time // zero means now
}

// Bulk reports whether other tasks may overtake this one: it sends a notice, or any
// batch of a run except the first.
func (t Task) Bulk() bool { return t.Kind == TaskDeliver && t.Batch > 1 || t.Kind == TaskNotice }
