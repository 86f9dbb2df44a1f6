package console

import (
	"net/http"
	"strings"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

// shownPeople is how many selected people a preview lists, and how many others.
const shownPeople = 10

// uncounted is the preview of a page that has just been opened.
var uncounted = view.SelectionPreview{Text: "Not counted yet.", Loads: true}

func (c *Console) showSelection(w http.ResponseWriter, r *http.Request) error {
	v, err := c.Admin.ViewSelection(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	path := selectionsPath + "/" + v.ID
	page := view.Selection{
		Frame: c.frame(r, v.Name, selectionsPath), Description: v.Description, CEL: v.Expression, UsedBy: usedBy(v),
		Facts: c.selectionFacts(r, v), Actions: selectionActions(v), Count: path + "?count=now",
		Preview: uncounted,
	}
	page.Preview.Warnings = messagesOf(v.Warnings)
	page.Wide, page.Crumbs = true, selectionCrumbs()
	if rows, ok := selection.Parse(v.Expression); ok {
		page.Any = !rows.All
		for _, row := range rows.Rows {
			page.Rows = append(page.Rows, selection.Rows{All: true, Rows: []selection.Row{row}}.Words())
		}
	}
	if r.URL.Query().Has("count") {
		if page.Preview, err = c.selectionPreview(r, v.Expression); err != nil {
			return err
		}
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

func selectionCrumbs(more ...view.Link) []view.Link {
	return append([]view.Link{{Text: "Selections", Href: selectionsPath}}, more...)
}

func (c *Console) selectionFacts(r *http.Request, v admin.SelectionView) []view.Fact {
	owner := view.Fact{Label: "Owner", Text: "Rekey: it is built in and cannot be changed."}
	switch of := selectionOwner(v); {
	case of.Hidden:
		owner.Text = "Somebody of a higher rank"
	case of.Person.ID != "":
		owner.Person = &of.Person
	}
	created, changed := c.moment(r, v.CreatedAt), c.moment(r, v.UpdatedAt)
	return []view.Fact{owner, {Label: "Created", Moment: &created}, {Label: "Changed", Moment: &changed}, historyFact(selectionsPath + "/" + v.ID)}
}

func selectionActions(v admin.SelectionView) []view.Action {
	path := selectionsPath + "/" + v.ID
	actions := []view.Action{{Text: "Copy", Icon: "copy", Href: address(selectionsPath+"/new", map[string][]string{"like": {v.ID}})}}
	if v.Changeable {
		actions = append(actions,
			view.Action{Text: "Transfer", Icon: "users", Href: path + "/transfer"},
			view.Action{Text: "Delete", Icon: "trash", Href: path + "/delete"},
			view.Action{Text: "Edit", Icon: "pencil", Href: path + "/edit", Primary: true, Edits: true})
	}
	return actions
}

// selectionPreview calculates a condition now, for the reader. A condition that
// is not valid is an error of CodeInvalid.
func (c *Console) selectionPreview(r *http.Request, expression string) (view.SelectionPreview, error) {
	found, err := c.Admin.PreviewSelection(r.Context(), actor(r), expression, shownPeople)
	if err != nil {
		return view.SelectionPreview{}, err
	}
	p := view.SelectionPreview{
		Ready: true, Stopped: found.Stopped, At: c.moment(r, c.Clock().Truncate(time.Second)),
		MoreIn: andMore(found.Matched - len(found.In)), MoreOut: andMore(found.NotMatched + found.NotEvaluated - len(found.Out)),
	}
	total := found.Matched + found.NotMatched + found.NotEvaluated
	p.Text = "Selects " + view.Count(found.Matched) + " of " + view.Plural(total, "system user", "system users")
	switch {
	case !found.Complete:
		p.Text += " checked."
	case actor(r).Authority().MayAdminister():
		p.Text += "."
	default:
		p.Text += " that you may view."
	}
	if found.NotEvaluated > 0 {
		p.Unsure = "For " + view.Count(found.NotEvaluated) + " the condition could not be evaluated: they are not selected."
	}
	p.Warnings = messagesOf(found.Warnings)
	for _, candidate := range found.In {
		p.In = append(p.In, view.SelectionPerson{Person: view.PersonOf(candidate.User)})
	}
	for _, candidate := range found.Out {
		p.Out = append(p.Out, view.SelectionPerson{Person: view.PersonOf(candidate.User), Why: whyOut(candidate)})
	}
	return p, nil
}

func messagesOf(warnings []rekey.Warning) (messages []string) {
	for _, w := range warnings {
		messages = append(messages, w.Message)
	}
	return messages
}

func whyOut(candidate admin.Candidate) string {
	if candidate.Reason != rekey.ReasonNotEvaluated {
		return candidate.Detail
	}
	_, cause, found := strings.Cut(candidate.Detail, ": ")
	if !found {
		cause = candidate.Detail
	}
	return "Could not be evaluated: " + cause
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return "and " + view.Count(n) + " more"
}
