package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"rekey"
)

// Run is one execution of an automation for one event.
type Run struct {
	ID           string `json:"id" doc:"The id."`
	AutomationID string `json:"automation_id" doc:"The automation."`
	Automation   string `json:"automation,omitempty" doc:"Its name; absent if it was deleted."`
	EventID      string `json:"event_id" doc:"The event."`
	AgainOf      string `json:"again_of,omitempty" doc:"The run to whose people it sends again; absent for other runs."`
	ActsFor      string `json:"acts_for,omitempty" doc:"The system user with whose authority it acts, if that is not the automation's owner."`
	JobType      string `json:"job_type,omitempty" doc:"The job; absent if the run was made by a version with one job only."`
	State        string `json:"state" enum:"waiting,planning,sending,held,finished,cancelled,failed" doc:"Where it is."`
	Reason       string `json:"reason,omitempty" doc:"Why it did not send, as a code."`
	ReasonText   string `json:"reason_text,omitempty" doc:"Why it did not send, in words."`
	Detail       string `json:"detail,omitempty" doc:"What exactly."`
	Sent         int    `json:"sent" doc:"How many mails a mail server has accepted, whatever happened to them later."`
	// People counts each person of the run once, by how far they are.
	People     rekey.InCounts `json:"people" doc:"How many people of the run are in, and how many are not. Each counts once, in their last delivery of the run; a retry that was skipped does not count."`
	Deliveries map[string]int `json:"deliveries" doc:"How many deliveries there are, by state."`
	Tallies    []Tally        `json:"tallies" nullable:"false" doc:"How many deliveries there are, by state and reason."`
	Hidden     int            `json:"hidden" doc:"How many more deliveries there are to people that the caller may not view."`
	Held       int            `json:"held,omitempty" doc:"How many people a run that waits for approval would reach; send this number to approve it."`
	Waiting    int            `json:"waiting,omitempty" doc:"How many people wait for their wave."`
	Wave       int            `json:"wave,omitempty" doc:"The number of the next wave, or of the wave in which the run was stopped; absent if none is to come, and in lists."`
	NextWaveAt time.Time      `json:"next_wave_at,omitzero" doc:"When the next wave begins; absent if none is to come, or if the run was stopped."`
	Candidates int            `json:"candidates,omitempty" doc:"About how many people the run has to check."`
	Looked     int            `json:"looked,omitempty" doc:"How many people the run has checked."`
	ApprovedBy string         `json:"approved_by,omitempty" doc:"The system user who approved it."`
	UndoneAt   time.Time      `json:"undone_at,omitzero" doc:"When a person undid it; absent if nobody did."`
	UndoneBy   string         `json:"undone_by,omitempty" doc:"The system user who undid it."`
	Undoing    bool           `json:"undoing,omitempty" doc:"The undo has not looked at everybody yet."`
	// UndoneEnded and UndoneKept count people.
	UndoneEnded int       `json:"undone_ended,omitempty" doc:"How many people's mailed password the undo has ended."`
	UndoneKept  int       `json:"undone_kept,omitempty" doc:"How many people kept theirs, because they may need it to get in."`
	Trial       bool      `json:"trial,omitempty" doc:"It is a trial, because its automation was in trial: it sends nothing. Only what had a password before goes on."`
	DueAt       time.Time `json:"due_at" doc:"When it falls due."`
	CreatedAt   time.Time `json:"created_at" doc:"When it was created."`
	StartedAt   time.Time `json:"started_at,omitzero" doc:"When it executed."`
	FinishedAt  time.Time `json:"finished_at,omitzero" doc:"When it ended."`
}

// Ended reports whether nothing more will happen in the run.
func (r Run) Ended() bool {
	return r.State == "finished" || r.State == "cancelled" || r.State == "failed"
}

// Approval names what is approved.
type Approval struct {
	Count int `json:"count" minimum:"1" doc:"The number of people that you saw. If the run would reach another number, nothing is approved."`
}

// Again says what the caller has seen.
type Again struct {
	Last *string `json:"last,omitempty" doc:"The id of the event that sent again to the people of this run last, as you know it, or an empty text if there was none. If it was sent again since, the answer is that, and nothing more is sent. If left out, it is sent in any case."`
}

// HeldApproval names what is approved.
type HeldApproval struct {
	Count int       `json:"count" minimum:"1" doc:"The number of people in all that you saw. If the runs would reach another number, nothing is approved."`
	Until time.Time `json:"until,omitzero" doc:"Only runs that were held up to this moment, as you read it; absent means all that are held now."`
}

// UnmarshalJSON implements json.Unmarshaler. It reads the time as rekey.ParseTime does.
func (h *HeldApproval) UnmarshalJSON(text []byte) error {
	var read struct {
		Count int          `json:"count"`
		Until rekey.Moment `json:"until"`
	}
	err := json.Unmarshal(text, &read)
	*h = HeldApproval{read.Count, time.Time(read.Until)}
	return err
}

