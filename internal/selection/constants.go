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

// Doubts returns the constants of a condition that can never match what is stored, each
// with what would be right: user.role == "Admin", user.language == "de_AT". It returns
// nil for a condition that does not compile.
func (c *Compiler) Doubts(expression string) []rekey.Warning {
	if checkText(expression) != nil {
		return nil
	}
	checked, issues := c.env.Compile(expression)
	if issues.Err() != nil {
		return nil
	}
	d := &doubter{tree: checked.NativeRep()}
	ast.PreOrderVisit(d.tree.Expr(), ast.NewExprVisitor(d.visit))
	var list []rekey.Warning
	for _, doubt := range d.found {
		list = append(list, rekey.Warning{Field: "expression", Message: doubt.Error()})
	}
	return list
}

// doubter looks for constants that never match.
type doubter struct {
	tree  *ast.AST
	found []*ExpressionError
}

func (d *doubter) say(at ast.Expr, format string, args ...any) {
	doubt := &ExpressionError{1, 1, fmt.Sprintf(format, args...)}
	if place := d.tree.SourceInfo().GetStartLocation(at.ID()); place.Line() > 0 {
		doubt.Line, doubt.Column = place.Line(), place.Column()+1
	}
	d.found = append(d.found, doubt)
}

// methodWords are the methods that compare with a part of a text, in words.
var methodWords = map[string]string{"startsWith": "never begins with", "endsWith": "never ends with", "contains": "never contains"}

func (d *doubter) visit(e ast.Expr) {
	if e.Kind() != ast.CallKind {
		return
	}
	c := e.AsCall()
	name, args := c.FunctionName(), c.Args()
	switch {
	case name == operators.In && len(args) == 2:
		d.membership(args[0], args[1])
	case (name == operators.Equals || name == operators.NotEquals) && len(args) == 2:
		d.text(args[0], args[1], "is never")
		d.text(args[1], args[0], "is never")
		d.number(name, args[0], args[1])
		d.number(name, args[1], args[0])
	case len(args) == 2 && flipped[name] != "":
		d.number(name, args[0], args[1])
		d.number(flipped[name], args[1], args[0])
	case methodWords[name] != "" && c.IsMemberFunction() && len(args) == 1:
		d.text(c.Target(), args[0], methodWords[name])
	case (name == operators.Index || name == operators.OptIndex) && len(args) == 2 && isAttributes(args[0]):
		d.key(args[1])
	case strings.HasPrefix(name, "get") && c.IsMemberFunction() && len(args) == 1:
		d.zone(args[0])
	}
}

// membership looks at x in ["a", "b"] and "key" in user.attributes.
func (d *doubter) membership(left, right ast.Expr) {
	if isAttributes(right) {
		d.key(left)
		return
	}
	if right.Kind() != ast.ListKind {
		return
	}
	for _, item := range right.AsList().Elements() {
		d.text(left, item, "is never")
		d.number(operators.Equals, left, item)
	}
}

// text compares an operand with a constant. verb says how, in words.
func (d *doubter) text(operand, constant ast.Expr, verb string) {
	given, ok := textLiteral(constant)
	if !ok {
		return
	}
	name, changes := textOperand(operand)
	if name == "" && len(changes) == 0 {
		return
	}
	right, problem := writtenText(name, given, verb)
	for _, change := range changes {
		right = change(right)
	}
	shown := "user." + name
	if name == "" {
		shown = "this text"
	}
	switch {
	case problem != "":
		d.say(constant, "%s %s %s. %s", shown, verb, quote(given), strings.TrimSuffix(problem, "."))
	case right != given:
		d.say(constant, "%s %s %s; write %s", shown, verb, quote(given), quote(right))
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

// key looks at the name of an attribute.
func (d *doubter) key(e ast.Expr) {
	if given, ok := textLiteral(e); ok && rekey.TypedText(given) != given {
		d.say(e, "no attribute has the name %s; write %s", quote(given), quote(rekey.TypedText(given)))
	}
}

var offset = regexp.MustCompile(`^[+-]?\d\d:\d\d$`)

// zone looks at the time zone of now.getHours("Europe/Berlin").
func (d *doubter) zone(e ast.Expr) {
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
	d.say(e, "there is no time zone %s, so nobody is selected; write one such as %s", quote(given), quote(right))
}

// flipped are the comparisons by what they are with the sides exchanged.
var flipped = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
}

// number looks at user.rank == 4 and user.password_age_days < 0.
func (d *doubter) number(comparison string, operand, constant ast.Expr) {
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
		d.say(constant, "user.%s %s %d is the same for everybody: it is %s", name, symbol, given, bounds)
	}
}
