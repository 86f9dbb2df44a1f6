package console

import (
	"net/http"
	"strconv"

	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
)

func init() {
	notices["run-approved"] = "The run is approved. All checks are made again before anything is sent."
}

// askApproveRun says what approving means.
func (c *Console) askApproveRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.Admin.MayApproveRun(r.Context(), actor(r), run.ID); err != nil {
		return err
	}
	at := runsPath + "/" + run.ID
	people := view.Plural(run.Waiting(), "person", "people")
	page := view.Ask{Frame: c.frame(r, "Approve run "+shortID(run.ID)+"?", runsPath), Text: []string{
		"Sends " + people + " a new password, in the name of “" + automationName(run.Automation) + "”.",
		"All checks are made again. People can be left out, but nobody is added.",
	}, Post: at + "/approve?count=" + strconv.Itoa(run.Waiting()), Button: "Send " + people + " a new password", Danger: true,
		Back: view.Link{Text: "Leave it held", Href: at}}
	if !run.Waves.IsZero() {
		page.Text = append(page.Text, "It is sent in waves: "+sentence.Waves(run.Waves)+". A wave begins now.")
	}
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: at}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) approveRun(w http.ResponseWriter, r *http.Request) error {
	count, _ := strconv.Atoi(r.FormValue("count")) // 0, if it is no number, is refused as a wrong number
	run, err := c.Admin.ApproveRun(r.Context(), actor(r), r.PathValue("id"), count)
	if err != nil {
		return err
	}
	http.Redirect(w, r, runsPath+"/"+run.ID+"?notice=run-approved", http.StatusSeeOther)
	return nil
}
