package story

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"rekey/internal/console/view"
)

// runs are the pages of runs and deliveries.
func runs() []Story {
	return append(runLists(), append(runPages(), deliveryPages()...)...)
}

var (
	sending   = view.State{Color: view.Blue, Word: "Sending"}
	held      = view.State{Color: view.Amber, Word: "Held"}
	completed = view.State{Color: view.Green, Word: "Finished"}
	refused   = view.State{Color: view.Red, Word: "Failed"}
	resting   = view.State{Color: view.Grey, Word: "Waiting"}
	called    = view.State{Color: view.Grey, Word: "Cancelled"}
)

func runLists() []Story {
	list := view.Runs{Frame: inside("Runs", "/runs"), When: view.Heading{Text: "When", Href: "/runs?sort=when", Sort: "descending"}, Filters: []view.Choice{
		{Name: "automation", Label: "Automation", Options: []view.Option{{Label: "Any"}, {Value: "1", Label: longName}, {Value: "2", Label: scriptName}}},
		{Name: "state", Label: "State", Options: []view.Option{{Label: "Any"}, {Value: "held", Label: "Held"}}},
	}}
	list.Wide = true
	none := list
	row := func(n int, automation, event string, state view.State, why, sent, skipped, failed string) view.RunRow {
		return view.RunRow{ID: fmt.Sprint(n), Short: fmt.Sprintf("7f3a%04d", n), Automation: automation, Event: view.Link{Text: event, Href: "/events/1"}, State: state,
			Why: why, Sent: sent, Skipped: skipped, Failed: failed, Superseded: "0", When: moment(time.Duration(n) * 40 * time.Minute)}
	}
	list.Rows = []view.RunRow{
		row(0, "Quarter rotation", "schedule.reached", sending, "812 of 1,240.", "800", "28", "3"),
		row(1, "Locked out", "user.locked", resting, "Due in 2 h.", "0", "0", "0"),
		row(2, longName+": Zugangsdaten für "+longWord, "personalverwaltung.mitarbeiterin_wechselt_die_abteilung."+longWord[:40], held, "19 people, ceiling 10.", "0", "0", "0"),
		row(3, hebrewName, "siem.credential_leaked", view.State{Color: view.Grey, Word: "Finished"}, "2 use the API, 1 is blocked.", "0", "3", "0"),
		row(4, scriptName, "siem.credential_leaked", completed, "", "1,240", "12", "0"),
		row(5, arabicName, "user.created", view.State{Color: view.Red, Word: "Finished"}, "", "41", "0", "2"),
		row(6, "A deleted automation", "user.created", called, "The automation was deleted.", "0", "0", "0"),
		row(7, "Locked out", "user.locked", refused, "The selection could not be calculated.", "0", "0", "0"),
		row(8, "Locked out", "user.locked", view.State{Color: view.Grey, Word: "Finished"}, "And 3 that you may not view.", "0", "0", "0"),
	}
	list.Rows[8].Why, list.Rows[8].Superseded = "2 not sent: a newer run replaced them.", "2"
	list.Pager = view.Pager{Total: "9 runs"}
	filtered := none
	filtered.Filtered = true
	ofEvent := list
	ofEvent.Rows, ofEvent.Pager.Total, ofEvent.Filtered = list.Rows[3:5], "2 runs", true
	ofEvent.EventID, ofEvent.Event = "1", view.Link{Text: "siem.credential_leaked", Href: "/events/1"}
	hundred := list
	hundred.Rows = nil
	for n := range 100 {
		hundred.Rows = append(hundred.Rows, row(n, "Locked out", "user.locked", completed, "", "1", "0", "0"))
	}
	hundred.Pager = view.Pager{Total: "more than 10,000 runs", Prev: "/runs?before=1", Next: "/runs?after=2"}
	return []Story{{"runs", list}, {"runs-none", none}, {"runs-none-match", filtered}, {"runs-of-event", ofEvent}, {"runs-hundred", hundred}}
}

func steps(names ...string) []view.Step {
	var list []view.Step
	for i, name := range names {
		s := view.Step{Name: name, State: view.StepTaken, At: moment(time.Duration(20-i) * time.Second)}
		if i > 0 {
			s.Took = view.Took(time.Duration(i*i*i) * 41 * time.Millisecond)
		}
		list = append(list, s)
	}
	return list
}

