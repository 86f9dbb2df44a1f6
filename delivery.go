package rekey

import "time"

// DeliveryState is where one system user's new password is on its way.
//
//	held ──► queued, skipped, cancelled
//	queued ──► skipped
//	  │
//	  └─► issued ──2xx to the final dot──► sent ──change completed──► done
//	        │ ▲                              ├──valid_until passed──► expired
//	  4xx,  │ │ backoff                      └──a later one, revoke──► superseded
//	  I/O   ▼ │
//	      deferred ──gave up, or 5xx for the recipient──► failed
//	  user blocked, deleted, address changed; run cancelled;
//	  user chose a password before it was sent ──► cancelled
//
// A completed change makes every sent delivery of its user done, and cancels
// those that are issued or deferred: their passwords have ended. Whoever
// completes it with a mailed password has shown that its mail arrived, so that
// delivery counts as sent first, if its acceptance is not on record.
//
// A delivery that revokes is also held, in a run that sends, while its user has
// another one that is unfinished. It takes the place of that one when it is
// issued, and not before: until then the other one goes on.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryHeld       DeliveryState = "held"       // waits for approval, or behind another one; keeps nobody else out
	DeliveryQueued     DeliveryState = "queued"     // chosen, no password yet
	DeliveryIssued     DeliveryState = "issued"     // has a password, an attempt was begun
	DeliveryDeferred   DeliveryState = "deferred"   // waits for its next attempt
	DeliverySent       DeliveryState = "sent"       // accepted by the mail server
	DeliveryDone       DeliveryState = "done"       // its user has chosen a password
	DeliveryExpired    DeliveryState = "expired"    // nobody used it in time
	DeliverySuperseded DeliveryState = "superseded" // a later one, or a revocation, took its place, before it was sent or after
	DeliverySkipped    DeliveryState = "skipped"    // a check said no, before any password
	DeliveryFailed     DeliveryState = "failed"     // refused for good, or given up
	DeliveryCancelled  DeliveryState = "cancelled"
)

// Unfinished reports whether something is still to be done for the delivery.
// A user has at most one unfinished delivery (I10).
func (s DeliveryState) Unfinished() bool {
	return s == DeliveryQueued || s == DeliveryIssued || s == DeliveryDeferred
}

// Behind reports whether d is held only because its user has another delivery
// that is unfinished, whose place it takes when it is issued (I10).
func (d Delivery) Behind() bool {
	return d.State == DeliveryHeld && d.Reason == ReasonAlreadyBeing
}

// HasRevoked reports whether the chosen password has ended for d, and d is still to
// bring its user another one: it is their only way in.
func (d Delivery) HasRevoked() bool {
	begun := d.State == DeliveryIssued || d.State == DeliveryDeferred || d.State == DeliveryQueued && d.Reason == ReasonPaused
	return begun && d.OldPassword == RevokeAtOnce
}

// OldPassword is what happens to the chosen password.
type OldPassword string

// The settings for the old password.
const (
	// ReplaceWhenSent: it rests from the moment the mail is accepted, and is in
	// force again if the mailed password ends without a completed change.
	ReplaceWhenSent OldPassword = "replace"
	// KeepUntilChanged: it stays in force beside the mailed one.
	KeepUntilChanged OldPassword = "keep"
	// RevokeAtOnce: it ends, with all sessions, tokens and mailed passwords, in
	// the transaction that issues the new one, and does not come back.
	RevokeAtOnce OldPassword = "revoke"
)

// Valid reports whether o is one of the three settings.
func (o OldPassword) Valid() bool {
	return o == ReplaceWhenSent || o == KeepUntilChanged || o == RevokeAtOnce
}

// Delivery is one system user in one run: the new password on its way to them.
type Delivery struct {
	ID     string
	RunID  string
	UserID string // "" if Subject names no system user
	// Subject is the id or address that the event or the job named.
	Subject string
	// Number counts the deliveries of one user in one run from 1; each retry by
	// hand is a further one.
	Number int
	// Batch is the part of the run that it is sent with.
	Batch       int
	State       DeliveryState
	Reason      Reason
	OldPassword OldPassword
	AskedBy     Asker

	// What follows is set at ISSUE.

	Address         string // fixed at ISSUE: mail goes there
	Verifier        string // of the mailed password; "" when it has ended
	Sealed          []byte // the letter, sealed; erased when sent or ended
	Form            []byte // digest of the form that the letter is filled into
	PasswordVersion int64  // the user's, as read at ISSUE
	IssuedAt        time.Time
	ValidUntil      time.Time
	// Attempting: an attempt was begun and has no answer yet.
	Attempting bool
	// Doubtful: an earlier attempt ended without an answer, so its message may
	// have reached the mail server.
	Doubtful    bool
	Attempts    int // those charged to the recipient
	NextAttempt time.Time
	Claim       string    // who works on it
	ClaimUntil  time.Time // and until when
	ReplyCode   int       // of the last SMTP reply; 0 if there was none
	ReplyText   string
	AcceptedAt  time.Time
	// EndedAt is when the mailed password ended before its time.
	EndedAt time.Time
	// ChangedAt is when its user completed the change with it.
	ChangedAt time.Time
	// ReplacedBy is the id of the run whose delivery took the place of this one; ""
	// if none did.
	ReplacedBy string
	UpdatedAt  time.Time
}

// MaybeMailed reports whether the message may have reached the mail server: an
// attempt was begun and not definitely refused (I2).
func (d Delivery) MaybeMailed() bool {
	return d.Attempting || d.Doubtful || !d.AcceptedAt.IsZero()
}

// Live reports whether the mailed password logs in at that moment.
func (d Delivery) Live(now time.Time) bool {
	return d.Verifier != "" && d.MaybeMailed() && d.EndedAt.IsZero() && now.Before(d.ValidUntil)
}

// Rests reports whether the chosen password rests because of d.
func (d Delivery) Rests(now time.Time) bool {
	return d.OldPassword == ReplaceWhenSent && !d.AcceptedAt.IsZero() && d.Live(now)
}
