package rekey

import "time"

// DeliveryState says how far one system user's new password has come.
//
//	held ──► queued, skipped, cancelled
//	queued ──► skipped, would_be_sent
//	  │
//	  └─► issued ──2xx to the final dot──► sent ──change completed──► done
//	        │ ▲                              ├──valid_until passed──► expired
//	  4xx,  │ │ backoff                      └──a later one, revoke, undo──► superseded
//	  I/O   ▼ │
//	      deferred ──gave up, or 5xx for the recipient──► failed
//	  user blocked, deleted, address changed; run cancelled;
//	  user chose a password before it was sent ──► cancelled
//
// A completed change makes every sent delivery of its user done. It cancels those
// that are issued or deferred, because their passwords have ended. If it was
// completed with a mailed password whose acceptance is not on record, that delivery
// becomes sent first: its mail has arrived.
//
// Deliveries of a trial are planned as would_be_sent or skipped. Those that were queued
// before their run became a trial end so at ISSUE.
//
// The undo of a run ends a mailed password only if its user has a chosen one in force. The
// delivery is then superseded, or cancelled if it is not known whether its mail was sent.
//
// A delivery that revokes is also held in a sending run while its user has another
// unfinished delivery. It replaces that one when it is issued, and not before.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryHeld       DeliveryState = "held"       // waits for approval, for its wave, or behind another delivery; blocks no other delivery
	DeliveryQueued     DeliveryState = "queued"     // planned, no password yet
	DeliveryIssued     DeliveryState = "issued"     // has a password, an attempt was begun
	DeliveryDeferred   DeliveryState = "deferred"   // waits for its next attempt
	DeliverySent       DeliveryState = "sent"       // accepted by the mail server
	DeliveryDone       DeliveryState = "done"       // its user has chosen a password
	DeliveryExpired    DeliveryState = "expired"    // nobody used it in time
	DeliverySuperseded DeliveryState = "superseded" // a later delivery or a revocation replaced it, before or after it was sent
	DeliverySkipped    DeliveryState = "skipped"    // a check refused it before it had a password
	DeliveryFailed     DeliveryState = "failed"     // refused for good, or given up
	DeliveryCancelled  DeliveryState = "cancelled"
	// DeliveryWouldBeSent: it is of a trial, and passed all checks. It never has a password,
	// and counts for nothing outside the trials of its automation.
	DeliveryWouldBeSent DeliveryState = "would_be_sent"
)

// Unfinished reports whether the delivery still needs work. A user has at most one
// unfinished delivery (I10).
func (s DeliveryState) Unfinished() bool {
	return s == DeliveryQueued || s == DeliveryIssued || s == DeliveryDeferred
}

// Behind reports whether d is held only because its user has another unfinished
// delivery. d replaces that one when it is issued (I10).
func (d Delivery) Behind() bool {
	return d.State == DeliveryHeld && d.Reason == ReasonAlreadyBeing
}

// HasRevoked reports whether d has ended the chosen password and its mail is not
// accepted yet. d is then the user's only way in.
func (d Delivery) HasRevoked() bool {
	begun := d.State == DeliveryIssued || d.State == DeliveryDeferred || d.State == DeliveryQueued && d.Reason == ReasonPaused
	return begun && d.OldPassword == RevokeAtOnce
}

// OldPassword says what happens to the chosen password.
type OldPassword string

// The settings for the old password.
const (
	// ReplaceWhenSent: it rests from the moment the mail is accepted. It is in
	// force again if the mailed password ends without a completed change.
	ReplaceWhenSent OldPassword = "replace"
	// KeepUntilChanged: it stays in force together with the mailed one.
	KeepUntilChanged OldPassword = "keep"
	// RevokeAtOnce: it ends in the transaction that issues the new one, with all
	// sessions, tokens and mailed passwords, and does not come back.
	RevokeAtOnce OldPassword = "revoke"
)

// Valid reports whether o is one of the three settings.
func (o OldPassword) Valid() bool {
	return o == ReplaceWhenSent || o == KeepUntilChanged || o == RevokeAtOnce
}