func ahead(name string) view.Step { return view.Step{Name: name, State: view.StepAhead} }

func runTabs(active string, counts ...string) []view.Tab {
	var tabs []view.Tab
	for i, name := range []string{"All", "Sent", "Waiting", "Failed", "Skipped", "Superseded", "Cancelled"} {
		if i < len(counts) {
			tabs = append(tabs, view.Tab{Text: name, Href: "/runs/1?show=" + name, Active: name == active, Count: counts[i], Live: "count-" + name})
		}
	}
	return tabs
}

func deliveryRows() []view.DeliveryRow {
	retry := []view.Action{{Text: "Open the system user", Icon: "user", Href: "/users/1"}, {Text: "Retry: send another to grace@example.org", Icon: "refresh", Post: "/deliveries/1/retry"}}
	row := func(name, address string, state view.State, reason, reply string, menu []view.Action) view.DeliveryRow {
		return view.DeliveryRow{ID: address, Person: view.Person{ID: address, Name: name, Address: address}, State: state, Reason: reason, Reply: reply, At: moment(3 * time.Second), Menu: menu}
	}
	sent, deferred := view.State{Color: view.Green, Word: "Sent"}, view.State{Color: view.Amber, Word: "Deferred"}
	return []view.DeliveryRow{
		row("Grace Hopper", "grace@example.org", refused, "The mail server refused the message. The old password still works.", "550 5.1.1 mailbox unknown", retry),
		row("Ada Byron", "ada@example.org", sent, "Not used yet; expires in 71 h.", "250 2.0.0 Ok: queued as 4Xq7Zt1", retry[:1]),
		row(longName, longWord+"@example.org", deferred, "The mail server asked to try later, or did not answer. Next attempt in 2 min.",
			"451 4.7.1 Greylisting: die Zustellung wird vorübergehend zurückgestellt, bitte versuchen Sie es in fünf Minuten noch einmal ("+longWord+")", retry[:1]),
		row("", "newcomer@example.org", view.State{Color: view.Grey, Word: "Queued"}, "", "", retry[:1]),
		row(hebrewName, "ada@example.co.il", view.State{Color: view.Blue, Word: "Sending"}, "", "", retry[:1]),
		row(arabicName, "musa@example.org", view.State{Color: view.Green, Word: "Done"}, "They have chosen their own password.", "250 Ok", retry[:1]),
		row(scriptName, "script@example.org", view.State{Color: view.Amber, Word: "Expired"}, "It expired unused.", "250 <script>", retry),
		row("", "reports@example.org", view.State{Color: view.Grey, Word: "Skipped"}, "Uses the API.", "", retry),
	}
}

// heldRows are people on the list of a run that waits for approval.
func heldRows() []view.DeliveryRow {
	rows := deliveryRows()
	for i := range rows {
		rows[i].State, rows[i].Reason, rows[i].Reply, rows[i].Menu = held, "", "", rows[i].Menu[:1]
	}
	return rows
}

