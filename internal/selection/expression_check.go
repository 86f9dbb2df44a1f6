package selection

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"rekey"
)

// maxPatternText is the longest pattern, in bytes. The other limits are those of
// the patterns of event filters.
const maxPatternText = 200

// allowed are the functions of the language, each with the message for wrong
// arguments. All other functions of CEL are refused: they have no bound, or no use
// here.
var allowed = map[string]string{
	operators.Conditional:      "expected a condition, and two values of the same type",
	operators.LogicalAnd:       expectBool,
	operators.LogicalOr:        expectBool,
	operators.LogicalNot:       expectBool,
	operators.NotStrictlyFalse: expectBool, // the inside of all() and exists()
	operators.Equals:           expectEqual,
	operators.NotEquals:        expectEqual,
	operators.Less:             expectEqual,
	operators.LessEquals:       expectEqual,
	operators.Greater:          expectEqual,
	operators.GreaterEquals:    expectEqual,
	operators.In:               "expected a value and a list of such values, or a key and a map",
	operators.Add:              expectSum,
	operators.Subtract:         expectSum,
	operators.Multiply:         expectNumbers,
	operators.Divide:           expectNumbers,
	operators.Modulo:           expectNumbers,
	operators.Negate:           "expected a number",
	operators.Index:            expectIndex,
	operators.OptIndex:         expectIndex,
	operators.OptSelect:        "expected a field, as in user.attributes.?team",
	"orValue":                  `expected an optional and a value of its type, as in user.attributes[?"team"].orValue("none")`,
	"hasValue":                 `expected an optional, as in user.attributes[?"team"].hasValue()`,
	"size":                     "expected a text, list or map, as in size(user.attributes)",
	"startsWith":               `expected texts, as in user.email.startsWith("a")`,
	"endsWith":                 `expected texts, as in user.email.endsWith(".org")`,
	"contains":                 `expected texts, as in user.email.contains("test")`,
	"matches":                  `expected a text and a pattern in quotes, as in user.email.matches("^[a-m]")`,
	"lowerAscii":               "expected a text, as in user.last_name.lowerAscii()",
	"upperAscii":               "expected a text, as in user.last_name.upperAscii()",
	"trim":                     "expected a text, as in user.last_name.trim()",
	"int":                      expectConvertible,
	"double":                   expectConvertible,
	"string":                   expectConvertible,
	"timestamp":                `expected a text, as in timestamp("2026-01-31T00:00:00Z")`,
	"duration":                 `expected a text, as in duration("12h")`,
	"days":                     "expected a whole number, as in days(90)",
	"getFullYear":              expectMoment,
	"getMonth":                 expectMoment,
	"getDate":                  expectMoment,
	"getDayOfMonth":            expectMoment,
	"getDayOfWeek":             expectMoment,
	"getDayOfYear":             expectMoment,
	"getHours":                 expectMoment,
	"getMinutes":               expectMoment,
	"getSeconds":               expectMoment,
	"getMilliseconds":          expectMoment,
}

const (
	expectBool        = "expected bool, that is a comparison or a field such as user.uses_api"
	expectEqual       = "expected two values of the same type"
	expectNumbers     = "expected two numbers of the same type"
	expectSum         = "expected two numbers, or a timestamp and a duration such as days(90)"
	expectIndex       = `expected a list and a position or a map and a key, as in user.attributes["team"]`
	expectConvertible = "expected a value that can be converted, as in int(user.attributes.level)"
	expectMoment      = `expected a timestamp and, if wanted, a time zone, as in now.getHours("Europe/Berlin")`
)

// macros are the functions that the parser replaces by loops and tests.
var macros = []cel.Macro{cel.HasMacro, cel.AllMacro, cel.ExistsMacro, cel.ExistsOneMacro, cel.MapMacro, cel.FilterMacro}

