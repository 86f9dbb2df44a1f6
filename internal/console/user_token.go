package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

// tokens lists the tokens of an API or Hybrid user under a path, with the form for a
// new one. It is nil if there are none, or the actor may not view them.
func (c *Console) tokens(r *http.Request, u rekey.SystemUser, path string, f form.Token, p view.Problem) (*view.Tokens, error) {
	self := actor(r).ID == u.ID
	if u.Type == rekey.TypeUI || !self && !actor(r).Authority().MayChange(u) {
		return nil, nil
	}
	list, err := c.Admin.Tokens(r.Context(), actor(r), u.ID)
	if err != nil {
		return nil, err
	}
	if f.Days == "" {
		f.Days = strconv.Itoa(int(rekey.DefaultTokenLife / (24 * time.Hour)))
	}
	l := c.language(r)
	tokens := &view.Tokens{
		Name: view.Field{Name: "name", Label: l.Say("Purpose"), Value: f.Name, Max: rekey.MaxName, Errors: p.Of("name")},
		Days: view.Choice{Name: "expires_in_days", Label: l.Say("Valid for"), Errors: p.Of("expires_in_days"), Options: view.Choose([]view.Option{
			{Value: "7", Label: l.Say("7 days")}, {Value: "30", Label: l.Say("30 days")}, {Value: "90", Label: l.Say("90 days")}, {Value: "365", Label: l.Say("a year")},
		}, f.Days)},
	}
	if u.Status == rekey.UserActive {
		tokens.Create = path + "/tokens"
	}
	for _, t := range list {
		row := view.TokenRow{
			Name: t.Name, Created: c.moment(r, t.CreatedAt), LastUsed: c.moment(r, t.LastUsedAt), Expires: c.moment(r, t.ExpiresAt),
			Expired: t.Expired(c.Clock()), Revoke: path + "/tokens/" + t.ID + "/revoke",
		}
		if t.Resting && !row.Expired {
			row.Confirm = path + "/tokens/" + t.ID + "/confirm"
		}
		tokens.List = append(tokens.List, row)
	}
	return tokens, nil
}

// makeToken creates a token and shows its text, which is not stored.
func (c *Console) makeToken(w http.ResponseWriter, r *http.Request, u rekey.SystemUser, f form.Token, crumbs []view.Link) error {
	days, err := strconv.Atoi(f.Days)
	if err != nil || days < 1 || days > int(rekey.MaxTokenLife/(24*time.Hour)) {
		return rekey.Invalid("expires_in_days", "Give a whole number from 1 to 365.")
	}
	token, text, err := c.Admin.CreateToken(r.Context(), actor(r), admin.TokenRequest{
		UserID: u.ID, Name: f.Name, Life: time.Duration(days) * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	l := c.language(r)
	page := view.Token{
		Frame: c.frame(r, l.Say("The new token '%s'", token.Name), crumbs[0].Href), Text: text.Reveal(),
		Whose: view.PersonOf(u), Expires: c.moment(r, token.ExpiresAt),
		Back: view.Link{Text: l.Say("I have copied it"), Href: crumbs[len(crumbs)-1].Href + "#tokens"},
	}
	page.Crumbs = crumbs
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) createUserToken(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadToken(w, r)
	if err != nil {
		return err
	}
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	err = c.makeToken(w, r, u, f, userCrumbs(u))
	if err == nil {
		return nil
	}
	return c.showAgain(w, err, func(p view.Problem) error {
		page, err := c.userPage(r, u, f, p)
		if err == nil {
			c.show(w, r, p.Status, page)
		}
		return err
	})
}

// token returns the token of a path, if it is that system user's.
func (c *Console) token(r *http.Request, u rekey.SystemUser) (rekey.Token, error) {
	list, err := c.Admin.Tokens(r.Context(), actor(r), u.ID)
	if err != nil {
		return rekey.Token{}, err
	}
	for _, t := range list {
		if t.ID == r.PathValue("token") {
			return t, nil
		}
	}
	return rekey.Token{}, rekey.NewError(rekey.CodeNotFound, "Token not found. It may have been revoked already.")
}

// askRevoke asks before a token is revoked.
func (c *Console) askRevoke(w http.ResponseWriter, r *http.Request, u rekey.SystemUser, crumbs []view.Link) error {
	t, err := c.token(r, u)
	if err != nil {
		return err
	}
	l := c.language(r)
	page := view.Ask{
		Frame: c.frame(r, l.Say("Revoke the token '%s'?", t.Name), crumbs[0].Href),
		Text:  []string{l.Say("The next call with this token is refused. A revoked token cannot be restored.") + " " + lastUse(c, r, t)},
		Post:  r.URL.Path, Button: l.Say("Revoke '%s'", t.Name), Danger: true, Back: view.Link{Text: l.Say("Keep the token"), Href: crumbs[len(crumbs)-1].Href + "#tokens"},
	}
	page.Crumbs = crumbs
	c.show(w, r, http.StatusOK, page)
	return nil
}

func lastUse(c *Console, r *http.Request, t rekey.Token) string {
	if t.LastUsedAt.IsZero() {
		return c.language(r).Say("It was never used.")
	}
	return c.language(r).Say("It was last used %s.", c.moment(r, t.LastUsedAt).Relative())
}

func (c *Console) askRevokeUserToken(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.askRevoke(w, r, u, userCrumbs(u))
}

func (c *Console) revokeUserToken(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.withToken(w, r, u, c.Admin.RevokeToken, userPath(u.ID)+"?notice=token-revoked")
}

func (c *Console) confirmUserToken(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.withToken(w, r, u, c.Admin.ConfirmToken, userPath(u.ID)+"?notice=token-confirmed")
}

// withToken changes the token of a path, if it is that system user's, and redirects
// to a page with the tokens.
func (c *Console) withToken(w http.ResponseWriter, r *http.Request, u rekey.SystemUser,
	do func(ctx context.Context, actor rekey.SystemUser, id string) error, next string,
) error {
	t, err := c.token(r, u)
	if err != nil {
		return err
	}
	if err := do(r.Context(), actor(r), t.ID); err != nil {
		return err
	}
	http.Redirect(w, r, next+"#tokens", http.StatusSeeOther)
	return nil
}
