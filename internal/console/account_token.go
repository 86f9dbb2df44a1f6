package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

var accountCrumbs = []view.Link{{Text: "Account", Href: accountPath}}

func (c *Console) createToken(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadToken(w, r)
	if err != nil {
		return err
	}
	if err = c.makeToken(w, r, actor(r), f, accountCrumbs); err == nil {
		return nil
	}
	return c.again(w, err, func(p view.Problem) error {
		page, err := c.accountPage(r, formOf(actor(r)), f, p)
		if err == nil {
			c.show(w, r, p.Status, page)
		}
		return err
	})
}

func (c *Console) askRevokeToken(w http.ResponseWriter, r *http.Request) error {
	return c.askRevoke(w, r, actor(r), accountCrumbs)
}

// revokeToken revokes one's own token: somebody else's is there for /users.
func (c *Console) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.token(r, actor(r)); err != nil {
		return err
	}
	if err := c.Admin.RevokeToken(r.Context(), actor(r), r.PathValue("token")); err != nil {
		return err
	}
	http.Redirect(w, r, accountPath+"?notice=token-revoked#tokens", http.StatusSeeOther)
	return nil
}
