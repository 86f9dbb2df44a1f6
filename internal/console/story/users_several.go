package story

import (
	"rekey"
	"rekey/internal/console/view"
)

// usersSeveral are the pages about several system users.
func usersSeveral() []Story {
	sent := view.Done{
		Frame: inside("New passwords requested", "/users"), Text: []string{"A run sends a new password to 12 people."}, LeftOut: leftOutOfSending(),
		Link: view.Link{Text: "See the run", Href: "/runs/1"}, Back: view.Link{Text: "Back to the list", Href: "/users"},
	}
	sent.Crumbs = []view.Link{{Text: "System users", Href: "/users"}}
	ask := func(title, not string) view.Ask {
		a := view.Ask{Frame: inside(title, "/users"), Post: "/users/several", Back: view.Link{Text: not, Href: "/users"}, Carried: []view.Hidden{{Name: "all", Value: "yes"}}}
		a.Crumbs = sent.Crumbs
		return a
	}
	block := ask("Block system users?", "Do not block")
	block.Button, block.Danger = "Block 12 people", true
	block.Text = []string{
		"14 system users match the search and the filters of the list.", "This is about Ada Byron, " + longName + ", Bo, Kay, Ida and 7 more.",
		"They can no longer log in. Their sessions end at once, and mailed passwords end permanently.", "Blocked already: 1 person.",
	}
	block.LeftOut = view.LeftOut{Head: "Nothing is done with 1 person:", People: []view.LeftOutPerson{
		{Who: view.Person{ID: "3", Name: "Bo", Address: "bo@example.org"}, Why: "This is the last active Administrator. Make somebody else an Administrator first."},
	}}
	language := ask("Set the language?", "Do not set it")
	language.Button, language.Text = "Continue", []string{"This is about Ada Byron and Bo. The next page says for whom it is changed, and asks once more."}
	language.Fields = []view.Field{{Name: "value", Label: "New language of 2 people", Options: []view.Option{{Label: "System default (English)", Chosen: true}, {Value: "de", Label: "Deutsch"}}}}
	attribute := ask("Set an attribute?", "Do not set it")
	attribute.Button, attribute.Text = "Continue", language.Text
	attribute.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "name", Message: "The name of an attribute must have 1 to 64 characters and no line breaks."}}}
	attribute.Fields = []view.Field{
		{Name: "name", Label: "Name of the attribute", Max: 64, Errors: attribute.Problem.Of("name")},
		{Name: "value", Label: "New value", Value: longWord, Max: 500, Hint: "Leave it empty to remove the attribute.", Optional: true},
	}
	done := sent
	done.Title, done.Link, done.Text = "System users changed", view.Link{}, []string{"Blocked: 12 people.", "Blocked already: 1 person."}
	done.LeftOut = block.LeftOut
	return []Story{{"users-sent", sent}, {"users-block", block}, {"users-language", language}, {"users-attribute", attribute}, {"users-changed", done}}
}

// leftOutOfSending are people to whom nothing is sent.
func leftOutOfSending() view.LeftOut {
	return view.LeftOut{Head: "Nothing is sent to 43 people:", More: "40", People: []view.LeftOutPerson{
		{Who: view.Person{ID: "1", Name: longName, Address: longWord + "@example.org"}, Why: "This system user is blocked. Restore them first."},
		{Who: view.Person{ID: "2", Name: hebrewName}, Why: "You cannot send an Operator a new password; a Manager or an Administrator can."},
		{Who: view.Person{Name: "Somebody that you may not view"}, Why: "System user not found."},
	}}
}