// functionNames lists the functions that are called by name.
func functionNames() []string {
	var names []string
	for name := range allowed {
		if !strings.ContainsAny(name, "_@") {
			names = append(names, name)
		}
	}
	for _, m := range macros {
		names = append(names, m.Function())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// guard refuses expressions that type-check but have no bound on time or memory,
// or hide something from the type checker:
//
//   - Lists of lists and maps of lists. [1].map(x, [x, x]).map(x, [x, x])…
//     is small to build and takes 2ⁿ steps to compare, in a single step that
//     is counted only afterwards.
//   - Dynamic values, which would hide such lists from this check.
//   - Patterns that are not constant or are large.
//
// It returns the size of each pattern, from which costs are counted.
func guard(checked *cel.Ast) (map[string]int, *ExpressionError) {
	g := &guardian{tree: checked.NativeRep(), patterns: map[string]int{}}
	ast.PreOrderVisit(g.tree.Expr(), ast.NewExprVisitor(g.visit))
	return g.patterns, g.problem
}

type guardian struct {
	tree     *ast.AST
	patterns map[string]int
	problem  *ExpressionError
}

func (g *guardian) visit(e ast.Expr) {
	if g.problem != nil {
		return
	}
	switch e.Kind() {
	case ast.StructKind:
		g.refuse(e, "a condition cannot create objects")
	case ast.CallKind:
		g.call(e)
	case ast.LiteralKind:
		g.literal(e)
		return // the type of a literal is plain
	default:
	}
	t := g.tree.GetType(e.ID())
	switch {
	case g.problem != nil:
	case dynamic(t):
		g.refuse(e, "the type of this value is not clear; a list or map needs at least one value")
	case nesting(t) > 1:
		g.refuse(e, "a list or map can contain only simple values, no lists or maps")
	}
}

func (g *guardian) literal(e ast.Expr) {
	switch e.AsLiteral().(type) {
	case types.Bool, types.Int, types.Double, types.String:
	case types.Null:
		g.refuse(e, "null is not allowed; use has(user.last_login_at) or has(user.attributes.team)")
	default:
		g.refuse(e, "expected a text in quotes, a number, true or false")
	}
}

func (g *guardian) call(e ast.Expr) {
	call := e.AsCall()
	name := call.FunctionName()
	if allowed[name] == "" {
		g.refuse(e, unknownFunction(name))
		return
	}
	if name == "matches" {
		g.pattern(e, call.Args())
	}
}

// pattern checks the pattern of matches, its last argument.
func (g *guardian) pattern(e ast.Expr, args []ast.Expr) {
	if len(args) == 0 || args[len(args)-1].Kind() != ast.LiteralKind {
		g.refuse(e, "the pattern of matches must be a text in quotes")
		return
	}
	last := args[len(args)-1]
	pattern, _ := last.AsLiteral().Value().(string)
	size, err := patternSize(pattern)
	if err != nil {
		g.refuse(last, err.Error())
		return
	}
	g.patterns[pattern] = size
}

func (g *guardian) refuse(e ast.Expr, message string) {
	if g.problem != nil {
		return
	}
	g.problem = &ExpressionError{1, 1, message}
	if at := g.tree.SourceInfo().GetStartLocation(e.ID()); at.Line() > 0 {
		g.problem.Line, g.problem.Column = at.Line(), at.Column()+1
	}
}

// patternSize checks an RE2 pattern and returns its number of instructions. It does
// not compile the whole pattern: .{1000}.{1000}… is short and takes 20 MB.
func patternSize(pattern string) (int, error) {
	if len(pattern) > maxPatternText {
		return 0, fmt.Errorf("a pattern has at most %d characters", maxPatternText)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, fmt.Errorf("the pattern is not valid (RE2): %s", oneLine(err))
	}
	if rekey.PatternRepeats(parsed) > rekey.MaxPatternRepeat {
		return 0, fmt.Errorf("a pattern repeats at most %d times, also when repeats are nested", rekey.MaxPatternRepeat)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, fmt.Errorf("the pattern is not valid (RE2): %s", oneLine(err))
	}
	if len(program.Inst) > rekey.MaxPatternSize {
		return 0, fmt.Errorf("the pattern is too large")
	}
	return len(program.Inst), nil
}

// dynamic reports whether t is or contains a type that the checker does not know.
func dynamic(t *types.Type) bool {
	switch t.Kind() {
	case types.DynKind, types.AnyKind, types.ErrorKind, types.TypeParamKind:
		return true
	case types.TypeKind:
		return false
	default:
		return slices.ContainsFunc(t.Parameters(), dynamic)
	}
}

// nesting returns how deep lists and maps are nested.
func nesting(t *types.Type) int {
	deepest := 0
	for _, p := range t.Parameters() {
		deepest = max(deepest, nesting(p))
	}
	if t.Kind() == types.ListKind || t.Kind() == types.MapKind {
		deepest++
	}
	return deepest
}
