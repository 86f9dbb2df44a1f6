package console

import (
	"net/http"
	"net/url"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

// newCondition is the condition of a new selection.
const newCondition = "!user.uses_api"

func (c *Console) newSelection(w http.ResponseWriter, r *http.Request) error {
	f := form.Selection{Go: "save", Back: r.URL.Query().Get("back"), Remove: -1, Example: -1}
	f.Condition.Expression = newCondition
	if like := r.URL.Query().Get("like"); like != "" {
		sel, err := c.Admin.Selection(r.Context(), actor(r), like)
		if err != nil {
			return err
		}
		f.Condition.Expression, f.Description = sel.Expression, sel.Description
	}
	f.Condition.Shown = f.Condition.Expression
	e := c.editing(r, rekey.Selection{}, f)
	e.fromCEL(f.Condition.Expression)
	c.show(w, r, http.StatusOK, e.page())
	return nil
}

func (c *Console) editSelection(w http.ResponseWriter, r *http.Request) error {
	v, err := c.Admin.ViewSelection(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.Changeable {
		return errNotOffered
	}
	e := c.editing(r, v.Selection, form.Selection{
		Name: v.Name, Description: v.Description, Version: v.Version, Remove: -1, Example: -1,
	})
	e.fromCEL(v.Expression)
	c.show(w, r, http.StatusOK, e.page())
	return nil
}

// createSelection saves a new selection, or shows the form again as a button has
// changed it.
func (c *Console) createSelection(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSelection(w, r)
	if err != nil {
		return err
	}
	e := c.editing(r, rekey.Selection{}, f)
	e.settle()
	if !e.saves() {
		return e.show(w)
	}
	var made rekey.Selection
	if err = e.ready(); err == nil {
		made, err = c.Admin.CreateSelection(r.Context(), actor(r), e.selection())
	}
	if err != nil {
		return e.showAgain(w, err)
	}
	to := selectionsPath + "/" + made.ID + "?notice=selection-created"
	if back := localPath(f.Back); back != "" {
		u, _ := url.Parse(back) // localPath has parsed it
		query := u.Query()
		query.Set("selection", made.ID)
		query.Set("notice", "selection-created")
		to = address(u.Path, query)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (c *Console) saveSelection(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSelection(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	v, err := c.Admin.ViewSelection(r.Context(), actor(r), id)
	if err != nil {
		return err
	}
	if !v.Changeable {
		return errNotOffered
	}
	e := c.editing(r, v.Selection, f)
	e.settle()
	if !e.saves() {
		return e.show(w)
	}
	if err = e.ready(); err == nil {
		_, err = c.Admin.UpdateSelection(r.Context(), actor(r), id, f.Version, func(sel *rekey.Selection) error {
			wanted := e.selection()
			sel.Name, sel.Description, sel.Expression = wanted.Name, wanted.Description, wanted.Expression
			return nil
		})
	}
	switch {
	case rekey.CodeOf(err) == rekey.CodeStale:
		return e.showNewer(w, r)
	case err != nil:
		return e.showAgain(w, err)
	}
	http.Redirect(w, r, selectionsPath+"/"+v.ID+"?notice=selection-saved", http.StatusSeeOther)
	return nil
}

// previewSelection answers the script of the form: it returns the parts of the form
// that follow from a change.
func (c *Console) previewSelection(w http.ResponseWriter, r *http.Request) error {
	f, err := form.ReadSelection(w, r)
	if err != nil {
		return err
	}
	e := c.editing(r, rekey.Selection{}, f)
	e.settle()
	return e.part(w)
}

func references() (fields, functions []view.Reference) {
	for _, f := range selection.FieldReferences() {
		fields = append(fields, view.Reference{Name: f.Name, Type: f.Type, About: f.About})
	}
	for _, f := range selection.FunctionReferences() {
		functions = append(functions, view.Reference{Name: f.Form, About: f.About})
	}
	return fields, functions
}
