package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

const accountPath = "/account"

func (c *Console) showAccount(w http.ResponseWriter, r *http.Request) error {
	page, err := c.accountPage(r, formOf(actor(r)), form.Token{}, view.Problem{})
	if err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// accountPage is the page with a profile and a token as they were typed.
func (c *Console) accountPage(r *http.Request, profile form.User, token form.Token, p view.Problem) (page view.Account, err error) {
	e := entry(r)
	page = view.Account{
		Frame: c.frame(r, "Account", accountPath), Version: profile.Version, Shortcuts: shortcutsOf(r),
		Facts: []view.Fact{
			{Label: "Email address", Text: e.User.Address},
			{Label: "Type", Text: typeTexts[e.User.Type]},
			{Label: "Role", Text: roleTexts[e.User.Role]},
			{Label: "Last log-in", Text: "This is the first.", Moment: known(c.moment(r, e.LastLogin))},
			{Label: "Password chosen", Text: "Never", Moment: known(c.moment(r, e.User.PasswordChangedAt))},
		},
		Themes: view.Choice{Name: "theme", Label: "Theme", Inline: true, Options: view.Choose([]view.Option{
			{Value: "system", Label: "As the system has it"}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"},
		}, themeOf(r))},
	}
	if themeOf(r) == "" {
		page.Themes.Options[0].Chosen = true
	}
	page.Problem = p
	page.Profile = c.profile(profile, p, true)
	for i, name := range []string{"given-name", "family-name"} {
		page.Profile[i].Autocomplete = name
	}
	if page.Tokens, err = c.tokens(r, e.User, accountPath, token, p); err != nil {
		return page, err
	}
	sessions, err := c.Sessions.List(r.Context())
	for _, s := range sessions {
		row := view.SessionRow{ID: s.ID, Agent: s.Agent, Began: c.moment(r, s.Began), Seen: c.moment(r, s.Seen), Current: s.Current, MustChange: s.MustChange}
		if s.Source.IsValid() {
			row.Source = s.Source.String()
		}
		if !s.Current {
			page.Others++
		}
		page.Sessions = append(page.Sessions, row)
	}
	return page, err
}
