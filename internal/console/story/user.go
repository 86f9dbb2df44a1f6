package story

import (
	"time"

	"rekey"
	"rekey/internal/console/view"
)

// userPages are the pages of one system user.
func userPages() []Story {
	at := func(ago time.Duration) *view.Moment { m := moment(ago); return &m }
	person := view.User{
		Frame: inside("Grace Hopper", "/users"),
		Standing: []view.State{
			{Color: view.Green, Word: "Active"}, {Color: view.Amber, Word: "Mailed password, unused, expires in 41 h"},
			{Color: view.Grey, Word: "Chosen password rests until then"},
		},
		Actions: []view.Action{{Text: "Edit", Icon: "pencil", Href: "/users/1/edit"}, {Text: "Send a new password now", Icon: "send", Href: "/users/1/send-password", Primary: true}},
		More:    []view.Action{{Text: "Block", Icon: "ban", Href: "/users/1/block"}, {Text: "Delete", Icon: "trash", Href: "/users/1/delete", Danger: true}},
		Access: []view.Fact{
			{Label: "Email address", Code: "grace@example.org"}, {Label: "Type", Text: "UI: logs in here"}, {Label: "Role", Text: "Operator"},
			{Label: "Language", Text: "as the system has it"}, {Label: "Time zone", Text: "Europe/Berlin"}, {Label: "Counts as API user", Text: "No"},
			{Label: "Last log-in", Moment: at(26 * time.Hour)}, {Label: "Added", Moment: at(90 * day)},
		},
		Deliveries: []view.UserDelivery{
			{Href: "/deliveries/1", At: moment(31 * time.Hour), State: view.State{Color: view.Green, Word: "Sent"}, Reason: "250 2.0.0 Ok: queued as 4F2A1", Run: view.Link{Text: "Locked out", Href: "/runs/1"}},
			{Href: "/deliveries/2", At: moment(9 * day), State: view.State{Color: view.Red, Word: "Failed"}, Reason: "the mail server refused the message: 550 5.1.1 mailbox unknown " + longWord, Run: view.Link{Text: longName, Href: "/runs/2"}},
			{Href: "/deliveries/3", At: moment(40 * day), State: view.State{Color: view.Grey, Word: "Skipped"}, Reason: "a new password is already on its way", Run: view.Link{Text: scriptName, Href: "/runs/3"}},
		},
		Pager: view.Pager{Total: "3 deliveries"},
	}
	person.Wide, person.Crumbs = true, []view.Link{{Text: "System users", Href: "/users"}}

	api := person
	api.Title, api.Standing = "reports@example.org", []view.State{{Color: view.Green, Word: "Active"}, {Color: view.Green, Word: "Chosen password works since 10 November 2026, 14:02 CET"}}
	api.Access = append([]view.Fact{{Label: "Email address", Code: "reports@example.org"}, {Label: "Type", Text: "API: calls the API"}}, person.Access[2:]...)
	api.Access[5].Text = "Yes: automations leave it out unless they include API users"
	api.Posts = &view.Posts{Sources: []view.PostSource{{Source: "/siem", Names: []string{"siem.*", "siem.credential_leaked"}}, {Source: "/" + longWord},
		{Source: "/tickets", Names: []string{"com.example.*"}, People: "[event.data.ticket.reporter.email]", Trust: "Not trusted: runs of its events may only keep the old password.",
			Failing: []view.Link{{Text: longName, Href: "/automations/1"}}}}}
	api.Tokens = storyTokens("/users/1")
	api.Tokens.List = []view.TokenRow{
		{Name: "nightly report", Created: moment(20 * day), LastUsed: moment(3 * time.Minute), Expires: moment(-70 * day), Revoke: "/users/1/tokens/1/revoke"},
		{Name: longName + " " + longWord, Created: moment(400 * day), Expires: moment(35 * day), Expired: true, Revoke: "/users/1/tokens/2/revoke"},
		{Name: arabicName, Created: moment(day), Expires: moment(-6 * day), Revoke: "/users/1/tokens/3/revoke"},
	}
	api.Attributes = []view.Fact{{Label: "cost_centre", Text: "4711"}, {Label: longWord, Text: longName + " " + longWord + longWord}, {Label: "note", Text: scriptName}}

	never := person
	never.Title, never.Standing = hebrewName, []view.State{{Color: view.Green, Word: "Active"}, {Color: view.Amber, Word: "Never had a password"}}
	never.Deliveries, never.Tokens, never.Posts = nil, storyTokens("/users/1"), &view.Posts{}
	blocked := person
	blocked.Title, blocked.Standing = arabicName, []view.State{{Color: view.Red, Word: "Blocked"}, {Color: view.Red, Word: "Locked for 12 min"}}
	blocked.Actions = []view.Action{person.Actions[0], {Text: "Restore", Icon: "rotate", Post: "/users/1/restore", Primary: true}}
	blocked.More = person.More[1:]
	fixed := person
	fixed.Title, fixed.Actions, fixed.More = longName, nil, nil
	fixed.Fixed = "You cannot change this account or send it a new password; an Administrator can."
	wrong := api
	wrong.Tokens = storyTokens("/users/1")
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "name", Message: "Enter what the token is for."}}}
	wrong.Tokens.Name.Errors = wrong.Problem.Of("name")

	token := view.Token{
		Frame: inside("The new token 'nightly report'", "/users"), Text: "rk_00000000000000000000000000000000000000000000",
		Whose: view.Person{ID: "1", Address: "reports@example.org"}, Expires: moment(-90 * day), Back: view.Link{Text: "I have copied it", Href: "/users/1#tokens"},
	}
	return append([]Story{
		{"user", person}, {"user-api", api}, {"user-never", never}, {"user-blocked", blocked}, {"user-of-same-rank", fixed},
		{"user-token-refused", wrong}, {"user-token", token},
	}, userQuestions()...)
}

