package console

import (
	"net/http"

	"rekey"
	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/server"
)

const changePath = "/change-password"

type changePage struct {
	frame

	Who        who
	Mailed     bool // came in with a mailed password
	API        bool // the new password is for a program
	ValidUntil moment
	Current    field
	New        newPassword
}

// newPassword is the part of a form where somebody chooses a password.
type newPassword struct {
	Field    field
	Repeated field // shown where there is no script to show what was typed
	Check    string
	Rules    []rule
}

type rule struct{ Name, Text string }

func (c *Console) newPassword(u rekey.SystemUser, check string, p problem) newPassword {
	n := newPassword{
		Check: check,
		Field: field{
			Name: "new_password", Label: "New password", Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("new_password"), Also: "rules",
		},
		Repeated: field{
			Name: "repeated_password", Label: "New password again", Kind: "password", Autocomplete: "new-password",
			Errors: p.Of("repeated_password"),
		},
	}
	for _, r := range c.Access.Rules(u) {
		n.Rules = append(n.Rules, rule{r.Name, r.Text})
	}
	return n
}

func (c *Console) changePage(e access.Entry, p problem) changePage {
	page := changePage{
		frame: c.frame("Choose your own password"), Who: whoIs(e.User), Mailed: e.MustChange(),
		API: e.User.Type == rekey.TypeAPI, ValidUntil: c.moment(e.ValidUntil, e.User),
	}
	page.In, page.Problem = true, p
	page.Current = field{
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
	c.show(w, r, http.StatusOK, "change", c.changePage(entry(r), problem{}))
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
		return c.again(w, err, func(p problem) { c.show(w, r, p.Status, "change", c.changePage(e, p)) })
	}
	if e.User.Type == rekey.TypeAPI {
		if err := c.Sessions.End(r.Context()); err != nil {
			return err
		}
		http.Redirect(w, r, logInPath+"?notice=password-changed-api", http.StatusSeeOther)
		return nil
	}
	e.User.PasswordVersion, e.ViaDelivery = version, ""
	if err := c.Sessions.Begin(r.Context(), e); err != nil {
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
