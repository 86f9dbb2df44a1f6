package console

import (
	"net/http"
	"strings"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/console/words"
)

const accountPath = "/account"

// showAccountTyped shows the account with a profile or a token as typed.
func (c *Console) showAccountTyped(w http.ResponseWriter, r *http.Request) error {
	profile, err := form.ReadUser(w, r)
	if err != nil {
		return err
	}
	token, err := form.ReadToken(w, r)
	if err != nil {
		return err
	}
	if !r.PostForm.Has("version") {
		profile = formOf(actor(r))
	}
	page, err := c.accountPage(r, profile, token, view.Problem{})
	if err == nil {
		c.show(w, r, http.StatusOK, page)
	}
	return err
}

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
	e, l := entry(r), c.language(r)
	page = view.Account{
		Frame: c.frame(r, l.Say("Account"), accountPath), Version: profile.Version, Shortcuts: shortcutsOf(r),
		Facts: []view.Fact{
			{Label: l.Say("Email address"), Text: e.User.Address},
			{Label: l.Say("Type"), Text: l.Say(typeTexts[e.User.Type])},
			{Label: l.Say("Role"), Text: l.Say(e.User.Role.Label())},
			{Label: l.Say("Last log-in"), Text: l.Say("This is your first log-in."), Moment: known(c.moment(r, e.LastLogin))},
			{Label: l.Say("Password chosen"), Text: l.Say("Never"), Moment: known(c.moment(r, e.User.PasswordChangedAt))},
		},
		Themes: view.Choice{Name: "theme", Label: l.Say("Theme"), Inline: true, Options: view.Choose([]view.Option{
			{Value: "system", Label: l.Say("Same as your device")}, {Value: "light", Label: l.Say("Light")}, {Value: "dark", Label: l.Say("Dark")},
		}, themeOf(r))},
	}
	if themeOf(r) == "" {
		page.Themes.Options[0].Chosen = true
	}
	page.Problem = p
	page.Profile = c.profile(profile, p, e.User, e.User)
	completes := map[string]string{"first_name": "given-name", "last_name": "family-name"}
	for i := range page.Profile {
		page.Profile[i].Autocomplete = completes[page.Profile[i].Name]
		page.Profile[i].Label, page.Profile[i].Hint = l.Say(page.Profile[i].Label), l.Say(page.Profile[i].Hint)
		if options := page.Profile[i].Options; len(options) > 0 {
			options[0].Label = l.Say(options[0].Label)
		}
	}
	if page.Tokens, err = c.tokens(r, e.User, accountPath, token, p); err != nil {
		return page, err
	}
	sessions, err := c.Sessions.List(r.Context())
	for _, s := range sessions {
		row := view.SessionRow{ID: s.ID, Agent: agentIn(l, s.Agent), Began: c.moment(r, s.Began), Seen: c.moment(r, s.Seen), Current: s.Current, MustChange: s.MustChange}
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

// agentIn is the browser of a session in a language: "Firefox sur Windows".
func agentIn(l words.Language, agent string) string {
	if program, system, both := strings.Cut(agent, " on "); both {
		return l.Say("%s on %s", program, system)
	}
	return agent
}
