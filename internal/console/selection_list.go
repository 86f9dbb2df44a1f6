package console

import (
	"net/http"

	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

const selectionsPath = "/selections"

// shownUsers is how many automations that use a selection the list names.
const shownUsers = 3

func (c *Console) listSelections(w http.ResponseWriter, r *http.Request) error {
	filters := filtersOf(r, "search")
	at := place(r)
	found, err := c.Admin.SelectionPage(r.Context(), actor(r), filters.Get("search"), at)
	if err != nil {
		return err
	}
	page := view.Selections{
		Frame:    c.frame(r, "Selections", selectionsPath),
		Search:   view.Field{Name: "search", Label: "Name", Value: filters.Get("search"), Max: 200},
		Filtered: narrowed(filters, at),
		Pager:    pager(r, selectionsPath, filters, found, "selection", "selections"),
	}
	page.Wide = true
	for _, v := range found.Entries {
		row := view.SelectionRow{
			ID: v.ID, Name: v.Name, CEL: v.Expression, BuiltIn: v.BuiltIn != "", Owner: selectionOwner(v),
			Used: len(v.UsedBy), UsedBy: usedBy(v), Changed: c.moment(r, v.UpdatedAt),
		}
		row.UsedBy = row.UsedBy[:min(len(row.UsedBy), shownUsers)]
		if rows, ok := selection.Parse(v.Expression); ok {
			row.Words = rows.Words()
		}
		page.Rows = append(page.Rows, row)
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func selectionOwner(v admin.SelectionView) view.Owner {
	if v.Owner.ID == "" {
		return view.Owner{Hidden: v.OwnerID != ""}
	}
	return view.Owner{Person: view.PersonOf(v.Owner)}
}

func usedBy(v admin.SelectionView) []view.Link {
	var links []view.Link
	for _, a := range v.UsedBy {
		links = append(links, view.Link{Text: a.Name, Href: "/automations/" + a.ID})
	}
	return links
}
