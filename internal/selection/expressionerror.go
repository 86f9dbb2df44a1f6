package selection

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/operators"

	"rekey"
)

// ExpressionError says where a condition is wrong and what would be right. It is
// the cause of the error that Compile returns.
type ExpressionError struct {
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
}

// Error implements error: "Line 1, column 6: undefined field 'typo'. …".
func (p *ExpressionError) Error() string {
	return fmt.Sprintf("Line %d, column %d: %s.", p.Line, p.Column, p.Message)
}

// invalid returns the error of Compile for one or more problems.
func invalid(problems ...*ExpressionError) error {
	err := &rekey.Error{Code: rekey.CodeInvalid, Message: "The condition is not valid.", Cause: problems[0]}
	for _, p := range problems {
		err.Fields = append(err.Fields, rekey.FieldError{Field: "expression", Message: p.Error()})
	}
	return err
}

// problemsOf explains the findings of the parser or the type checker to people. It
// leaves out all but the first few, because they mostly follow from those.
func problemsOf(expression string, found []*cel.Error) []*ExpressionError {
	lines := strings.Split(expression, "\n")
	var problems []*ExpressionError
	for _, f := range found {
		if len(problems) == maxReportedErrors {
			break
		}
		p := &ExpressionError{Line: max(f.Location.Line(), 1), Column: max(f.Location.Column(), 0) + 1}
		var at rune
		if p.Line <= len(lines) {
			if line := []rune(lines[p.Line-1]); p.Column <= len(line) {
				at = line[p.Column-1]
			}
		}
		p.Message = explain(f.Message, at)
		if at == '.' && undefinedField.MatchString(f.Message) {
			p.Column++ // the checker points at the dot, people look for the name
		}
		problems = append(problems, p)
		if strings.HasPrefix(f.Message, "Syntax error") {
			break // the parser reads the rest wrongly
		}
	}
	return problems
}

var (
	undefinedField = regexp.MustCompile(`^undefined field '(.*)'$`)
	undeclared     = regexp.MustCompile(`^undeclared reference to '(.*)' \(in container '.*'\)$`)
	noOverload     = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
)

// explain explains CEL's message about a character in the words of this domain.
func explain(message string, at rune) string {
	if m := undefinedField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("undefined field '%s'%s. A system user has %s", m[1], meant(m[1]), strings.Join(fieldNames(), ", "))
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		if at == '(' {
			return unknownFunction(m[1])
		}
		return fmt.Sprintf("unknown name '%s'. A condition is about user and now; texts are in quotes", m[1])
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return noOverloadText(m[1], m[2])
	}
	if rest, ok := strings.CutPrefix(message, "Syntax error: "); ok {
		switch {
		case unicode.In(at, unicode.Pi, unicode.Pf) || at == '„' || at == '‚':
			return `syntax error: write straight quotation marks, as in "manager"`
		case at > unicode.MaxASCII && (unicode.IsSpace(at) || !unicode.IsGraphic(at)):
			return fmt.Sprintf("syntax error: an invisible character (U+%04X); remove it, or write a plain blank", at)
		case at == '=' && strings.HasPrefix(rest, "token recognition error"):
			return "syntax error: write == to compare"
		}
		return syntaxText(rest)
	}
	if strings.Contains(message, "recursion") {
		return fmt.Sprintf("the condition is nested too deeply; at most %d levels are allowed", maxNesting)
	}
	return strings.TrimSuffix(readable(message), ".")
}

// otherNames are names that people know a field by.
var otherNames = map[string]string{
	"address": "email", "mail": "email", "emailaddress": "email", "username": "email", "givenname": "first_name", "surname": "last_name",
	"familyname": "last_name", "lang": "language", "locale": "language", "tz": "time_zone", "attribute": "attributes",
}

// meant says which field is probably meant by an undefined one: "; write user.email".
func meant(name string) string {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	for _, known := range fieldNames() {
		if plain(known) == plain(name) || otherNames[plain(name)] == known {
			return "; write user." + known
		}
	}
	return ""
}

// noOverloadText says what arguments a function or operator got, and what it
// usually takes.
func noOverloadText(function, arguments string) string {
	given := strings.NewReplacer("(", "", ")", "", ".", ", ").Replace(readable(arguments))
	given = strings.TrimPrefix(given, ", ")
	shown := function
	if symbol, ok := operators.FindReverse(function); ok && symbol != "" {
		shown = symbol
	} else if function == operators.Index || function == operators.OptIndex {
		shown = "[]"
	}
	message := fmt.Sprintf("'%s' cannot be applied to %s", shown, given)
	if expected := allowed[function]; expected != "" {
		message += "; " + expected
	}
	return message
}

func unknownFunction(name string) string {
	return fmt.Sprintf("unknown function '%s'. There are %s", name, strings.Join(functionNames(), ", "))
}

// syntaxText shortens the parser's message, whose list of expected tokens names
// every operator of the grammar.
func syntaxText(rest string) string {
	rest, _, _ = strings.Cut(rest, " expecting ")
	rest = strings.NewReplacer("'<EOF>'", "end of the condition", "<EOF>", "end of the condition",
		"mismatched input", "unexpected", "extraneous input", "unexpected",
		"no viable alternative at input", "unexpected").Replace(rest)
	return "syntax error: " + strings.TrimSuffix(rest, ".") + "; expected a value, a field such as user.email, or an operator such as =="
}

// readable replaces CEL's internal names of types.
func readable(message string) string {
	return strings.NewReplacer("google.protobuf.Timestamp", "timestamp", "google.protobuf.Duration", "duration",
		"optional_type", "optional", userTypeName, "user").Replace(message)
}

func typeName(t *cel.Type) string { return readable(cel.FormatCELType(t)) }

// oneLine returns the text of err without line breaks.
func oneLine(err error) string { return strings.Join(strings.Fields(readable(err.Error())), " ") }
