package console

import (
	"net/http"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) askHandOn(w http.ResponseWriter, r *http.Request) error {
	return c.showHandOn(w, r, r.URL.Query().Get("owner"), nil)
}

func (c *Console) showHandOn(w http.ResponseWriter, r *http.Request, owner string, failed error) error {
	u, held, err := c.holdings(r)
	if err != nil {
		return err
	}
	name := view.PersonOf(u).Shown()
	page := c.userAsk(r, u, "Transfer what "+name+" owns?")
	page.Danger, page.Button = false, "Transfer everything"
	if held.Empty() {
		page.Refused = name + " owns no automations and no selections."
		return c.showAsked(w, r, page, failed)
	}
	page.Text = []string{
		"This gives " + holdingsText(held) + " to a new owner. If one cannot be transferred, none is.",
		"Automations act with the authority of their new owner from then on. Runs that are held because " + name + " is blocked continue.",
	}
	if len(held.Automations) > 0 {
		page.Look = "See who they would reach"
	}
	return c.showOwner(w, r, page, owner, failed, held.Automations)
}

func (c *Console) handOn(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadOwner(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, err := c.Admin.HandOn(r.Context(), actor(r), id, f.Owner); err != nil {
		return c.showHandOn(w, r, f.Owner, err)
	}
	leadTo(w, userPath(id)+"?notice=handed-on")
	return nil
}

// holdings returns the system user whom a request names, with what they own.
func (c *Console) holdings(r *http.Request) (rekey.SystemUser, admin.Holdings, error) {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return u, admin.Holdings{}, err
	}
	held, err := c.Admin.Holdings(r.Context(), actor(r), u.ID)
	return u, held, err
}
