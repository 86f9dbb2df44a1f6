package story

import (
	"fmt"

	"rekey"
	"rekey/internal/console/view"
)

func userImports() []Story {
	choose := view.Import{
		Frame: inside("Import system users", "/users"),
		Columns: []view.ImportColumn{
			{Name: "address", Text: "The email address. It is the user name, and new passwords are sent to it. Required."},
			{Name: "attribute.NAME", Text: "The attribute NAME, one column for each attribute. Up to 500 characters."},
		},
		Sample: "address,first_name,last_name,type,role,language,time_zone,attribute.team\ngrace@example.org,Grace,Hopper,ui,member,en,Europe/Berlin,Compilers\n",
	}
	choose.Choices = importChoices("leave", "ignore")
	choose.Crumbs = []view.Link{{Text: "System users", Href: "/users"}}
	wrong := choose
	wrong.Bad = []view.BadLine{
		{Number: 3, Text: scriptName + "," + longWord + longWord, Errors: []string{"address: Give an email address such as ada@example.org.", "language: Give a language tag such as en or de-CH."}},
		{Number: 17, Text: "boss@example.org," + arabicName + ",manager", Errors: []string{"role: To create a manager you need a higher rank than that."}},
	}
	wrong.Problem = view.Problem{Status: 422, Fields: []rekey.FieldError{
		{Field: "line-3", Message: "Line 3: " + wrong.Bad[0].Errors[0] + " " + wrong.Bad[0].Errors[1]}, {Field: "line-17", Message: "Line 17: " + wrong.Bad[1].Errors[0]},
	}}
	many := wrong
	many.Bad = nil
	for i := range 100 {
		many.Bad = append(many.Bad, view.BadLine{Number: i + 2, Text: fmt.Sprintf("person%d@,,ui", i), Errors: wrong.Bad[0].Errors[:1]})
	}
	many.Problem = view.Problem{Status: 422, Message: "Nothing was imported. 100 lines are to be corrected. The first of them are shown.", Fields: []rekey.FieldError{{Field: "line-2", Message: "Line 2: " + wrong.Bad[0].Errors[0]}}}
	none := choose
	none.Wrong = []string{"Choose a file."}
	none.Problem = view.Problem{Status: 422, Fields: []rekey.FieldError{{Field: "file", Message: "Choose a file."}}}
	preview := view.ImportPreview{
		Frame: inside("Import 1,240 system users?", "/users"), Total: "1,240 system users", Kept: "YWRkcmVzcwo", Button: "Create 1,200 and update 3 system users",
		Counts: "1,200 created, 3 updated, 37 left as they are", Choices: importChoices("update", "ignore"),
		Read:    []view.ImportColumn{{Name: "E-Mail Address [Required]", Text: "address"}, {Name: "Given name", Text: "first_name"}, {Name: longWord, Text: "attribute." + longWord}},
		Ignored: []view.ImportColumn{{Name: "Phone"}, {Name: "column 7", Text: "it has no name"}, {Name: "Password", Text: "passwords are never imported"}}, MoreIgnored: 12,
		Effects: []string{"New system users have no password until one is sent.", "1 active automation waits for this event: '" + longWord + "'. Each new system user starts a run."},
		Rows: []view.ImportRow{
			{Line: 2, Fate: "New", Person: view.Person{Name: "Grace Hopper", Address: "grace@example.org"}, Cells: importCells("UI", "Member", "en", "Europe/Berlin"), Attributes: "team = Compilers"},
			{Line: 3, Fate: "Updated", Person: view.Person{Address: "reports@example.org"}, Cells: importCells("API", "Administrator", "", "")},
			{Line: 4, Fate: "Left as is", Person: view.Person{Name: longName + " " + longWord, Address: longWord + "@example.org"}, Cells: importCells("Hybrid", "Operator", "", "America/Argentina/ComodRivadavia"), Attributes: longWord + " = " + longWord},
			{Line: 6, Fate: "New", Person: view.Person{Name: hebrewName, Address: "ada@example.co.il"}, Cells: importCells("UI", "Member", "", ""), Attributes: scriptName + " = " + arabicName},
		},
	}
	preview.Wide, preview.Crumbs = true, choose.Crumbs
	return []Story{{"import", choose}, {"import-refused", wrong}, {"import-refused-many", many}, {"import-none", none}, {"import-preview", preview}}
}

func importCells(kind, role, language, zone string) []view.ImportCell {
	return []view.ImportCell{
		{Label: "Type", Text: kind, Short: true}, {Label: "Role", Text: role, Short: true},
		{Label: "Language", Text: language}, {Label: "Time zone", Text: zone},
	}
}

func importChoices(existing, unknown string) view.ImportChoices {
	return view.ImportChoices{
		Existing: view.Choice{Name: "existing", Label: "People who already exist", Options: view.Choose([]view.Option{
			{Value: "leave", Label: "Do not change them"},
			{Value: "update", Label: "Update them", Hint: "Each cell that is not empty replaces what is stored. Passwords stay as they are."},
			{Value: "refuse", Label: "Refuse the file"},
		}, existing)},
		Unknown: view.Choice{Name: "unknown_columns", Label: "Columns that Rekey does not know", Options: view.Choose([]view.Option{
			{Value: "ignore", Label: "Ignore them"},
			{Value: "attributes", Label: "Store them as attributes", Hint: "Columns of passwords are always ignored."},
		}, unknown)},
	}
}
