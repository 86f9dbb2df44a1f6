package story

import (
	"rekey/internal/console/view"
)

// trials are the pages of an automation in trial and of its runs.
func trials() []Story {
	said := []string{
		"It tried 12 runs, from 8 November 2026, 14:00 CET to 22 November 2026, 13:40 CET, and would have sent 1,240 new passwords.",
		"Skipped: 28 use the API, 3 are blocked.", "2 runs would be held for approval, for 412 people in all.",
	}
	one, _ := storyOf(automationPages(), "automation").(view.Automation)
	one.State, one.Trial, one.Open = view.State{Color: view.Blue, Word: "In trial"}, said, ""
	one.Sentence = append(one.Sentence, view.Phrase{Text: " It is in trial: nothing is sent."})
	one.Actions = append(one.Actions[:2:2], view.Action{Text: "Activate …", Icon: "player-play", Href: "/automations/1/activate", Primary: true})

	start, _ := storyOf(automationPages(), "automation-deactivate").(view.Ask)
	start.Title, start.Button = "Put 'Locked out' in trial?", "Start the trial"
	start.Text = []string{
		"Each matching event still starts a run. The run says who would get a new password, who would not and why, but sends nothing and changes nothing.",
		"3 runs that wait become trials, and stay one. Passwords that a run has already made are still sent.",
	}
	end := start
	end.Title, end.Button = "Activate 'Locked out'?", "Activate 'Locked out'"
	end.Text = append(append([]string{"It is in trial now."}, said...), "From then on, each matching event in the time frame starts a run.")

	run, _ := storyOf(runPages(), "run-finished").(view.Run)
	run.State, run.Steps, run.Progress = view.State{Color: view.Blue, Word: "Trial"}, steps("received", "matched", "due", "checked", "done"), view.Progress{}
	run.Sentences = []string{"Trial: nothing was sent. 19 people would have been sent a new password.", "Skipped: 2 use the API, 1 is blocked."}
	run.Tabs = []view.Tab{{Text: "All", Href: "/runs/1", Active: true, Count: "22"}, {Text: "Sent", Href: "/runs/1?show=sent", Count: "0"}, {Text: "Would be sent", Href: "/runs/1?show=would", Count: "19"},
		{Text: "Waiting", Href: "/runs/1?show=waiting", Count: "0"}, {Text: "Failed", Href: "/runs/1?show=failed", Count: "0"}, {Text: "Skipped", Href: "/runs/1?show=skipped", Count: "3"}}
	run.Rows = run.Rows[:min(len(run.Rows), 3):3]
	for i := range run.Rows {
		run.Rows[i] = view.DeliveryRow{ID: run.Rows[i].ID, Person: run.Rows[i].Person, State: view.State{Color: view.Blue, Word: "Would be sent"}, At: run.Rows[i].At}
	}
	above := run
	above.State = view.State{Color: view.Amber, Word: "Trial: would be held"}
	above.Sentences = []string{"Trial: nothing was sent. The run would be held for approval: 19 people, ceiling 10.", "Skipped: 2 use the API, 1 is blocked."}

	list, _ := storyOf(runLists(), "runs").(view.Runs)
	list.Rows = append(list.Rows[:0:0], list.Rows[:3]...)
	for i, text := range []string{
		"Trial: nothing was sent. 812 people would have been sent a new password. 28 use the API.",
		"Trial: nothing was sent. The run would be held for approval: 19 people, ceiling 10.", "Trial: nothing was sent. Nobody would have been sent a new password. 2 use the API, 1 is blocked.",
	} {
		list.Rows[i].State, list.Rows[i].Why, list.Rows[i].Sent, list.Rows[i].Failed = run.State, text, "0", "0"
	}
	list.Rows[1].State = above.State
	list.Pager.Total = "3 runs"
	return []Story{{"automation-trial", one}, {"automation-trial-start", start}, {"automation-trial-activate", end}, {"run-trial", run}, {"run-trial-above-ceiling", above}, {"runs-trials", list}}
}

// storyOf is the page of a story.
func storyOf(stories []Story, name string) view.Page {
	for _, s := range stories {
		if s.Name == name {
			return s.Page
		}
	}
	return nil
}
