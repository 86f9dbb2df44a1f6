package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

const (
	eventsPath   = "/events"
	newEventPath = eventsPath + "/new"

	peopleInRow  = 3   // people named in a row of a list
	peopleOnPage = 100 // people named on the page of an event
)

func (c *Console) listEvents(w http.ResponseWriter, r *http.Request) error {
	filters := filtersOf(r, "type")
	at := place(r)
	found, err := c.Admin.Events(r.Context(), actor(r), filters.Get("type"), at)
	if err != nil {
		return err
	}
	page := view.Events{Frame: c.frame(r, "Events", eventsPath), Filtered: narrowed(filters, at),
		Pager: pager(r, eventsPath, filters, found, "event", "events")}
	page.Wide = true
	types := []view.Option{{Label: "Any"}}
	for _, t := range c.eventTypes(filters.Get("type")) {
		types = append(types, view.Option{Value: t.Name, Label: t.Label})
	}
	page.Filters = []view.Choice{{Name: "type", Label: "Event type", Options: view.Choose(types, filters.Get("type"))}}
	if page.Rows, err = c.eventRows(r, found.Entries); err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) eventRows(r *http.Request, events []admin.EventView) ([]view.EventRow, error) {
	var ids, subjects []string
	for _, e := range events {
		ids = append(ids, e.ID)
		subjects = append(subjects, e.Users[:min(len(e.Users), peopleInRow)]...)
		if e.PostedBy != "" {
			subjects = append(subjects, e.PostedBy)
		}
	}
	started, err := c.Admin.StartedBy(r.Context(), actor(r), ids)
	if err != nil {
		return nil, err
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), subjects)
	if err != nil {
		return nil, err
	}
	rows := make([]view.EventRow, len(events))
	for i, e := range events {
		row := view.EventRow{ID: e.ID, Name: e.Title(), Source: cameFromText(e.Event, people), When: c.moment(r, e.Received)}
		row.People, row.More = involved(e, people, peopleInRow)
		for _, run := range started[e.ID] {
			row.Runs = append(row.Runs, view.RunRow{ID: run.ID, Automation: automationName(run.Automation), State: runState(run.Run, tallyOf(run.Tallies))})
		}
		rows[i] = row
	}
	return rows, nil
}

// cameFromText says in a row where an event comes from.
func cameFromText(e rekey.Event, people map[string]rekey.SystemUser) string {
	poster, known := people[e.PostedBy]
	name := view.PersonOf(poster).Shown()
	switch {
	case e.Source == rekey.InternalSource && known:
		return "by " + name
	case e.Source == rekey.InternalSource:
		return "recorded by Rekey"
	case e.IsTest() && known:
		return "test event by " + name
	case e.IsTest():
		return "test event"
	case known:
		return e.Source + ", posted by " + name
	default:
		return e.Source
	}
}

// involved are the first people that an event names, and the number of others in
// words.
func involved(e admin.EventView, people map[string]rekey.SystemUser, most int) (shown []view.Person, more string) {
	for _, subject := range e.Users[:min(len(e.Users), most)] {
		if u, known := people[subject]; known {
			shown = append(shown, view.PersonOf(u))
		} else {
			shown = append(shown, view.Person{Address: subject, Gone: true})
		}
	}
	if n := len(e.Users) - len(shown) + e.More; n > 0 {
		more = "and " + view.Count(n) + " more"
	}
	if e.Hidden > 0 {
		if more != "" {
			more += ", "
		}
		more += "and " + view.Count(e.Hidden) + " that you may not view"
	}
	return shown, more
}
