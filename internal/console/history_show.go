package console

import (
	"cmp"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// historyFact links to the history of what is at a path.
func historyFact(path string) view.Fact {
	return view.Fact{Label: "History", Link: &view.Link{Text: "See all changes", Href: path + "/history"}}
}

func (c *Console) showAutomationHistory(w http.ResponseWriter, r *http.Request) error {
	a, err := c.Admin.Automation(r.Context(), actor(r), r.PathValue("id"))
	return c.showHistory(w, r, rekey.KindAutomation, automationsPath, cmp.Or(a.Name, "Deleted automation"), err)
}

func (c *Console) showSelectionHistory(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Admin.Selection(r.Context(), actor(r), r.PathValue("id"))
	return c.showHistory(w, r, rekey.KindSelection, selectionsPath, cmp.Or(s.Name, "Deleted selection"), err)
}

func (c *Console) showUserHistory(w http.ResponseWriter, r *http.Request) error {
	u, err := c.Admin.User(r.Context(), actor(r), r.PathValue("id"))
	name := "Deleted system user"
	if err == nil {
		name = view.PersonOf(u).Shown()
	}
	return c.showHistory(w, r, rekey.KindUser, usersPath, name, err)
}

// showHistory shows the changes of what has a name on the list at a path. found is the
// error with which it was looked up: what is deleted has a history, too.
func (c *Console) showHistory(w http.ResponseWriter, r *http.Request, kind rekey.Kind, list, name string, found error) error {
	if found != nil && rekey.CodeOf(found) != rekey.CodeNotFound {
		return found
	}
	at := place(r)
	changes, err := c.Admin.History(r.Context(), actor(r), kind, r.PathValue("id"), at)
	if err != nil {
		return err
	}
	page := view.History{Frame: c.frame(r, "History of "+name, list), None: "Nothing was changed since it was created.",
		Pager: pager(r, r.URL.Path, filtersOf(r), changes, "change", "changes")}
	page.Pager.Total = ""
	page.Wide = true
	page.Crumbs = []view.Link{{Text: listNames[list], Href: list}}
	if found == nil {
		page.Crumbs = append(page.Crumbs, view.Link{Text: name, Href: list + "/" + r.PathValue("id")})
	}
	var ids []string
	for _, change := range changes.Entries {
		ids = append(ids, change.By)
	}
	people, err := c.Admin.FindUsers(r.Context(), actor(r), ids)
	if err != nil {
		return err
	}
	for _, change := range changes.Entries {
		page.Changes = append(page.Changes, c.changeShown(r, change, people))
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// listNames are the titles of the lists of what has a history.
var listNames = map[string]string{automationsPath: "Automations", selectionsPath: "Selections", usersPath: "System users"}

func (c *Console) changeShown(r *http.Request, change rekey.Change, people map[string]rekey.SystemUser) view.PastChange {
	shown := view.PastChange{When: c.moment(r, change.At)}
	switch u, known := people[change.By]; {
	case known:
		person := view.PersonOf(u)
		shown.Person = &person
	case change.By == "":
		shown.Who = "Rekey or an import"
	default:
		shown.Who = "somebody who is deleted, or whom you may not view"
	}
	switch {
	case change.Deleted:
		shown.Text = "Deleted."
	case change.Erased:
		shown.Text = "What was changed is erased, because the system user was deleted."
	case len(change.Fields) == 0:
		shown.Text = "What was changed is not known any more."
	}
	for _, f := range change.Fields {
		shown.Fields = append(shown.Fields, view.ChangedField{
			Label: changedLabel(f.Field), Old: cmp.Or(f.Old, "–"), New: cmp.Or(f.New, "–"), Code: f.Field == "expression",
		})
	}
	return shown
}

// changedLabel is a field of a change in words: "Time frame: start" for time_frame.start.
func changedLabel(field string) string {
	group, name, nested := strings.Cut(field, ".")
	switch {
	case !nested:
		name = field
	case group == "attributes" || group == "sources":
		return inWords(strings.TrimSuffix(group, "s")) + ": " + name
	case group != "job_params":
		return inWords(group) + ": " + strings.ToLower(inWords(name))
	}
	return inWords(name)
}

// inWords is a name of the API in words: "Old password" for old_password.
func inWords(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}
