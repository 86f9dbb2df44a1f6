package story

import (
	"fmt"
	"strings"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

// events are the pages of events.
func events() []Story {
	return append(eventLists(), append(eventPages(), testEvents()...)...)
}

func eventLists() []Story {
	list := view.Events{Frame: inside("Events", "/events"), Filters: []view.Choice{
		{Name: "type", Label: "Event type", Options: []view.Option{{Label: "Any"}, {Value: "external", Label: "External event"}}}}}
	list.Wide = true
	none := list
	run := func(automation string, state view.State) view.RunRow {
		return view.RunRow{ID: "1", Automation: automation, State: state}
	}
	row := func(n int, name, source string, more string, people []view.Person, runs ...view.RunRow) view.EventRow {
		return view.EventRow{ID: fmt.Sprint(n), Name: name, Source: source, People: people, More: more, Runs: runs, When: moment(time.Duration(n) * 11 * time.Minute)}
	}
	ada, long := view.Person{ID: "1", Name: "Ada Byron", Address: "ada@example.org"}, view.Person{ID: "2", Name: longName, Address: longWord + "@example.org"}
	odd, hebrew, gone := view.Person{ID: "3", Name: scriptName, Address: "script@example.org"}, view.Person{ID: "4", Name: hebrewName, Address: "ada@example.co.il"}, view.Person{Address: "ghost@example.org", Gone: true}
	list.Rows = []view.EventRow{
		row(0, "siem.credential_leaked", "/siem, posted by reports@example.org", "and 12 more, and 3 that you may not view", []view.Person{ada, long, odd}, run("Leaked", completed), run(longName+" "+longWord, sending)),
		row(1, "user.logged_on", "recorded by Rekey", "", []view.Person{hebrew}),
		row(2, "personalverwaltung."+longWord, "test event by "+arabicName, "", []view.Person{gone}, run(scriptName, held)),
		row(3, "user.locked", "recorded by Rekey", "and 1 that you may not view", nil, run("Locked out", resting)),
		row(4, "hr.rotation", "/hr/"+strings.Repeat("abteilung/", 20), "", nil),
	}
	list.Pager = view.Pager{Total: "5 events"}
	filtered := none
	filtered.Filtered = true
	hundred := list
	hundred.Rows = nil
	for n := range 100 {
		hundred.Rows = append(hundred.Rows, row(n, "user.logged_on", "recorded by Rekey", "", []view.Person{ada}))
	}
	hundred.Pager = view.Pager{Total: "more than 10,000 events", Prev: "/events?before=1", Next: "/events?after=2"}
	return []Story{{"events", list}, {"events-none", none}, {"events-none-match", filtered}, {"events-hundred", hundred}}
}

func eventPages() []Story {
	at := moment(26 * time.Minute)
	event := view.Event{
		Frame: inside("siem.credential_leaked", "/events"), Again: view.Link{Text: "Post it again as a test", Href: "/events/new?again=1"},
		Facts: []view.Fact{{Label: "Event type", Text: "External event"}, {Label: "Origin", Text: "It was posted from /siem by " + scriptName + "."}, {Label: "Took place", Moment: &at},
			{Label: "Received", Moment: &at}, {Label: "Source", Code: "/siem"}, {Label: "Id at the source", Code: strings.Repeat("4711", 40)}, {Label: "Id", Code: "0198f1d2-7f3a-7000-8000-00007f3a0002"}},
		People: []view.Person{{ID: "1", Name: longName, Address: longWord + "@example.org"}, {ID: "2", Name: arabicName, Address: "musa@example.org"}, {Address: "ghost@example.org", Gone: true}},
		More:   "And 12 more, and 3 that you may not view.",
		Data:   "{\n  \"ticket\": \"4711\",\n  \"note\": \"" + scriptName + "\",\n  \"trace\": \"" + strings.Repeat("0123456789abcdef", 20) + "\"\n}",
		Rows: []view.RunRow{{ID: "1", Short: "7f3a0001", Automation: longName, State: sending, Why: "812 of 1,240.", Sent: "800", Skipped: "28", Failed: "3"},
			{ID: "2", Short: "7f3a0002", Automation: "Leaked", State: view.State{Color: view.Grey, Word: "Finished"}, Why: "2 use the API, 1 is blocked.", Sent: "0", Skipped: "3", Failed: "0"}},
	}
	event.Crumbs = []view.Link{{Text: "Events", Href: "/events"}}
	alone := event
	alone.Title, alone.Again, alone.Rows, alone.People, alone.More = "user.locked", view.Link{}, nil, nil, "It names nobody."
	alone.Nothing, alone.Look = "No active automation uses this event.", view.Link{Text: "Automations for user.locked", Href: "/automations?event=user.locked"}
	alone.Data, alone.NoData = "", "The event came without data."
	hidden := event
	hidden.Data, hidden.NoData = "", "The data is not shown, because it may name people that you may not view."
	return []Story{{"event", event}, {"event-no-run", alone}, {"event-hidden", hidden}}
}

func testEvents() []Story {
	page := view.NewEvent{Frame: inside("Post a test event", "/events"), Source: "/console/0198f1d2-7f3a-7000-8000-00007f3a0002",
		Name:  view.Field{Name: "name", Label: "Name", Code: true, Max: 100, List: "names", Hint: "The name that another system would use, such as siem.credential_leaked."},
		Users: view.Field{Name: "users", Label: "System users involved", Kind: "textarea", Optional: true, Code: true, Suggest: "/users/suggest", Hint: "One address or id per line, such as ada@example.org."},
		Data:  view.Field{Name: "data", Label: "Data", Kind: "textarea", Optional: true, Code: true, Rows: 5, Hint: `A JSON object, such as {"ticket": "4711"}. It is stored with the event, but not mailed.`},
	}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Events", Href: "/events"}}
	full := page
	full.Name.Value, full.Users.Value, full.Data.Value = "siem.credential_leaked", "ada@example.org\nghost@example.org\n"+longWord+"@example.org", `{"ticket": "4711"}`
	full.Would = &view.WouldStart{Text: "2 automations would each start a run, and 11 people would get a new password.", Wrong: []string{"Line 2, ghost@example.org: System user not found."},
		Matches: []view.WouldRun{
			{Automation: view.Link{Text: "Leaked", Href: "/automations/1"}, Due: "At once.", More: "and 9 more", Skipped: []string{"2 use the API", "1 has a password that you may not set"},
				Reached: []view.Person{{ID: "1", Name: "Ada Byron", Address: "ada@example.org"}, {ID: "2", Name: longName, Address: longWord + "@example.org"}}},
			{Automation: view.Link{Text: scriptName + longWord, Href: "/automations/2"}, Due: "Due on 22 November 2026, 16:02 CET. The recipients are calculated then.", Skipped: []string{"The event names nobody."},
				Warnings: []string{"An event now would start a run that is due after the end, so the run would be cancelled."}},
		}}
	wrong := full
	wrong.Would = nil
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "name", Message: rekey.EventNameRule},
		{Field: "users", Message: "Line 2, ghost@example.org: System user not found."}, {Field: "data", Message: `Give a JSON object, such as {"ticket": "4711"}.`}}}
	wrong.Name.Value, wrong.Name.Errors, wrong.Users.Errors, wrong.Data.Errors = scriptName, wrong.Problem.Of("name"), wrong.Problem.Of("users"), wrong.Problem.Of("data")
	none := page
	none.Name.Value, none.Would = "hr.nothing", &view.WouldStart{Text: "No active automation uses this event, so no run would start."}
	return []Story{{"event-new", page}, {"event-new-would", full}, {"event-new-wrong", wrong}, {"event-new-nothing", none}}
}
