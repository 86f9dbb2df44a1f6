package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// showConflict shows the typed fields beside those that somebody else has saved
// meanwhile. The next save overwrites theirs.
func (c *Console) showConflict(w http.ResponseWriter, r *http.Request, d drafted) error {
	theirs, err := c.manageable(r)
	if err != nil {
		return err
	}
	saved := c.typed(r, theirs.Automation)
	conflict := &view.Conflict{
		Who: "Somebody", When: c.moment(r, theirs.UpdatedAt),
		Theirs: view.Link{Text: "Use their version", Href: automationPath(theirs.ID) + "/edit"},
	}
	for _, name := range editorFields() {
		if slices.Equal(d.Was[name], saved[name]) {
			continue
		}
		row := view.ConflictRow{Field: fieldLabels[name]}
		for into, typed := range map[*string]url.Values{&row.Was: d.Was, &row.Theirs: saved, &row.Yours: d.Typed} {
			if *into, err = c.shown(r, name, typed[name]); err != nil {
				return err
			}
		}
		conflict.Rows = append(conflict.Rows, row)
	}
	if len(conflict.Rows) > 0 { // else somebody else may have transferred it
		if u, err := c.Admin.User(r.Context(), actor(r), theirs.UpdatedBy); err == nil {
			conflict.Who = view.PersonOf(u).Shown()
		}
	}
	d.conflict, d.stored, d.Version, d.Was = conflict, theirs, theirs.Version, saved
	page, err := c.editorPage(r, d, view.Problem{})
	if err == nil {
		c.show(w, r, http.StatusConflict, page)
	}
	return err
}

// fieldLabels are the labels of the fields in the steps.
var fieldLabels = map[string]string{
	fieldName: "Name", fieldDescription: "Description", fieldEvent: "Event", fieldEventUser: "Only for this system user",
	fieldNameOperator: "Name of the event: operator", fieldNameValue: "Name of the event",
	fieldSourceOperator: "Source of the event: operator", fieldSourceValue: "Source of the event",
	fieldScheduleStart: "First time", fieldScheduleRule: "Repeat", fieldAutomation: "Automation that has finished",
	fieldJob: "Job", fieldSystemUser: "System User", fieldUseEvent: "Who gets the new password", fieldOld: "Old password",
	fieldCeiling: "Ceiling",
	fieldNote:    "Note to the recipients", fieldSelection: "Selection", fieldIncludeAPI: "Include API users",
	fieldDelay: "Delay", fieldDelayUnit: "Unit of the delay", fieldDelayValue: "Value of the delay",
	fieldStart: "Start", fieldEnd: "End", fieldZone: "Time zone", fieldDays: "Execution days", fieldHoursFrom: "Hours: from", fieldHoursTo: "Hours: to",
}

var targetTexts = map[string]string{
	toInvolved: "people named by the event", toOne: "one person", toEverybody: "everybody in the selection",
}

// shown is the value of a field for people.
func (c *Console) shown(r *http.Request, name string, values []string) (string, error) {
	value := strings.Join(values, ", ")
	switch name {
	case fieldUseEvent:
		return cmp.Or(targetTexts[value], "not chosen"), nil
	case fieldIncludeAPI:
		if value == "" {
			return "no", nil
		}
		return "yes", nil
	case fieldSelection:
		if value == "" {
			return "none", nil
		}
		sel, err := c.Admin.Selection(r.Context(), actor(r), value)
		if rekey.CodeOf(err) == rekey.CodeNotFound {
			return "a deleted selection", nil
		}
		return sel.Name, err
	case fieldAutomation:
		if value == "" {
			return "–", nil
		}
		a, err := c.Admin.Automation(r.Context(), actor(r), value)
		if rekey.CodeOf(err) == rekey.CodeNotFound {
			return deletedAutomation, nil
		}
		return a.Name, err
	case fieldEvent:
		if event, known := rekey.FindEventType(value); known {
			return event.Label, nil
		}
	}
	if value == "" {
		return "–", nil
	}
	return value, nil
}
