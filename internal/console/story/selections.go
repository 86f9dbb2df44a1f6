package story

import (
	"fmt"

	"rekey"
	"rekey/internal/console/view"
)

// selections are the pages of selections.
func selections() []Story {
	return append(append(selectionLists(), selectionPages()...), selectionForms()...)
}

func selectionLists() []Story {
	list := view.Selections{
		Frame:  inside("Selections", "/selections"),
		Search: view.Field{Name: "search", Label: "Name", Max: 200},
		Pager:  view.Pager{Total: "5 selections"},
	}
	list.Wide = true
	ada := view.Owner{Person: view.Person{ID: "1", Name: "Ada Byron", Address: "ada@example.org"}}
	using := []view.Link{{Text: "Locked out", Href: "/automations/1"}, {Text: longName, Href: "/automations/2"}, {Text: hebrewName, Href: "/automations/3"}}
	row := func(name, words string) view.SelectionRow {
		return view.SelectionRow{ID: "1", Name: name, Words: words, CEL: "true", Owner: ada, Changed: moment(3 * day)}
	}
	builtIn := row("All system users except API users", "Does not use the API.")
	builtIn.BuiltIn, builtIn.Owner, builtIn.UsedBy, builtIn.Used = true, view.Owner{}, using, 17
	kiosk := row("Kiosks", "")
	kiosk.CEL, kiosk.Owner = `user.attributes.exists(key, key.startsWith("kiosk")) || user.last_name.lowerAscii() in ["`+longWord+`", "`+longWord+`"]`, view.Owner{Hidden: true}
	list.Rows = []view.SelectionRow{
		builtIn, kiosk, row(scriptName, "First name is “"+scriptName+"”."),
		row(longWord+longWord[:30], "Domain of the address is “"+longWord+".example.org”, and password is at least 90 days old."),
		row(arabicName, "Attribute "+arabicName+" is “"+hebrewName+"”."),
	}
	none := list
	none.Rows, none.Filtered, none.Search.Value = nil, true, longWord
	hundred := list
	hundred.Rows = nil
	for i := range 100 {
		hundred.Rows = append(hundred.Rows, row(fmt.Sprintf("Selection %03d", i), "Does not use the API."))
	}
	hundred.Pager = view.Pager{Total: "1,240 selections", Prev: "/selections?before=1", Next: "/selections?after=2"}
	return []Story{{"selections", list}, {"selections-none-match", none}, {"selections-hundred", hundred}}
}

func selectionPreview() view.SelectionPreview {
	person := func(name, why string) view.SelectionPerson {
		return view.SelectionPerson{Person: view.Person{ID: "1", Name: name, Address: "someone@example.org"}, Why: why}
	}
	return view.SelectionPreview{
		Ready: true, Text: "Selects 41 of 1,240 system users.", Unsure: "For 3 the condition could not be evaluated: they are not selected.",
		At: moment(0), MoreIn: "and 38 more", MoreOut: "and 1,194 more",
		In: []view.SelectionPerson{person("Bo Berg", ""), person(longName, ""), person(arabicName, "")},
		Out: []view.SelectionPerson{
			person("Ada Byron", "Not met: Password is at least 90 days old."), person(scriptName, "Not met: user.attributes[\""+longWord+"\"] == \""+scriptName+"\""),
			person("", "Could not be evaluated: no such key: team"),
		},
	}
}

