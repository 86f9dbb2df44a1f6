package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) askDeleteUser(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	name := view.PersonOf(u).Shown()
	page := c.userAsk(r, u, "Delete "+name+"?")
	page.Button, page.Version = "Delete "+name+" for good", u.Version
	page.Text = []string{
		"The account is gone with its passwords, sessions and tokens, and does not come back. What is on its way to " + u.Address + " is cancelled; what the mail server has accepted already arrives and opens nothing.",
		"What happened stays on record: events, runs and deliveries keep the address. To keep somebody out for a while, block them instead.",
	}
	if page.Refused, err = refusal(c.Admin.CheckDelete(r.Context(), actor(r), u.ID)); err != nil {
		return err
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func (c *Console) deleteUser(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	if err := c.Admin.DeleteUser(r.Context(), actor(r), r.PathValue("id"), version); err != nil {
		return err
	}
	http.Redirect(w, r, usersPath+"?notice=user-deleted", http.StatusSeeOther)
	return nil
}
