package console

import (
	"net/http"

	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["resumed"] = "Sending is resumed. The oldest mails are sent first."
}

// pausedStrip is the notice of a pause, for every page inside; nil without a pause.
func (c *Console) pausedStrip(r *http.Request) *view.Paused {
	p, err := c.Admin.Pause(r.Context(), actor(r))
	if err != nil { // the page itself shows the error of the database
		c.Logger.WarnContext(r.Context(), "whether sending is paused could not be read", "error", err)
		return nil
	}
	if !p.On() {
		return nil
	}
	strip := &view.Paused{Since: c.moment(r, p.At), By: p.By, Reason: p.Reason, MayResume: c.Admin.MayPause(actor(r)) == nil}
	if actor(r).Authority().MayDefine() {
		strip.Waiting = waiting(p)
		return strip
	}
	strip.ForMember = true
	return strip
}

// waiting says how many runs and deliveries wait for the end of a pause.
func waiting(p admin.PauseView) string {
	return total(p.Runs) + " " + word(p.Runs, "run", "runs") + " and " +
		total(p.Deliveries) + " " + word(p.Deliveries, "delivery waits", "deliveries wait") + "."
}

// askPause says what a pause means, and asks why.
func (c *Console) askPause(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.pausePage(r, "", view.Problem{}))
	return nil
}

// showPauseTyped is askPause with a reason as typed.
func (c *Console) showPauseTyped(w http.ResponseWriter, r *http.Request) error {
	reason, err := form.ReadReason(w, r)
	if err == nil {
		c.show(w, r, http.StatusOK, c.pausePage(r, reason, view.Problem{}))
	}
	return err
}

func (c *Console) pausePage(r *http.Request, reason string, problem view.Problem) view.Ask {
	page := view.Ask{Frame: c.frame(r, "Pause all sending?", ""), Post: "/pause", Button: "Pause all sending", Danger: true,
		Back: view.Link{Text: "Do not pause", Href: "/"},
		Text: []string{
			"From now on, no run is executed and no new mail is sent, on all nodes. Mails that are being sent at this moment are finished.",
			"Events are stored and wait. Mailed passwords stay valid, and people can still choose their own. People who ask for a new password must wait.",
			"Only Administrators can resume sending.",
		},
		Confirm: &view.Field{Name: "reason", Label: "Reason", Hint: "All pages show the reason. Example: moving to a new mail server.", Value: reason, Max: 200, Optional: true, Errors: problem.Of("reason")},
	}
	page.Problem = problem
	return page
}

func (c *Console) pause(w http.ResponseWriter, r *http.Request) error {
	reason, err := form.ReadReason(w, r)
	if err != nil {
		return err
	}
	if _, err = c.Admin.PauseSending(r.Context(), actor(r), reason); err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.pausePage(r, reason, p))
			return nil
		})
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// askResume says what would be sent.
func (c *Console) askResume(w http.ResponseWriter, r *http.Request) error {
	p, err := c.Admin.Pause(r.Context(), actor(r))
	if err != nil {
		return err
	}
	page := view.Ask{Frame: c.frame(r, "Resume sending?", ""), Post: "/resume", Button: "Resume sending",
		Back: view.Link{Text: "Stay paused", Href: "/"}, Text: []string{
			waiting(p),
			"They continue at once, the oldest first. A delivery that was certainly not mailed gets a new password with a new validity. A delivery that may have been mailed does not change.",
			"Requests by 'Forgot your password?' that are older than 4 hours are cancelled. People who still need a password must ask again.",
		}}
	if !p.On() {
		page.Refused, page.Back = "Sending is not paused.", view.Link{Text: "Home", Href: "/"}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) resume(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Admin.Resume(r.Context(), actor(r)); err != nil {
		return err
	}
	http.Redirect(w, r, "/?notice=resumed", http.StatusSeeOther)
	return nil
}
