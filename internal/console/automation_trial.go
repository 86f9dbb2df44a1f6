package console

import (
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// trialTexts say what an automation would have done in its trial.
func (c *Console) trialTexts(r *http.Request, id string) ([]string, error) {
	sum, err := c.Admin.TrialSummary(r.Context(), actor(r), id)
	if err != nil {
		return nil, err
	}
	if sum.Runs == 0 {
		return []string{"No event has started a trial yet."}, nil
	}
	n := tallyOf(sum.Tallies)
	tried := view.Plural(sum.Runs, "run", "runs")
	if sum.More {
		tried = "the last " + tried
	}
	first, last := c.moment(r, sum.First.CreatedAt), c.moment(r, sum.Last.CreatedAt)
	one, many := whatIsSent(*sum.Last)
	texts := []string{"It tried " + tried + ", from " + first.Text() + " to " + last.Text() + ", and would have sent " + view.Plural(n.would, one, many) + "."}
	if n.skipped > 0 {
		texts = append(texts, "Skipped: "+skippedText(sum.Tallies))
	}
	if sum.Held > 0 {
		texts = append(texts, view.Plural(sum.Held, "run would be held", "runs would be held")+" for approval, for "+view.Plural(sum.HeldPeople, "person", "people")+" in all.")
	}
	if sum.Stopped > 0 {
		texts = append(texts, view.Plural(sum.Stopped, "run", "runs")+" would have reached nobody.")
	}
	if sum.Open > 0 {
		texts = append(texts, view.Plural(sum.Open, "run", "runs")+" not finished yet.")
	}
	if sum.Hidden > 0 {
		texts = append(texts, hiddenText(sum.Hidden))
	}
	return texts, nil
}

// trial is the action that puts an automation in trial.
func trial(a rekey.Automation) view.Action {
	return view.Action{Text: "Start a trial …", Icon: "eye", Href: automationPath(a.ID) + "/trial"}
}

// triedState is the state of a trial, in a word.
func triedState(run rekey.Run, state view.State) view.State {
	switch {
	case run.State == rekey.RunFinished && run.Reason != "":
		return view.State{Color: view.Amber, Word: "Trial: would be held"}
	case run.State == rekey.RunFinished:
		return view.State{Color: view.Blue, Word: "Trial"}
	default:
		state.Word = "Trial: " + strings.ToLower(state.Word)
		return state
	}
}

// triedText says what a trial would have done.
func triedText(run rekey.Run, n tally) string {
	text := "Trial: nothing was sent."
	if n.sent > 0 {
		text = "Trial: nothing was sent after it began. " + view.Plural(n.sent, "password had", "passwords had") + " been made before, and went out."
	}
	one, _ := whatIsSent(run)
	switch {
	case run.State != rekey.RunFinished && run.State != rekey.RunSending:
		return text
	case run.Reason == rekey.ReasonCeiling:
		return text + " The run would be held for approval: " + run.Detail + "."
	case run.Reason != "":
		return text + " The run would be held: " + run.Reason.Text() + "."
	case n.would == 0:
		return text + " Nobody would have been sent a " + one + "."
	}
	return text + " " + view.Plural(n.would, "person", "people") + " would have been sent a " + one + "."
}

// whatIsSent is what a run sends: one, and several.
func whatIsSent(run rekey.Run) (one, many string) {
	if run.SendsPasswords() {
		return "new password", "new passwords"
	}
	return "message", "messages"
}
