package story

import "rekey/internal/console/view"

// usersSeveral are the pages about several system users.
func usersSeveral() []Story {
	sent := view.Done{
		Frame: inside("New passwords requested", "/users"), Text: "A run sends a new password to 12 people.", LeftOut: leftOutOfSending(),
		Link: view.Link{Text: "See the run", Href: "/runs/1"}, Back: view.Link{Text: "Back to the list", Href: "/users"},
	}
	sent.Crumbs = []view.Link{{Text: "System users", Href: "/users"}}
	return []Story{{"users-sent", sent}}
}

// leftOutOfSending are people to whom nothing is sent.
func leftOutOfSending() view.LeftOut {
	return view.LeftOut{Head: "Nothing is sent to 43 people:", More: "40", People: []view.LeftOutPerson{
		{Who: view.Person{ID: "1", Name: longName, Address: longWord + "@example.org"}, Why: "This system user is blocked. Restore them first."},
		{Who: view.Person{ID: "2", Name: hebrewName}, Why: "You cannot send an Operator a new password; a Manager or an Administrator can."},
		{Who: view.Person{Name: "Somebody that you may not view"}, Why: "System user not found."},
	}}
}
