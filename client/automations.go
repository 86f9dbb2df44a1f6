package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"rekey"
)

// Automation says which job an event starts, for whom, and when.
type Automation struct {
	ID          string            `json:"id,omitempty" required:"true" readOnly:"true" doc:"The id."`
	Name        string            `json:"name" doc:"1 to 100 characters, unique without regard to case."`
	Description string            `json:"description,omitempty" doc:"Up to 2,000 characters."`
	EventType   string            `json:"event_type" doc:"An entry of the catalogue." example:"user.locked"`
	EventFilter rekey.EventFilter `json:"event_filter,omitzero" doc:"Narrows the event type."`
	JobType     string            `json:"job_type" doc:"An entry of the catalogue." example:"send_new_password"`
	JobParams   json.RawMessage   `json:"job_params,omitempty" doc:"The settings of the job; see SendNewPassword."`
	SelectionID string            `json:"selection_id,omitempty" doc:"The selection that limits the recipients. Left out means All system users except API users; none means no selection."`
	Delay       rekey.Delay       `json:"delay,omitzero" doc:"Time between the event and the job. Absent means none."`
	TimeFrame   rekey.TimeFrame   `json:"time_frame,omitzero" doc:"When it is active. Absent means always."`
	TimeZone    string            `json:"time_zone,omitempty" doc:"IANA name of the time zone in which days and weeks are counted. UTC if left out." example:"Europe/Berlin"`
	OwnerID     string            `json:"owner_id,omitempty" readOnly:"true" doc:"The system user with whose authority it acts; absent for the built-in ones."`
	Status      string            `json:"status,omitempty" required:"true" readOnly:"true" enum:"draft,active,trial,scheduled,stopped,done,inactive" doc:"Change it with activate, trial and deactivate. In trial, events start runs that send nothing. An active automation is shown as scheduled before its time frame, as done after it, and as stopped while its owner is blocked (its runs are then held)."`
	NextAt      time.Time         `json:"next_at,omitzero" readOnly:"true" doc:"The next moment of its schedule, while it is active."`
	BuiltIn     string            `json:"built_in,omitempty" readOnly:"true" doc:"The purpose of a built-in automation, which cannot be deleted."`
	Warnings    []rekey.Warning   `json:"warnings,omitempty" readOnly:"true" doc:"In the answer to a write: what is allowed but may be a mistake."`
	Cancelled   int64             `json:"cancelled,omitempty" readOnly:"true" doc:"In the answer to deactivate: how many waiting runs it cancelled."`
	CreatedAt   time.Time         `json:"created_at,omitzero" required:"true" readOnly:"true" doc:"When it was created."`
	UpdatedAt   time.Time         `json:"updated_at,omitzero" required:"true" readOnly:"true" doc:"When it was last written."`
	UpdatedBy   string            `json:"updated_by,omitempty" readOnly:"true" doc:"The id of the system user who wrote it last; absent for Rekey itself."`
	Version     int64             `json:"version,omitempty" required:"true" readOnly:"true" doc:"Increases with every write; also the ETag."`
}

// NoSelection as the id of a selection means none; left out it means the
// built-in one, All system users except API users.
const NoSelection = "none"

// Trial says what an automation would have done: its trials since its last run that was
// none.
type Trial struct {
	Runs       int       `json:"runs" doc:"How many trials there are."`
	Complete   bool      `json:"complete" doc:"False if there are older trials, which are not counted."`
	Open       int       `json:"open" doc:"How many of them have not ended."`
	Held       int       `json:"held" doc:"How many would wait for approval, because they would reach more people than the ceiling allows."`
	HeldPeople int       `json:"held_people" doc:"How many people those would reach in all; a person in several counts for each."`
	Stopped    int       `json:"stopped" doc:"How many would reach nobody, because they were cancelled, have failed, or the owner was blocked."`
	Tallies    []Tally   `json:"tallies" nullable:"false" doc:"How many deliveries the others have, by state and reason; would_be_sent would have been sent."`
	Hidden     int       `json:"hidden" doc:"How many deliveries there are to people that the caller may not view."`
	First      time.Time `json:"first,omitzero" doc:"When the first trial began."`
	Last       time.Time `json:"last,omitzero" doc:"When the last trial began."`
}

// Deleted is the answer to a request that deletes an automation or cancels runs.
type Deleted struct {
	Cancelled int64 `json:"cancelled" doc:"How many waiting runs were cancelled."`
}

// CopyRequest names a copy.
type CopyRequest struct {
	Name string `json:"name,omitempty" doc:"If left out, the name is made from the name of the original."`
}

