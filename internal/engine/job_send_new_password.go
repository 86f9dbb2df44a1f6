package engine

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"rekey"
)

// Limits of the parameters.
const (
	// MaxNote is the longest note to the recipients, in characters.
	MaxNote = 500
	// DefaultCeiling is how many people are reached without approval where the
	// parameters do not say, and MaxCeiling is the most that they may say.
	DefaultCeiling = 100
	MaxCeiling     = 10_000_000
)

// SendParams are the parameters of Send New Password to System User (S).
type SendParams struct {
	// SystemUser is the id of the one system user who receives a new password.
	// Exactly one of it and the next two is set (R8).
	SystemUser string `json:"system_user,omitempty"`
	// UseEventParameter sends to the system users involved in the event.
	UseEventParameter bool `json:"use_event_parameter,omitempty"`
	// EverybodyInSelection sends to all system users in the automation's
	// selection. It is only for an event that names nobody.
	EverybodyInSelection bool `json:"everybody_in_selection,omitempty"`
	// Ceiling is how many people one run, and the runs of the automation in an
	// hour, may reach: 1 to 10,000,000, default 100. A run above it is held until
	// somebody approves it. It does not hold what people have asked for.
	Ceiling int `json:"ceiling,omitempty"`
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
				{Name: "everybody_in_selection", Label: "Everybody in the selection", Description: "Sends a new password to all system users in the selection. Only for external events that name nobody."},
				{Name: "ceiling", Label: "Ceiling", Description: "How many people one run, and the automation in an hour, may reach: 1 to 10,000,000, by default 100; above 1,000 it takes a Manager to save it. A run above it is held until somebody approves it."},
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
	p := SendParams{OldPassword: rekey.ReplaceWhenSent, Ceiling: DefaultCeiling}
	if err := decodeParams(params, &p); err != nil {
		return p, err
	}
	var problems rekey.Problems
	p.checkTarget(&problems, event)
	if p.Ceiling < 1 || p.Ceiling > MaxCeiling {
		problems.Add("job_params.ceiling", "Give a number of people from 1 to 10,000,000.")
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

// checkTarget checks that there is exactly one target, and that events of the
// type have it.
func (p SendParams) checkTarget(problems *rekey.Problems, event rekey.EventType) {
	targets := 0
	for _, set := range []bool{p.SystemUser != "", p.UseEventParameter, p.EverybodyInSelection} {
		if set {
			targets++
		}
	}
	switch {
	case targets == 0:
		problems.Add("job_params.system_user", "Choose one system user, or tick Use Event Parameter.")
	case targets > 1:
		problems.Add("job_params.system_user", "Choose one of these: a system user, Use Event Parameter, or everybody in the selection.")
	case p.EverybodyInSelection && event.Name != "" && !event.External:
		problems.Add("job_params.everybody_in_selection", "Everybody in the selection is only for an event that names nobody, and this one always names a system user.")
	}
}

// sendParamsOf are the parameters of an automation that sends passwords; any
// other has nobody to preview or to try again.
func sendParamsOf(a rekey.Automation, event rekey.EventType) (SendParams, error) {
	if a.JobType != rekey.SendNewPassword {
		return SendParams{}, rekey.NewError(rekey.CodeConflict, "The job of this automation sends nobody a password.")
	}
	return ParseSendParams(a.JobParams, event)
}
