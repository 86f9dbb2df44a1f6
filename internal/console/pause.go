package console

import (
	"net/http"

	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["resumed"] = "Sending goes on, with what has waited longest."
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
	page := view.Ask{Frame: c.frame(r, "Pause everything?", ""), Post: "/pause", Button: "Pause everything", Danger: true,
		Back: view.Link{Text: "Let it go on", Href: "/"},
		Text: []string{
			"From now on no run is executed and no mail is begun, for nobody and on all nodes. What is on the wire at this moment comes to its end.",
			"Events are taken and wait. Mailed passwords stay valid, and people go on choosing their own. Somebody who asks for a new password has to wait.",
			"Only Administrators can end the pause.",
		},
		Confirm: &view.Field{Name: "reason", Label: "Why", Hint: "It is shown on every page.", Value: reason, Max: 200, Optional: true, Errors: problem.Of("reason")},
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
	page := view.Ask{Frame: c.frame(r, "Go on with sending?", ""), Post: "/resume", Button: "Go on with sending",
		Back: view.Link{Text: "Stay paused", Href: "/"}, Text: []string{
			waiting(p),
			"They go on at once, with what has waited longest. What was surely not mailed gets a new password, valid from its mail on; what may have been mailed stays as it is.",
			"Requests by 'Forgot your password?' of more than 4 hours ago are cancelled. Who still needs one asks again.",
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
