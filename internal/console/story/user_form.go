package story

import (
	"slices"
	"time"

	"rekey"
	"rekey/internal/console/view"
)

func userForms() []Story {
	types := []view.Option{
		{Value: "ui", Label: "UI", Hint: "A person who logs in here.", Chosen: true},
		{Value: "api", Label: "API", Hint: "A program that calls the API, and does not log in here. Automations leave it out unless they include API users."},
		{Value: "hybrid", Label: "Hybrid", Hint: "Both. Counts as an API user for 90 days after each call with its password."},
	}
	blank := view.UserForm{
		Frame: inside("New system user", "/users"), Post: "/users/new", Back: "/users", Button: "Create the system user",
		Address: view.Field{Name: "address", Label: "Email address", Kind: "email", Hint: "This is the user name. New passwords are sent to this address."},
		Type:    view.Choice{Name: "type", Label: "Type", Options: types},
		Role: view.Choice{Name: "role", Label: "Role", Options: []view.Option{
			{Value: "operator", Label: "Operator", Hint: "Creates automations and selections, and manages the accounts of Members."},
			{Value: "member", Label: "Member", Hint: "Only logs in and changes their own account.", Chosen: true},
		}},
		Profile: view.Profile{
			{Name: "first_name", Label: "First name", Optional: true}, {Name: "last_name", Label: "Last name", Optional: true},
			{Name: "language", Label: "Language", Optional: true, Hint: "Mails are in this language.", Options: languages},
			{Name: "time_zone", Label: "Time zone", Optional: true, Hint: "Pages show times in this zone. With the default, they use the time zone of the browser.", Options: zones},
		},
		Attributes: &view.Rows{List: [][2]view.Field{{{Name: "attributes[0].name", Label: "Name 1"}, {Name: "attributes[0].value", Label: "Value 1"}}}},
		Sources:    &view.SourceRows{List: []view.SourceRow{storySource("", "")}},
		Effect:     "They have no password yet. 2 active automations wait for this event: 'New colleague' and '" + longWord + "'.",
	}
	blank.Crumbs = []view.Link{{Text: "System users", Href: "/users"}}

	wrong := blank
	wrong.Problem = view.Problem{Status: 422, Fields: []rekey.FieldError{
		{Field: "address", Message: "Give an email address such as ada@example.org."}, {Field: "role", Message: "You cannot create a Manager; an Administrator can."},
		{Field: "attributes[0].value", Message: "The value of an attribute has at most 500 characters and no line breaks."},
		{Field: "sources[0].names", Message: "An event name has 1 to 255 printable characters, and no blanks at its ends. It may have a * only at its end; the * means all names with the same beginning."},
	}}
	wrong.Address.Value, wrong.Address.Errors = longWord, wrong.Problem.Of("address")
	wrong.Profile = slices.Clone(blank.Profile)
	wrong.Profile[0].Value, wrong.Profile[1].Value = scriptName, hebrewName
	wrong.Role.Errors = wrong.Problem.Of("role")
	wrong.Type.Options = append([]view.Option(nil), types...)
	wrong.Type.Options = view.Choose(wrong.Type.Options, "hybrid")
	wrong.Attributes = &view.Rows{List: [][2]view.Field{
		{{Name: "attributes[0].name", Label: "Name 1", Value: longWord}, {Name: "attributes[0].value", Label: "Value 1", Value: longName, Errors: wrong.Problem.Of("attributes[0].value")}},
		{{Name: "attributes[1].name", Label: "Name 2"}, {Name: "attributes[1].value", Label: "Value 2"}},
	}}
	source := storySource("/siem", "not*a*name")
	source.Names.Errors = wrong.Problem.Of("sources[0].names")
	wrong.Sources = &view.SourceRows{List: []view.SourceRow{source}}

	newer := blank
	newer.Frame, newer.Post, newer.Button, newer.Effect = inside("Edit "+arabicName, "/users"), "/users/1/edit", "Save", ""
	newer.Newer = &view.Newer{At: moment(2 * time.Minute), Changes: []view.Difference{
		{Field: "Last name", Stored: longName, Typed: arabicName}, {Field: "Attributes", Stored: "team = " + longWord, Typed: ""},
	}}
	own := blank
	own.Frame, own.Post, own.Button, own.Effect = inside("Edit "+longName, "/users"), "/users/1/edit", "Save", ""
	own.Fixed = []view.Fact{{Label: "Email address", Text: longWord + "@example.org"}, {Label: "Type", Text: "UI: logs in here"}, {Label: "Role", Text: "Manager"}}
	own.WhyFixed = "You cannot change these yourself; somebody of a higher rank, or another Administrator, can."
	own.Address, own.Type, own.Role = view.Field{}, view.Choice{}, view.Choice{}
	own.Attributes, own.Sources = nil, nil
	return []Story{{"user-new", blank}, {"user-new-refused", wrong}, {"user-edit-stale", newer}, {"user-edit-own", own}}
}

func storySource(source, names string) view.SourceRow {
	return view.SourceRow{
		Source: view.Field{Name: "sources[0].source", Label: "Source 1", Value: source, Code: true},
		Names:  view.Field{Name: "sources[0].names", Label: "Names of events 1, one per line", Kind: "textarea", Rows: 2, Value: names, Code: true},
		People: view.Field{Name: "sources[0].people", Label: "Mapping 1", Kind: "textarea", Rows: 2, Code: true, Optional: true,
			Value: "[event.data.ticket.reporter.email]", Hint: "Which part of an event names the people. Leave empty if the events have data.system_users."},
		Trusted: &view.Check{Name: "sources[0].trusted", Label: "Trust mapping 1 to name people", Hint: "Only if no outsider can type what the mapping reads."},
		Sample:  view.Field{Name: "sources[0].sample", Label: "Sample event 1", Kind: "textarea", Rows: 5, Code: true, Optional: true, Value: `{"data": {"ticket": {"reporter": {"email": "ada@example.org"}}}}`},
		Try:     "sources[0].try", Open: source != "",
		Tried: &view.Tried{People: []string{"ada@example.org", longWord}, Unknown: 1},
	}
}

// languages and zones are the first entries of the real lists.
var (
	languages = []view.Option{{Label: "System default (English)", Chosen: true}, {Value: "de", Label: "Deutsch"}, {Value: "en", Label: "English"}}
	zones     = []view.Option{
		{Label: "System default (UTC)", Chosen: true}, {Value: "Africa/Cairo", Label: "Cairo", Group: "Africa"}, {Value: "Europe/Berlin", Label: "Berlin", Group: "Europe"},
	}
)
