package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// severalChange is what a form does to each of several people, and its words.
type severalChange struct {
	change  admin.UserChange
	effects []string // what it means, a paragraph each
	button  string   // has a place for the number of people, as those below
	done    string
	same    string // how many are so already
	event   string // that happens for each; "" for none
	danger  bool
}

// changingNot says how many people are not changed.
const changingNot = "Nothing is done with %s:"

// statusChanges are the forms that block and restore.
var statusChanges = map[string]severalChange{
	"block": {
		change: admin.UserChange{Status: rekey.UserBlocked}, danger: true, event: rekey.UserWasBlocked,
		effects: []string{
			"They can no longer log in. Their sessions end at once, and mailed passwords end permanently.",
			"Calls with their tokens are refused. They get no new passwords until they are restored. After that, their old password works again.",
			"While they are blocked, runs of the automations that they own are held.",
		},
		button: "Block %s", done: "Blocked: %s.", same: "Blocked already: %s.",
	},
	"restore": {
		change: admin.UserChange{Status: rekey.UserActive}, event: rekey.UserRestored,
		effects: []string{"They can log in again with the password that they had, and their tokens work again. Mailed passwords and sessions do not come back."},
		button:  "Restore %s", done: "Restored: %s.", same: "Not blocked here: %s.",
	},
}

// fieldChange is the form that sets the language or an attribute. It returns no button if
// the form does not say yet what to set.
func (c *Console) fieldChange(s several) severalChange {
	change := severalChange{same: "So already: %s."}
	if !s.values.Has("value") {
		return change
	}
	value := rekey.TypedText(s.values.Get("value"))
	if s.values.Get("act") == "language" {
		change.change.Language = &value
		name := "the system default"
		if value != "" {
			name = languageName(value)
		}
		change.button, change.done, change.effects = "Set the language of %s", "Language set to "+name+": %s.", []string{"Their language becomes " + name + "."}
		return change
	}
	name := rekey.TypedText(s.values.Get("name"))
	change.change.Attributes = map[string]string{name: value}
	change.button, change.done, change.effects = "Set the attribute of %s", "Attribute '"+name+"' set to '"+value+"': %s.", []string{"Their attribute '" + name + "' becomes '" + value + "'."}
	if value == "" {
		change.button, change.done, change.effects = "Remove the attribute of %s", "Attribute '"+name+"' removed: %s.", []string{"Their attribute '" + name + "' is removed."}
	}
	return change
}

func (c *Console) changeOf(s several) severalChange {
	if change, known := statusChanges[s.values.Get("act")]; known {
		return change
	}
	return c.fieldChange(s)
}

// askChangeSeveral asks first what to set, if the form does not say it, and then says what
// the change means, and for whom.
func (c *Console) askChangeSeveral(r *http.Request, s several, page *view.Ask) error {
	asked := c.changeOf(s)
	if asked.button == "" {
		c.askValue(s, page, view.Problem{})
		return nil
	}
	would, err := c.Admin.PreviewChangeUsers(r.Context(), actor(r), s.users, asked.change)
	if wrong := (*rekey.Error)(nil); errors.As(err, &wrong) && wrong.Code == rekey.CodeInvalid && len(s.users) > 0 {
		c.askValue(s, page, problemOf(wrong))
		return nil
	}
	if err != nil {
		return err
	}
	page.LeftOut = s.leftOut(changingNot, would.Refused, leftOutAsked)
	same := ""
	if would.Same > 0 {
		same = ofPeople(asked.same, would.Same)
	}
	if len(would.Changed) == 0 {
		page.Refused = strings.TrimSpace("Nobody would be changed. " + same)
		return nil
	}
	page.Button, page.Danger = ofPeople(asked.button, len(would.Changed)), asked.danger
	page.Text = append(page.Text, "This is about "+s.names(would.Changed)+".")
	page.Text = append(page.Text, asked.effects...)
	if asked.event != "" {
		waiting, err := c.waitsFor(r.Context(), actor(r), rekey.Event{Type: asked.event})
		if err != nil {
			return err
		}
		if waiting != "" {
			page.Text = append(page.Text, waiting)
		}
	}
	if same != "" {
		page.Text = append(page.Text, same)
	}
	for _, name := range []string{"name", "value"} {
		if s.values.Has(name) {
			page.Carried = append(page.Carried, view.Hidden{Name: name, Value: s.values.Get(name)})
		}
	}
	return nil
}

// askValue asks what to set.
func (c *Console) askValue(s several, page *view.Ask, p view.Problem) {
	number := view.Plural(len(s.users), "person", "people")
	p.Fields = slices.Clone(p.Fields)
	for i := range p.Fields { // by the names that they have on this page
		if p.Fields[i].Field == "attributes" {
			p.Fields[i].Field = "name"
		} else {
			p.Fields[i].Field = "value"
		}
	}
	page.Button, page.Problem = "Continue", p
	page.Text = append(page.Text, "This is about "+s.names(s.users)+". The next page says for whom it is changed, and asks once more.")
	page.Carried = slices.DeleteFunc(page.Carried, func(h view.Hidden) bool { return h.Name == "confirmed" })
	value := view.Field{Name: "value", Value: s.values.Get("value"), Errors: p.Of("value")}
	if s.values.Get("act") == "language" {
		value.Label, value.Options = "New language of "+number, c.languageOptions(value.Value, true)
		page.Fields = []view.Field{value}
		return
	}
	value.Label, value.Max, value.Optional, value.Hint = "New value", rekey.MaxAttributeValue, true, "Leave it empty to remove the attribute."
	name := view.Field{Name: "name", Label: "Name of the attribute", Value: s.values.Get("name"), Max: rekey.MaxAttributeKey, Errors: p.Of("name")}
	page.Fields = []view.Field{name, value}
}

// changeSeveral does it, and says what was done.
func (c *Console) changeSeveral(w http.ResponseWriter, r *http.Request, s several) error {
	asked := c.changeOf(s)
	done, err := c.Admin.ChangeUsers(r.Context(), actor(r), s.users, asked.change)
	if err != nil {
		return err
	}
	page := view.Done{
		Frame: c.frame(r, "System users changed", usersPath), Back: view.Link{Text: "Back to the list", Href: s.back},
		Text: []string{ofPeople(asked.done, len(done.Changed))}, LeftOut: s.leftOut(changingNot, done.Refused, leftOutDone),
	}
	if len(done.Changed) == 0 {
		page.Title, page.Text = "Nobody was changed", nil
	}
	if done.Same > 0 {
		page.Text = append(page.Text, ofPeople(asked.same, done.Same))
	}
	page.Crumbs = []view.Link{{Text: "System users", Href: s.back}}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// ofPeople puts a number of people into a text, at its last %s: others were typed.
func ofPeople(text string, n int) string {
	before, after := text, ""
	if at := strings.LastIndex(text, "%s"); at >= 0 {
		before, after = text[:at]+view.Plural(n, "person", "people"), text[at+len("%s"):]
	}
	return before + after
}
