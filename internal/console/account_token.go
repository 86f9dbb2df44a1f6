package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) accountCrumbs(r *http.Request) []view.Link {
	return []view.Link{{Text: c.language(r).Say("Account"), Href: accountPath}}
}

func (c *Console) createToken(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadToken(w, r)
	if err != nil {
		return err
	}
	if err = c.makeToken(w, r, actor(r), f, c.accountCrumbs(r)); err == nil {
		return nil
	}
	return c.showAgain(w, err, func(p view.Problem) error {
		page, err := c.accountPage(r, formOf(actor(r)), f, p)
		if err == nil {
			c.show(w, r, p.Status, page)
		}
		return err
	})
}

func (c *Console) askRevokeToken(w http.ResponseWriter, r *http.Request) error {
	return c.askRevoke(w, r, actor(r), c.accountCrumbs(r))
}

// revokeToken revokes one's own token. For other users there is /users.
func (c *Console) revokeToken(w http.ResponseWriter, r *http.Request) error {
	return c.withToken(w, r, actor(r), c.Admin.RevokeToken, accountPath+"?notice=token-revoked")
}

func (c *Console) confirmToken(w http.ResponseWriter, r *http.Request) error {
	return c.withToken(w, r, actor(r), c.Admin.ConfirmToken, accountPath+"?notice=token-confirmed")
}