func selectionPages() []Story {
	created := moment(200 * day)
	owner := view.Person{ID: "1", Name: longName, Address: "ada@example.org"}
	page := view.Selection{
		Frame: inside("Old passwords", "/selections"), CEL: "!user.uses_api && user.password_age_days >= 90",
		Description: "For the quarterly rotation.\nSee the " + longWord + " for why.",
		Rows:        []string{"Does not use the API.", "Password is at least 90 days old."},
		Facts:       []view.Fact{{Label: "Owner", Person: &owner}, {Label: "Created", Moment: &created}, {Label: "Changed", Moment: &created}},
		UsedBy:      []view.Link{{Text: "Quarter rotation", Href: "/automations/1"}, {Text: scriptName, Href: "/automations/2"}},
		Actions: []view.Action{{Text: "Copy", Icon: "copy", Href: "/selections/new"}, {Text: "Delete", Icon: "trash", Href: "/selections/1/delete"},
			{Text: "Edit", Icon: "pencil", Href: "/selections/1/edit", Primary: true, Edits: true}},
		Count: "/selections/1?count=now", Preview: selectionPreview(),
	}
	page.Wide, page.Crumbs = true, []view.Link{{Text: "Selections", Href: "/selections"}}
	builtIn := page
	builtIn.Frame = inside("All system users except API users", "/selections")
	builtIn.Wide, builtIn.Crumbs = true, page.Crumbs
	builtIn.Me = &view.Me{Name: "Bo", Address: "bo@example.org", Role: "Operator", Defines: true}
	builtIn.CEL, builtIn.Rows, builtIn.Description, builtIn.UsedBy, builtIn.Actions = "!user.uses_api", page.Rows[:1], "", nil, page.Actions[:1]
	builtIn.Facts = []view.Fact{{Label: "Owner", Text: "Rekey: it is built in and cannot be changed."}}
	builtIn.Preview = view.SelectionPreview{Text: "Not counted yet."}
	text := page
	text.Preview.Warnings = []string{`Line 1, column 18: user.language is never "de_AT"; write "de-AT".`, `Line 2, column 14: user.role is never "Admin". Choose administrator, manager, operator or member.`}
	text.Rows, text.CEL, text.Preview.Stopped = nil, `user.last_name.matches("^[a-m]") || "`+longWord+longWord+`" in user.attributes`,
		"The calculation takes too long for everybody. The counts include only the people who were checked."
	ask := view.Ask{
		Frame: inside("Delete '"+longName+"'?", "/selections"), Text: []string{"No automation uses this selection. Deleting it cannot be undone."},
		Post: "/selections/1/delete", Button: "Delete '" + longName + "'", Danger: true, Version: 1, Back: view.Link{Text: "Keep the selection", Href: "/selections/1"},
	}
	refused := ask
	refused.Refused = "It is used by 'Quarter rotation' and '" + scriptName + "', and cannot be deleted. Give them another selection first."
	refused.Instead, refused.Back.Text = view.Link{Text: "See where it is used.", Href: "/selections/1#used-by"}, "Back to the selection"
	return []Story{{"selection", page}, {"selection-built-in", builtIn}, {"selection-cel-only", text}, {"selection-delete", ask}, {"selection-delete-refused", refused}}
}

// options makes a list of options, the first chosen.
func options(labels ...string) []view.Option {
	var list []view.Option
	for i, label := range labels {
		list = append(list, view.Option{Value: label, Label: label, Chosen: i == 0})
	}
	return list
}

func conditionRow(i int, field, operator, kind, value string) view.ConditionRow {
	return view.ConditionRow{Name: fmt.Sprintf("rows[%d]", i), Index: i, Number: i + 1, Fields: options(field, "First name"), Operators: options(operator, "is not"), Kind: kind, Value: value}
}

