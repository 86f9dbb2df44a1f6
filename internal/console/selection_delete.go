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

func (c *Console) deletePage(r *http.Request, v admin.SelectionView) view.SelectionDelete {
	path := selectionsPath + "/" + v.ID
	page := view.SelectionDelete{
		Frame: c.frame(r, "Delete '"+v.Name+"'?", selectionsPath),
		Post:  path + "/delete", Back: path, Version: v.Version, UsedBy: usedBy(v),
	}
	page.Crumbs = selectionCrumbs(view.Link{Text: v.Name, Href: path})
	return page
}

func (c *Console) deleteSelection(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSelection(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := c.Admin.DeleteSelection(r.Context(), actor(r), id, f.Version); err != nil {
		v, viewErr := c.Admin.ViewSelection(r.Context(), actor(r), id)
		if viewErr != nil {
			return viewErr
		}
		return c.again(w, err, func(p view.Problem) {
			page := c.deletePage(r, v)
			page.Problem = p
			c.show(w, r, p.Status, page)
		})
	}
	http.Redirect(w, r, selectionsPath+"?notice=selection-deleted", http.StatusSeeOther)
	return nil
}
