package console

import (
	"net/http"

	"rekey/internal/access"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

const logInPath = "/login"

func (c *Console) logInPage(r *http.Request, f form.LogIn, p view.Problem) view.LogIn {
	l := c.language(r)
	page := view.LogIn{Frame: c.frame(r, l.Say("Log in"), "")}
	page.Problem, page.Next, page.Kept = p, nextOf(f.Next), f.Kept
	page.Address = view.Field{
		Name: "address", Label: l.Say("Email address"), Kind: "email", Value: f.Address,
		Autocomplete: "username", Focus: !p.Any() && f.Address == "",
	}
	page.Password = view.Field{
		Name: "password", Label: l.Say("Password"), Kind: "password", Autocomplete: "current-password",
		Hint: l.Say("Your own password, or the one from a mail."),
	}
	return page
}

func (c *Console) showLogIn(w http.ResponseWriter, r *http.Request) error {
	if _, in := access.EntryFrom(r.Context()); in {
		c.arrive(w, r, r.URL.Query().Get("next"), "")
		return nil
	}
	c.show(w, r, http.StatusOK, c.logInPage(r, form.LogIn{Next: r.URL.Query().Get("next")}, view.Problem{}))
	return nil
}

func (c *Console) logIn(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadLogIn(w, r)
	if err != nil {
		return err
	}
	e, err := c.Access.LogIn(r.Context(), f.Address, f.Password, server.From(r.Context()).Source)
	if err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.logInPage(r, f, p))
			return nil
		})
	}
	if err := c.Sessions.Begin(r.Context(), e, originOf(r)); err != nil {
		return err
	}
	if cookie(r, leftCookie) != "" {
		setCookie(w, r, leftCookie, "", 0)
	}
	next, notice, err := c.bring(r, f.Kept, f.Next)
	if err != nil {
		return err
	}
	if e.MustChange() {
		http.Redirect(w, r, with(changePath, "next", nextOf(next), "notice", notice), http.StatusSeeOther)
		return nil
	}
	c.arrive(w, r, next, notice)
	return nil
}

// originOf is the source of a new session.
func originOf(r *http.Request) access.Origin {
	return access.Origin{Source: server.From(r.Context()).Source, Agent: r.UserAgent()}
}
