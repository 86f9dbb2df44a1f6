package selection

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"rekey"
)

// ConstantWarnings warns about the constants of a condition that can never match what is
// stored, and says what would be right: user.role == "Admin", user.language == "de_AT".
// It returns nil for a condition that does not compile.
func (c *Compiler) ConstantWarnings(expression string) []rekey.Warning {
	if checkText(expression) != nil {
		return nil
	}
	checked, issues := c.env.Compile(expression)
	if issues.Err() != nil {
		return nil
	}
	check := &constantCheck{tree: checked.NativeRep()}
	ast.PreOrderVisit(check.tree.Expr(), ast.NewExprVisitor(check.call))
	var list []rekey.Warning
	for _, found := range check.found {
		list = append(list, rekey.Warning{Field: "expression", Message: found.Error()})
	}
	return list
}

// constantCheck looks for constants that never match.
type constantCheck struct {
	tree  *ast.AST
	found []*ExpressionError
}

func (c *constantCheck) warn(at ast.Expr, format string, args ...any) {
	warning := &ExpressionError{1, 1, fmt.Sprintf(format, args...)}
	if place := c.tree.SourceInfo().GetStartLocation(at.ID()); place.Line() > 0 {
		warning.Line, warning.Column = place.Line(), place.Column()+1
	}
	c.found = append(c.found, warning)
}

// neverWords say of a comparison with a text that it never holds.
var neverWords = map[Operator]string{
	Is: "is never", StartsWith: "never begins with", EndsWith: "never ends with", Contains: "never contains",
}

func (c *constantCheck) call(e ast.Expr) {
	if e.Kind() != ast.CallKind {
		return
	}
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch {
	case name == operators.In && len(args) == 2:
		c.membership(args[0], args[1])
	case (name == operators.Equals || name == operators.NotEquals) && len(args) == 2:
		c.text(Is, args[0], args[1])
		c.text(Is, args[1], args[0])
		c.number(name, args[0], args[1])
		c.number(name, args[1], args[0])
	case len(args) == 2 && flipped[name] != "":
		c.number(name, args[0], args[1])
		c.number(flipped[name], args[1], args[0])
	case (name == operators.Index || name == operators.OptIndex) && len(args) == 2 && isAttributes(args[0]):
		c.name("attribute", args[1])
	case strings.HasPrefix(name, "get") && call.IsMemberFunction() && len(args) == 1:
		c.zone(args[0])
	}
	for op, method := range methods {
		if name == method && call.IsMemberFunction() && len(args) == 1 {
			c.text(op, call.Target(), args[0])
		}
	}
}

// membership looks at x in ["a", "b"], "key" in user.attributes and "a" in user.groups.
func (c *constantCheck) membership(left, right ast.Expr) {
	if name, ok := userField(right); ok && (name == "attributes" || name == "groups") {
		c.name(strings.TrimSuffix(name, "s"), left)
		return
	}
	if right.Kind() != ast.ListKind {
		return
	}
	for _, item := range right.AsList().Elements() {
		c.text(Is, left, item)
		c.number(operators.Equals, left, item)
	}
}

// text looks at user.role == "Admin" and user.email.startsWith("Ada").
func (c *constantCheck) text(op Operator, operand, constant ast.Expr) {
	given, ok := textLiteral(constant)
	if !ok {
		return
	}
	name, changes := textOperand(operand)
	if name == "" && len(changes) == 0 {
		return
	}
	right, problem := writtenText(name, given, op)
	for _, change := range changes {
		right = change(right)
	}
	shown := "user." + name
	if name == "" {
		shown = "this text"
	}
	switch {
	case problem != "":
		c.warn(constant, "%s %s %s. %s", shown, neverWords[op], quote(given), strings.TrimSuffix(problem, "."))
	case right != given:
		c.warn(constant, "%s %s %s; write %s", shown, neverWords[op], quote(given), quote(right))
	}
}

// textOperand returns the field that an operand reads, "attributes" for each of those,
// and what the operand does to its text; "" for an operand that reads none.
func textOperand(e ast.Expr) (name string, changes []func(string) string) {
	if e.Kind() == ast.CallKind && e.AsCall().IsMemberFunction() {
		c := e.AsCall()
		change := map[string]func(string) string{"lowerAscii": lowerASCII, "upperAscii": upperASCII, "trim": strings.TrimSpace}[c.FunctionName()]
		switch {
		case change != nil:
			name, changes = textOperand(c.Target())
			return name, append(changes, change)
		case c.FunctionName() == "orValue" || c.FunctionName() == "value":
			return textOperand(c.Target())
		}
		return "", nil
	}
	if args, ok := call(e, operators.Index, 2); ok && isAttributes(args[0]) {
		return "attributes", nil
	}
	for _, op := range []string{operators.OptIndex, operators.OptSelect} {
		if args, ok := call(e, op, 2); ok && isAttributes(args[0]) {
			return "attributes", nil
		}
	}
	if e.Kind() != ast.SelectKind || e.AsSelect().IsTestOnly() {
		return "", nil
	}
	if isAttributes(e.AsSelect().Operand()) {
		return "attributes", nil
	}
	if name, ok := userField(e); ok && isText(name) {
		return name, nil
	}
	return "", nil
}

func isAttributes(e ast.Expr) bool {
	name, ok := userField(e)
	return ok && name == "attributes"
}

func isText(name string) bool {
	return slices.ContainsFunc(userFields, func(f field) bool { return f.name == name && f.kind == cel.StringType })
}

// name looks at the name of an attribute or a group.
func (c *constantCheck) name(of string, e ast.Expr) {
	if given, ok := textLiteral(e); ok && rekey.TypedText(given) != given {
		c.warn(e, "no %s has the name %s; write %s", of, quote(given), quote(rekey.TypedText(given)))
	}
}

var offset = regexp.MustCompile(`^[+-]?\d\d:\d\d$`)

// zone looks at the time zone of now.getHours("Europe/Berlin").
func (c *constantCheck) zone(e ast.Expr) {
	given, ok := textLiteral(e)
	if !ok || offset.MatchString(given) {
		return
	}
	if _, err := rekey.LoadZone(given); err == nil {
		return
	}
	right := rekey.TypedZone(given)
	if _, err := rekey.LoadZone(right); err != nil {
		right = "Europe/Berlin"
	}
	c.warn(e, "there is no time zone %s, so nobody is selected; write one such as %s", quote(given), quote(right))
}

// flipped are the comparisons by what they are with the sides exchanged.
var flipped = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
}

// number looks at user.rank == 4 and user.password_age_days < 0.
func (c *constantCheck) number(comparison string, operand, constant ast.Expr) {
	name, _ := userField(operand)
	if constant.Kind() != ast.LiteralKind || name != "rank" && name != "password_age_days" {
		return
	}
	n, ok := constant.AsLiteral().(types.Int)
	if !ok {
		return
	}
	most, bounds := int64(rekey.RankAdministrator), "0 to 3"
	if name == "password_age_days" {
		most, bounds = maxDays, "0 or more"
	}
	given := int64(n)
	never := map[string]bool{
		operators.Equals: given < 0 || given > most, operators.NotEquals: given < 0 || given > most,
		operators.Less: given <= 0, operators.LessEquals: given < 0,
		operators.Greater: given >= most, operators.GreaterEquals: given > most,
	}
	if never[comparison] {
		symbol, _ := operators.FindReverse(comparison)
		c.warn(constant, "user.%s %s %d is the same for everybody: it is %s", name, symbol, given, bounds)
	}
}
