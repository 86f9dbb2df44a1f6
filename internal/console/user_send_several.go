package console

import (
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

const (
	// refusedShown is how many people are named to whom nothing is sent.
	refusedShown = 20
	// maxTicked is the largest form, in bytes: a page has at most 500 rows.
	maxTicked = 64 << 10
)

func init() {
	notices["several-sent"] = "This run sends to those whom you ticked."
}

// sendPasswords asks before it sends new passwords to the ticked system users, and sends
// them once it is confirmed.
func (c *Console) sendPasswords(w http.ResponseWriter, r *http.Request) error {
	values, err := form.ReadAny(w, r, maxTicked)
	if err != nil {
		return err
	}
	ticked := values["user"]
	if len(ticked) == 1 {
		leadTo(w, userPath(url.PathEscape(ticked[0]))+"/send-password")
		return nil
	}
	if values.Get("confirmed") != "" {
		sent, _, err := c.Admin.SendPasswords(r.Context(), actor(r), ticked)
		if err != nil {
			return err
		}
		to := eventsPath + "/" + sent.Event.ID
		if len(sent.Runs) > 0 {
			to = runsPath + "/" + sent.Runs[0].ID
		}
		http.Redirect(w, r, to+"?notice=several-sent", http.StatusSeeOther)
		return nil
	}
	page, err := c.askSendPasswords(r, ticked)
	if err == nil {
		c.show(w, r, http.StatusOK, page)
	}
	return err
}

// askSendPasswords says what sending to several means.
func (c *Console) askSendPasswords(r *http.Request, ticked []string) (view.Ask, error) {
	page := view.Ask{
		Frame: c.frame(r, "Send new passwords?", usersPath), Post: usersPath + "/send-password", Back: view.Link{Text: "Do not send", Href: usersPath},
	}
	page.Crumbs = []view.Link{{Text: "System users", Href: usersPath}}
	if len(ticked) == 0 {
		page.Refused, page.Back.Text = "Tick the system users to whom to send a new password.", "Back to the list"
		return page, nil
	}
	would, err := c.Admin.PreviewSendPasswords(r.Context(), actor(r), ticked)
	if err != nil {
		return page, err
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), ticked)
	if err != nil {
		return page, err
	}
	var refused []string
	for _, x := range would.Refused[:min(len(would.Refused), refusedShown)] {
		name := "Somebody that you may not view"
		if u, found := people[x.Subject]; found {
			name = view.PersonOf(u).Shown()
		}
		refused = append(refused, name+": "+x.Why)
	}
	if more := len(would.Refused) - len(refused); more > 0 {
		refused = append(refused, "And "+view.Count(more)+" more.")
	}
	if len(would.Users) == 0 {
		page.Refused, page.Back.Text = "Nobody would be sent a new password. "+refused[0], "Back to the list"
		return page, nil
	}
	number := view.Plural(len(would.Users), "person", "people")
	page.Button = "Send to " + number
	page.Text = []string{
		"A run of '" + would.Automation.Name + "' sends a new password to " + number + ", with your authority.",
		oldPasswordTexts[would.Params.OldPassword],
		"All checks are made again: the run shows who was skipped and why. Of several people, each gets at most one mail in 4 hours, and three in 24.",
	}
	if text := rekey.CeilingText(len(would.Users), 0, would.Params.Ceiling); text != "" {
		page.Text = append(page.Text, heldWarning(text))
	}
	if len(refused) > 0 {
		page.Text = append(page.Text, "To "+view.Plural(len(would.Refused), "person", "people")+" nothing is sent:")
		page.Text = append(page.Text, refused...)
	}
	page.Carried = []view.Hidden{{Name: "confirmed", Value: "yes"}}
	for _, id := range ticked {
		page.Carried = append(page.Carried, view.Hidden{Name: "user", Value: id})
	}
	return page, nil
}
