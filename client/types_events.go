package client

import (
	"encoding/json"
	"time"

	"rekey"
)

// CloudEvent is an event to be posted, in CloudEvents 1.0's structured mode.
type CloudEvent struct {
	SpecVersion     string          `json:"specversion"` // "1.0", also if it is ""
	ID              string          `json:"id"`          // names the event for ever, together with Source
	Source          string          `json:"source"`
	Type            string          `json:"type"`          // "external" with data.name, or the event's own name
	Time            time.Time       `json:"time,omitzero"` // zero means the time of receipt
	Subject         string          `json:"subject,omitempty"`
	DataContentType string          `json:"datacontenttype,omitempty"` // application/json, also if it is ""
	Data            json.RawMessage `json:"data,omitempty"`
}

// EventData returns data that names the system users involved, by address or
// id. name is the event's name where its type is "external", else "".
func EventData(name string, systemUsers ...string) json.RawMessage {
	data, err := json.Marshal(struct {
		Name        string   `json:"name,omitempty"`
		SystemUsers []string `json:"system_users,omitempty"`
	}{name, systemUsers})
	if err != nil {
		return nil // texts can always be marshalled
	}
	return data
}

// EventReceipt is the answer for one posted event.
type EventReceipt struct {
	ID       string `json:"id" doc:"The id that Rekey gave the event."`
	Source   string `json:"source" doc:"As it was sent."`
	SourceID string `json:"source_id" doc:"The id as it was sent."`
	Repeat   bool   `json:"repeat" doc:"Whether the same event was posted before; the id is that of the earlier one."`
}

// EventReceipts is the answer to posted events, in their order.
type EventReceipts struct {
	Events []EventReceipt `json:"events" nullable:"false" doc:"One for each event posted, in their order."`
}

// Event is one occurrence of an event type.
type Event struct {
	ID          string          `json:"id" doc:"The id that Rekey gave it."`
	Type        string          `json:"type" doc:"An entry of the catalogue."`
	Name        string          `json:"name,omitempty" doc:"Of an external event."`
	Source      string          `json:"source" doc:"Where it came from; rekey for events from inside."`
	SourceID    string          `json:"source_id" doc:"The id that the source gave it."`
	Time        time.Time       `json:"time" doc:"When it took place."`
	ReceivedAt  time.Time       `json:"received_at" doc:"When it came in."`
	SystemUsers []string        `json:"system_users" nullable:"false" doc:"Those involved, as they were named: addresses or ids. In a list, the first 10."`
	MoreUsers   int             `json:"more_system_users,omitempty" doc:"In a list: how many more system users are involved whom the caller may view."`
	Data        json.RawMessage `json:"data,omitempty" doc:"What came with it; left out in a list."`
	Hidden      int             `json:"hidden" doc:"How many more system users are involved whom the caller may not view; the data is then left out."`
	PostedBy    string          `json:"posted_by,omitempty" doc:"The id of the system user who posted it or asked for it."`
}

// Run is one execution of an automation for one event.
type Run struct {
	ID           string         `json:"id" doc:"The id."`
	AutomationID string         `json:"automation_id" doc:"The automation."`
	Automation   string         `json:"automation,omitempty" doc:"Its name; absent if it was deleted."`
	EventID      string         `json:"event_id" doc:"The event."`
	ActsFor      string         `json:"acts_for,omitempty" doc:"The system user with whose authority it acts, where that is not the automation's owner."`
	State        string         `json:"state" enum:"waiting,planning,sending,held,finished,cancelled,failed" doc:"Where it is."`
	Reason       string         `json:"reason,omitempty" doc:"Why it did not send, as a code."`
	ReasonText   string         `json:"reason_text,omitempty" doc:"Why it did not send, in words."`
	Detail       string         `json:"detail,omitempty" doc:"What exactly."`
	Sent         int            `json:"sent" doc:"How many mails a mail server has accepted, whatever became of them since."`
	Deliveries   map[string]int `json:"deliveries" doc:"How many deliveries there are, by state."`
	Tallies      []Tally        `json:"tallies" nullable:"false" doc:"How many deliveries there are, by state and reason."`
	Hidden       int            `json:"hidden" doc:"How many more deliveries there are to people whom the caller may not view."`
	Held         int            `json:"held,omitempty" doc:"How many people a run that waits for approval would reach; to approve it, name this number."`
	Candidates   int            `json:"candidates,omitempty" doc:"About how many people the run has to check."`
	Looked       int            `json:"looked,omitempty" doc:"How many of them it has checked."`
	ApprovedBy   string         `json:"approved_by,omitempty" doc:"The system user who approved it."`
	DueAt        time.Time      `json:"due_at" doc:"When it falls due."`
	CreatedAt    time.Time      `json:"created_at" doc:"When it was created."`
	StartedAt    time.Time      `json:"started_at,omitzero" doc:"When it executed."`
	FinishedAt   time.Time      `json:"finished_at,omitzero" doc:"When it ended."`
}

