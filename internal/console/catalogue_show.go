package console

import (
	"net/http"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

func (c *Console) showCatalogue(w http.ResponseWriter, r *http.Request) error {
	page := view.Catalogue{Frame: c.frame(r, "Catalogue", "/catalogue")}
	page.Wide = true
	jobs := engine.JobTypes()
	for _, j := range jobs {
		job := view.CatalogueJob{
			Name: j.Name, Label: j.Label, Description: j.Description,
			Hints: j.Hints, Parameters: parametersOf(j.Parameters), NotOffered: j.NotOffered,
		}
		for _, t := range rekey.EventTypes() {
			if rekey.FitOf(t, j.JobType) == rekey.FitRecommended {
				job.Recommended = append(job.Recommended, view.Link{Text: t.Label, Href: "#" + t.Name})
			}
		}
		page.Jobs = append(page.Jobs, job)
	}
	for _, t := range rekey.EventTypes() {
		page.Events = append(page.Events, catalogueEvent(t, jobs))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func catalogueEvent(t rekey.EventType, jobs []engine.JobType) view.CatalogueEvent {
	event := view.CatalogueEvent{
		Name: t.Name, Label: t.Label, Designation: string(t.Designation), Description: t.Description,
		Parameters: parametersOf(t.Parameters), From: "Rekey records this event. It cannot be posted.",
	}
	if t.External {
		event.From = "Other systems post this event over the API. You can post it as a test event."
	}
	for _, j := range jobs {
		fit := rekey.FitOf(t, j.JobType)
		event.Fits = append(event.Fits, view.CatalogueFit{
			Job: view.Link{Text: j.Label, Href: "#" + j.Name}, State: fitStates[fit], Why: whyFits(fit, t, j.JobType),
		})
		if fit != rekey.FitImpossible {
			event.Use = address("/automations/new", map[string][]string{"event": {t.Name}})
		}
	}
	return event
}

func parametersOf(parameters []rekey.Parameter) []view.Reference {
	var list []view.Reference
	for _, p := range parameters {
		list = append(list, view.Reference{Name: p.Label, Type: p.Name, About: p.Description})
	}
	return list
}

var fitStates = map[rekey.Fit]view.State{
	rekey.FitRecommended: {Color: view.Green, Word: "Recommended"},
	rekey.FitUsual:       {Color: view.Blue, Word: "Possible"},
	rekey.FitUnusual:     {Color: view.Amber, Word: "Unusual"},
	rekey.FitImpossible:  {Color: view.Red, Word: "Impossible"},
}

// whyFits explains how an event type and a job type go together.
func whyFits(fit rekey.Fit, t rekey.EventType, j rekey.JobType) string {
	switch {
	case !j.Offered:
		return j.NotOffered
	case fit == rekey.FitRecommended:
		return "This is a common reason for this job."
	case fit == rekey.FitUsual:
		return "Both are (" + string(t.Designation) + "), but this is not a common reason for this job."
	case fit == rekey.FitUnusual:
		return "A (" + string(t.Designation) + ") event does not always name somebody for a (" + string(j.Designation) + ") job. Rekey warns you when you save."
	default:
		return "A (" + string(t.Designation) + ") event names nobody for a (" + string(j.Designation) + ") job."
	}
}
