package story

import (
	"strings"
	"time"

	"rekey/internal/console/view"
)

// histories are the pages of changes.
func histories() []Story {
	page := view.History{Frame: inside("History of Locked out", "/automations")}
	page.Wide = true
	page.Crumbs = []view.Link{{Text: "Automations", Href: "/automations"}, {Text: "Locked out", Href: "/automations/1"}}
	none := page
	none.None = "Nothing was changed since it was created."
	ada := view.Person{ID: "1", Name: "Ada Byron", Address: "ada@example.org"}
	long := view.Person{ID: "2", Name: longName, Address: longWord + "@example.org"}
	page.Changes = []view.PastChange{
		{When: moment(20 * time.Minute), Person: &ada, Fields: []view.ChangedField{
			{Label: "Status", Old: "inactive", New: "active"}, {Label: "Ceiling", Old: "–", New: "250"},
			{Label: "Event filter: system user", Old: "–", New: longWord + "@example.org"}, {Label: "Note", Old: scriptName, New: strings.Repeat(longWord+" ", 6)},
		}},
		{When: moment(30 * day), Person: &long, Fields: []view.ChangedField{
			{Label: "Expression", Old: `user.domain == "example.org"`, New: `user.domain == "` + longWord + `.example.org" && !user.uses_api`, Code: true},
		}},
		{When: moment(90 * day), Who: "Rekey or an import", Text: "What was changed is erased, because the system user was deleted."},
		{When: moment(390 * day), Who: "somebody who is deleted, or whom you may not view", Text: "Deleted."},
	}
	page.Pager = view.Pager{Next: "/automations/1/history?after=1"}
	return []Story{{"history", page}, {"history-none", none}}
}
