package client

import (
	"context"
	"net/url"
	"time"

	"rekey"
)

// Delivery is one system user in one run: the new password on its way to them.
type Delivery struct {
	ID          string    `json:"id" doc:"The id."`
	RunID       string    `json:"run_id" doc:"The run."`
	UserID      string    `json:"system_user_id,omitempty" doc:"The system user; absent if the subject is not a system user."`
	Subject     string    `json:"subject" doc:"The id or address that the event or the job named."`
	Number      int       `json:"number" doc:"Counts the deliveries of one system user in one run; each retry by hand adds one."`
	State       string    `json:"state" enum:"held,queued,issued,deferred,sent,done,expired,superseded,skipped,failed,cancelled,would_be_sent" doc:"Where it is. Would_be_sent is of a trial, and has no password."`
	Reason      string    `json:"reason,omitempty" doc:"Why it was skipped or ended, as a code."`
	ReasonText  string    `json:"reason_text,omitempty" doc:"The reason in words."`
	OldPassword string    `json:"old_password,omitempty" enum:"replace,keep,revoke" doc:"What happens to the old password; absent for a message, which has no password."`
	Address     string    `json:"address,omitempty" doc:"Where the mail goes."`
	IssuedAt    time.Time `json:"issued_at,omitzero" doc:"When the password was made, or the message was begun."`
	ValidUntil  time.Time `json:"valid_until,omitzero" doc:"When the mailed password expires."`
	Attempts    int       `json:"attempts" doc:"Attempts that count for the recipient."`
	NextAttempt time.Time `json:"next_attempt,omitzero" doc:"When it is tried again."`
	ReplyCode   int       `json:"reply_code,omitempty" doc:"Of the last SMTP reply."`
	ReplyText   string    `json:"reply_text,omitempty" doc:"Of the last SMTP reply."`
	AcceptedAt  time.Time `json:"accepted_at,omitzero" doc:"When the mail server accepted the message."`
	EndedAt     time.Time `json:"ended_at,omitzero" doc:"When the mailed password ended before its time."`
	ChangedAt   time.Time `json:"changed_at,omitzero" doc:"When its user chose a password with the mailed one."`
	InAt        time.Time `json:"in_at,omitzero" doc:"When its user first chose a password after this one was issued, with whichever password."`
	Standing    string    `json:"standing" enum:"in,not_yet,no_longer,none,on_the_way,skipped" doc:"How far its user is, if this is their last delivery of the run: in: they have chosen a password since. not_yet: the mailed one still works for that. no_longer: it has expired, or was replaced or revoked. none: no mail was accepted. on_the_way: it is not sent yet. skipped: a check kept them out."`
	// StandingText is the standing in words, with its reason.
	StandingText string `json:"standing_text,omitempty" doc:"The standing and its reason in words."`
	// ChangedThereAt is only in the answer about one delivery.
	ChangedThereAt time.Time `json:"changed_in_directory_at,omitzero" doc:"When somebody else changed the password in the user's directory, while the mailed one still opens the page. Lists leave it out."`
	OpenedAt       time.Time `json:"opened_at,omitzero" doc:"When the mailed password was first used to log in."`
	RemindedAt     time.Time `json:"reminded_at,omitzero" doc:"When its user was reminded that the mailed password waits for them. It is begun at most once."`
	Undone         string    `json:"undone,omitempty" enum:"ended,no_chosen,revoked,begun,directory,resting,not_allowed" doc:"What the undo of the run did with the mailed password: ended, or why it was kept. no_chosen: its user has never chosen one. revoked: their chosen one was revoked. begun: they have logged in with it to choose one. directory: their password in the directory may not work. resting: a later mail has replaced their chosen one. not_allowed: whoever undid the run may not set their password."`
	UndoneText     string    `json:"undone_text,omitempty" doc:"The same in words."`
	ReplacedBy     string    `json:"replaced_by,omitempty" doc:"The run whose delivery replaced this one, before or after it was sent."`
	UpdatedAt      time.Time `json:"updated_at" doc:"When it last changed."`
}

// DeliveryFilter narrows a list of deliveries.
type DeliveryFilter struct {
	Paging

	State  string
	UserID string
	// Standing lists the people of one run, each once, in place of State.
	Standing rekey.Standing
	// Undone lists those of one run with which its undo did this.
	Undone rekey.Undone
}

// Deliveries lists the deliveries of a run, or with "" those of all runs.
func (c *Client) Deliveries(ctx context.Context, runID string, filter DeliveryFilter) (Page[Delivery], error) {
	v := filter.values()
	set(v, "state", filter.State)
	set(v, "system_user_id", filter.UserID)
	set(v, "standing", string(filter.Standing))
	set(v, "undone", string(filter.Undone))
	if runID == "" {
		return page[Delivery](ctx, c, "/deliveries", v)
	}
	return page[Delivery](ctx, c, "/runs/"+url.PathEscape(runID)+"/deliveries", v)
}

// Delivery returns a delivery by id.
func (c *Client) Delivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.do(ctx, call{method: "GET", path: "/deliveries/" + url.PathEscape(id)}, &d)
	return d, err
}

// RetryDelivery makes another delivery for a failed one, with a new password.
func (c *Client) RetryDelivery(ctx context.Context, id string) (Delivery, error) {
	var d Delivery
	err := c.do(ctx, call{method: "POST", path: "/deliveries/" + url.PathEscape(id) + "/retry"}, &d)
	return d, err
}
