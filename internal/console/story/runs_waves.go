package story

import (
	"slices"

	"rekey/internal/console/view"
)

// runsInWaves are a run with a wave to come, and one that stopped itself.
func runsInWaves() []Story {
	pages := runPages()
	i := slices.IndexFunc(pages, func(s Story) bool { return s.Name == "run-sending" })
	run, _ := pages[i].Page.(view.Run)
	run.Sentences = []string{"It is sent in waves: the first 100 people, then 400 people an hour; it stops itself above 5% refused. 8,700 people wait for their wave. Wave 4 begins on 22 November 2026, 15:02 CET."}
	run.Stop = view.Action{Text: "Stop", Post: "/runs/1/stop"}
	run.Rest = view.Action{Text: "Send the rest now", Href: "/runs/1/send-rest"}
	run.Tabs = runTabs("All", "10,000", "1,274", "2", "0", "24", "0", "0")
	i = slices.IndexFunc(pages, func(s Story) bool { return s.Name == "run-above-ceiling" })
	stopped, _ := pages[i].Page.(view.Run)
	stopped.Sentences = []string{"Held: it stopped itself, because too many mails were refused: 41 of 500 were refused, stops above 5%. 9,091 people wait. Nothing more is sent until somebody approves it."}
	return []Story{{"run-waves", run}, {"run-stopped-itself", stopped}}
}
