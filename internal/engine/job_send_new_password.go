package engine

import (
	"encoding/json"

	"rekey"
)

func init() {
	RegisterJobType(JobType{
		JobType: rekey.JobType{
			Name:        rekey.SendNewPassword,
			Label:       "Send New Password to System User (S)",
			Designation: rekey.SystemRelated,
			Description: "Sends an email with a new, randomly generated password to a system user, or to each system user that the event names.",
			Hints: []string{
				"The system user should log in at once and choose their own password. The mailed password opens only the page for that, and expires.",
				"Reaches system users only.",
				"API users are kept out unless the job says otherwise: API calls will fail due to incorrect credentials.",
				"The selection is calculated when the job runs, after the delay.",
			},
			Parameters: []rekey.Parameter{
				{Name: "system_user", Label: "System user", Description: "The one system user who receives a new password."},
				{Name: "use_event_parameter", Label: "Use event parameter", Description: "Sends a new password to the system users involved in the event."},
				{Name: "everybody_in_selection", Label: "Everybody in the selection", Description: "Sends a new password to all system users in the selection. Only for external events that name nobody."},
				{Name: "ceiling", Label: "Ceiling", Description: "How many people one run, and the automation in an hour, may reach: 1 to 10,000,000, by default 100; only a Manager or an Administrator can save more than 1,000. A run above the ceiling is held until somebody approves it."},
				{Name: "old_password", Label: "Old password", Description: "replace: stops working once the mail is sent, and returns if the new one expires unused. keep: works until its user has chosen a new one. revoke: stops working at once, together with sessions and tokens."},
				{Name: "include_api_users", Label: "Include API users", Description: "Off by default: API calls will fail due to incorrect credentials."},
				{Name: "waves", Label: "Waves", Description: "Sends a run in parts: first (a number of people, or a share such as 5%), then (people an hour), stop_at (the share of refused mails above which the run stops itself and waits for approval; 5% by default, at least 5 people). Whoever waits can get a password otherwise meanwhile."},
				{Name: "remind", Label: "Reminder", Description: "Sends one mail without a password to each person who has not used theirs after a share of its time, from 10% to 90%, such as 50%. By default nobody is reminded. Not for passwords that a person asked for themself or a stranger set off. It counts among the three mails a day."},
				{Name: "note", Label: "Note", Description: "A text for the recipients, at most 500 characters."},
			},
			Offered: true,
		},
		CheckParams: func(params json.RawMessage, event rekey.EventType) error {
			_, err := rekey.ParseSendParams(params, event)
			return err
		},
		SendParams: rekey.ParseSendParams,
		Plan:       planSend,
	})
}
