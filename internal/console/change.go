package console

import (
	"net/http"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

const changePath = "/change-password"

func (c *Console) newPassword(u rekey.SystemUser, check string, p view.Problem) view.NewPassword {
	n := view.NewPassword{
		Check: check,
		Field: view.Field{
			Name: "new_password", Label: "New password", Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("new_password"), Also: "rules",
		},
		Repeated: view.Field{
			Name: "repeated_password", Label: "New password again", Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("repeated_password"),
		},
	}
	for _, r := range c.Access.Rules(u) {
		n.Rules = append(n.Rules, view.Rule{Name: r.Name, Text: r.Text})
	}
	return n
}

func (c *Console) changePage(r *http.Request, e access.Entry, p view.Problem) view.Change {
	page := view.Change{
		Frame: c.frame(r, "Choose your own password", "/account"), Who: view.PersonOf(e.User), Mailed: e.MustChange(),
		API: e.User.Type == rekey.TypeAPI, ValidUntil: c.moment(r, e.ValidUntil),
	}
	page.Problem = p
	page.Current = view.Field{
		Name: "current_password", Label: "Current password", Kind: "password", Autocomplete: "current-password",
		Errors: p.Of("current_password"), Focus: !p.Any(),
	}
	if page.Mailed {
		page.Current.Label = "Password from the mail"
		page.Current.Hint = "Paste it once more."
	}
	page.New = c.newPassword(e.User, changePath+"/check", p)
	return page
}

func (c *Console) showChange(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.changePage(r, entry(r), view.Problem{}))
	return nil
}

func (c *Console) change(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadChangePassword(w, r)
	if err != nil {
		return err
	}
	e := entry(r)
	var version int64
	if err = form.CheckRepeated(f.New, f.Repeated); err == nil {
		version, err = c.Access.ChangePassword(r.Context(), e, f.Current, f.New, server.From(r.Context()).Source)
	}
	if err != nil {
		return c.again(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.changePage(r, e, p))
			return nil
		})
	}
	if e.User.Type == rekey.TypeAPI {
		if err := c.Sessions.End(r.Context()); err != nil {
			return err
		}
		http.Redirect(w, r, logInPath+"?notice=password-changed-api", http.StatusSeeOther)
		return nil
	}
	e.User.PasswordVersion, e.ViaDelivery = version, ""
	if err := c.Sessions.Begin(r.Context(), e, originOf(r)); err != nil {
		return err
	}
	http.Redirect(w, r, "/?notice=password-changed", http.StatusSeeOther)
	return nil
}

// findChange is where password managers look for the page
// (W3C, A Well-Known URL for Changing Passwords).
func (c *Console) findChange(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, changePath, http.StatusFound)
	return nil
}