// Transfer names the new owner.
type Transfer struct {
	Owner string `json:"owner" minLength:"1" maxLength:"254" doc:"The new owner, by id or address: an active Operator, Manager or Administrator, not of a higher rank than the caller."`
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

// BacktestRequest says what to replay.
type BacktestRequest struct {
	Days int `json:"days,omitempty" minimum:"1" maximum:"400" doc:"How many days back. Left out: 90."`
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
	Recipients []Recipient     `json:"recipients" nullable:"false" doc:"Those that the caller may view."`
	Counts     []Count         `json:"counts" nullable:"false" doc:"How many, by reason; the count without a reason is of those who would get a password."`
	Hidden     int             `json:"hidden" doc:"How many more recipients there are that the caller may not view."`
	Ceiling    int             `json:"ceiling,omitempty" doc:"How many people the automation may reach in an hour without approval; absent for any number."`
	Held       string          `json:"held,omitempty" doc:"Why the run would be held for approval, in numbers; absent if it would not. Only those that the caller may view count." example:"19 people, ceiling 10"`
	Complete   bool            `json:"complete" doc:"False if not all possible recipients were checked."`
	Warnings   []rekey.Warning `json:"warnings,omitempty" doc:"What is allowed but may be a mistake."`
	DueAt      time.Time       `json:"due_at,omitzero" doc:"When the run would be due if the event happened now."`
}

// Recipient is one system user in a preview.
type Recipient struct {
	UserID     string `json:"system_user_id,omitempty" doc:"The id; absent if the subject is not a system user."`
	Subject    string `json:"subject,omitempty" doc:"The id or address as the event or the job gave it."`
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

// AutomationFilter narrows a list of automations.
type AutomationFilter struct {
	Paging

	Search      string // part of the name
	Status      string // as it is shown
	EventType   string
	OwnerID     string
	SelectionID string
}

// Automations lists automations in the order of their creation.
func (c *Client) Automations(ctx context.Context, filter AutomationFilter) (Page[Automation], error) {
	v := filter.values()
	set(v, "search", filter.Search)
	set(v, "status", filter.Status)
	set(v, "event_type", filter.EventType)
	set(v, "owner_id", filter.OwnerID)
	set(v, "selection_id", filter.SelectionID)
	return page[Automation](ctx, c, "/automations", v)
}

// Automation returns an automation by id.
func (c *Client) Automation(ctx context.Context, id string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "GET", path: "/automations/" + url.PathEscape(id)}, &a)
	return a, err
}

// CreateAutomation saves a new automation as a draft.
func (c *Client) CreateAutomation(ctx context.Context, a Automation) (Automation, error) {
	var saved Automation
	err := c.do(ctx, call{method: "POST", path: "/automations", body: a}, &saved)
	return saved, err
}

// UpdateAutomation saves an automation, on condition that a.Version is still
// the stored one; otherwise the problem has status 412.
func (c *Client) UpdateAutomation(ctx context.Context, a Automation) (Automation, error) {
	var saved Automation
	err := c.do(ctx, call{method: "PUT", path: "/automations/" + url.PathEscape(a.ID), body: a, version: a.Version}, &saved)
	return saved, err
}

// DeleteAutomation deletes an automation of that version.
func (c *Client) DeleteAutomation(ctx context.Context, id string, version int64) (Deleted, error) {
	var d Deleted
	err := c.do(ctx, call{method: "DELETE", path: "/automations/" + url.PathEscape(id), version: version}, &d)
	return d, err
}

// ActivateAutomation lets events start runs. version is the one that was read; 0
// means any.
func (c *Client) ActivateAutomation(ctx context.Context, id string, version int64) (Automation, error) {
	return c.automationVerb(ctx, id, "activate", version)
}

// TryAutomation puts an automation in trial: events start runs that send nothing. version
// is the one that was read; 0 means any.
func (c *Client) TryAutomation(ctx context.Context, id string, version int64) (Automation, error) {
	return c.automationVerb(ctx, id, "trial", version)
}

// Trial says what an automation would have done since its last run that was no trial.
func (c *Client) Trial(ctx context.Context, id string) (Trial, error) {
	var t Trial
	err := c.do(ctx, call{method: "GET", path: "/automations/" + url.PathEscape(id) + "/trial"}, &t)
	return t, err
}

// Backtest says what an automation would have done with the events of the last days, from 1
// to 400.
func (c *Client) Backtest(ctx context.Context, id string, days int) (rekey.Backtest, error) {
	var b rekey.Backtest
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/backtest", body: BacktestRequest{Days: days}}, &b)
	return b, err
}

// DeactivateAutomation stops events from starting runs. version is the one that was
// read; 0 means any.
func (c *Client) DeactivateAutomation(ctx context.Context, id string, version int64) (Automation, error) {
	return c.automationVerb(ctx, id, "deactivate", version)
}

// CopyAutomation makes a draft with the same settings. If name is "", a name is
// made from the original's.
func (c *Client) CopyAutomation(ctx context.Context, id, name string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/copy", body: CopyRequest{name}}, &a)
	return a, err
}

func (c *Client) automationVerb(ctx context.Context, id, verb string, version int64) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/" + verb, version: version}, &a)
	return a, err
}

// PreviewAutomation returns who would get a new password if the event happened now
// and involved these system users, by address or id.
func (c *Client) PreviewAutomation(ctx context.Context, id string, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/preview",
		body: Occurrence{SystemUsers: systemUsers}, safe: true}, &p)
	return p, err
}

// PreviewTransfer is PreviewAutomation with another owner, by address or id.
func (c *Client) PreviewTransfer(ctx context.Context, id, owner string, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/preview",
		body: Occurrence{Owner: owner, SystemUsers: systemUsers}, safe: true}, &p)
	return p, err
}

// TransferAutomation gives an automation another owner, by address or id. version
// is the one that was read; 0 means any.
func (c *Client) TransferAutomation(ctx context.Context, id string, version int64, owner string) (Automation, error) {
	var a Automation
	err := c.do(ctx, call{method: "POST", path: "/automations/" + url.PathEscape(id) + "/transfer", body: Transfer{owner}, version: version}, &a)
	return a, err
}

// PreviewDraft is PreviewAutomation for an automation that is not saved.
func (c *Client) PreviewDraft(ctx context.Context, a Automation, systemUsers ...string) (AutomationPreview, error) {
	var p AutomationPreview
	err := c.do(ctx, call{method: "POST", path: "/automations/preview", body: PreviewRequest{a, systemUsers}, safe: true}, &p)
	return p, err
}