func storyTokens(path string) *view.Tokens {
	return &view.Tokens{
		Create: path + "/tokens", Name: view.Field{Name: "name", Label: "Purpose", Max: 100},
		Days: view.Choice{Name: "expires_in_days", Label: "Valid for", Options: []view.Option{{Value: "90", Label: "90 days", Chosen: true}}},
	}
}

func userQuestions() []Story {
	back := view.Link{Text: "Back to Grace Hopper", Href: "/users/1"}
	crumbs := []view.Link{{Text: "System users", Href: "/users"}, {Text: "Grace Hopper", Href: "/users/1"}}
	ask := func(title string) view.Ask {
		a := view.Ask{Frame: inside(title, "/users"), Post: "/users/1/block", Danger: true, Back: back}
		a.Crumbs = crumbs
		return a
	}
	block := ask("Block Grace Hopper?")
	block.Button, block.Text = "Block Grace Hopper", []string{
		"They can no longer log in. Their sessions end at once, and mailed passwords end permanently.",
		"They own the automations 'Locked out' and 'New colleague', and 1 selection. While they are blocked, runs of their automations are held. Name a new owner to continue the runs.",
	}
	block.Owner, block.Look = newOwner("", true), "See who their automations would reach"
	remove := ask("Delete Grace Hopper?")
	remove.Button, remove.Text = "Delete Grace Hopper permanently", []string{"The account is gone with its passwords, sessions and tokens, and does not come back.",
		"They own the automations 'Locked out' and '" + longWord + "'. Name a new owner here, or delete these first."}
	remove.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "owner", Message: "A Member cannot own automations or selections. Choose an Operator, a Manager or an Administrator."}}}
	remove.Owner, remove.Look = newOwner("member@example.org", false), block.Look
	remove.Owner.Errors = remove.Problem.Of("owner")
	handOn := ask("Hand on what Grace Hopper owns?")
	handOn.Danger, handOn.Button, handOn.Look = false, "Transfer everything", "See who they would reach"
	handOn.Text = []string{"It hands on the automations 'Locked out' and '" + longWord + "': all of it, or nothing if one of them cannot be given."}
	handOn.Owner, handOn.Reaches = newOwner("bo@example.org", false), transferReaches()
	refused := ask("Delete Grace Hopper?")
	refused.Refused = "This is the last active Administrator. Make somebody else Administrator first."
	send := view.SendPassword{
		Frame: inside("Send Grace Hopper a new password?", "/users"), Who: view.Person{ID: "1", Name: "Grace Hopper", Address: "grace@example.org"}, Post: "/users/1/send-password",
		Effects: []string{
			"The new password is valid for 72 hours and opens only the page where they choose their own.",
			"Their old password stops working once the mail is sent. It returns if the new one goes unused.",
		},
		Subject: "Your new password for Rekey",
		Mail:    "Hello Grace,\n\nHere is the new password for grace@example.org:\n\nSAMPLE-SAMPLE-SAMPLE-SAMPLE\n\nValid until 25 November, 14:02 CET.\nOpen the log-in page: https://rekey.example.org/login\n",
	}
	send.Crumbs = crumbs
	warned := send
	warned.Who.Address = longWord + "@example.org"
	warned.Warning = "Programs log in with this password. After this they fail with wrong credentials until somebody changes their configuration. The last call was 3 min ago."
	hybrid := send
	hybrid.Warning = "Programs have called the API with this password in the last 90 days. It works until its user has chosen a new one. Then programs fail with wrong credentials until their configuration is changed. The last call was 3 min ago."
	hybrid.Effects = []string{send.Effects[0], "Their old password works until they choose a new one."}
	nothing := send
	nothing.Refused = "This is an API user, and the automation 'Send a new password now' leaves API users out. Nothing would be sent."
	nothing.Instead = view.Link{Text: "Open 'Send a new password now'", Href: "/automations/1"}
	several := view.Ask{
		Frame: inside("Send new passwords?", "/users"), Post: "/users/several", Button: "Send to 12 people", Back: view.Link{Text: "Do not send", Href: "/users"},
		Carried: []view.Hidden{{Name: "user", Value: "1"}},
		Text: []string{
			"A run of 'Send a new password now' sends a new password to 12 people, with your authority: Ada Byron, " + longName + ", Bo, Kay, Ida and 7 more.",
			"Their old password stops working once the mail is sent. It returns if the new one goes unused.",
			"All checks are made again: the run shows who was skipped and why. Of several people, each gets at most one mail in 4 hours, and three in 24.",
			"The run would be held for approval: 12 people, ceiling 10.",
		},
		LeftOut: leftOutOfSending(),
	}
	several.Crumbs = crumbs[:1]
	return []Story{
		{"user-block", block}, {"user-delete", remove}, {"user-hand-on", handOn}, {"user-delete-refused", refused},
		{"user-send", send}, {"user-send-api", warned}, {"user-send-hybrid", hybrid}, {"user-send-refused", nothing},
		{"users-send", several},
	}
}
