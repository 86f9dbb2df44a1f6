package console

import (
	"net/http"

	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func (c *Console) askDeleteSelection(w http.ResponseWriter, r *http.Request) error {
	v, err := c.Admin.ViewSelection(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.Changeable {
		return errNotOffered
	}
	c.show(w, r, http.StatusOK, c.deletePage(r, v))
	return nil
}

func (c *Console) deletePage(r *http.Request, v admin.SelectionView) view.Ask {
	path := selectionsPath + "/" + v.ID
	page := view.Ask{
		Frame: c.frame(r, "Delete '"+v.Name+"'?", selectionsPath),
		Text:  []string{"No automation uses this selection. Deleting it cannot be undone."},
		Post:  path + "/delete", Button: "Delete '" + v.Name + "'", Danger: true, Version: v.Version,
		Back: view.Link{Text: "Keep the selection", Href: path},
	}
	if len(v.UsedBy) > 0 {
		page.Refused = "This selection cannot be deleted, because it is used by " + automationNames(v.UsedBy) + ". Choose another selection there first."
		page.Instead = view.Link{Text: "See where it is used.", Href: path + "#used-by"}
		page.Back.Text = "Back to the selection"
	}
	page.Crumbs = selectionCrumbs(view.Link{Text: v.Name, Href: path})
	return page
}

func (c *Console) deleteSelection(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := c.Admin.DeleteSelection(r.Context(), actor(r), id, version); err != nil {
		v, viewErr := c.Admin.ViewSelection(r.Context(), actor(r), id)
		if viewErr != nil {
			return viewErr
		}
		return c.showAgain(w, err, func(p view.Problem) error {
			page := c.deletePage(r, v)
			page.Problem = p
			c.show(w, r, p.Status, page)
			return nil
		})
	}
	http.Redirect(w, r, selectionsPath+"?notice=selection-deleted", http.StatusSeeOther)
	return nil
}
