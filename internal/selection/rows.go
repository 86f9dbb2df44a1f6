package selection

import (
	"slices"
	"strings"

	"rekey"
)

// Row is one line of a condition in the console: a field, an operator, a value.
// Render and Parse translate between rows and CEL.
type Row struct {
	Field    string   `json:"field"` // a Field's Name, or AttributePrefix and a key
	Operator Operator `json:"operator"`
	// Value is text for every kind: "true" or "false", a whole number, a time in
	// RFC 3339 or a date (UTC), or for OneOf several values separated by commas. It
	// is empty if the operator takes no value.
	Value string `json:"value"`
}

// Rows are lines joined by "all of" or "any of".
type Rows struct {
	All  bool  `json:"all"` // Parse reports true for one row
	Rows []Row `json:"rows"`
}

// Kind is the type of a field's values.
type Kind string

// The kinds of fields.
const (
	KindText      Kind = "text"
	KindChoice    Kind = "choice" // one of Field.Values
	KindYesNo     Kind = "yes_no" // "true" or "false"
	KindNumber    Kind = "number" // whole, 0 to 100,000
	KindMoment    Kind = "moment"
	KindAttribute Kind = "attribute" // text that may be missing
	KindList      Kind = "list"      // texts, each compared as a whole
)

// Operator is how a row compares.
type Operator string

// The operators. Label names them for people.
const (
	Is          Operator = "is"
	IsNot       Operator = "is_not"
	OneOf       Operator = "one_of" // values separated by commas
	StartsWith  Operator = "starts_with"
	EndsWith    Operator = "ends_with"
	Contains    Operator = "contains"
	ContainsNot Operator = "contains_not"
	AtLeast     Operator = "at_least"
	AtMost      Operator = "at_most"
	DaysAgo     Operator = "more_than_days_ago" // also true if it never happened
	WithinDays  Operator = "within_days"        // within the last n days; false if it never happened
	Before      Operator = "before"             // before a moment; also true if it never happened
	Since       Operator = "since"              // at a moment or later
	Ever        Operator = "ever"
	Never       Operator = "never"
	Exists      Operator = "exists"  // the user has the attribute
	Missing     Operator = "missing" // the user does not have it
)

var operatorLabels = map[Operator]string{
	Is: "is", IsNot: "is not", OneOf: "is one of", StartsWith: "starts with", EndsWith: "ends with",
	Contains: "contains", ContainsNot: "does not contain", AtLeast: "is at least", AtMost: "is at most",
	DaysAgo: "is more days ago than", WithinDays: "is within the last days", Before: "is before",
	Since: "is at or after", Ever: "has happened", Never: "has never happened", Exists: "exists", Missing: "does not exist",
}

// Label returns the operator in words.
func (o Operator) Label() string { return operatorLabels[o] }

// TakesValue reports whether a row with this operator has a value.
func (o Operator) TakesValue() bool {
	return o != Ever && o != Never && o != Exists && o != Missing
}

// Field is a field that a row can be about.
type Field struct {
	Name      string
	Label     string
	Kind      Kind
	Operators []Operator
	Values    []string // of a choice
}

// AttributePrefix begins the field of a row about an attribute. The key follows:
// "attributes.team".
const AttributePrefix = "attributes."

var (
	textOperators   = []Operator{Is, IsNot, OneOf, StartsWith, EndsWith, Contains, ContainsNot}
	choiceOperators = []Operator{Is, IsNot, OneOf}
	listOperators   = []Operator{Contains, ContainsNot}
	numberOperators = []Operator{Is, IsNot, AtLeast, AtMost}
	momentOperators = []Operator{DaysAgo, WithinDays, Before, Since}
	maybeOperators  = append(slices.Clone(momentOperators), Ever, Never)
)

var rowFields = func() []Field {
	list := []Field{{"domain", "Domain of the address", KindText, textOperators, nil}}
	for _, f := range rekey.UserFields() {
		switch f.Name {
		case "address":
			list = slices.Insert(list, 0, Field{"email", f.Label, KindText, textOperators, nil})
		case "type":
			list = append(list, Field{f.Name, f.Label, KindChoice, choiceOperators, f.Values},
				Field{"uses_api", "Uses the API", KindYesNo, []Operator{Is}, []string{"true", "false"}})
		case "role":
			list = append(list, Field{f.Name, f.Label, KindChoice, choiceOperators, f.Values},
				Field{"rank", "Rank", KindNumber, numberOperators, nil},
				Field{"status", "Status", KindChoice, choiceOperators, []string{string(rekey.UserActive), string(rekey.UserBlocked)}})
		default:
			list = append(list, Field{f.Name, f.Label, KindText, textOperators, nil})
		}
	}
	return append(list,
		Field{"created_at", "Created", KindMoment, momentOperators, nil},
		Field{"last_login_at", "Last log-in", KindMoment, maybeOperators, nil},
		Field{"password_changed_at", "Password changed", KindMoment, maybeOperators, nil},
		Field{"password_age_days", "Age of the password in days", KindNumber, numberOperators, nil},
		Field{"directory", "Directory", KindText, textOperators, nil},
		Field{"ou", "Organizational unit", KindText, textOperators, nil},
		Field{"groups", "Groups", KindList, listOperators, nil},
		Field{AttributePrefix, "Attribute", KindAttribute, append(slices.Clone(textOperators), Exists, Missing), nil},
	)
}()

// Fields lists the fields of rows in the order of the console. The last one stands
// for attributes: its name is AttributePrefix, and a row adds the key.
func Fields() []Field { return slices.Clone(rowFields) }

// fieldOf returns the field that a row names and, for an attribute, its key.
func fieldOf(name string) (f Field, key string, ok bool) {
	if key, isAttribute := strings.CutPrefix(name, AttributePrefix); isAttribute {
		return rowFields[len(rowFields)-1], key, true
	}
	for _, f := range rowFields {
		if f.Name == name {
			return f, "", true
		}
	}
	return Field{}, "", false
}
