package console

import (
	"net/http"
	"net/url"
	"slices"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// showTemplate shows the mail as its reader sees it.
func (c *Console) showTemplate(w http.ResponseWriter, r *http.Request) error {
	occasion, err := c.occasion(r)
	if err != nil {
		return err
	}
	subject, text, _, err := c.Mail.Preview(occasion, engine.SampleLetter(actor(r), c.Clock()))
	if err != nil {
		return err
	}
	query := "?" + url.Values{
		"reader": {string(occasion.Reader)}, "chosen": {string(occasion.Chosen)}, "old_password": {string(occasion.OldPassword)},
	}.Encode()
	page := view.Template{
		Frame: c.frame(r, "The mail in "+languageName(occasion.Language), mailPath), Subject: subject, Text: text,
		Reader: view.Choice{Name: "reader", Label: "Reader", Options: view.Choose([]view.Option{
			{Value: string(rekey.TypeUI), Label: "logs in here"}, {Value: string(rekey.TypeAPI), Label: "calls the API"},
			{Value: string(rekey.TypeHybrid), Label: "does both"},
		}, string(occasion.Reader))},
		Chosen: view.Choice{Name: "chosen", Label: "Previous password", Options: view.Choose([]view.Option{
			{Value: string(rekey.ChosenSet), Label: "chosen"}, {Value: string(rekey.ChosenNever), Label: "none"},
			{Value: string(rekey.ChosenRevoked), Label: "revoked"},
		}, string(occasion.Chosen))},
		OldPassword: view.Choice{Name: "old_password", Label: "The old password", Options: view.Choose([]view.Option{
			{Value: string(rekey.ReplaceWhenSent), Label: "replaced"}, {Value: string(rekey.KeepUntilChanged), Label: "kept"},
			{Value: string(rekey.RevokeAtOnce), Label: "revoked"},
		}, string(occasion.OldPassword))},
		HTML: r.URL.Path + "/html" + query,
	}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Mail", Href: mailPath}}
	for _, tag := range c.Mail.Languages() {
		page.Languages = append(page.Languages, view.Tab{
			Text: languageName(tag), Active: tag == occasion.Language,
			Href: mailPath + "/templates/" + tag + query,
		})
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// showTemplateHTML serves the HTML part alone, for a frame of the page. See
// view.MailPolicy.
func (c *Console) showTemplateHTML(w http.ResponseWriter, r *http.Request) error {
	occasion, err := c.occasion(r)
	if err != nil {
		return err
	}
	_, _, body, err := c.Mail.Preview(occasion, engine.SampleLetter(actor(r), c.Clock()))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("X-Frame-Options", "SAMEORIGIN")
	header.Set("Content-Security-Policy", view.MailPolicy(body))
	c.write(w, http.StatusOK, []byte(body))
	return nil
}

// occasion reads from the address for which occasion a template is shown.
func (c *Console) occasion(r *http.Request) (engine.Occasion, error) {
	query := r.URL.Query()
	o := engine.Occasion{
		Language: r.PathValue("language"), Reader: rekey.UserType(query.Get("reader")), Automation: "Locked out",
		EventType: rekey.UserLocked, Involved: true, Chosen: rekey.Chosen(query.Get("chosen")), OldPassword: rekey.OldPassword(query.Get("old_password")),
	}
	if !slices.Contains(c.Mail.Languages(), o.Language) {
		return o, errNoPage
	}
	if !o.Reader.Valid() {
		o.Reader = rekey.TypeUI
	}
	if !o.OldPassword.Valid() {
		o.OldPassword = rekey.ReplaceWhenSent
	}
	switch o.Chosen {
	case rekey.ChosenNever:
		o.Automation, o.EventType = "New colleague", rekey.UserCreated
	case rekey.ChosenRevoked:
	default:
		o.Chosen = rekey.ChosenSet
	}
	return o, nil
}
