package client

import (
	"encoding/json"
	"time"

	"rekey"
)

// A noun that the API shows as it is, such as a delay, is a struct of the root
// package. A struct is here if its fields mean something else in the API, or if some
// must not leave the server.
//
// The tags besides json describe the fields in the OpenAPI document. The server
// sets readOnly fields and ignores them in requests, so that a client can change
// what it read and send it back.

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"What is on this page."`
	// NextCursor asks for the page that follows; "" on the last one.
	NextCursor string `json:"next_cursor,omitempty" doc:"Send it as cursor for the page that follows. Absent on the last page."`
}

// Expression is a condition that is not saved.
type Expression struct {
	Expression string `json:"expression" doc:"The condition in CEL over user and now." example:"user.domain == 'example.org'"`
}

// SelectionPreview says whom a condition selects now, among those whom the caller
// may view.
type SelectionPreview struct {
	Matched      int         `json:"matched" doc:"How many it selects."`
	NotMatched   int         `json:"not_matched" doc:"How many it does not select."`
	NotEvaluated int         `json:"not_evaluated" doc:"For how many it could not be evaluated; they are not selected."`
	Complete     bool        `json:"complete" doc:"False if the calculation ended before everybody was checked; the counts are of those who were."`
	Stopped      string      `json:"stopped,omitempty" doc:"Why it was ended."`
	In           []Recipient `json:"in" nullable:"false" doc:"The first of those selected."`
	Out          []Recipient `json:"out" nullable:"false" doc:"The first of those not selected, with the reason."`
}

// Fit says how well an event type and a job type go together.
type Fit struct {
	EventType string `json:"event_type,omitempty" doc:"The event type."`
	JobType   string `json:"job_type,omitempty" doc:"The job type."`
	Fit       string `json:"fit" enum:"recommended,usual,unusual,impossible" doc:"How well they go together. An unusual combination gives a warning, an impossible one is refused."`
}

// EventType is an entry in the catalogue of things that can happen.
type EventType struct {
	Name             string            `json:"name" doc:"Its name." example:"user.locked"`
	Label            string            `json:"label" doc:"Its name for people."`
	Designation      string            `json:"designation" enum:"S,C,S/C" doc:"What it is about: (S) system, (C) contact."`
	Description      string            `json:"description" doc:"When it happens."`
	Parameters       []rekey.Parameter `json:"parameters" nullable:"false" doc:"What narrows it; an empty one means any."`
	Postable         bool              `json:"postable" doc:"Whether it may be posted; all others come from inside."`
	SetOffByStranger bool              `json:"set_off_by_stranger" doc:"Whether somebody who is not logged in can make it happen; then only 'keep' is allowed for the old password."`
	Jobs             []Fit             `json:"jobs" nullable:"false" doc:"The job types, and how well they go with it."`
}

// JobType is an entry in the catalogue of things that can be done.
type JobType struct {
	Name        string            `json:"name" doc:"Its name." example:"send_new_password"`
	Label       string            `json:"label" doc:"Its name for people."`
	Designation string            `json:"designation" enum:"S,C,S/C" doc:"What it is about: (S) system, (C) contact."`
	Description string            `json:"description" doc:"What it does."`
	Hints       []string          `json:"hints" nullable:"false" doc:"What one should know before using it."`
	Parameters  []rekey.Parameter `json:"parameters" nullable:"false" doc:"What it can be told, in job_params."`
	Offered     bool              `json:"offered" doc:"Whether it can be used here."`
	NotOffered  string            `json:"not_offered,omitempty" doc:"Why it cannot."`
	Events      []Fit             `json:"events" nullable:"false" doc:"The event types, and how well they go with it."`
}

// Automation says which job an event starts, for whom, and when.
type Automation struct {
	ID          string            `json:"id,omitempty" required:"true" readOnly:"true" doc:"The id."`
	Name        string            `json:"name" doc:"1 to 100 characters, unique without regard to case."`
	Description string            `json:"description,omitempty" doc:"Up to 2,000 characters."`
	EventType   string            `json:"event_type" doc:"An entry of the catalogue." example:"user.locked"`
	EventFilter rekey.EventFilter `json:"event_filter,omitzero" doc:"Narrows the event type."`
	JobType     string            `json:"job_type" doc:"An entry of the catalogue." example:"send_new_password"`
	JobParams   json.RawMessage   `json:"job_params,omitempty" doc:"What the job is told; see SendNewPassword."`
	SelectionID string            `json:"selection_id,omitempty" doc:"Only those it selects. Left out it means All system users except API users; none means no selection."`
	Delay       rekey.Delay       `json:"delay,omitzero" doc:"Time between the event and the job. Absent means none."`
	TimeFrame   rekey.TimeFrame   `json:"time_frame,omitzero" doc:"When it is active. Absent means always."`
	TimeZone    string            `json:"time_zone,omitempty" doc:"IANA name; where days and weeks are counted. UTC if left out." example:"Europe/Berlin"`
	OwnerID     string            `json:"owner_id,omitempty" readOnly:"true" doc:"The system user with whose authority it acts; absent for the built-in ones."`
	Status      string            `json:"status,omitempty" required:"true" readOnly:"true" enum:"draft,active,scheduled,stopped,done,inactive" doc:"Change it with activate and deactivate. An active one is shown as scheduled before its time frame, as done after it, and as stopped while its owner is blocked: its runs are held then."`
	BuiltIn     string            `json:"built_in,omitempty" readOnly:"true" doc:"The purpose of a built-in automation, which cannot be deleted."`
	Warnings    []rekey.Warning   `json:"warnings,omitempty" readOnly:"true" doc:"In the answer to a write: what is allowed but may be a mistake."`
	Cancelled   int64             `json:"cancelled,omitempty" readOnly:"true" doc:"In the answer to deactivate: how many waiting runs it cancelled."`
	CreatedAt   time.Time         `json:"created_at,omitzero" required:"true" readOnly:"true" doc:"When it was created."`
	UpdatedAt   time.Time         `json:"updated_at,omitzero" required:"true" readOnly:"true" doc:"When it was last written."`
	UpdatedBy   string            `json:"updated_by,omitempty" readOnly:"true" doc:"The id of the system user who wrote it last; absent for Rekey itself."`
	Version     int64             `json:"version,omitempty" required:"true" readOnly:"true" doc:"Rises with every write; it is the ETag, too."`
}

// NoSelection as the id of a selection means none; left out it means the
// built-in one, All system users except API users.
const NoSelection = "none"

// Deleted is the answer to a request that deletes an automation or cancels runs.
type Deleted struct {
	Cancelled int64 `json:"cancelled" doc:"How many waiting runs were cancelled."`
}

// CopyRequest names a copy.
type CopyRequest struct {
	Name string `json:"name,omitempty" doc:"Left out, the name is made from the original's."`
}

// Transfer names the new owner.
type Transfer struct {
	Owner string `json:"owner" minLength:"1" maxLength:"254" doc:"The new owner, by id or address: active, an operator or higher, and not of a higher rank than the caller."`
}

// Owned is an automation or a selection that a system user owns.
type Owned struct {
	ID   string `json:"id" doc:"The id."`
	Name string `json:"name" doc:"The name."`
}

// Holdings lists what a system user owned and was handed on.
type Holdings struct {
	Automations []Owned `json:"automations" nullable:"false" doc:"The automations."`
	Selections  []Owned `json:"selections" nullable:"false" doc:"The selections."`
}

// Occurrence is the event that a preview of an automation supposes.
type Occurrence struct {
	Owner       string   `json:"owner,omitempty" maxLength:"254" doc:"Preview with the authority of this system user, by id or address, as if they owned the automation. Left out: its owner's."`
	SystemUsers []string `json:"system_users,omitempty" doc:"Addresses or ids of the system users involved." maxItems:"10000"`
}

// PreviewRequest asks what an automation that is not saved would do.
type PreviewRequest struct {
	Automation  Automation `json:"automation" doc:"The automation."`
	SystemUsers []string   `json:"system_users,omitempty" doc:"Addresses or ids of the system users involved in the event." maxItems:"10000"`
}

// AutomationPreview says who would get a new password if the event happened
// now, who would not, and why.
type AutomationPreview struct {
	Recipients []Recipient     `json:"recipients" nullable:"false" doc:"Whom the caller may view."`
	Counts     []Count         `json:"counts" nullable:"false" doc:"How many, by reason; the one without a reason would get a password."`
	Hidden     int             `json:"hidden" doc:"How many more there are whom the caller may not view."`
	Complete   bool            `json:"complete" doc:"False if not everybody whom it could reach was checked."`
	Warnings   []rekey.Warning `json:"warnings,omitempty" doc:"What is allowed but may be a mistake."`
	DueAt      time.Time       `json:"due_at,omitzero" doc:"When the run would fall due if the event happened now."`
}

// Recipient is one system user in a preview.
type Recipient struct {
	UserID     string `json:"system_user_id,omitempty" doc:"The id; absent if the subject is no system user."`
	Subject    string `json:"subject,omitempty" doc:"What the event or the job named, as it named it."`
	Address    string `json:"address,omitempty" doc:"The email address."`
	Name       string `json:"name,omitempty" doc:"First and last name."`
	Gets       bool   `json:"gets" doc:"Whether they are selected, or would get a new password."`
	Reason     string `json:"reason,omitempty" doc:"Why not, as a code."`
	ReasonText string `json:"reason_text,omitempty" doc:"Why not, in words."`
	Detail     string `json:"detail,omitempty" doc:"What exactly."`
}

// Count is how many there are for one reason.
type Count struct {
	Reason     string `json:"reason,omitempty" doc:"As a code; absent for those who would get a password."`
	ReasonText string `json:"reason_text,omitempty" doc:"In words."`
	Count      int    `json:"count" doc:"How many."`
}
