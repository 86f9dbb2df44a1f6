package console

import (
	"net/http"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

const runsPath = "/runs"

func (c *Console) listRuns(w http.ResponseWriter, r *http.Request) error {
	filters := filtersOf(r, "automation", "state", "trial", "event")
	q := rekey.RunQuery{AutomationID: filters.Get("automation"), State: rekey.RunState(filters.Get("state")), EventID: filters.Get("event"), Trial: rekey.TrialFilter(filters.Get("trial"))}
	_, q.Oldest = sorting(filters, runOrders)
	at := place(r)
	found, err := c.Admin.Runs(r.Context(), actor(r), q, at)
	if err != nil {
		return err
	}
	page := view.Runs{Frame: c.frame(r, "Runs", runsPath), Filtered: narrowed(filters, at), When: heading(runsPath, filters, runOrders, "when", "When"),
		Pager: pager(r, runsPath, filters, found, "run", "runs")}
	page.Wide = true
	if page.Filters, err = c.runFilters(r, q); err != nil {
		return err
	}
	page.Filters = append(page.Filters, sortFilter(filters, runOrders))
	if q.EventID != "" {
		e, err := c.Admin.Event(r.Context(), actor(r), q.EventID)
		if err != nil {
			return err
		}
		page.EventID, page.Event = e.ID, eventLink(e.Event)
	}
	for _, run := range found.Entries {
		page.Rows = append(page.Rows, c.runRow(r, run))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

var runOrders = []order{{"when", "Newest first", "Oldest first"}}

func (c *Console) runRow(r *http.Request, run admin.RunView) view.RunRow {
	n := tallyOf(run.Tallies)
	return view.RunRow{
		ID: run.ID, Short: shortID(run.ID), Automation: automationName(run.Automation),
		Event: view.Link{Text: run.Event, Href: eventsPath + "/" + run.EventID}, State: runState(run.Run, n),
		Why: c.whyText(r, run), In: inAmount(run.People), Sent: view.Count(n.sent), Skipped: view.Count(n.skipped), Failed: view.Count(n.failed), Superseded: view.Count(n.superseded),
		When: c.moment(r, run.CreatedAt),
	}
}

func (c *Console) runFilters(r *http.Request, q rekey.RunQuery) ([]view.Choice, error) {
	listed, err := c.Admin.Automations(r.Context(), actor(r), rekey.AutomationQuery{}, admin.Place{Limit: admin.MaxPage})
	if err != nil {
		return nil, err
	}
	automations := listed.Entries
	slices.SortFunc(automations, func(a, b rekey.Automation) int { return strings.Compare(a.NameKey, b.NameKey) })
	names := []view.Option{{Label: "Any"}}
	for _, a := range automations {
		names = append(names, view.Option{Value: a.ID, Label: a.Name})
	}
	states := []view.Option{{Label: "Any"}}
	for _, state := range []rekey.RunState{rekey.RunWaiting, rekey.RunPlanning, rekey.RunHeld, rekey.RunSending, rekey.RunFinished, rekey.RunCancelled, rekey.RunFailed} {
		states = append(states, view.Option{Value: string(state), Label: runStates[state].Word})
	}
	return []view.Choice{
		{Name: "automation", Label: "Automation", Options: view.Choose(names, q.AutomationID)},
		{Name: "state", Label: "State", Options: view.Choose(states, string(q.State))},
		{Name: "trial", Label: "Trials", Options: view.Choose([]view.Option{
			{Label: "With trials"}, {Value: string(rekey.NoTrials), Label: "Without trials"}, {Value: string(rekey.OnlyTrials), Label: "Only trials"},
		}, string(q.Trial))},
	}, nil
}

// eventLink leads to an event.
func eventLink(e rekey.Event) view.Link {
	return view.Link{Text: e.Title(), Href: eventsPath + "/" + e.ID}
}
