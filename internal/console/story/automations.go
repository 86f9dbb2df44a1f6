package story

import (
	"fmt"
	"slices"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

// automations are the pages of automations.
func automations() []Story {
	return slices.Concat(automationLists(), automationPages(), transfers(), editors())
}

func automationLists() []Story {
	anyOf := func(options ...view.Option) []view.Option { return append([]view.Option{{Label: "Any"}}, options...) }
	list := view.Automations{
		Name: view.Heading{Text: "Name", Href: "/automations?sort=-name", Sort: "ascending"}, When: view.Heading{Text: "When and then", Href: "/automations?sort=event"},
		Frame:  inside("Automations", "/automations"),
		Search: view.Field{Name: "search", Label: "Name, event or owner", Max: 200},
		Filters: []view.Choice{
			{Name: "status", Label: "Status", Options: anyOf(view.Option{Value: "active", Label: "Active"})},
			{Name: "event", Label: "Event", Options: anyOf(view.Option{Value: "user.locked", Label: "System user is locked"})},
			{Name: "owner", Label: "Owner", Options: anyOf(view.Option{Value: "1", Label: longName})},
		},
		Pager: view.Pager{Total: "9 automations"},
	}
	list.Wide = true
	list.Rows = automationRows()
	operator := list
	operator.Me = &view.Me{Name: "Bo", Address: "bo@example.org", Role: "Operator", Defines: true}
	operator.Rows = append([]view.AutomationRow{}, list.Rows[:3]...)
	for i := range operator.Rows {
		operator.Rows[i].Owner = "Somebody of a higher rank"
		operator.Rows[i].Menu = operator.Rows[i].Menu[3:4]
	}
	operator.Pager.Total = "3 automations"
	none := list
	none.Rows, none.Filtered, none.Search.Value = nil, true, longWord
	hundred := list
	hundred.Rows = nil
	for i := range 100 {
		row := list.Rows[i%2]
		row.ID, row.Name, row.Menu = fmt.Sprint(i), fmt.Sprintf("Automation %03d", i), row.Menu[3:4]
		hundred.Rows = append(hundred.Rows, row)
	}
	hundred.Pager = view.Pager{Total: "1,240 automations", Prev: "/automations?before=1", Next: "/automations?after=2"}
	empty := list
	empty.Rows = list.Rows[7:]
	empty.Pager.Total = "2 automations"
	empty.Recipes = []view.Recipe{
		{Icon: "user-plus", Title: "New colleague", Text: "A new system user gets a first password at once.", Href: "/automations/new?recipe=new-colleague"},
		{Icon: "lock", Title: "Locked out", Text: "After too many wrong passwords, a system user gets a new one. The old one still works.", Href: "/automations/new?recipe=locked-out"},
		{Icon: "shield", Title: "Leaked credential", Text: "A security system reports a leaked password. The password, sessions and tokens end at once, and the user gets a new password.", Href: "/automations/new?recipe=leaked-credential"},
	}
	return []Story{{"automations", list}, {"automations-empty", empty}, {"automations-none-match", none}, {"automations-hundred", hundred}, {"automations-operator", operator}}
}

func automationRows() []view.AutomationRow {
	menu := []view.Action{
		{Text: "Edit", Icon: "pencil", Href: "/automations/1/edit"}, {Text: "Preview", Icon: "eye", Href: "/automations/1?preview=on#preview"}, {Text: "Deactivate …", Icon: "ban", Href: "/automations/1/deactivate"},
		{Text: "Copy", Icon: "copy", Post: "/automations/1/copy"}, {Text: "Delete …", Icon: "trash", Href: "/automations/1/delete", Danger: true},
	}
	dot := func(c view.Color, word string) view.State { return view.State{Color: c, Word: word} }
	run := func(ago time.Duration, c view.Color, word, text string) *view.RunLine {
		return &view.RunLine{Href: "/runs/1", Moment: moment(ago), State: dot(c, word), Text: text}
	}
	return []view.AutomationRow{
		{ID: "1", Name: "Locked out", State: dot(view.Green, "Active"), Owner: "Ada Byron", Asides: []string{"API users kept out", "waits 2 hours"},
			When: "user.locked", Then: "new password", LastRun: run(3*time.Minute, view.Green, "Finished", "1 person reached."), Sent: "41", Failed: "0", Menu: menu},
		{ID: "2", Name: "Leaked credential", State: dot(view.Green, "Active"), Owner: "Bo", Asides: []string{"API users included", "ends in 21 days"},
			When: "siem.credential_leaked", Then: "new password", LastRun: run(2*day, view.Grey, "Finished", "2 use the API, 1 is blocked."), Sent: "1,240", Failed: "3", Menu: menu},
		{ID: "3", Name: "New colleague", State: dot(view.Grey, "Draft"), Owner: "Bo", Asides: []string{"missing: recipient", "API users kept out"},
			When: "user.created", Then: "new password for …", Menu: menu},
		{ID: "4", Name: longWord + longWord, State: dot(view.Blue, "Scheduled"), Owner: longName, Asides: []string{"API users kept out", "begins in 3 days"},
			When: "password.expired", Then: "new password for " + longName, LastRun: run(time.Hour, view.Grey, "Waiting", "Due in 41 min."), Menu: menu},
		{ID: "9", Name: "Kiosks every quarter", State: dot(view.Red, "Stopped: its owner is blocked"), Owner: longName, Asides: []string{"API users kept out"},
			When: "siem.credential_leaked", Then: "new password", LastRun: run(2*time.Minute, view.Amber, "Held", "The person it acts for is blocked."), Sent: "100", Failed: "0", Menu: menu},
		{ID: "5", Name: arabicName, State: dot(view.Grey, "Done"), Owner: hebrewName, Asides: []string{"API users kept out"},
			When: "user.restored", Then: "new password", LastRun: run(90*day, view.Red, "Failed", "The selection could not be calculated."), Sent: "12", Failed: "12", Menu: menu},
		{ID: "6", Name: scriptName, State: dot(view.Grey, "Inactive"), Owner: scriptName, Asides: []string{"API users kept out"},
			When: "user.created", Then: "new password", LastRun: run(5*day, view.Amber, "Held", ""), Menu: menu},
		{ID: "7", Name: "Forgot your password?", State: dot(view.Green, "Active"), Owner: "Rekey itself", Asides: []string{"API users kept out"},
			When: "password.reset_requested", Then: "new password", Menu: menu[:4]},
		{ID: "8", Name: "Send a new password now", State: dot(view.Green, "Active"), Owner: "Rekey itself", Asides: []string{"API users kept out"},
			When: "password.send_requested", Then: "new password", LastRun: run(40*time.Second, view.Blue, "Sending", "0 of 1 · sent 0 · sending 1."), Menu: menu[:4]},
	}
}

// automationPages are the page of one, and what asks before something is done.
func automationPages() []Story {
	rows := automationRows()
	one := view.Automation{
		Frame: inside("Locked out", "/automations"), State: rows[0].State, Sentence: plain(someReach().Sentence), All: "/runs?automation=1",
		Actions: []view.Action{{Text: "Edit", Icon: "pencil", Href: "/automations/1/edit", Edits: true}, {Text: "Deactivate", Icon: "ban", Href: "/automations/1/deactivate"}},
		More:    []view.Action{{Text: "Copy", Icon: "copy", Post: "/automations/1/copy"}, {Text: "Delete", Icon: "trash", Href: "/automations/1/delete", Danger: true}},
		Open:    "3 runs are waiting for their due time.",
		Facts: []view.Fact{
			{Label: "Owner", Person: &view.Person{ID: "1", Name: longName, Address: longWord + "@example.org"}}, {Label: "Description", Text: longWord + longWord},
			{Label: "Event", Text: "System user is locked (S)"}, {Label: "Selection", Link: &view.Link{Text: hebrewName, Href: "/selections/1"}},
			{Label: "API users", State: &view.State{Color: view.Green, Word: "Kept out"}}, {Label: "Last 30 days", Text: "1,240 sent · 3 failed · 12 skipped"},
		},
	}
	one.Wide, one.Crumbs = true, []view.Link{{Text: "Automations", Href: "/automations"}}
	for i := range 10 {
		if line := rows[i%len(rows)].LastRun; line != nil {
			one.Runs = append(one.Runs, *line)
		}
	}
	previewed := one
	previewed.Preview = &view.Preview{Naming: editor("event").Naming, Reach: someReach()}
	stopped := one
	stopped.State, stopped.Open, stopped.Held = rows[4].State, "534 runs are held.", view.Link{Text: "See all held runs", Href: "/automations/1/held"}
	stopped.Warnings = []string{"The owner is blocked, so new runs are held. They continue when the owner is restored or the automation has a new owner."}
	stopped.Actions = append(slices.Clone(one.Actions), view.Action{Text: "Transfer", Icon: "users", Href: "/automations/1/transfer", Primary: true})
	draft := one
	draft.Title, draft.State, draft.Sentence, draft.Open, draft.Runs = arabicName, rows[2].State, plain(unknownReach().Sentence), "", nil
	draft.Problems = []string{"Choose an event type from the catalogue.", "Choose who gets the new password: people named by the event, or one system user."}
	draft.Warnings = []string{"Somebody locked out on Saturday waits until Monday."}
	draft.Actions = []view.Action{one.Actions[0], {Text: "Activate", Icon: "player-play", Post: "/automations/1/activate", Primary: true}}
	other := one
	other.Actions, other.More, other.Fixed = one.More[:1], nil, "This automation belongs to somebody of a higher rank, so you cannot change it. You can make your own copy."
	ask := func(title, button string, danger bool, text ...string) view.Ask {
		a := view.Ask{Frame: inside(title, "/automations"), Post: "/automations/1", Button: button, Danger: danger, Text: text, Back: view.Link{Text: "Back to 'Locked out'", Href: "/automations/1"}}
		a.Crumbs = []view.Link{{Text: "Automations", Href: "/automations"}, {Text: longWord, Href: "/automations/1"}}
		return a
	}
	deactivate := ask("Deactivate 'Locked out'?", "Deactivate 'Locked out'", false, "Events start no runs until somebody activates it again.", "This cancels 3 waiting runs. Mails that are being sent now are still sent.")
	remove := ask("Delete '"+longWord+"'?", "Delete '"+longWord+"' permanently", true, "It has no waiting runs. Mails that are being sent now are still sent.", "Its runs and deliveries stay on record. To stop it for a while, deactivate it instead.")
	activate := ask("Activate 'Leaked credential'?", "Activate 'Leaked credential'", true, "From then on, each matching event in the time frame starts a run.",
		"It includes API users. Programs log in with these passwords: after this job they fail with wrong credentials until somebody changes their configuration.")
	activate.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "confirm_api_users", Message: "Type 1, the number of API users that this would reach now."}}}
	activate.Confirm = &view.Field{Name: "confirm_api_users", Label: "To confirm, type the number of API accounts that it would reach now", Max: 10, Errors: activate.Problem.Of("confirm_api_users")}
	activate.Accounts = &view.APIAccounts{Known: true, Count: "1 account", Rows: []view.APIAccount{{Person: view.Person{ID: "1", Address: longWord + "@example.org"}, LastCall: moment(3 * day)}}}
	return []Story{
		{"automation", one}, {"automation-preview", previewed}, {"automation-stopped", stopped}, {"automation-draft", draft}, {"automation-not-mine", other},
		{"automation-deactivate", deactivate}, {"automation-delete", remove}, {"automation-activate-api-users", activate},
	}
}

// plain is a sentence without its links.
func plain(sentence []view.Phrase) []view.Phrase {
	phrases := slices.Clone(sentence)
	for i := range phrases {
		phrases[i].Field = ""
	}
	return phrases
}
