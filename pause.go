package rekey

import (
	"strings"
	"time"
	"unicode/utf8"
)

// MaxPauseReason is the longest reason of a pause, in characters.
const MaxPauseReason = 200

// Pause stops all sending: while it lasts, no node executes a run or begins a mail.
// Events are still taken, and people can still choose passwords. The zero value
// means no pause.
type Pause struct {
	// At is when the pause began.
	At time.Time
	// ByID is the id of the Administrator who paused; "" for a command on the
	// server's machine. By is their name or address at that time, or the name of
	// the command.
	ByID, By string
	Reason   string // for people; may be ""
}

// On reports whether there is a pause.
func (p Pause) On() bool { return !p.At.IsZero() }

// Validate reports what is wrong with the reason.
//
// Errors: CodeInvalid, naming the field reason.
func (p Pause) Validate() error {
	switch {
	case utf8.RuneCountInString(p.Reason) > MaxPauseReason:
		return Invalid("reason", "A reason has at most 200 characters.")
	case !utf8.ValidString(p.Reason) || strings.ContainsFunc(p.Reason, unprintable):
		return Invalid("reason", "A reason must not contain line breaks or control characters.")
	}
	return nil
}

// Resumed counts what Resume did with the deliveries and runs that waited.
type Resumed struct {
	Requeued  int `json:"requeued" doc:"Deliveries that were certainly never mailed: each gets a new password and a new validity."`
	Followed  int `json:"followed" doc:"Deliveries that may have been mailed and whose time for attempts is over: each gets one more attempt."`
	Cancelled int `json:"cancelled" doc:"Requests by 'Forgot your password?' of more than 4 hours ago, which were cancelled."`
}
