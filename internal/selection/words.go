package selection

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/parser"

	"rekey"
)

// Words explains rows of Parse to people: "Does not use the API, and password is at
// least 90 days old."
func (r Rows) Words() string {
	parts := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		parts[i] = row.Words()
	}
	joint := ", or "
	if r.All {
		joint = ", and "
	}
	text := strings.Join(parts, joint)
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// Words explains a row to people: "role is not Member".
func (r Row) Words() string {
	f, key, _ := fieldOf(r.Field)
	switch {
	case f.Name == "uses_api" && r.Value == "false":
		return "does not use the API"
	case f.Name == "uses_api":
		return "uses the API"
	case f.Name == "password_age_days":
		return "password " + r.Operator.Label() + " " + plural(r.Value, "day") + " old"
	case f.Kind == KindMoment:
		return r.momentWords(f)
	case f.Name == "groups" && r.Operator == ContainsNot:
		return "is not in the group " + r.valueWords(f)
	case f.Name == "groups":
		return "is in the group " + r.valueWords(f)
	case r.Operator == Exists:
		return "has the attribute " + key
	case r.Operator == Missing:
		return "has no attribute " + key
	case f.Kind == KindAttribute && (r.Operator == IsNot || r.Operator == ContainsNot):
		return "has an attribute " + key + " that " + r.Operator.Label() + " " + r.valueWords(f)
	}
	name := strings.ToLower(f.Label[:1]) + f.Label[1:]
	if f.Kind == KindAttribute {
		name += " " + key
	}
	return name + " " + r.Operator.Label() + " " + r.valueWords(f)
}

func (r Row) valueWords(f Field) string {
	values := []string{r.Value}
	if r.Operator == OneOf {
		values = strings.Split(r.Value, ", ")
	}
	for i, v := range values {
		switch {
		case f.Kind == KindChoice:
			values[i] = ValueLabel(v)
		case v == "":
			values[i] = "empty"
		case f.Kind != KindNumber:
			values[i] = "“" + v + "”"
		}
	}
	return strings.Join(values, " or ")
}

// happened holds the words for each time field: if it has happened, and if it never
// has.
var happened = map[string][2]string{
	"created_at":          {"created", ""},
	"last_login_at":       {"logged in last", "has never logged in"},
	"password_changed_at": {"chose the password", "has never chosen a password"},
}

func (r Row) momentWords(f Field) string {
	did, never := happened[f.Name][0], happened[f.Name][1]
	orNever := ""
	if never != "" {
		orNever = ", or never"
	}
	switch r.Operator {
	case DaysAgo:
		return did + " more than " + plural(r.Value, "day") + " ago" + orNever
	case WithinDays:
		return did + " within the last " + plural(r.Value, "day")
	case Before:
		return did + " before " + dayOrMoment(r.Value) + orNever
	case Since:
		return did + " at or after " + dayOrMoment(r.Value)
	case Never:
		return never
	default:
		return strings.Replace(never, "never ", "", 1)
	}
}

// dayOrMoment shortens a time at midnight UTC to its date.
func dayOrMoment(value string) string {
	at, err := rekey.ParseTime(value)
	switch {
	case err != nil:
		return value
	case at.Equal(at.UTC().Truncate(24 * time.Hour)):
		return at.UTC().Format("2 January 2006")
	default:
		return at.UTC().Format("2 January 2006, 15:04:05 UTC")
	}
}

func plural(n, unit string) string {
	if n == "1" {
		return "1 " + unit
	}
	if len(n) > 4 { // as everywhere: 100,000
		n = n[:len(n)-3] + "," + n[len(n)-3:]
	}
	return n + " " + unit + "s"
}

// ValueLabel is a value of a choice for people: UI, Administrator.
func ValueLabel(value string) string {
	switch value {
	case "":
		return ""
	case string(rekey.TypeUI), string(rekey.TypeAPI):
		return strings.ToUpper(value)
	}
	return strings.ToUpper(value[:1]) + value[1:]
}

// Part is one of the terms that a condition joins by &&.
type Part struct {
	Expression string
	Words      string // "" if it is not in the form of a row
}

// maxParts is the most parts into which Parts splits a condition.
const maxParts = 32

// Parts splits a condition at its outermost &&. It returns nil if there is nothing
// to split, or if a part cannot be written alone.
func Parts(expression string) []Part {
	env, err := rowsEnv()
	if err != nil || len(expression) > rekey.MaxExpression {
		return nil
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return nil
	}
	terms := flatten(parsed.NativeRep().Expr(), operators.LogicalAnd, nil)
	if len(terms) < 2 || len(terms) > maxParts {
		return nil
	}
	parts := make([]Part, len(terms))
	for i, term := range terms {
		text, err := parser.Unparse(term, parsed.NativeRep().SourceInfo())
		if err != nil { // a loop, which the parser has replaced
			return nil
		}
		parts[i].Expression = text
		if rows, ok := Parse(text); ok {
			parts[i].Words = rows.Words()
		}
	}
	return parts
}

// Day returns the moment of a value as it is typed: the date alone where it is
// midnight UTC.
func Day(value string) string {
	at, err := rekey.ParseTime(value)
	if err != nil || !at.Equal(at.UTC().Truncate(24*time.Hour)) {
		return value
	}
	return at.UTC().Format(time.DateOnly)
}
