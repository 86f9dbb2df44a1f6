package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

func (c *Console) forgotPage(r *http.Request, f form.Forgot, p view.Problem) view.Forgot {
	l := c.language(r)
	page := view.Forgot{Frame: c.frame(r, l.Say("Forgot your password?"), "")}
	page.Problem, page.Next = p, nextOf(f.Next)
	page.Address = view.Field{
		Name: "address", Label: l.Say("Email address"), Kind: "email", Value: f.Address,
		Autocomplete: "username", Focus: !p.Any(),
	}
	return page
}

func (c *Console) showForgot(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.forgotPage(r, form.Forgot{Next: r.URL.Query().Get("next")}, view.Problem{}))
	return nil
}

// forgot answers every address alike. It never says whether there is such a user.
func (c *Console) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadForgot(w, r)
	if err != nil {
		return err
	}
	if err := c.Access.Forgot(r.Context(), f.Address, server.From(r.Context()).Source); err != nil {
		return c.showAgain(w, err, func(p view.Problem) error {
			c.show(w, r, p.Status, c.forgotPage(r, f, p))
			return nil
		})
	}
	page := c.forgotPage(r, form.Forgot{Next: f.Next}, view.Problem{})
	page.Title, page.Sent = c.language(r).Say("Check your mailbox"), true
	c.show(w, r, http.StatusOK, page)
	return nil
}
