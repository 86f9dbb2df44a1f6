package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
)

const automationsPath = "/automations"

// automationStates are the statuses in words, see rekey.StatusAt.
var automationStates = map[rekey.AutomationStatus]view.State{
	rekey.AutomationDraft:     {Color: view.Grey, Word: "Draft"},
	rekey.AutomationActive:    {Color: view.Green, Word: "Active"},
	rekey.AutomationTrial:     {Color: view.Blue, Word: "In trial"},
	rekey.AutomationScheduled: {Color: view.Blue, Word: "Scheduled"},
	rekey.AutomationStopped:   {Color: view.Red, Word: "Stopped: its owner is blocked"},
	rekey.AutomationInactive:  {Color: view.Grey, Word: "Inactive"},
	rekey.AutomationDone:      {Color: view.Grey, Word: "Done"},
}

func (c *Console) listAutomations(w http.ResponseWriter, r *http.Request) error {
	filters := filtersOf(r, "search", "status", "event", "owner")
	q := rekey.AutomationQuery{
		Search: filters.Get("search"), Status: rekey.AutomationStatus(filters.Get("status")),
		EventType: filters.Get("event"), OwnerID: filters.Get("owner"),
	}
	q.Order, q.Descending = sorting(filters, automationOrders)
	at := place(r)
	found, err := c.Admin.AutomationPage(r.Context(), actor(r), q, at)
	if err != nil {
		return err
	}
	page := view.Automations{
		Frame:   c.frame(r, "Automations", automationsPath),
		Search:  view.Field{Name: "search", Label: "Name, event or owner", Value: q.Search, Max: 200},
		Filters: append(c.automationFilters(q, found.Owners), sortFilter(filters, automationOrders)), Filtered: narrowed(filters, at),
		Name: heading(automationsPath, filters, automationOrders, "name", "Name"), When: heading(automationsPath, filters, automationOrders, "event", "When and then"),
		Pager: pager(r, automationsPath, filters, found.Listed, "automation", "automations"),
	}
	page.Wide = true
	if found.Made == 0 && !narrowed(filters, at) {
		page.Recipes = recipeLinks()
	}
	ids, listed := make([]string, len(found.Entries)), make([]rekey.Automation, len(found.Entries))
	for i, a := range found.Entries {
		ids[i], listed[i] = a.ID, a.Automation
	}
	figures, err := c.Admin.AutomationFigures(r.Context(), actor(r), ids)
	if err != nil {
		return err
	}
	names, err := c.namesFor(r, listed...)
	if err != nil {
		return err
	}
	for _, a := range found.Entries {
		page.Rows = append(page.Rows, c.automationRow(r, a, names, figures[a.ID]))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

var automationOrders = []order{
	{"name", "Name, A to Z", "Name, Z to A"}, {"event", "Event, A to Z", "Event, Z to A"},
	{"owner", "Owner, A to Z", "Owner, Z to A"}, {"status", "Status, A to Z", "Status, Z to A"},
}

func (c *Console) automationFilters(q rekey.AutomationQuery, owners []rekey.SystemUser) []view.Choice {
	statuses, events, people := []view.Option{{Label: "Any"}}, []view.Option{{Label: "Any"}}, []view.Option{{Label: "Any"}}
	for _, status := range []rekey.AutomationStatus{
		rekey.AutomationActive, rekey.AutomationTrial, rekey.AutomationDraft, rekey.AutomationScheduled, rekey.AutomationStopped, rekey.AutomationInactive, rekey.AutomationDone,
	} {
		statuses = append(statuses, view.Option{Value: string(status), Label: automationStates[status].Word})
	}
	for _, event := range c.eventTypes(q.EventType) {
		events = append(events, view.Option{Value: event.Name, Label: event.Label})
	}
	for _, owner := range owners {
		people = append(people, view.Option{Value: owner.ID, Label: view.PersonOf(owner).Shown()})
	}
	return []view.Choice{
		{Name: "status", Label: "Status", Options: view.Choose(statuses, string(q.Status))},
		{Name: "event", Label: "Event", Options: view.Choose(events, q.EventType)},
		{Name: "owner", Label: "Owner", Options: view.Choose(people, q.OwnerID)},
	}
}

func (c *Console) automationRow(r *http.Request, a admin.AutomationView, names sentence.Names, f admin.AutomationFigures) view.AutomationRow {
	row := view.AutomationRow{
		ID: a.ID, Name: a.Name, State: automationStates[a.StatusAt(c.Clock())], Owner: ownerName(a),
		When: eventName(a.Automation), Menu: automationMenu(a),
		Then: thenText(a.Automation, names), Asides: c.asides(r, a.Automation, names),
	}
	if f.Last != nil {
		line := c.runLine(r, *f.Last)
		row.LastRun = &line
	}
	if f.Month.Sent+f.Month.Failed > 0 {
		row.Sent, row.Failed = view.Count(f.Month.Sent), view.Count(f.Month.Failed)
	}
	return row
}

// ownerName is the name of an automation's owner.
func ownerName(a admin.AutomationView) string {
	switch {
	case a.OwnerID == "":
		return "Rekey itself"
	case a.Owner.ID == "":
		return "Somebody of a higher rank"
	default:
		return view.PersonOf(a.Owner).Shown()
	}
}

// eventName is the short name of the event that an automation waits for.
func eventName(a rekey.Automation) string {
	switch name := a.EventFilter.Name; {
	case a.EventType == "":
		return "…"
	case a.EventType == rekey.External && name.Operator == rekey.OpEquals:
		return name.Value
	default:
		return a.EventType
	}
}

// automationMenu lists what the actor may do with an automation in the list.
func automationMenu(a admin.AutomationView) []view.Action {
	at := automationPath(a.ID)
	copied := view.Action{Text: "Copy", Icon: "copy", Post: at + "/copy"}
	preview := view.Action{Text: "Preview", Icon: "eye", Href: at + "?preview=on#preview"}
	if !a.Manageable {
		return []view.Action{preview, copied}
	}
	status := view.Action{Text: "Deactivate …", Icon: "ban", Href: at + "/deactivate"}
	if !a.Status.Starts() {
		status = activation(a.Automation)
	}
	menu := []view.Action{{Text: "Edit", Icon: "pencil", Href: at + "/edit"}, preview, status}
	if a.Status == rekey.AutomationTrial {
		menu = append(menu, activation(a.Automation))
	} else {
		menu = append(menu, trial(a.Automation))
	}
	menu = append(menu, copied)
	if a.OwnerID != "" {
		menu = append(menu, view.Action{Text: "Transfer …", Icon: "users", Href: at + "/transfer"})
	}
	if a.BuiltIn == "" {
		menu = append(menu, view.Action{Text: "Delete …", Icon: "trash", Href: at + "/delete", Danger: true})
	}
	return menu
}

// activation asks first if API users are included, or if there was a trial.
func activation(a rekey.Automation) view.Action {
	at := automationPath(a.ID) + "/activate"
	if a.SendParams().IncludeAPIUsers || a.Status == rekey.AutomationTrial {
		return view.Action{Text: "Activate …", Icon: "player-play", Href: at}
	}
	return view.Action{Text: "Activate", Icon: "player-play", Post: at}
}
