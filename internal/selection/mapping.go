package selection

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"rekey"
)

// MappingCost is the limit for one event, in the units of Limits: about 10 ms.
const MappingCost = 100_000

// maxMappingError is how much of an error of CEL is shown, in bytes: it may repeat a
// text of the event.
const maxMappingError = 300

func newMappingEnv() (*cel.Env, error) {
	return cel.NewCustomEnv(append(language(), cel.Variable("event", cel.MapType(cel.StringType, cel.DynType)))...)
}

// Mapping says where in the events of a source the people stand. It is safe for
// concurrent use.
type Mapping struct{ program cel.Program }

// CompileMapping parses and checks a mapping: an expression over event that gives
// texts, such as [event.data.reporter.email]. Other systems make the events, so their
// values have no known types; mapping_check.go says how they are kept in bounds. An
// error is a *rekey.Error with CodeInvalid whose fields are all "people".
func (c *Compiler) CompileMapping(expression string) (*Mapping, error) {
	if problem := checkText(expression); problem != nil {
		return nil, invalidMapping(problem)
	}
	checked, issues := c.mappings.Compile(expression)
	if err := issues.Err(); err != nil {
		return nil, invalidMapping(problemsOf(expression, issues.Errors())...)
	}
	if problem := guardMapping(checked); problem != nil {
		return nil, invalidMapping(problem)
	}
	if t := checked.OutputType(); !givesTexts(t) {
		return nil, invalidMapping(&ExpressionError{1, 1, "the mapping gives " + typeName(t) + "; it must give a list of texts, such as [event.data.reporter.email]"})
	}
	program, err := c.mappings.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MappingCost), cel.CostTracking(mappingCharge{}))
	if err != nil {
		return nil, invalidMapping(&ExpressionError{1, 1, "a constant cannot be calculated: " + oneLine(err)})
	}
	return &Mapping{program}, nil
}

// invalidMapping words the problems of a mapping, which the checks word for a
// condition.
func invalidMapping(problems ...*ExpressionError) error {
	words := strings.NewReplacer(
		"A condition is about user and now", "A mapping is about event, as in event.data.email",
		"give one such as !user.uses_api", "give one such as [event.data.reporter.email]",
		"a field such as user.email", "a field such as event.data.email", "the condition", "the mapping", "a condition", "a mapping")
	err := &rekey.Error{Code: rekey.CodeInvalid, Message: "The mapping is not valid.", Cause: problems[0]}
	for _, p := range problems {
		err.Fields = append(err.Fields, rekey.FieldError{Field: "people", Message: words.Replace(p.Error())})
	}
	return err
}

// givesTexts reports whether values of a type can be texts, or a list of them.
func givesTexts(t *cel.Type) bool {
	if t.Kind() == types.ListKind || optionalType(t) {
		t = t.Parameters()[0]
	}
	if optionalType(t) {
		t = t.Parameters()[0]
	}
	return t.Kind() == types.StringKind || t.Kind() == types.DynKind || t.Kind() == types.TypeParamKind
}

// People returns the texts at which the mapping finds people in an event, as they
// stand there, without empty ones. The event is decoded JSON with json.Number. spent
// is the cost.
//
// Errors: rekey.CodeInvalid with the reason and no field, if the mapping cannot be
// calculated, costs more than MappingCost, gives anything but texts, or gives more
// than rekey.MaxMappedPeople.
func (m *Mapping) People(event map[string]any) (people []string, spent uint64, err error) {
	out, details, err := m.program.Eval(map[string]any{"event": plain(event)})
	if cost := details.ActualCost(); cost != nil {
		spent = *cost
	}
	if err != nil {
		return nil, spent, mappingFailed(err)
	}
	list, ok := out.(traits.Lister)
	if !ok {
		people, err = addText(nil, out)
		return people, spent, err
	}
	for it := list.Iterator(); it.HasNext() == types.True; {
		if people, err = addText(people, it.Next()); err != nil {
			return nil, spent, err
		}
		if len(people) > rekey.MaxMappedPeople {
			return nil, spent, rekey.NewError(rekey.CodeInvalid, "The mapping gives more than 1,000 addresses.")
		}
	}
	return people, spent, nil
}

// addText adds a text to a list. Senders write null or an empty text where nobody
// is.
func addText(list []string, value ref.Val) ([]string, error) {
	if optional, ok := value.(*types.Optional); ok {
		if !optional.HasValue() {
			return list, nil
		}
		value = optional.GetValue()
	}
	switch value := value.(type) {
	case types.Null:
		return list, nil
	case types.String:
		if strings.TrimSpace(string(value)) != "" {
			list = append(list, string(value))
		}
		return list, nil
	default:
		return nil, rekey.NewError(rekey.CodeInvalid, fmt.Sprintf("The mapping gives a value of type %s where it must give texts.", readable(value.Type().TypeName())))
	}
}

func mappingFailed(err error) error {
	if costly(err) {
		return rekey.NewError(rekey.CodeInvalid, "The mapping costs too much for this event.")
	}
	text := oneLine(err)
	if len(text) > maxMappingError {
		text = strings.ToValidUTF8(text[:maxMappingError], "") + "…"
	}
	return rekey.NewError(rekey.CodeInvalid, "The mapping could not be calculated for this event: "+text+".")
}

// plain returns decoded JSON with the numbers of CEL in place of json.Number.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, member := range value {
			object[name] = plain(member)
		}
		return object
	case []any:
		list := make([]any, len(value))
		for i, member := range value {
			list[i] = plain(member)
		}
		return list
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return n
		}
		f, err := value.Float64()
		if err != nil {
			return math.NaN() // too large for any number that people compare
		}
		return f
	default:
		return value
	}
}

// mappingCharge counts the real cost of the calls of a mapping, whose types are often
// known only then.
type mappingCharge struct{}

// CallCost implements interpreter.ActualCostEstimator.
func (mappingCharge) CallCost(function, overload string, args []ref.Val, result ref.Val) *uint64 {
	var cost uint64
	switch {
	case overload == overloads.AddList && len(args) == 2: // what loops build grows in place
		cost = 1 + size(args[1])
	case function == operators.Add, function == overloads.TypeConvertString:
		cost = 1 + size(result)/charactersAUnit
	case function == operators.In && len(args) == 2:
		cost = 1 + size(args[1])
	case len(args) > 0 && (isTextFunction(function) || function == "contains" || function == "startsWith" || function == "endsWith" || function == "size"):
		cost = 1 + size(args[0])/charactersAUnit
	case function == operators.Equals || function == operators.NotEquals:
		cost = 1 + min(size(args[0]), size(args[1]))/charactersAUnit
	case strings.HasSuffix(overload, "_with_tz"):
		cost = costOfZone
	default:
		return nil
	}
	return &cost
}
