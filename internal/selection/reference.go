package selection

import (
	"maps"

	"rekey"
)

// FieldReference describes a field to people who write a condition.
type FieldReference struct {
	Name  string // "user.rank"
	Type  string // as CEL has it: "int"
	About string
}

// FunctionReference describes an operator or a function to them.
type FunctionReference struct{ Form, About string }

// Example is a condition to begin with.
type Example struct {
	Who        string // it selects, at the beginning of a sentence
	Expression string
}

// abouts describe the fields that people do not enter.
var abouts = map[string]string{
	"email":               "the email address, in lower case",
	"domain":              "the part after the @, in lower case",
	"uses_api":            "type API, or Hybrid with a call by password in the last 90 days",
	"rank":                "the rank of the role, 3 (Administrator) to 0 (Member)",
	"status":              `"active" or "blocked"`,
	"created_at":          "when the system user was created",
	"last_login_at":       "the last log-in with the chosen password; 1970 if there was none",
	"password_changed_at": "when the chosen password was set; 1970 if there is none",
	"password_age_days":   "whole days since the password was chosen; if never, since the user was created",
	"attributes":          "your own fields of the system user, such as user.attributes.team",
	"directory":           `the directory that the system user comes from; "" if none`,
	"ou":                  `the path of the organizational unit there, such as "Sales/Berlin"; "" if there is none`,
	"groups":              "the names of the groups there; empty if there are none",
}

// FieldReferences lists the fields of a system user, and now.
func FieldReferences() []FieldReference {
	about := maps.Clone(abouts)
	for _, f := range rekey.UserFields() {
		about[f.Name] = f.About
	}
	var list []FieldReference
	for _, f := range userFields {
		list = append(list, FieldReference{"user." + f.name, typeName(f.kind), about[f.name]})
	}
	return append(list, FieldReference{"now", "timestamp", "the time of the calculation"})
}

// FunctionReferences lists the most useful ones; docs/selections.md has all.
func FunctionReferences() []FunctionReference {
	return []FunctionReference{
		{"a && b, a || b, !a", "and, or, not"},
		{"==, !=, <, <=, >, >=", "compare two values of the same type; upper and lower case differ"},
		{`user.role in ["manager", "operator"]`, "one of several"},
		{"now - days(90)", "90 days ago"},
		{`timestamp("2026-01-31T00:00:00Z")`, "a moment"},
		{"has(user.last_login_at)", "it has happened"},
		{`user.attributes.team == "sales"`, "an attribute; system users without it do not match, not even with != or !"},
		{`!has(user.attributes.team)`, "the attribute is missing"},
		{`"Field Sales" in user.groups`, "a group of the directory"},
		{`x.startsWith("a"), x.endsWith("a"), x.contains("a")`, "texts"},
		{`x.matches("^[a-m]")`, "a pattern (RE2)"},
	}
}

// Examples lists conditions to begin with.
func Examples() []Example {
	return []Example{
		{"Everybody but API users", `!user.uses_api`},
		{"Passwords older than a quarter", `!user.uses_api && user.password_age_days >= 90`},
		{"Never logged in, created more than two weeks ago", `!has(user.last_login_at) && user.created_at < now - days(14)`},
		{"Not seen for half a year", `has(user.last_login_at) && user.last_login_at < now - days(180)`},
		{"One domain, except managers and up", `user.domain == "example.org" && user.rank < 2`},
		{"Kiosk accounts", `user.attributes["kind"] == "kiosk"`},
		{"Everybody of the Sales unit and the units below it", `(user.ou + "/").startsWith("Sales/")`},
		{"Members of a group in a directory", `"Field Sales" in user.groups`},
		{"Created before a migration", `user.created_at < timestamp("2026-01-31T00:00:00Z")`},
	}
}
