package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/server"
)

type forgotPage struct {
	frame

	Address field
	// Sent: it was asked for, by an address that may be anybody's or nobody's.
	Sent bool
}

func (c *Console) forgotPage(address string, p problem) forgotPage {
	page := forgotPage{frame: c.frame("Forgot your password?")}
	page.Problem = p
	page.Address = field{
		Name: "address", Label: "Email address", Kind: "email", Value: address,
		Autocomplete: "username", Focus: !p.Any(),
	}
	return page
}

func (c *Console) showForgot(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, "forgot", c.forgotPage("", problem{}))
	return nil
}

// forgot answers every address alike: it says what happens if there is such a
// user, and never whether there is.
func (c *Console) forgot(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadForgot(w, r)
	if err != nil {
		return err
	}
	if err := c.Access.Forgot(r.Context(), f.Address, server.From(r.Context()).Source); err != nil {
		return c.again(w, err, func(p problem) {
			c.show(w, r, p.Status, "forgot", c.forgotPage(f.Address, p))
		})
	}
	page := c.forgotPage("", problem{})
	page.Title, page.Sent = "Look into your mailbox", true
	c.show(w, r, http.StatusOK, "forgot", page)
	return nil
}