// HeldUntil narrows the runs that are held.
type HeldUntil struct {
	Until time.Time `json:"until,omitzero" doc:"Only runs that were held up to this moment, as you read it; absent means all that are held now."`
}

// UnmarshalJSON implements json.Unmarshaler. It reads the time as rekey.ParseTime does.
func (h *HeldUntil) UnmarshalJSON(text []byte) error {
	var read struct {
		Until rekey.Moment `json:"until"`
	}
	err := json.Unmarshal(text, &read)
	*h = HeldUntil{time.Time(read.Until)}
	return err
}

// Tally counts the deliveries of a run in a state, for a reason.
type Tally struct {
	State      string `json:"state" doc:"The state."`
	Reason     string `json:"reason,omitempty" doc:"The reason as a code."`
	ReasonText string `json:"reason_text,omitempty" doc:"The reason in words."`
	Count      int    `json:"count" doc:"How many."`
}

// RunFilter narrows a list of runs.
type RunFilter struct {
	Paging

	AutomationID string
	EventID      string
	State        string
	Trial        string // "only" or "none"
}

// Runs lists runs from the latest on.
func (c *Client) Runs(ctx context.Context, filter RunFilter) (Page[Run], error) {
	v := filter.values()
	set(v, "automation_id", filter.AutomationID)
	set(v, "event_id", filter.EventID)
	set(v, "state", filter.State)
	set(v, "trial", filter.Trial)
	return page[Run](ctx, c, "/runs", v)
}

// Run returns a run by id.
func (c *Client) Run(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "GET", path: "/runs/" + url.PathEscape(id)}, &r)
	return r, err
}

// CancelRun ends a run: people without a password from this run get none.
func (c *Client) CancelRun(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/cancel"}, &r)
	return r, err
}

// PreviewUndo returns what UndoRun would do now.
func (c *Client) PreviewUndo(ctx context.Context, id string) (rekey.UndoPreview, error) {
	var p rekey.UndoPreview
	err := c.do(ctx, call{method: "GET", path: "/runs/" + url.PathEscape(id) + "/undo"}, &p)
	return p, err
}

// UndoRun cancels what a run has not sent, and ends the passwords that it mailed, except
// where people may need theirs to get in.
func (c *Client) UndoRun(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/undo"}, &r)
	return r, err
}

// SendAgain sends a new password to the people of a run who are not in, with the
// authority of the caller. Their old passwords are kept.
func (c *Client) SendAgain(ctx context.Context, id string, last *string) (PasswordSent, error) {
	var sent PasswordSent
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/send-again", body: Again{last}}, &sent)
	return sent, err
}

// StopRun stops a run in waves: whoever has no password yet waits until somebody approves
// the run.
func (c *Client) StopRun(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/stop"}, &r)
	return r, err
}

// SendRest sends to everybody who waits for their wave in a run, now.
func (c *Client) SendRest(ctx context.Context, id string) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/send-rest"}, &r)
	return r, err
}

// ApproveRun approves a held run, on condition that it would reach count people.
func (c *Client) ApproveRun(ctx context.Context, id string, count int) (Run, error) {
	var r Run
	err := c.do(ctx, call{method: "POST", path: "/runs/" + url.PathEscape(id) + "/approve", body: Approval{Count: count}}, &r)
	return r, err
}

// HeldRuns counts the runs of an automation that are held.
func (c *Client) HeldRuns(ctx context.Context, automationID string) (rekey.HeldRuns, error) {
	var h rekey.HeldRuns
	err := c.do(ctx, call{method: "GET", path: heldPath(automationID)}, &h)
	return h, err
}

// ApproveHeldRuns releases the runs that HeldRuns counted. If they would reach
// another number of people now, the problem has status 409.
func (c *Client) ApproveHeldRuns(ctx context.Context, automationID string, seen rekey.HeldRuns) (rekey.HeldRuns, error) {
	var h rekey.HeldRuns
	err := c.do(ctx, call{method: "POST", path: heldPath(automationID) + "/approve", body: HeldApproval{Count: seen.People, Until: seen.Until}}, &h)
	return h, err
}

// CancelHeldRuns cancels the held runs of an automation that HeldRuns counted.
func (c *Client) CancelHeldRuns(ctx context.Context, automationID string, seen rekey.HeldRuns) (Deleted, error) {
	var d Deleted
	err := c.do(ctx, call{method: "POST", path: heldPath(automationID) + "/cancel", body: HeldUntil{seen.Until}}, &d)
	return d, err
}

func heldPath(automationID string) string {
	return "/automations/" + url.PathEscape(automationID) + "/held"
}
