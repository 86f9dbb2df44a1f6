package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
)

// namesFor looks up the names of the users and selections of automations. Both the
// sentence and the list of what a draft lacks need them.
func (c *Console) namesFor(r *http.Request, automations ...rekey.Automation) (names sentence.Names, err error) {
	names.Directories = c.Admin.HasDirectories()
	if names.Users, err = c.userNames(r, automations); err != nil {
		return names, err
	}
	var ids, before []string
	for _, a := range automations {
		before = append(before, a.EventFilter.Automation)
		if a.SelectionID != "" {
			ids = append(ids, a.SelectionID)
		}
	}
	if names.Automations, err = c.automationNames(r, before); err != nil {
		return names, err
	}
	names.Selections, err = c.Admin.FindSelections(r.Context(), actor(r), ids)
	return names, err
}

// userNames are the names of the system users that automations name, by id.
func (c *Console) userNames(r *http.Request, automations []rekey.Automation) (map[string]string, error) {
	names := map[string]string{}
	var ids []string
	for _, a := range automations {
		for _, id := range a.Names() {
			if uuid.Validate(id) != nil {
				continue // a name or an address that is still being typed
			}
			ids, names[id] = append(ids, id), "somebody that you may not view"
		}
	}
	if len(ids) == 0 {
		return names, nil
	}
	found, err := c.Admin.FindUsers(r.Context(), actor(r), ids)
	for id, u := range found {
		names[id] = view.PersonOf(u).Shown()
	}
	return names, err
}

// thenText says in short what an automation does, and to whom.
func thenText(a rekey.Automation, names sentence.Names) string {
	p := a.SendParams()
	switch {
	case a.JobType == rekey.NotifyAddress:
		return "message to " + sentence.Recipients(a, names)
	case a.JobType != rekey.SendNewPassword:
		return "…"
	case p.UseEventParameter:
		return "new password"
	case p.EverybodyInSelection:
		return "new password for everybody in the selection"
	case p.SystemUser != "":
		return "new password for " + names.Users[p.SystemUser]
	default:
		return "new password for …"
	}
}

// missingTexts say what a draft lacks, by the field that the sentence links to.
var missingTexts = map[string]string{
	"event_type": "event", "event_filter.schedule.start": "schedule", "event_filter.automation": "automation that has finished", "job_type": "job", "job_params.system_user": "recipient",
	"selection_id": "selection", "delay.value": "delay", "job_params.waves.first": "waves",
	"job_params.recipients": "recipients", "job_params.subject": "subject", "job_params.text": "message",
}

// asides say what else decides whom an automation reaches and when. For a draft
// they say what it lacks.
func (c *Console) asides(r *http.Request, a rekey.Automation, names sentence.Names) []string {
	var missing []string
	for _, phrase := range sentence.Of(a, names) {
		if text := missingTexts[phrase.Field]; phrase.Missing && !slices.Contains(missing, text) {
			missing = append(missing, text)
		}
	}
	var list []string
	if len(missing) > 0 {
		list = append(list, "missing: "+strings.Join(missing, ", "))
	}
	if a.JobType == rekey.SendNewPassword {
		if guard := "API users kept out"; a.SendParams().IncludeAPIUsers {
			list = append(list, "API users included")
		} else {
			list = append(list, guard)
		}
	}
	if !a.Delay.IsZero() {
		list = append(list, "waits "+a.Delay.Text())
	}
	if next := c.moment(r, a.NextAt); next.Known() {
		list = append(list, "next "+next.Relative())
	}
	for _, side := range []struct {
		word string
		at   view.Moment
	}{{"begins", c.moment(r, a.TimeFrame.Start)}, {"ends", c.moment(r, a.TimeFrame.End)}} {
		if side.at.Known() && side.at.At.After(c.Clock()) {
			list = append(list, side.word+" "+side.at.Relative())
		}
	}
	return list
}

var runStates = map[rekey.RunState]view.State{
	rekey.RunWaiting:   {Color: view.Grey, Word: "Waiting"},
	rekey.RunPlanning:  {Color: view.Blue, Word: "Planning"},
	rekey.RunHeld:      {Color: view.Amber, Word: "Held"},
	rekey.RunSending:   {Color: view.Blue, Word: "Sending"},
	rekey.RunFinished:  {Color: view.Green, Word: "Finished"},
	rekey.RunCancelled: {Color: view.Grey, Word: "Cancelled"},
	rekey.RunFailed:    {Color: view.Red, Word: "Failed"},
}

// runLine is a run in one line: how many people it reached, or why nobody.
func (c *Console) runLine(r *http.Request, run admin.RunView) view.RunLine {
	n := tallyOf(run.Tallies)
	line := view.RunLine{
		Href: runsPath + "/" + run.ID, Moment: c.moment(r, run.CreatedAt), State: runState(run.Run, n), Text: c.whyText(r, run),
	}
	if n.sent > 0 && run.State == rekey.RunFinished {
		line.Text = strings.TrimSpace(view.Plural(n.sent, "person", "people") + " reached. " + line.Text)
	}
	if n.failed > 0 {
		line.Text = strings.TrimSpace(line.Text + " " + view.Count(n.failed) + " failed.")
	}
	return line
}
