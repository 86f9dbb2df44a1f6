package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

func init() {
	notices["run-cancelled"] = "The run is cancelled. What was sent before stays valid."
}

// askCancelRun says what cancelling means.
func (c *Console) askCancelRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.Run(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.Admin.MayManageRun(r.Context(), actor(r), run.ID); err != nil {
		return err
	}
	if !underWay(run) {
		return errRunOver
	}
	at := runsPath + "/" + run.ID
	page := view.Ask{Frame: c.frame(r, "Cancel run "+shortID(run.ID)+"?", runsPath), Text: cancelConsequences(run),
		Post: at + "/cancel", Button: "Cancel the run of “" + automationName(run.Automation) + "”", Danger: true,
		Back: view.Link{Text: "Do not cancel", Href: at}}
	page.Crumbs = []view.Link{{Text: "Runs", Href: runsPath}, {Text: "Run " + shortID(run.ID), Href: runsPath + "/" + run.ID}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

var errRunOver = rekey.NewError(rekey.CodeConflict, "The run has already ended.")

func cancelConsequences(run admin.RunView) []string {
	if run.State != rekey.RunSending {
		_, many := whatIsSent(run.Run)
		return []string{"The run has not started. If you cancel it, it sends no " + many + ".", "Later events start runs as before."}
	}
	n := tallyOf(run.Tallies)
	if !run.SendsPasswords() {
		return []string{view.Plural(n.sent, "message was sent.", "messages were sent."),
			view.Plural(n.queued+n.deferred, "message waits, and is not sent any more.", "messages wait, and are not sent any more.")}
	}
	texts := []string{
		view.Plural(n.sent, "mail was sent; its password stays valid.", "mails were sent; their passwords stay valid."),
		view.Plural(n.queued, "person has no password yet, and gets none.", "people have no password yet, and get none."),
	}
	if n.held > 0 {
		texts = append(texts, view.Plural(n.held, "person waits for their wave, and gets none.", "people wait for their wave, and get none."))
	}
	if n.deferred > 0 {
		texts = append(texts, view.Plural(n.deferred, "mail is delayed. It is tried again only if the old password was revoked.",
			"mails are delayed. They are tried again only if the old password was revoked."))
	}
	if n.underWay > 0 {
		texts = append(texts, view.Plural(n.underWay, "mail is being sent now and is not stopped.", "mails are being sent now and are not stopped."))
	}
	if run.Hidden > 0 {
		texts = append(texts, "The same is true for "+view.Count(run.Hidden)+" more that you may not view.")
	}
	return texts
}

func (c *Console) cancelRun(w http.ResponseWriter, r *http.Request) error {
	run, err := c.Admin.CancelRun(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, runsPath+"/"+run.ID+"?notice=run-cancelled", http.StatusSeeOther)
	return nil
}
