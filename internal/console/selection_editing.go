package console

import (
	"cmp"
	"errors"
	"net/http"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

// editing is one request to create or change a selection.
type editing struct {
	condition

	console *Console
	request *http.Request
	stored  rekey.Selection // the zero value for a new one
	form    form.Selection
	// focus is the row that gets the focus; -1 for none.
	focus   int
	problem view.Problem
	// cause is the error of the condition, with its place.
	cause   error
	preview view.SelectionPreview
	newer   []view.NewerField
	// typing: the answer replaces a part of the page during typing.
	typing bool
}

func (c *Console) editing(r *http.Request, stored rekey.Selection, f form.Selection) *editing {
	return &editing{console: c, request: r, stored: stored, form: f, focus: -1, preview: uncounted}
}

// saves reports whether the form was sent to be saved.
func (e *editing) saves() bool { return e.form.Go == "save" }

// settle reads the condition, and does the action of the button.
func (e *editing) settle() {
	f := e.form.Condition
	if e.form.Remove >= 0 && e.form.Remove < len(f.Rows) {
		f.Rows = append(f.Rows[:e.form.Remove:e.form.Remove], f.Rows[e.form.Remove+1:]...)
	}
	if examples := selection.Examples(); e.form.Example >= 0 && e.form.Example < len(examples) {
		f.Side, f.Expression = "cel", examples[e.form.Example].Expression
	}
	switch e.form.Go {
	case "rows-to-cel":
		f.Side = "rows"
	case "cel-to-rows":
		f.Side = "cel"
	}
	if f.Side == "rows" && !e.saves() {
		fitted := condition{rows: f.Rows}
		fitted.fitRows()
		f.Rows = fitted.rows
	}
	e.condition = settle(f)
	if e.form.Go == "add-row" && e.noRows == "" {
		e.rows, e.focus = append(e.rows, form.Row{}), len(e.rows)
	}
}

func (e *editing) selection() rekey.Selection {
	return rekey.Selection{Name: e.form.Name, Description: e.form.Description, Expression: e.expression}
}

// ready returns all errors that keep the form from being saved.
func (e *editing) ready() error {
	conditions := e.problems.Err()
	if conditions == nil {
		return nil
	}
	var p rekey.Problems
	sel := e.selection()
	p.Merge("", sel.Validate())
	p.Merge("", conditions)
	return p.Err()
}

// look calculates whom the condition selects, and keeps the errors of the condition.
func (e *editing) look() error {
	problems := e.problems.Err()
	if problems == nil {
		found, err := e.console.selectionPreview(e.request, e.expression)
		switch rekey.CodeOf(err) {
		case "":
			e.preview = found
			return nil
		case rekey.CodeInvalid:
			problems = err
		default:
			return err
		}
	}
	e.blame(problems)
	return nil
}

// blame shows an error on the form.
func (e *editing) blame(err error) {
	e.cause = err
	if known, ok := errors.AsType[*rekey.Error](err); ok && !e.adds() { // a row that was just added is empty
		e.problem = problemOf(known)
	}
	e.preview = view.SelectionPreview{Text: "Correct the condition to count the system users."}
	if e.problem.Of("expression") == nil {
		e.preview.Text = "Complete the rows to count the system users."
	}
}

func (e *editing) adds() bool { return e.form.Go == "add-row" || e.form.Remove >= 0 }

// show answers a button that saves nothing with the whole page.
func (e *editing) show(w http.ResponseWriter) error {
	if err := e.look(); err != nil {
		return err
	}
	status := http.StatusOK
	if e.problem.Any() {
		status = http.StatusUnprocessableEntity
	}
	e.console.show(w, e.request, status, e.page())
	return nil
}

// part answers a script with the form.
func (e *editing) part(w http.ResponseWriter) error {
	e.typing = true
	if err := e.look(); err != nil {
		return err
	}
	e.console.showPart(w, e.request, e.page(), "content")
	return nil
}

// showAgain shows the form with the error that kept it from being saved.
func (e *editing) showAgain(w http.ResponseWriter, err error) error {
	return e.console.showAgain(w, err, func(p view.Problem) error {
		if err := e.look(); err != nil {
			e.preview = uncounted // the error comes first
		}
		e.problem = p
		e.console.show(w, e.request, p.Status, e.page())
		return nil
	})
}

// showNewer shows the form beside the version that somebody else has saved meanwhile. The
// next save overwrites that version.
func (e *editing) showNewer(w http.ResponseWriter, r *http.Request) error {
	stored, err := e.console.Admin.Selection(r.Context(), actor(r), e.stored.ID)
	if err != nil {
		return err
	}
	yours := e.selection()
	for _, field := range []view.NewerField{
		{Label: "Name", Now: stored.Name, Yours: yours.Name},
		{Label: "Description", Now: stored.Description, Yours: yours.Description},
		{Label: "Condition", Now: stored.Expression, Yours: yours.Expression},
	} {
		if field.Now != field.Yours {
			field.Now, field.Yours = cmp.Or(field.Now, "(empty)"), cmp.Or(field.Yours, "(empty)")
			e.newer = append(e.newer, field)
		}
	}
	e.form.Version = stored.Version
	e.problem = view.Problem{Status: http.StatusConflict, Message: e.console.whoSaved(e.request, stored.UpdatedBy) + " saved a newer version " +
		e.console.moment(e.request, stored.UpdatedAt).Relative() + ". Your version is not saved."}
	e.console.show(w, e.request, e.problem.Status, e.page())
	return nil
}

// whoSaved names the user who saved a version, if the reader may view them.
func (c *Console) whoSaved(r *http.Request, id string) string {
	if id == actor(r).ID {
		return "You" // in another window
	}
	u, err := c.Admin.User(r.Context(), actor(r), id)
	if err != nil {
		return "Somebody"
	}
	return view.PersonOf(u).Shown()
}

func (e *editing) page() view.SelectionEdit {
	title, post, button, cancel := "New selection", selectionsPath+"/new", "Create the selection", selectionsPath
	crumbs := selectionCrumbs()
	back := localPath(e.form.Back)
	if back != "" {
		cancel = back
	}
	if e.stored.ID != "" {
		path := selectionsPath + "/" + e.stored.ID
		title, post, button, cancel = "Edit selection", path+"/edit", "Save the selection", path
		crumbs = selectionCrumbs(view.Link{Text: e.stored.Name, Href: path})
	}
	p := e.problem
	page := view.SelectionEdit{
		Frame: e.console.frame(e.request, title, selectionsPath),
		Post:  post, Back: back, Cancel: cancel, Button: button, Version: e.form.Version,
		Name:        view.Field{Name: "name", Label: "Name", Value: e.form.Name, Max: rekey.MaxName, Counted: true, Errors: p.Of("name")},
		Description: view.Field{Name: "description", Label: "Description", Kind: "textarea", Value: e.form.Description, Max: rekey.MaxDescription, Optional: true, Rows: 2, Errors: p.Of("description")},
		Condition:   e.view(p, errorMark(e.expression, e.cause), e.focus, e.typing),
		Preview:     e.preview, Newer: e.newer,
	}
	page.Fields, page.Functions = references()
	for i, example := range selection.Examples() {
		page.Examples = append(page.Examples, view.Example{Index: i, Who: example.Who, CEL: example.Expression})
	}
	page.Problem, page.Wide, page.Crumbs = p, true, crumbs
	page.Unsaved = e.request.Method == http.MethodPost
	return page
}