// Ended reports whether nothing more will happen in the run.
func (r Run) Ended() bool {
	return r.State == "finished" || r.State == "cancelled" || r.State == "failed"
}

// Approval names what is approved.
type Approval struct {
	Count int `json:"count" minimum:"1" doc:"How many people the run was shown to reach. If it would reach another number, nothing is approved."`
}

// HeldApproval names what is approved.
type HeldApproval struct {
	Count int       `json:"count" minimum:"1" doc:"How many people the runs were shown to reach in all. If it is another number, nothing is approved."`
	Until time.Time `json:"until,omitzero" doc:"Only runs that were held up to this moment, as it was read; absent means all that are held now."`
}

// HeldUntil narrows the runs that are held.
type HeldUntil struct {
	Until time.Time `json:"until,omitzero" doc:"Only runs that were held up to this moment, as it was read; absent means all that are held now."`
}

// Tally counts the deliveries of a run in a state, for a reason.
type Tally struct {
	State      string `json:"state" doc:"The state."`
	Reason     string `json:"reason,omitempty" doc:"The reason as a code."`
	ReasonText string `json:"reason_text,omitempty" doc:"The reason in words."`
	Count      int    `json:"count" doc:"How many."`
}

// Delivery is one system user in one run: the new password on its way to them.
type Delivery struct {
	ID          string    `json:"id" doc:"The id."`
	RunID       string    `json:"run_id" doc:"The run."`
	UserID      string    `json:"system_user_id,omitempty" doc:"The system user; absent if the subject is none."`
	Subject     string    `json:"subject" doc:"The id or address that the event or the job named."`
	Number      int       `json:"number" doc:"Counts the deliveries of one system user in one run; each retry by hand is a further one."`
	State       string    `json:"state" enum:"held,queued,issued,deferred,sent,done,expired,superseded,skipped,failed,cancelled" doc:"Where it is."`
	Reason      string    `json:"reason,omitempty" doc:"Why it was skipped or ended otherwise, as a code."`
	ReasonText  string    `json:"reason_text,omitempty" doc:"The reason in words."`
	OldPassword string    `json:"old_password" enum:"replace,keep,revoke" doc:"What happens to the old password."`
	Address     string    `json:"address,omitempty" doc:"Where the mail goes."`
	IssuedAt    time.Time `json:"issued_at,omitzero" doc:"When the password was made."`
	ValidUntil  time.Time `json:"valid_until,omitzero" doc:"When the mailed password expires."`
	Attempts    int       `json:"attempts" doc:"Attempts charged to the recipient."`
	NextAttempt time.Time `json:"next_attempt,omitzero" doc:"When it is tried again."`
	ReplyCode   int       `json:"reply_code,omitempty" doc:"Of the last SMTP reply."`
	ReplyText   string    `json:"reply_text,omitempty" doc:"Of the last SMTP reply."`
	AcceptedAt  time.Time `json:"accepted_at,omitzero" doc:"When the mail server accepted the message."`
	EndedAt     time.Time `json:"ended_at,omitzero" doc:"When the mailed password ended before its time."`
	ChangedAt   time.Time `json:"changed_at,omitzero" doc:"When its user chose a password with it."`
	ReplacedBy  string    `json:"replaced_by,omitempty" doc:"The run whose delivery replaced this one, before or after it was sent."`
	UpdatedAt   time.Time `json:"updated_at" doc:"When something last happened to it."`
}

// PasswordSent is the answer to sending a system user a new password now.
type PasswordSent struct {
	EventID  string          `json:"event_id" doc:"The event password.send_requested."`
	RunIDs   []string        `json:"run_ids" nullable:"false" doc:"The runs that it started."`
	Warnings []rekey.Warning `json:"warnings,omitempty" doc:"What is allowed but may be a mistake."`
}

// NewToken asks for a bearer token.
type NewToken struct {
	Name          string `json:"name" doc:"What it is for: 1 to 100 characters."`
	ExpiresInDays int    `json:"expires_in_days,omitempty" minimum:"1" maximum:"365" doc:"1 to 365; 90 if left out."`
}

// IssuedToken is a new token with its text, which is never shown again.
type IssuedToken struct {
	rekey.Token

	Text string `json:"token" doc:"Send it as Authorization: Bearer. It is shown this once." example:"rk_…"`
}

// PasswordChange chooses one's own password.
type PasswordChange struct {
	CurrentPassword string `json:"current_password" doc:"The chosen password, or the mailed one."`
	NewPassword     string `json:"new_password" doc:"The new password. If it breaks a rule, the answer is 422 and lists the rules."`
}

// Account says who is calling.
type Account struct {
	User User   `json:"system_user" doc:"The caller."`
	By   string `json:"authenticated_by" enum:"password,token" doc:"How the caller was recognised."`
}