func selectionForm() view.SelectionEdit {
	api := conditionRow(0, "Uses the API", "is", "select", "")
	api.Options = options("no", "yes")
	role := conditionRow(1, "Role", "is one of", "checks", "")
	role.Options = options("Administrator", "Manager", "Operator", "Member")
	seen := conditionRow(2, "Last log-in", "is more days ago than", "number", "90")
	seen.Unit = "days"
	team := conditionRow(3, "Attribute", "does not contain", "text", scriptName)
	team.HasKey, team.Key = true, longWord
	form := view.SelectionEdit{
		Frame: inside("Edit selection", "/selections"), Post: "/selections/1/edit", Cancel: "/selections/1", Button: "Save the selection", Version: 3,
		Name:        view.Field{Name: "name", Label: "Name", Value: longName, Max: 100, Counted: true},
		Description: view.Field{Name: "description", Label: "Description", Kind: "textarea", Optional: true, Max: 2000, Rows: 2},
		Condition: view.Condition{
			Rows: []view.ConditionRow{api, role, seen, team, conditionRow(4, "Last log-in", "has never happened", "", "")},
			Join: []view.Option{{Value: "all", Label: "All of these are true", Chosen: true}, {Value: "any", Label: "Any of these is true"}},
			CEL:  view.Field{Value: `!user.uses_api && user.role in ["administrator"] && user.last_login_at < now - days(90)`, Rows: 4},
		},
		Preview:   selectionPreview(),
		Examples:  []view.Example{{Index: 0, Who: "Everybody but API users", CEL: "!user.uses_api"}, {Index: 1, Who: "Not seen for half a year", CEL: "has(user.last_login_at) && user.last_login_at < now - days(180)"}},
		Fields:    []view.Reference{{Name: "user.email", Type: "string", About: "the email address, in lower case"}, {Name: "user.password_age_days", Type: "int", About: "whole days since then"}},
		Functions: []view.Reference{{Name: `user.attributes.team == "sales"`, About: "an attribute; system users without it do not match, not even with != or !"}},
	}
	form.Wide, form.Crumbs = true, []view.Link{{Text: "Selections", Href: "/selections"}, {Text: longName, Href: "/selections/1"}}
	return form
}

func selectionForms() []Story {
	form := selectionForm()
	wrong := form
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{
		{Field: "name", Message: "Give the selection a name."}, {Field: "rows[2].value", Message: "Give a whole number from 0 to 100,000."}}}
	wrong.Name.Value, wrong.Name.Errors = "", wrong.Problem.Of("name")
	wrong.Condition.Rows = append([]view.ConditionRow{}, form.Condition.Rows...)
	wrong.Condition.Rows[2].Errors, wrong.Condition.Rows[2].Value = wrong.Problem.Of("rows[2].value"), "ninety"
	wrong.Condition.RowErrors = []string{"Give at least one row."}
	wrong.Preview = view.SelectionPreview{Text: "Complete the rows to count the system users."}
	broken := form
	broken.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "expression", Message: "Line 1, column 6: undefined field 'typo'. A system user has email, domain, first_name, last_name, type."}}}
	broken.Condition = view.Condition{
		NoRows: "The rows return when the CEL is valid.", Join: form.Condition.Join,
		CEL:  view.Field{Value: "user.typo >= 90", Errors: broken.Problem.Of("expression"), Rows: 4},
		Mark: &view.ErrorMark{Before: "user.", Wrong: "typo", After: " >= 90"},
	}
	broken.Preview = view.SelectionPreview{Text: "Correct the condition to count the system users."}
	text := form
	text.Condition.NoRows, text.Condition.Rows = "This condition cannot be shown as rows. Edit it as CEL.", nil
	late := form
	late.Problem = view.Problem{Message: "Bo Berg saved a newer version 2 min ago. Your version is not saved."}
	late.Newer = []view.NewerField{
		{Label: "Name", Now: "Old passwords", Yours: longName}, {Label: "Condition", Now: "user.password_age_days >= 180", Yours: form.Condition.CEL.Value}}
	fresh := form
	fresh.Frame = inside("New selection", "/selections")
	fresh.Wide, fresh.Crumbs = true, form.Crumbs[:1]
	fresh.Name.Value, fresh.Condition.Rows, fresh.Post, fresh.Button = "", form.Condition.Rows[:1], "/selections/new", "Create the selection"
	fresh.Preview = view.SelectionPreview{Text: "Not counted yet."}
	return []Story{
		{"selection-new", fresh}, {"selection-edit", form}, {"selection-edit-wrong", wrong}, {"selection-edit-broken-cel", broken},
		{"selection-edit-cel-only", text}, {"selection-edit-newer", late},
	}
}
