package console

import (
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// shownRuns is how many runs the page of an automation lists.
const shownRuns = 10

func automationPath(id string) string { return automationsPath + "/" + id }

func (c *Console) showAutomation(w http.ResponseWriter, r *http.Request) error {
	a, err := c.Admin.AutomationView(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := view.Automation{
		Frame: c.frame(r, a.Name, automationsPath), State: automationStates[a.StatusAt(c.Clock())], Active: a.Status.Starts(),
		All: runsPath + "?automation=" + a.ID,
	}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Automations", Href: automationsPath}}
	page.Actions, page.More, page.Fixed = automationActions(a)
	names, err := c.namesFor(r, a.Automation)
	if err != nil {
		return err
	}
	page.Sentence = sentence.Of(a.Automation, names)
	for i := range page.Sentence {
		page.Sentence[i].Field = "" // the fields are on another page
	}
	if err := c.sayPreview(r, a, &page); err != nil {
		return err
	}
	figures, err := c.Admin.AutomationFigures(r.Context(), actor(r), []string{a.ID})
	if err != nil {
		return err
	}
	if a.Status == rekey.AutomationTrial {
		if page.Trial, err = c.trialTexts(r, a.ID); err != nil {
			return err
		}
	}
	page.Open = openText(figures[a.ID])
	if figures[a.ID].Held > 0 {
		page.Held = view.Link{Text: "See all held runs", Href: heldPath(a.ID)}
	}
	if a.StatusAt(c.Clock()) == rekey.AutomationStopped {
		page.Warnings = append(page.Warnings, "The owner is blocked, so new runs are held. They continue when the owner is restored or the automation has a new owner.")
	}
	if page.Facts, err = c.automationFacts(r, a, names, figures[a.ID].Month); err != nil {
		return err
	}
	runs, err := c.Admin.Runs(r.Context(), actor(r), rekey.RunQuery{AutomationID: a.ID}, admin.Place{Limit: shownRuns})
	if err != nil {
		return err
	}
	for _, run := range runs.Entries {
		page.Runs = append(page.Runs, c.runLine(r, run))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// automationActions are what the actor may do with an automation.
func automationActions(a admin.AutomationView) (actions, more []view.Action, fixed string) {
	at := automationPath(a.ID)
	preview := view.Action{Text: "Preview", Icon: "eye", Href: at + "?preview=on#preview"}
	copied := view.Action{Text: "Copy", Icon: "copy", Post: at + "/copy"}
	if !a.Manageable {
		if a.OwnerID == "" {
			return []view.Action{preview, copied}, nil, "This automation belongs to Rekey. Only Administrators can change it. You can make your own copy."
		}
		return []view.Action{preview, copied}, nil, "This automation belongs to somebody of a higher rank, so you cannot change it. You can make your own copy."
	}
	actions = []view.Action{preview, {Text: "Edit", Icon: "pencil", Href: at + "/edit", Edits: true}}
	if a.Status.Starts() {
		actions = append(actions, view.Action{Text: "Deactivate", Icon: "ban", Href: at + "/deactivate"})
	}
	if a.Status != rekey.AutomationActive {
		activate := activation(a.Automation)
		activate.Primary = true
		actions = append(actions, activate)
	}
	if a.Status != rekey.AutomationTrial {
		more = append(more, trial(a.Automation))
	}
	more = append(more, copied)
	switch transfer := (view.Action{Text: "Transfer", Icon: "users", Href: at + "/transfer"}); {
	case a.OwnerBlocked:
		transfer.Primary = true
		actions = append(actions, transfer)
	case a.OwnerID != "":
		more = append(more, transfer)
	}
	if a.BuiltIn == "" {
		more = append(more, view.Action{Text: "Delete", Icon: "trash", Href: at + "/delete", Danger: true})
	}
	return actions, more, ""
}

// sayPreview adds the problems and warnings of an automation and, on request, whom
// it would reach.
func (c *Console) sayPreview(r *http.Request, a admin.AutomationView, page *view.Automation) error {
	asked := r.URL.Query().Has("preview")
	d := drafted{stored: a, edited: a.Automation}
	d.Naming = actor(r).Address // one person is enough to find the problems
	if asked {
		d.Naming = r.URL.Query().Get("naming")
	}
	seen, err := c.look(r, d)
	if err != nil {
		return err
	}
	preview := seen.preview
	if asked {
		page.Preview = &view.Preview{Naming: seen.naming, Reach: seen.reach}
	}
	for _, problem := range preview.Problems {
		page.Problems = append(page.Problems, problem.Message)
	}
	for _, warning := range preview.Warnings {
		page.Warnings = append(page.Warnings, warning.Message)
	}
	return nil
}

// openText says which runs are under way.
func openText(f admin.AutomationFigures) string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{f.Waiting, "waiting for its due time"}, {f.Held, "held"}, {f.Sending, "sending"}} {
		if part.n == 0 {
			continue
		}
		text := view.Plural(part.n, "run is ", "runs are ") + part.what
		if part.n > 1 {
			text = strings.Replace(text, "its due time", "their due time", 1)
		}
		parts = append(parts, text)
	}
	return inSentence(strings.Join(parts, ", "))
}

func (c *Console) automationFacts(r *http.Request, a admin.AutomationView, names sentence.Names, month rekey.Figures) ([]view.Fact, error) {
	event, _ := rekey.FindEventType(a.EventType)
	job, _ := engine.FindJobType(a.JobType)
	owner := view.Fact{Label: "Owner", Text: ownerName(a)}
	if a.Owner.ID != "" {
		person := view.PersonOf(a.Owner)
		owner.Person = &person
	}
	facts := []view.Fact{owner}
	if a.Description != "" {
		facts = append(facts, view.Fact{Label: "Description", Text: a.Description})
	}
	facts = append(facts, view.Fact{Label: "Event", Text: called(event.Label, string(event.Designation))}, view.Fact{Label: "Job", Text: job.Label})
	facts = append(append(facts, jobFacts(a.Automation, names)...), view.Fact{Label: "Time zone", Text: a.TimeZone})
	facts = append(facts, view.Fact{Label: "Last 30 days", Text: view.Count(month.Sent) + " sent · " + view.Count(month.Failed) + " failed · " + view.Count(month.Skipped) + " skipped"})
	saved := c.moment(r, a.UpdatedAt)
	facts = append(facts, view.Fact{Label: "Last changed", Moment: &saved})
	if a.UpdatedBy != "" {
		u, err := c.Admin.User(r.Context(), actor(r), a.UpdatedBy)
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return nil, err
		}
		if err == nil {
			person := view.PersonOf(u)
			facts = append(facts, view.Fact{Label: "Written by", Person: &person})
		}
	}
	return append(facts, historyFact(automationPath(a.ID)), view.Fact{Label: "Id", Code: a.ID}), nil
}

// jobFacts say what the sentence leaves out about the job.
func jobFacts(a rekey.Automation, names sentence.Names) []view.Fact {
	if !a.SendsPasswords() {
		m := a.NotifyParams()
		return []view.Fact{{Label: "Subject", Text: m.Subject}, {Label: "Message", Text: m.Text}}
	}
	sel := view.Fact{Label: "Selection", Text: "none"}
	if found, known := names.Selections[a.SelectionID]; known {
		sel.Link = &view.Link{Text: found.Name, Href: "/selections/" + found.ID}
	} else if a.SelectionID != "" {
		sel.Text = "a deleted selection"
	}
	p := a.SendParams()
	guard := view.State{Color: view.Green, Word: "Kept out"}
	if p.IncludeAPIUsers {
		guard = view.State{Color: view.Amber, Word: "Included"}
	}
	facts := []view.Fact{sel, {Label: "API users", State: &guard}}
	if p.Note != "" {
		facts = append(facts, view.Fact{Label: "Note to the recipients", Text: p.Note})
	}
	return facts
}

// called is a name and its designation; "…" for no name.
func called(name, designation string) string {
	if name == "" {
		return "…"
	}
	return name + " (" + designation + ")"
}
