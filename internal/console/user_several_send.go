package console

import (
	"crypto/rand"
	"net/http"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

func init() {
	notices["several-sent"] = "This run sends to those whom you chose."
}

// sendingNot says to how many people nothing is sent.
const sendingNot = "Nothing is sent to %s:"

// askSendSeveral says what sending to several means. The form gets an id, so that it makes
// one run however often it is sent.
func (c *Console) askSendSeveral(r *http.Request, s several, page *view.Ask) error {
	would, err := c.Admin.PreviewSendPasswords(r.Context(), actor(r), s.users)
	if err != nil {
		return err
	}
	page.LeftOut = s.leftOut(sendingNot, would.Refused, leftOutAsked)
	if len(would.Users) == 0 {
		page.Refused = "Nobody would be sent a new password."
		return nil
	}
	number := view.Plural(len(would.Users), "person", "people")
	page.Button = "Send to " + number
	page.Text = append(page.Text,
		"A run of '"+would.Automation.Name+"' sends a new password to "+number+", with your authority: "+s.names(would.Users)+".",
		oldPasswordTexts[would.Params.OldPassword],
	)
	if would.Callers > 0 {
		page.Text = append(page.Text, "Programs call the API with the passwords of "+view.Plural(would.Callers, "person", "people")+
			" among them. Those passwords work until a new one is chosen. Then the programs fail until their configuration is changed.")
	}
	if would.DueAt.Sub(c.Clock()) > time.Second {
		page.Text = append(page.Text, "The mails are sent at "+c.moment(r, would.DueAt).Text()+", because the automation waits.")
	}
	checked := "All checks are made again: the run shows who was skipped and why."
	if would.Params.OldPassword != rekey.RevokeAtOnce {
		checked += " Of several people, each gets at most one mail in 4 hours, and three in 24."
	}
	page.Text = append(page.Text, checked)
	if text := rekey.CeilingText(len(would.Users), 0, would.Params.Ceiling); text != "" {
		page.Text = append(page.Text, heldWarning(text))
	}
	page.Carried = append(page.Carried, view.Hidden{Name: "form", Value: rand.Text()})
	return nil
}

// sendSeveral leads to the run, or says first to whom nothing is sent.
func (c *Console) sendSeveral(w http.ResponseWriter, r *http.Request, s several) error {
	sent, refused, err := c.Admin.SendPasswords(r.Context(), actor(r), s.users, s.values.Get("form"))
	if err != nil {
		return err
	}
	to, text := eventsPath+"/"+sent.Event.ID, "See the event"
	if len(sent.Runs) > 0 {
		to, text = runsPath+"/"+sent.Runs[0].ID, "See the run"
	}
	if len(refused) == 0 {
		http.Redirect(w, r, to+"?notice=several-sent", http.StatusSeeOther)
		return nil
	}
	page := view.Done{
		Frame: c.frame(r, "New passwords requested", usersPath), Link: view.Link{Text: text, Href: to}, Back: view.Link{Text: "Back to the list", Href: s.back},
		Text:    []string{ofPeople("A run sends a new password to %s.", len(sent.Event.Users))},
		LeftOut: s.leftOut(sendingNot, refused, leftOutDone),
	}
	page.Crumbs = []view.Link{{Text: "System users", Href: s.back}}
	c.show(w, r, http.StatusOK, page)
	return nil
}
