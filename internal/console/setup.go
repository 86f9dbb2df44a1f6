package console

import (
	"net/http"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
)

func (c *Console) setUpPage(r *http.Request, f form.SetUp, u rekey.SystemUser, p view.Problem) view.SetUp {
	page := view.SetUp{Frame: c.frame(r, "Set up the first Administrator", ""), Token: f.Token.Reveal()}
	page.Language = words.English // only Administrators see it
	page.Problem = p
	if u.ID != "" {
		w := view.PersonOf(u)
		page.Recovers, page.Title = &w, "Choose a new password"
	}
	page.Address = view.Field{
		Name: "address", Label: "Email address", Kind: "email", Value: f.Address, Autocomplete: "username",
		Hint: "You log in with this address, and new passwords are sent to it.", Errors: p.Of("address"), Focus: !p.Any(),
	}
	page.FirstName = view.Field{
		Name: "first_name", Label: "First name", Kind: "text", Value: f.FirstName, Autocomplete: "given-name",
		Errors: p.Of("first_name"), Optional: true,
	}
	page.LastName = view.Field{
		Name: "last_name", Label: "Last name", Kind: "text", Value: f.LastName, Autocomplete: "family-name",
		Errors: p.Of("last_name"), Optional: true,
	}
	page.MailLanguage = view.Field{
		Name: "language", Label: "Language of your mails", Errors: p.Of("language"), Optional: true, Options: c.languageOptions(f.Language, true),
	}
	page.TimeZone = view.Field{
		Name: "time_zone", Label: "Time zone", Errors: p.Of("time_zone"), Optional: true, Hint: "Pages show times in this zone.",
		Options: zoneOptions(f.TimeZone, view.Option{Label: "System default (" + c.zone.String() + ")"}),
	}
	page.New = c.newPassword(r, u, "/setup/check", words.English, f.New, p)
	return page
}

func (c *Console) showSetUp(w http.ResponseWriter, r *http.Request) error {
	token := rekey.NewSecret(r.URL.Query().Get("token"))
	u, err := c.Access.SetupLink(r.Context(), token)
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, c.setUpPage(r, form.SetUp{Token: token, Language: c.mailLanguage(r, ""), TimeZone: zoneOfBrowser(r)}, u, view.Problem{}))
	return nil
}

func (c *Console) setUp(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSetUp(w, r)
	if err != nil {
		return err
	}
	u, err := c.Access.SetupLink(r.Context(), f.Token)
	if err != nil {
		return err
	}
	var e access.Entry
	if err = form.CheckRepeated(f.New, f.Repeated); err == nil {
		profile := access.Profile{Address: f.Address, FirstName: f.FirstName, LastName: f.LastName, Language: f.Language, TimeZone: f.TimeZone}
		e, err = c.Access.UseSetupLink(r.Context(), f.Token, profile, f.New)
	}
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.setUpPage(r, f, u, p))
			return nil
		})
	}
	if err := c.Sessions.Begin(r.Context(), e, originOf(r)); err != nil {
		return err
	}
	if u.ID == "" {
		http.Redirect(w, r, setUpMailPath, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/?notice=password-changed", http.StatusSeeOther)
	return nil
}