func runPages() []Story { //nolint:funlen // one fixture after the other
	run := view.Run{
		Frame: inside("Run 7f3a0001", "/runs"), ID: "0198f1d2-7f3a-7000-8000-00007f3a0001", Automation: view.Link{Text: "Quarter rotation", Href: "/automations/1"},
		Event: view.Link{Text: "schedule.reached", Href: "/events/1"}, When: moment(20 * time.Second), State: sending,
		Steps:     append(steps("received", "matched", "due", "checked"), view.Step{Name: "sending", State: view.StepNow}, ahead("done")),
		Progress:  view.Progress{Value: 812, Max: 1240, Text: "812 of 1,240 · sent 800 · deferred 9 · failed 3 · 61/s"},
		Sentences: []string{"Skipped: 20 use the API, 8 are blocked.", "3 could not be sent a new password. What that means for each, and what to do, stands under Failed.", "9 mails are delayed. Rekey retries automatically, for up to 24 hours."},
		Show:      "/run-sending", Cancel: view.Action{Text: "Cancel the run", Href: "/runs/1/cancel", Danger: true},
		Tabs: runTabs("All", "1,268", "800", "437", "3", "28"), Rows: deliveryRows(), Hidden: "And 3 that you may not view.",
		Pager: view.Pager{Total: "1,268 deliveries", Next: "/runs/1?after=1"},
	}
	run.Wide, run.Crumbs = true, []view.Link{{Text: "Runs", Href: "/runs"}}
	watched := run
	watched.Live = livePath
	over := run
	over.Cancel, over.State, over.Sentences = view.Action{}, view.State{Color: view.Red, Word: "Finished"}, run.Sentences[:2]
	over.Steps, over.Progress = steps("received", "matched", "due", "checked", "sending", "done"), view.Progress{Value: 1240, Max: 1240, Text: "1,240 of 1,240 · sent 1,237 · failed 3"}
	hundred := over
	hundred.Rows = nil
	for n := range 100 {
		row := deliveryRows()[n%8]
		row.ID = fmt.Sprint(n)
		hundred.Rows = append(hundred.Rows, row)
	}
	skipped := over
	skipped.Tabs, skipped.Rows, skipped.Pager.Total = runTabs("Skipped", "1,268", "1,237", "0", "3", "28"), deliveryRows()[7:], "20 deliveries"
	skipped.Groups = []view.ReasonGroup{{Text: "Uses the API.", Count: "20", Href: "/run-skipped", Active: true}, {Text: "Blocked.", Count: "8", Href: "/run-skipped"}}
	waiting := run
	waiting.State, waiting.Progress, waiting.Rows, waiting.Hidden, waiting.Nobody = resting, view.Progress{}, nil, "", "Nobody yet"
	waiting.Steps = append(steps("received", "matched"), view.Step{Name: "due", State: view.StepNow, At: moment(-2 * time.Hour), Took: "2 h"}, ahead("checked"), ahead("sending"), ahead("done"))
	waiting.Sentences, waiting.Tabs = []string{"It falls due on 22 November 2026, 16:02 CET. Who gets a new password is decided then."}, runTabs("All", "0", "0", "0", "0", "0")
	holding := waiting
	holding.State, holding.Sentences = held, []string{"It waits, and touches nobody: the person it acts for is blocked. It goes on when they are restored, or when the automation has another owner."}
	holding.Steps = append(steps("received", "matched", "due", "checked"), view.Step{Name: "held", State: view.StepNow}, ahead("sending"), ahead("done"))
	above := holding
	above.Sentences = []string{"It would send 1,234 people a new password, which is more than the ceiling allows (1,234 people, ceiling 100). Another person than the owner, or an Administrator, must approve it. Until then, nothing is sent. After 7 days it is cancelled."}
	above.Tabs, above.Rows, above.Pager = runTabs("Held", "1,240", "0", "1,234", "0", "6"), heldRows(), view.Pager{Total: "1,234 deliveries", Next: "/runs/1?after=1"}
	above.Tabs = append([]view.Tab{above.Tabs[0], {Text: "Held", Href: "/run-above-ceiling", Active: true, Count: "1,234"}}, above.Tabs[1:]...)
	above.Approve, above.Progress = view.Action{Text: "Approve", Href: "/run-approve"}, view.Progress{Max: 1234, Text: "0 of 1,234 · sent 0"}
	above.Tabs = runTabs("All", "1,234", "0", "1,234", "0", "0")
	planning := waiting
	planning.State, planning.Sentences = view.State{Color: view.Blue, Word: "Planning"}, []string{"Who gets a new password is being decided: 412,000 of about 1,000,000 looked at. Nothing is sent before that is done."}
	planning.Steps = append(steps("received", "matched", "due"), view.Step{Name: "checked", State: view.StepNow}, ahead("sending"), ahead("done"))
	approve := view.Ask{Frame: inside("Approve run 7f3a0001?", "/runs"), Post: "/runs/1/approve?count=1234", Button: "Send 1,234 people a new password", Danger: true,
		Back: view.Link{Text: "Leave it held", Href: "/runs/1"}, Text: []string{"Sends 1,234 people a new password, in the name of “" + longName + "”.", "All checks are made again. People can be left out, but nobody is added."}}
	approve.Crumbs = []view.Link{{Text: "Runs", Href: "/runs"}, {Text: "Run 7f3a0001", Href: "/runs/1"}}
	nobody := waiting
	nobody.State, nobody.Cancel, nobody.Automation = view.State{Color: view.Grey, Word: "Finished"}, view.Action{}, view.Link{Text: "A deleted automation"}
	nobody.Steps, nobody.Sentences = over.Steps, []string{"Nobody got a new password. 2 use the API, 1 is blocked."}
	nobody.Tabs, nobody.Rows, nobody.Pager = runTabs("All", "3", "0", "0", "0", "3"), deliveryRows()[7:], view.Pager{Total: "3 deliveries"}
	superseded := nobody
	superseded.Automation, superseded.Sentences = view.Link{Text: "Leaked credential", Href: "/automations/1"}, []string{"2 not sent: a newer run replaced them."}
	superseded.Progress = view.Progress{Value: 2, Max: 2, Text: "2 of 2 · sent 0 · superseded 2"}
	superseded.Tabs, superseded.Pager = runTabs("Superseded", "2", "0", "0", "0", "0", "2"), view.Pager{Total: "2 deliveries"}
	superseded.Rows = slices.Clone(deliveryRows()[:2])
	for i := range superseded.Rows {
		row := &superseded.Rows[i]
		row.State, row.Reason, row.Reply, row.Newer = view.State{Color: view.Grey, Word: "Superseded"}, "Not sent: a newer run replaced it.", "", view.Link{Text: "Run 7f3a0002", Href: "/runs/2"}
	}
	cancelled := nobody
	cancelled.State, cancelled.Sentences = called, []string{"Cancelled: cancelled by hand. What was sent before stays valid."}
	cancelled.Steps = append(steps("received", "matched", "due", "checked", "sending"), view.Step{Name: "cancelled", State: view.StepFailed, At: moment(time.Minute)})
	cancelled.Tabs = runTabs("All", "1,268", "800", "0", "3", "28", "0", "437")
	ask := view.Ask{Frame: inside("Cancel run 7f3a0001?", "/runs"), Post: "/runs/1/cancel", Button: "Cancel the run of “" + longName + "”", Danger: true,
		Back: view.Link{Text: "Do not cancel", Href: "/runs/1"}, Text: []string{"800 mails were sent; their passwords stay valid.", "428 people have no password yet, and get none.", "9 mails are delayed. They are tried again only if the old password was revoked."}}
	ask.Crumbs = []view.Link{{Text: "Runs", Href: "/runs"}, {Text: "Run 7f3a0001", Href: "/runs/1"}}
	return []Story{{"run-sending", run}, {"run-live", watched}, {"run-finished", over}, {"run-hundred", hundred}, {"run-skipped", skipped}, {"run-waiting", waiting}, {"run-held", holding}, {"run-above-ceiling", above}, {"run-planning", planning}, {"run-approve", approve},
		{"run-nobody", nobody}, {"run-superseded", superseded}, {"run-cancelled", cancelled}, {"run-cancel", ask}}
}

