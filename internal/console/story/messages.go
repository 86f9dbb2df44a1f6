package story

import (
	"rekey"
	"rekey/internal/console/view"
)

// messages are the pages about messages without a password.
func messages() []Story {
	edited := editor("job")
	edited.Job, edited.Messages = jobStep(), true
	edited.Job.Job.Options = []view.Option{
		{Value: "notify_address", Label: "Notify Address (S/C)", Chosen: true}, {Value: "send_new_password", Label: "Send New Password to System User (S)"},
	}
	edited.Job.Message = []view.Field{
		{Name: "job_params.recipients", Label: "Recipients", Kind: "textarea", Rows: 3, Value: "security-desk@example.org\n" + longWord + "@example.net", Suggest: "/users/suggest",
			Hint:   "One per line, at most 20: system users, or addresses in a domain that the settings list (notify_domains).",
			Errors: []string{"'" + longWord + "@example.net' is neither a system user nor an address in example.org."}},
		{Name: "job_params.subject", Label: "Subject", Value: "{event}: {count}", Hint: "It may have the placeholders {event}, {time}, {automation} and {count}."},
		{Name: "job_params.text", Label: "Message", Kind: "textarea", Rows: 8, Counted: true, Max: rekey.MaxMessage, Value: "{event}, {time}\n\n{people}",
			Hint: "Plain text. {event} is the name of the event, {time} when it happened, {automation} the name of the automation, {count} how many people the event names, and {people} who they are, a line each."},
	}
	edited.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "job_params.recipients", Message: edited.Job.Message[0].Errors[0]}}}
	edited.Reach.Sentence = []view.Phrase{{Text: "When "}, {Text: "a system user is locked out", Field: "event_type", Step: "event"}, {Text: ", send "},
		{Text: "security-desk@example.org", Field: "job_params.recipients"}, {Text: " "}, {Text: "a message", Field: "job_type"}, {Text: "."}}
	edited.Reach.Held, edited.Reach.Hidden, edited.Reach.Partial, edited.Reach.Skipped = "", "", "", nil
	edited.Reach.Summary = "Reaches 1, skips 0"
	edited.Reach.Reached = view.ReachGroup{Title: "Gets the message", Count: "1", People: []view.Person{{Address: "security-desk@example.org", Gone: true}}}
	edited.Reach.Mail = &view.MailSample{Subject: "System user is locked: 1", Text: "System user is locked, 2026-11-22 14:00 CET\n\nAda Byron <ada@example.org>\n"}

	told := view.Delivery{
		Frame: inside("Message to security-desk@example.org", "/runs"), State: view.State{Color: view.Blue, Word: "Superseded"}, Person: view.Person{Address: "security-desk@example.org", Gone: true},
		Steps:   []view.Step{{Name: "event", At: moment(50 * 60e9), State: view.StepTaken}, {Name: "told in a digest", At: moment(60e9), State: view.StepTaken, Took: "49 min"}},
		Outcome: []string{"Told in one mail with other messages, because more than six came in an hour."},
		Why:     []string{"The event System user is locked took place on 22 November 2026, 13:10 CET.", "It started a run of the automation “" + longName + "” for security-desk@example.org."},
		WhyNot:  "It was told in another message to the same address.",
	}
	told.Facts = []view.Fact{{Label: "Replaced by", Link: &view.Link{Text: "Run 0000000a", Href: "/runs/1"}}, {Label: "Id", Code: "0000000b"}}
	return []Story{{"automation-edit-message", edited}, {"delivery-message", told}}
}
