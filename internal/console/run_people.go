package console

import (
	"net/http"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/csvcells"
)

// latestShown is how many runs the overview shows, of the last latestRead.
const (
	latestShown = 5
	latestRead  = 25
)

// latestRuns are the latest runs that were to reach somebody.
func (c *Console) latestRuns(r *http.Request) ([]view.LatestRun, error) {
	found, err := c.Admin.Runs(r.Context(), actor(r), rekey.RunQuery{}, admin.Place{Limit: latestRead, Uncounted: true})
	if err != nil {
		return nil, err
	}
	var list []view.LatestRun
	for _, run := range found.Entries {
		if people := standings(run, ""); people.Text != "" && len(list) < latestShown {
			list = append(list, view.LatestRun{Run: view.Link{Text: automationName(run.Automation), Href: runsPath + "/" + run.ID},
				When: c.moment(r, run.CreatedAt), People: people})
		}
	}
	return list, nil
}

// downloadPeople writes the people of a run with a standing as CSV: all of them, page by
// page. Times are in UTC.
func (c *Console) downloadPeople(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	list, ok := standingOf(r.URL.Query().Get("show"))
	if !ok {
		list = everyoneNotIn
	}
	page := admin.Place{Limit: admin.MaxPage, Uncounted: true}
	out, begun := csvcells.NewWriter(w), false
	for {
		found, err := c.Admin.Deliveries(r.Context(), actor(r), rekey.DeliveryQuery{RunID: run.ID, Standing: list.standing}, page)
		var people map[string]rekey.SystemUser
		if err == nil {
			people, err = c.deliveredTo(r, found.Entries)
		}
		switch {
		case err != nil && !begun:
			return err
		case err != nil: // a page of an error would look like a line of the file
			c.Logger.ErrorContext(r.Context(), "the list of people was not read to its end", "run_id", run.ID, "error", err.Error())
			_ = out.Write("The list is not complete: the rest could not be read.") // a reader who has left cannot be told
			return out.Flush()
		}
		if !begun {
			begun = true
			w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			w.Header().Set("Content-Disposition", `attachment; filename="run-`+shortID(run.ID)+"-"+string(list.standing)+`.csv"`)
			_ = out.Write("name", "address", "standing", "why", "sent_at", "valid_until", "in_at", "delivery")
		}
		for _, d := range found.Entries {
			p := personOf(d, people)
			_ = out.Write(p.Name, p.Address, string(d.Standing()), d.Why(), machineTime(d.AcceptedAt), machineTime(d.ValidUntil), machineTime(d.InAt), d.ID)
		}
		if page.After = found.Next; page.After == "" {
			return out.Flush()
		}
	}
}

// machineTime is a time for programs; "" if there is none.
func machineTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
