package rekey

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// UserField is a text field of a system user that people fill in. Everything about
// the field stands in its row of UserFields. The console, files, conditions and the
// checks of who may change what loop over these rows. docs/change.md says how to
// add a field.
type UserField struct {
	Name  string // in the API, files, forms and conditions
	Label string // for people
	// About says in the reference of conditions what the field holds.
	About string
	// File says in the description of a file what the column holds.
	File string
	// Max is the length in characters; 0 for a field with Values.
	Max int
	// Values are the allowed values, in lower case; nil for a free text.
	Values []string
	// Own: the user may change it, too.
	Own bool
	// Imported: for users of a directory, the directory decides it. The next import
	// overwrites what anybody else writes.
	Imported bool

	Get func(*SystemUser) string
	set func(*SystemUser, string)
	// typed reads what somebody typed; nil for TypedText.
	typed func(string) string
	// check returns a message that says what would be right, or "".
	check func(string) string
}

// Decided reports whether the directory of a user decides the field, so that people must
// not change it.
func (f UserField) Decided(u SystemUser) bool {
	return !u.Directory.BuiltIn() && (f.Imported || f.Name == "role" && u.Directory.DecidesRole)
}

// Set sets the field to what somebody entered.
func (f UserField) Set(u *SystemUser, text string) {
	f.set(u, f.Typed(text))
}

// Typed returns what somebody entered as the field holds it.
func (f UserField) Typed(text string) string {
	switch {
	case f.typed != nil:
		return f.typed(text)
	case f.Values != nil:
		return strings.ToLower(TypedText(text))
	default:
		return TypedText(text)
	}
}

// Wrong says what would be right in place of a text that Typed returned; "" if it is right.
func (f UserField) Wrong(text string) string {
	switch {
	case f.Values != nil && !slices.Contains(f.Values, text):
		return ChooseFrom(f.Values)
	case f.check != nil && text != "":
		return f.check(text)
	default:
		return ""
	}
}

// UserFields returns the fields in the order in which they are shown. The list must
// not be changed.
func UserFields() []UserField { return userFields }

var userFields = []UserField{
	{
		Name: "address", Label: "Email address", Max: maxAddress, Imported: true,
		File:  "The email address. It is the user name, and new passwords are sent to it. Required.",
		typed: TypedAddress,
		Get:   func(u *SystemUser) string { return u.Address },
		set:   func(u *SystemUser, text string) { u.Address = text },
	},
	{
		Name: "first_name", Label: "First name", Max: MaxNamePart, Own: true, Imported: true,
		About: `as entered; "" if there is none`, File: "Up to 100 characters.", check: checkNamePart,
		Get: func(u *SystemUser) string { return u.FirstName },
		set: func(u *SystemUser, text string) { u.FirstName = text },
	},
	{
		Name: "last_name", Label: "Last name", Max: MaxNamePart, Own: true, Imported: true,
		About: `as entered; "" if there is none`, File: "Up to 100 characters.", check: checkNamePart,
		Get: func(u *SystemUser) string { return u.LastName },
		set: func(u *SystemUser, text string) { u.LastName = text },
	},
	{
		Name: "type", Label: "Type", Values: []string{string(TypeUI), string(TypeAPI), string(TypeHybrid)}, Imported: true,
		About: `"ui", "api" or "hybrid"`, File: "ui logs in here, api calls the API, hybrid does both. If left out: ui.",
		Get: func(u *SystemUser) string { return string(u.Type) },
		set: func(u *SystemUser, text string) { u.Type = UserType(text) },
	},
	{
		Name: "role", Label: "Role", Values: []string{string(RoleAdministrator), string(RoleManager), string(RoleOperator), string(RoleMember)},
		About: `"administrator", "manager", "operator" or "member"`, File: "administrator, manager, operator or member, up to your own role. If left out: member.",
		Get: func(u *SystemUser) string { return string(u.Role) },
		set: func(u *SystemUser, text string) { u.Role = Role(text) },
	},
	{
		Name: "language", Label: "Language", Max: MaxLanguage, Own: true, Imported: true,
		About: `such as "de-CH"; "" means the system default`, File: "Such as en or de-CH. If left out: the system default.", check: checkLanguage,
		typed: TypedLanguage,
		Get:   func(u *SystemUser) string { return u.Language },
		set:   func(u *SystemUser, text string) { u.Language = text },
	},
	{
		Name: "time_zone", Label: "Time zone", Max: 64, Own: true,
		About: `such as "Europe/Berlin"; "" means the system default`, File: "Such as Europe/Berlin. If left out: the system default.", check: checkTimeZone,
		typed: TypedZone,
		Get:   func(u *SystemUser) string { return u.TimeZone },
		set:   func(u *SystemUser, text string) { u.TimeZone = text },
	},
}

// With returns u with everything that people enter taken from another record. What
// they never enter stays: ids, versions, times and verifiers.
func (u SystemUser) With(entered SystemUser) SystemUser {
	for _, f := range userFields {
		f.set(&u, f.Get(&entered))
	}
	u.Status, u.Attributes, u.Sources = entered.Status, entered.Attributes, entered.Sources
	return u
}

// checkFields reads all UserFields as typed and records every wrong one.
func (u *SystemUser) checkFields(p *Problems) {
	for _, f := range userFields {
		f.Set(u, f.Get(u))
		text := f.Get(u)
		if wrong := f.Wrong(text); wrong != "" {
			p.Add(f.Name, wrong)
		}
	}
}

// ChooseFrom is the message about a value that is none of at least two: "Choose ui, api
// or hybrid."
func ChooseFrom(values []string) string {
	last := len(values) - 1
	return "Choose " + strings.Join(values[:last], ", ") + " or " + values[last] + "."
}

// checkNamePart refuses a name that would put a header or a link into a mail.
func checkNamePart(name string) string {
	lower := strings.ToLower(name)
	switch {
	case utf8.RuneCountInString(name) > MaxNamePart:
		return "A name has at most " + strconv.Itoa(MaxNamePart) + " characters."
	case !Printable(name):
		return "A name must not contain line breaks or control characters."
	case strings.Contains(lower, "://") || strings.Contains(lower, "www."):
		return "A name must not contain a web address."
	default:
		return ""
	}
}

func checkLanguage(tag string) string {
	if _, err := language.Parse(tag); err != nil || len(tag) > MaxLanguage {
		return "Give a language tag such as en or de-CH."
	}
	return ""
}

func checkTimeZone(name string) string {
	if _, err := LoadZone(name); err != nil {
		return "Give a time zone such as Europe/Berlin."
	}
	return ""
}
