package story

import (
	"slices"

	"rekey/internal/console/view"
)

// standing is the bar of a run, for these numbers of people: in, not yet, expired, without
// a mail, on the way.
func standing(text string, people ...int64) view.Standings {
	s := view.Standings{Text: text}
	for i, part := range []view.StandingPart{{Color: view.Green, Text: "In"}, {Color: view.Blue, Text: "Not yet"},
		{Color: view.Amber, Text: "Expired or replaced"}, {Color: view.Red, Text: "Got no mail"}, {Color: view.Grey, Text: "On the way"}} {
		part.Href, part.Count = "/run-in", view.Count(people[i])
		s.Parts = append(s.Parts, part)
	}
	view.Widths(s.Parts, people)
	return s
}

// runsIn are runs whose people are in, or are not.
func runsIn() []Story {
	pages := runPages()
	i := slices.IndexFunc(pages, func(s Story) bool { return s.Name == "run-finished" })
	run, _ := pages[i].Page.(view.Run)
	run.People = standing("804 of 1,240 are in", 804, 401, 31, 4, 0)
	run.People.Parts = run.People.Parts[:4]
	run.People.Others = view.Link{Text: "436 are not: who, and why", Href: "/run-not-in"}
	run.People.Again = view.Action{Text: "Send again to those who are not in", Icon: "refresh", Href: "/run-send-again"}
	run.People.Runs = []view.Link{{Text: "Sends again to those who were not in, of run 7f3a0000", Href: "/run-in"}, {Text: "Sent again to those who were not in, 5 h ago: run 7f3a0002", Href: "/run-in"}}
	ask := view.Ask{Frame: inside("Send again to those who are not in?", "/runs"), Post: "/runs/1/send-again?last=", Button: "Send again to 436 people", Back: view.Link{Text: "Do not send", Href: "/run-not-in"}, Text: []string{
		"A new run sends a new password to 436 people of this run who have not chosen one since, with your authority.",
		"Old passwords that still work are kept until they choose a new one. Revoked ones do not come back.",
		"All checks are made again. Who already got a mail in the last 4 hours, or chooses a password meanwhile, is skipped.",
	}}
	ask.Crumbs = []view.Link{{Text: "Runs", Href: "/runs"}, {Text: "Run 7f3a0001", Href: "/runs/1"}}
	others := run
	others.People.Others, others.People.Download = view.Link{}, "/run-not-in.csv"
	others.Tabs, others.Rows = runTabs("", "1,268", "1,237", "0", "3", "28"), deliveryRows()[:3]
	others.Pager = view.Pager{Total: "436 people", Next: "/run-not-in"}
	all := run
	all.People.Runs, all.People.Again = nil, view.Action{}
	all.People = standing("2 of 2 are in", 2, 0, 0, 0, 0)
	all.People.Parts = all.People.Parts[:2]
	return []Story{{"run-in", run}, {"run-not-in", others}, {"run-all-in", all}, {"run-send-again", ask}}
}

// runsUndone are a run that was undone, who kept their passwords, and the question before.
func runsUndone() []Story {
	run, _ := runsIn()[0].Page.(view.Run)
	run.People.Again, run.People.Runs = view.Action{}, nil
	before := run
	before.Undo = view.Action{Text: "Undo the run", Href: "/run-undo", Danger: true}
	run.State = view.State{Color: view.Grey, Word: "Undone"}
	run.Undone = view.Undone{By: "Cora Lovelace", At: moment(0), Goes: true,
		Ended: view.Link{Text: "1,203 passwords ended", Href: "/run-undone"}, Kept: view.Link{Text: "34 people kept theirs: who, and why", Href: "/run-kept"}}
	kept := run
	kept.Undone.Goes = false
	kept.Tabs, kept.Rows = runTabs("", "1,268", "1,237", "0", "3", "28"), deliveryRows()[:3]
	kept.Rows[0].Reason = "Kept when the run was undone: they have logged in with it to choose a password. Expires in 3 d."
	kept.Pager = view.Pager{Next: "/run-kept"}
	ask := view.Ask{Frame: inside("Undo run 7f3a0001?", "/runs"), Post: "/runs/1/undo", Button: "Undo the run of “Quarter rotation”", Danger: true, Back: view.Link{Text: "Do not undo", Href: "/run-in"}, Text: []string{
		"1,203 mailed passwords end. Their owners have a password of their own that works, and get a short mail.",
		"31 people keep the mailed password: they have never chosen a password.",
		"3 people keep the mailed password: they have logged in with it to choose a password.",
		"Everybody is looked at again right before. No password that somebody has chosen changes, and whoever can get in now can get in afterwards.",
		"This cannot be taken back. The mails count as sent in all limits. The automation stays as it is: later events start runs as before.",
	}}
	ask.Crumbs = []view.Link{{Text: "Runs", Href: "/runs"}, {Text: "Run 7f3a0001", Href: "/runs/1"}}
	return []Story{{"run-can-be-undone", before}, {"run-undone", run}, {"run-kept", kept}, {"run-undo", ask}}
}

// overviewRuns is the overview with the latest runs.
func overviewRuns() []Story {
	calm, _ := overview()[1].Page.(view.Overview)
	row := func(automation string, people view.Standings, others string) view.LatestRun {
		people.Others = view.Link{Text: others, Href: "/run-not-in"}
		if others == "" {
			people.Others = view.Link{}
		}
		return view.LatestRun{Run: view.Link{Text: automation, Href: "/run-in"}, When: moment(0), People: people}
	}
	calm.Runs = []view.LatestRun{
		row("Leaked credentials", standing("12 of 20 are in", 12, 5, 2, 1, 0), "8 are not: who, and why"),
		row(longName+" "+longWord, standing("804 of 1,240 are in", 804, 401, 31, 4, 0), "436 are not: who, and why"),
		row(hebrewName, standing("0 of 1 is in", 0, 1, 0, 0, 0), "1 is not: who, and why"),
		row("Locked out", standing("2 of 2 are in", 2, 0, 0, 0, 0), ""),
	}
	return []Story{{"overview-runs", calm}}
}
