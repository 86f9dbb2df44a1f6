package console

import (
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

func init() {
	notices["sent-again"] = "This run sends again to those who were not in."
}

// askSendAgain says what sending again means.
func (c *Console) askSendAgain(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	would, err := c.Admin.PreviewSendAgain(r.Context(), actor(r), run.ID)
	refused, err := refusal(err)
	if err != nil {
		return err
	}
	at := runsPath + "/" + run.ID
	people := view.Plural(would.People, "person", "people")
	page := view.Ask{Frame: c.frame(r, "Send again to those who are not in?", runsPath), Text: []string{
		"A new run sends a new password to " + people + " of this run who have not chosen one since, with your authority.",
		"Old passwords that still work are kept until they choose a new one. Revoked ones do not come back.",
		"All checks are made again. Who already got a mail in the last 4 hours, or chooses a password meanwhile, is skipped.",
	}, Post: address(at+"/send-again", url.Values{"last": {would.Last}}), Button: "Send again to " + people,
		Back: view.Link{Text: "Do not send", Href: peoplePath(run.ID, rekey.StandingNotIn)}}
	page.Refused = refused
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: at}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) sendAgain(w http.ResponseWriter, r *http.Request) error {
	last := r.URL.Query().Get("last")
	sent, err := c.Admin.SendAgain(r.Context(), actor(r), r.PathValue("id"), &last)
	if err != nil {
		return err
	}
	to := eventsPath + "/" + sent.Event.ID
	if len(sent.Runs) > 0 {
		to = runsPath + "/" + sent.Runs[0].ID
	}
	http.Redirect(w, r, to+"?notice=sent-again", http.StatusSeeOther)
	return nil
}

// againLinks are the runs that belong to a run: the one to whose people it sends again,
// and those that do so with its own.
func (c *Console) againLinks(r *http.Request, run admin.RunView) ([]view.Link, error) {
	var links []view.Link
	if run.AgainOf != "" {
		links = append(links, view.Link{Text: "Sends again to those who were not in, of run " + shortID(run.AgainOf), Href: runsPath + "/" + run.AgainOf})
	}
	again, err := c.Admin.AgainRuns(r.Context(), actor(r), run.ID)
	for _, other := range again {
		at := c.moment(r, other.CreatedAt)
		links = append(links, view.Link{Text: "Sent again to those who were not in, " + at.Relative() + ": run " + shortID(other.ID), Href: runsPath + "/" + other.ID})
	}
	return links, err
}