func deliveryPages() []Story {
	automation, run, event, until := view.Link{Text: longName, Href: "/automations/1"}, view.Link{Text: "Run 7f3a0001", Href: "/runs/1"}, view.Link{Text: "siem.credential_leaked", Href: "/events/1"}, moment(-71*time.Hour)
	failed := view.Delivery{
		Frame: inside("New password for Grace Hopper", "/runs"), State: refused, Person: view.Person{ID: "1", Name: "Grace Hopper", Address: "grace@example.org"},
		Steps: append(steps("received", "matched", "due", "checked", "issued"), view.Step{Name: "failed", State: view.StepFailed, At: moment(4 * time.Second), Took: "41 ms"}),
		Reply: "550 5.1.1 mailbox unknown", Outcome: []string{"The mail server refused the message.", "The old password still works.", "Correct the address, then choose Retry."},
		Why: []string{"The event siem.credential_leaked took place on 22 November 2026, 14:02 CET. It was posted from /siem by reports@example.org.",
			"It started a run of the automation “" + longName + "”, which was to reach Grace Hopper.", "They passed all checks when the run was executed, on 22 November 2026, 14:02 CET."},
		Facts: []view.Fact{{Label: "Automation", Link: &automation}, {Label: "Run", Link: &run}, {Label: "Event", Link: &event}, {Label: "Sent to", Text: "grace@example.org"},
			{Label: "Old password", Text: "Replaced when the mail is sent"}, {Label: "Valid until", Moment: &until}, {Label: "Id", Code: "0198f1d2-7f3a-7000-8000-00007f3a0002"}},
		Retry: view.Action{Text: "Retry: send another to grace@example.org", Icon: "refresh", Post: "/deliveries/1/retry"},
	}
	failed.Crumbs = []view.Link{{Text: "Runs", Href: "/runs"}, {Text: "Run 7f3a0001", Href: "/runs/1"}}
	sent := failed
	sent.Title, sent.State, sent.Person = "New password for "+longName, view.State{Color: view.Green, Word: "Sent"}, view.Person{ID: "1", Name: longName, Address: longWord + "@example.org"}
	sent.Steps, sent.Reply = append(steps("received", "matched", "due", "checked", "issued", "accepted"), view.Step{Name: "password chosen", State: view.StepNow}), "250 2.0.0 Ok: queued as 4Xq7Zt1"
	sent.Outcome = []string{"The mail server has accepted it. It opens the page where another password is chosen, until 25 November 2026, 14:00 CET.", "The old password does not work now. It works again if the new one goes unused."}
	sent.Retry, sent.WhyNot = view.Action{}, "It was sent. If it does not arrive, send a new password from the page of the system user."
	sent.OthersFor, sent.Others = "Other deliveries to "+longName+" in this run", deliveryRows()[:1]
	skipped := failed
	skipped.Title, skipped.State, skipped.Person = "New password for "+scriptName, view.State{Color: view.Grey, Word: "Skipped"}, view.Person{Address: scriptName, Gone: true}
	skipped.Steps, skipped.Reply = append(steps("received", "matched", "due", "checked"), view.Step{Name: "skipped", State: view.StepFailed}), ""
	skipped.Outcome, skipped.Why = []string{"No password was generated: not a system user.", "The old password did not change."}, failed.Why[:2]
	unanswered := failed
	unanswered.State, unanswered.Reply, unanswered.Retry = view.State{Color: view.Amber, Word: "Deferred"}, "", view.Action{}
	unanswered.Steps = append(steps("received", "matched", "due", "checked", "issued"), view.Step{Name: "accepted", State: view.StepNow}, ahead("password chosen"))
	unanswered.Outcome = []string{"The mail server took the message but did not answer, so it may arrive; Rekey waits before it sends a copy. Next attempt in 28 min.",
		"If the mail has arrived, the password in it works until 25 November 2026, 14:02 CET.", "The old password works until the mail server has accepted the new one."}
	unanswered.WhyNot = "It is on its way: it cannot be tried again before it has come to an end."
	doubtful := sent
	doubtful.Steps = append(steps("received", "matched", "due", "checked", "issued", "revoked in staff", "accepted", "choice begun"),
		view.Step{Name: "no answer from staff", State: view.StepFailed, At: moment(3 * time.Second)}, view.Step{Name: "password chosen", State: view.StepNow})
	doubtful.Outcome = []string{sent.Outcome[0], "The old password was revoked in staff. They cannot log in there until they choose a new one with the mailed one."}
	changed := sent
	changed.Steps = append(steps("received", "matched", "due", "checked", "issued", "accepted", "changed in staff by somebody else"),
		view.Step{Name: "password chosen", State: view.StepNow})
	changed.Outcome = []string{sent.Outcome[0], "Somebody else changed the password in staff on 22 November 2026, 15:40 CET, for example on Windows or at the help desk. It works there until they choose another one. The mailed password still opens the page until 25 November 2026, 14:02 CET."}
	return []Story{{"delivery-failed", failed}, {"delivery-sent", sent}, {"delivery-skipped", skipped}, {"delivery-unanswered", unanswered}, {"delivery-of-directory", doubtful}, {"delivery-changed-by-others", changed}}
}

const livePath = "/live"

// live tells the page of a run, as the server does, that 12 more were sent, and
// that it is over.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, "event: count-Sent\ndata: 812\n\nevent: new\ndata: 12\n\nevent: over\ndata: over\n\n") // whoever does not read it cannot be told
}
