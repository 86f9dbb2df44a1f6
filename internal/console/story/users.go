package story

import (
	"fmt"
	"slices"
	"time"

	"rekey/internal/console/view"
)

const day = 24 * time.Hour

// users are the pages of system users.
func users() []Story {
	return slices.Concat(userLists(), userPages(), userForms(), userImports())
}

func userLists() []Story {
	anyOf := func(options ...view.Option) []view.Option { return append([]view.Option{{Label: "Any"}}, options...) }
	list := view.Users{
		Name:   view.Heading{Text: "Name", Href: "/users?sort=-name", Sort: "ascending"},
		Frame:  inside("System users", "/users"),
		Search: view.Field{Name: "search", Label: "Name or address", Max: 200},
		Filters: []view.Choice{
			{Name: "type", Label: "Type", Options: anyOf(view.Option{Value: "ui", Label: "UI"}, view.Option{Value: "hybrid", Label: "Hybrid"})},
			{Name: "role", Label: "Role", Options: anyOf(view.Option{Value: "administrator", Label: "Administrator"})},
			{Name: "status", Label: "Status", Options: anyOf(view.Option{Value: "blocked", Label: "Blocked"})},
		},
		Pager: view.Pager{Total: "7 system users"}, All: "Instead with all 7 system users that match, on all pages",
	}
	list.Wide = true
	active, blocked := view.State{Color: view.Green, Word: "Active"}, view.State{Color: view.Red, Word: "Blocked"}
	row := func(name, address, kind, role string, status view.State) view.UserRow {
		return view.UserRow{Person: view.Person{ID: address, Name: name, Address: address}, Type: kind, Role: role, Status: status,
			LastLogIn: moment(26 * time.Hour), PasswordChosen: moment(12 * day)}
	}
	newcomer := row("", "newcomer@example.org", "UI", "Member", active)
	newcomer.LastLogIn, newcomer.PasswordChosen = view.Moment{}, view.Moment{}
	list.Rows = []view.UserRow{
		row("Ada Byron", "ada@example.org", "UI", "Administrator", active), newcomer,
		row(longName, longWord+"@"+longWord[:40]+".example.org", "Hybrid", "Manager", active),
		row(hebrewName, "ada@example.co.il", "UI", "Operator", active), row(arabicName, "musa@example.org", "UI", "Member", blocked),
		row(scriptName, "script@example.org", "UI", "Member", active), row("", "reports@example.org", "API", "Member", active),
	}
	alone := list
	alone.Rows, alone.Alone, alone.Pager.Total = list.Rows[:1], true, "1 system user"
	alone.All = ""
	none := list
	none.Rows, none.Filtered, none.Search.Value = nil, true, longWord
	hundred := list
	hundred.Rows = nil
	for i := range 100 {
		hundred.Rows = append(hundred.Rows, row(fmt.Sprintf("Person %03d", i), fmt.Sprintf("person%03d@example.org", i), "UI", "Member", active))
	}
	hundred.Pager = view.Pager{Total: "more than 10,000 system users", Prev: "/users?before=1", Next: "/users?after=2"}
	return []Story{{"users", list}, {"users-alone", alone}, {"users-none-match", none}, {"users-hundred", hundred}}
}
