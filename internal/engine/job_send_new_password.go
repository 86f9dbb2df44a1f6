package engine

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"rekey"
)

// MaxNote is the longest note to the recipients, in characters.
const MaxNote = 500

// SendParams are the parameters of Send New Password to System User (S).
type SendParams struct {
	// SystemUser is the id of the one system user who receives a new password.
	// Exactly one of it and UseEventParameter is set (R8).
	SystemUser string `json:"system_user,omitempty"`
	// UseEventParameter sends to the system users involved in the event.
	UseEventParameter bool `json:"use_event_parameter,omitempty"`
	// OldPassword is what happens to the chosen password. Default: replace.
	OldPassword rekey.OldPassword `json:"old_password,omitempty"`
	// IncludeAPIUsers lifts the guard that keeps API users out (R4).
	IncludeAPIUsers bool `json:"include_api_users,omitempty"`
	// Note to the recipients, plain text.
	Note string `json:"note,omitempty"`
}

func init() {
	RegisterJobType(JobType{
		JobType: rekey.JobType{
			Name:        rekey.SendNewPassword,
			Label:       "Send New Password to System User (S)",
			Designation: rekey.SystemRelated,
			Description: "Sends an email with a new, randomly generated password to a system user, or to each system user whom the event names.",
			Hints: []string{
				"The system user should log in at once and choose a password of their own. The mailed one opens only the page where they do so, and expires.",
				"Reaches system users only.",
				"API users are kept out unless the job says otherwise: API calls will fail due to incorrect credentials.",
				"Who is in the selection is decided when the job runs, after the delay.",
			},
			Parameters: []rekey.Parameter{
				{Name: "system_user", Label: "System user", Description: "The one system user who receives a new password."},
				{Name: "use_event_parameter", Label: "Use event parameter", Description: "Sends a new password to the system users involved in the event."},
				{Name: "old_password", Label: "Old password", Description: "replace: rests as soon as the mail is accepted, and is in force again if the new one expires unused. keep: works until its owner has chosen a new one. revoke: ends at once, with sessions and tokens."},
				{Name: "include_api_users", Label: "Include API users", Description: "Off by default: API calls will fail due to incorrect credentials."},
				{Name: "note", Label: "Note", Description: "A text for the recipients, at most 500 characters."},
			},
			Offered: true,
		},
		CheckParams: func(params json.RawMessage, event rekey.EventType) error {
			_, err := ParseSendParams(params, event)
			return err
		},
		Plan: planSend,
	})
}

// ParseSendParams reads and checks the parameters for events of a type.
func ParseSendParams(params json.RawMessage, event rekey.EventType) (SendParams, error) {
	p := SendParams{OldPassword: rekey.ReplaceWhenSent}
	if err := decodeParams(params, &p); err != nil {
		return p, err
	}
	var problems rekey.Problems
	switch {
	case p.SystemUser == "" && !p.UseEventParameter:
		problems.Add("job_params.system_user", "Choose one system user, or tick Use Event Parameter.")
	case p.SystemUser != "" && p.UseEventParameter:
		problems.Add("job_params.system_user", "Choose either one system user or Use Event Parameter, not both.")
	}
	if !p.OldPassword.Valid() {
		problems.Add("job_params.old_password", "Choose replace, keep or revoke.")
	} else if event.SetOffByStranger && p.OldPassword != rekey.KeepUntilChanged {
		problems.Add("job_params.old_password", "A stranger can set this event off, so only keep is allowed.")
	}
	plain := strings.NewReplacer("\n", "", "\t", "").Replace(p.Note)
	if utf8.RuneCountInString(p.Note) > MaxNote {
		problems.Add("job_params.note", "A note has at most 500 characters.")
	} else if !rekey.Printable(plain) {
		problems.Add("job_params.note", "A note has no control characters.")
	}
	return p, problems.Err()
}

// sendParamsOf are the parameters of an automation that sends passwords; any
// other has nobody to preview or to try again.
func sendParamsOf(a rekey.Automation, event rekey.EventType) (SendParams, error) {
	if a.JobType != rekey.SendNewPassword {
		return SendParams{}, rekey.NewError(rekey.CodeConflict, "The job of this automation sends nobody a password.")
	}
	return ParseSendParams(a.JobParams, event)
}

// planSend decides who gets a new password, and who does not and why.
func planSend(ctx context.Context, e *Engine, x Execution) (Plan, error) {
	p, err := ParseSendParams(x.Automation.JobParams, x.EventType)
	if err != nil {
		return Plan{}, err
	}
	subjects := x.Event.Users
	if p.SystemUser != "" {
		subjects = []string{p.SystemUser}
	}
	decisions, err := e.decide(ctx, x, p, subjects)
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	for _, decision := range decisions {
		d := rekey.Delivery{
			UserID:      decision.User.ID,
			Subject:     decision.Subject,
			State:       rekey.DeliveryQueued,
			Reason:      decision.Reason,
			OldPassword: p.OldPassword,
		}
		if d.Reason != "" {
			d.State = rekey.DeliverySkipped
		}
		plan.Deliveries = append(plan.Deliveries, d)
	}
	return plan, nil
}
