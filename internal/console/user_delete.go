package console

import (
	"net/http"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) askDeleteUser(w http.ResponseWriter, r *http.Request) error {
	return c.showDeleteUser(w, r, r.URL.Query().Get("owner"), nil)
}

// showDeleteUser asks before a user is deleted, and who gets their automations and
// selections. failed is the error of the last attempt, or nil.
func (c *Console) showDeleteUser(w http.ResponseWriter, r *http.Request, owner string, failed error) error {
	u, held, err := c.holdings(r)
	if err != nil {
		return err
	}
	name := view.PersonOf(u).Shown()
	page := c.userAsk(r, u, "Delete "+name+"?")
	page.Button, page.Version = "Delete "+name+" permanently", u.Version
	page.Text = []string{
		"The account is deleted permanently, with its passwords, sessions and tokens. Mails on their way to " + u.Address + " are cancelled. A mail that the mail server already accepted still arrives, but its password does not work.",
		"Events, runs and deliveries keep the address. To keep somebody out only for a while, block them instead.",
	}
	if page.Refused, err = refusal(c.Admin.CheckDelete(r.Context(), actor(r), u.ID)); err != nil {
		return err
	}
	if held.Empty() || page.Refused != "" {
		return c.showAsked(w, r, page, failed)
	}
	page.Text = append(page.Text, "They own "+holdingsText(held)+". Name a new owner here, or delete these first.")
	page.Owner = &view.Field{Label: "New owner of what they own"}
	if len(held.Automations) > 0 {
		page.Look = "See who their automations would reach"
	}
	return c.showOwner(w, r, page, owner, failed, held.Automations)
}

func (c *Console) deleteUser(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadOwner(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if f.Owner != "" {
		err = c.Admin.DeleteUserAndHandOn(r.Context(), actor(r), id, f.Version, f.Owner)
	} else {
		err = c.Admin.DeleteUser(r.Context(), actor(r), id, f.Version)
	}
	if err != nil && f.Owner != "" {
		return c.showDeleteUser(w, r, f.Owner, err)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, usersPath+"?notice=user-deleted", http.StatusSeeOther)
	return nil
}