// Delivery is one system user in one run: the new password on its way to them. Or it is a
// message to one address: see Message.
type Delivery struct {
	ID     string
	RunID  string
	UserID string // "" if Subject names no system user, and for a message
	// Subject is the id or address that the event or the job named.
	Subject string
	// Number counts the deliveries of one user in one run from 1. Each retry by
	// hand adds one.
	Number int
	// Batch is the number of the batch of the run that sends it.
	Batch       int
	State       DeliveryState
	Reason      Reason
	OldPassword OldPassword // "" for a message
	AskedBy     Asker

	// The fields below are set at ISSUE or later.

	Address         string // mail goes to it, even if the user's address changes
	Verifier        string // of the mailed password; "" when it has ended
	Sealed          []byte // the letter, sealed; erased when it is sent or has ended
	Form            []byte // digest of the form that the letter fills in
	PasswordVersion int64  // the user's, as read at ISSUE
	IssuedAt        time.Time
	ValidUntil      time.Time
	// Attempting: an attempt was begun and has no answer yet.
	Attempting bool
	// Doubtful: an earlier attempt ended without an answer, so its message may
	// have reached the mail server.
	Doubtful    bool
	Attempts    int // only those charged to the recipient
	NextAttempt time.Time
	Claim       string    // the worker that sends it
	ClaimUntil  time.Time // when the claim ends
	ReplyCode   int       // of the last SMTP reply; 0 if there was none
	ReplyText   string
	AcceptedAt  time.Time
	// OpenedAt is when the mailed password was first used to log in; zero if it was not.
	OpenedAt time.Time
	// EndedAt is when the mailed password ended early; zero if it did not.
	EndedAt time.Time
	// ChangedAt is when the user completed the change with this mailed password.
	ChangedAt time.Time
	// InAt is when the user first chose a password after this one was issued or had
	// failed, with whichever password; zero if they have not. See Standing.
	InAt time.Time
	// RemindAt is when the user is to be reminded, if they have not used the mailed password
	// by then; zero if never. RemindedAt is when the reminder was begun. It is never sent
	// again, even if the mail server did not take it.
	RemindAt, RemindedAt time.Time
	// Undone is what the undo of the run did with the mailed password; see Undoing.
	Undone Undone
	// ReplacedBy is the id of the run whose delivery replaced this one; "" if none
	// did.
	ReplacedBy string
	UpdatedAt  time.Time
}

// Message reports whether d is a message of Notify Address. It has no password and no user:
// its subject is the address to which it goes, as AddressKey writes it. While it waits for a
// digest it is queued; ReplacedBy is then the id of the message whose mail tells it, or "". Once
// that mail is accepted, it is superseded.
func (d Delivery) Message() bool { return d.OldPassword == "" }

// MaybeMailed reports whether the message may have reached the mail server: an
// attempt was begun and not definitely refused (I2).
func (d Delivery) MaybeMailed() bool {
	return d.Attempting || d.Doubtful || !d.AcceptedAt.IsZero()
}

// Live reports whether the mailed password logs in at the moment now.
func (d Delivery) Live(now time.Time) bool {
	return d.Verifier != "" && d.MaybeMailed() && d.EndedAt.IsZero() && now.Before(d.ValidUntil)
}

// Opens reports whether the record of d says that its mailed password opens the page
// where people choose. Unlike Live, it needs no verifier.
func (d Delivery) Opens(now time.Time) bool {
	return d.MaybeMailed() && d.EndedAt.IsZero() && now.Before(d.ValidUntil)
}

// Waiting reports whether the mailed password was sent and waits for its owner: they have
// not used it. Once they choose a password in any way, the delivery is done.
func (d Delivery) Waiting(now time.Time) bool {
	return d.State == DeliverySent && d.Live(now) && d.OpenedAt.IsZero()
}

// Rests reports whether the chosen password rests because of d.
func (d Delivery) Rests(now time.Time) bool {
	return d.OldPassword == ReplaceWhenSent && !d.AcceptedAt.IsZero() && d.Live(now)
}
