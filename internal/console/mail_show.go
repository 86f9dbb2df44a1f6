package console

import (
	"fmt"
	"net/http"

	"rekey"
	"rekey/internal/console/view"
)

const mailPath = "/mail"

func (c *Console) showMail(w http.ResponseWriter, r *http.Request) error {
	page, err := c.mailPage(r)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) mailPage(r *http.Request) (view.Mail, error) {
	page := view.Mail{Frame: c.frame(r, "Mail", mailPath), Facts: c.transportFacts(r)}
	page.Wide = true
	for _, tag := range c.Mail.Languages() {
		page.Templates = append(page.Templates, view.Link{Text: languageName(tag), Href: mailPath + "/templates/" + tag})
	}
	if actor(r).Authority().MayAdminister() {
		test := c.mailTest(r, actor(r).Address, actor(r).Language, view.Problem{})
		page.Test = &test
	}
	return page, c.unsent(r, &page)
}

// unsent lists failed and deferred deliveries.
func (c *Console) unsent(r *http.Request, page *view.Mail) error {
	query := r.URL.Query()
	state := rekey.DeliveryState(query.Get("state"))
	if state != rekey.DeliveryFailed && state != rekey.DeliveryDeferred {
		state = ""
	}
	listed, err := c.Admin.Unsent(r.Context(), actor(r), rekey.UnsentQuery{State: state}, place(r))
	if err != nil {
		return err
	}
	people, err := c.deliveredTo(r, listed.Entries)
	if err != nil {
		return err
	}
	automations, err := c.automationsOf(r, listed.Entries)
	if err != nil {
		return err
	}
	for _, tab := range []struct {
		text  string
		state rekey.DeliveryState
	}{{"All", ""}, {"Deferred", rekey.DeliveryDeferred}, {"Failed", rekey.DeliveryFailed}} {
		href := mailPath
		if tab.state != "" {
			href += "?state=" + string(tab.state)
		}
		page.Tabs = append(page.Tabs, view.Tab{Text: tab.text, Href: href, Active: tab.state == state})
	}
	for _, d := range listed.Entries {
		u := view.Unsent{
			Person: personOf(d, people), State: deliveryStates[d.State], At: c.moment(r, d.UpdatedAt), Href: "/deliveries/" + d.ID,
			Run: view.Link{Text: automationName(automations[d.RunID]), Href: runsPath + "/" + d.RunID}, Reply: deliveryReason(d),
		}
		if d.State == rekey.DeliveryDeferred {
			u.Next = c.moment(r, d.NextAttempt)
		}
		page.Unsent = append(page.Unsent, u)
	}
	page.None = view.Empty{Icon: "circle-check", Title: "Nothing to correct", Text: "This list shows deliveries that the mail server refused or delayed."}
	page.Pager = pager(r, mailPath, filtersOf(r, "state"), listed, "delivery", "deliveries")
	return nil
}

// transportFacts are the facts about the mail server.
func (c *Console) transportFacts(r *http.Request) []view.Fact {
	t := c.Mail.Health()
	state := transportState(t.State)
	facts := []view.Fact{{Label: "State", State: &state}}
	add := func(label string, m view.Moment) {
		if m.Known() {
			facts = append(facts, view.Fact{Label: label, Moment: &m})
		}
	}
	add("Since", c.moment(r, t.Since))
	add("Next attempt", c.moment(r, t.Until))
	add("Last accepted", c.moment(r, t.LastAccepted))
	if reply := replyText(t.LastReply.Code, t.LastReply.Text); reply != "" {
		facts = append(facts, view.Fact{Label: "Last reply", Code: reply})
	}
	return append(facts, view.Fact{Label: "Connections", Text: fmt.Sprintf("%d open, %d in use", t.Open, t.Busy)})
}

// languageNames are those of the languages that come with templates, each in
// itself.
var languageNames = map[string]string{"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}

func languageName(tag string) string {
	if name, ok := languageNames[tag]; ok {
		return name
	}
	return tag
}
