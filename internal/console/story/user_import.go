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
			{Name: "address", Text: "The email address: the user name, and where new passwords go. Needed."},
			{Name: "attribute.NAME", Text: "The attribute NAME, a column for each. Up to 500 characters."},
		},
		Sample: "address,first_name,last_name,type,role,language,time_zone,attribute.team\ngrace@example.org,Grace,Hopper,ui,member,en,Europe/Berlin,Compilers\n",
	}
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
	many.Problem = view.Problem{Status: 422, Message: "Nobody was created. 100 lines are to be corrected; these are the first of them.", Fields: []rekey.FieldError{{Field: "line-2", Message: "Line 2: " + wrong.Bad[0].Errors[0]}}}
	none := choose
	none.Wrong = []string{"Choose a file."}
	none.Problem = view.Problem{Status: 422, Fields: []rekey.FieldError{{Field: "file", Message: "Choose a file."}}}
	preview := view.ImportPreview{
		Frame: inside("Import 1,240 system users?", "/users"), Total: "1,240 system users", Kept: "YWRkcmVzcwo", Button: "Create 1,240 system users",
		Effects: []string{"They have no password until one is sent.", "1 active automation waits for this event: '" + longWord + "'. Each new system user starts a run."},
		Rows: []view.ImportRow{
			{Line: 2, Person: view.Person{Name: "Grace Hopper", Address: "grace@example.org"}, Cells: importCells("UI", "Member", "en", "Europe/Berlin"), Attributes: "team = Compilers"},
			{Line: 3, Person: view.Person{Address: "reports@example.org"}, Cells: importCells("API", "Administrator", "", "")},
			{Line: 4, Person: view.Person{Name: longName + " " + longWord, Address: longWord + "@example.org"}, Cells: importCells("Hybrid", "Operator", "", "America/Argentina/ComodRivadavia"), Attributes: longWord + " = " + longWord},
			{Line: 6, Person: view.Person{Name: hebrewName, Address: "ada@example.co.il"}, Cells: importCells("UI", "Member", "", ""), Attributes: scriptName + " = " + arabicName},
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
