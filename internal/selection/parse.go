package selection

import (
	"strconv"
	"strings"
	"sync"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"rekey"
)

// rowsEnv parses expressions for Parse. It checks no types, because Parse only
// knows the forms of Render.
var rowsEnv = sync.OnceValues(newEnv)

// Parse reads rows back from CEL. It reports false for an expression that Render
// does not make, apart from white space, parentheses and the kind of quotes. The
// console shows such a condition as text only.
func Parse(expression string) (Rows, bool) {
	if len(expression) > rekey.MaxExpression {
		return Rows{}, false
	}
	env, err := rowsEnv()
	if err != nil {
		return Rows{}, false
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return Rows{}, false
	}
	rows := Rows{All: true}
	root, join := parsed.NativeRep().Expr(), operators.LogicalAnd
	if _, isAny := call(root, operators.LogicalOr, 2); isAny {
		rows.All, join = false, operators.LogicalOr
	}
	for _, e := range flatten(root, join, nil) {
		row, ok := rowOf(e)
		if !ok {
			return Rows{}, false
		}
		// The row must give the same expression again.
		if completed, err := complete(row); err != nil || completed != row {
			return Rows{}, false
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows, true
}

// flatten returns the terms of a && b && c, which the parser nests.
func flatten(e ast.Expr, join string, terms []ast.Expr) []ast.Expr {
	if args, ok := call(e, join, 2); ok {
		return flatten(args[1], join, flatten(args[0], join, terms))
	}
	return append(terms, e)
}

// rowOf reads one term; it is the reverse of term.
func rowOf(e ast.Expr) (Row, bool) {
	if args, ok := call(e, operators.LogicalNot, 1); ok {
		row, ok := rowOf(args[0])
		if !ok {
			return Row{}, false
		}
		switch {
		case row.Operator == Contains && (isList(row.Field) || !hasDefault(args[0].AsCall().Target())):
			row.Operator = ContainsNot
		case row.Operator == Ever:
			row.Operator = Never
		case row.Operator == Exists:
			row.Operator = Missing
		case row == Row{"uses_api", Is, "true"}:
			row.Value = "false"
		default:
			return Row{}, false
		}
		return row, true
	}
	if e.Kind() == ast.SelectKind {
		name, ok := userField(e)
		switch {
		case !ok:
			return Row{}, false
		case e.AsSelect().IsTestOnly():
			return Row{name, Ever, ""}, true
		case name == "uses_api":
			return Row{name, Is, "true"}, true
		}
		return Row{}, false
	}
	if e.Kind() != ast.CallKind {
		return Row{}, false
	}
	if e.AsCall().IsMemberFunction() {
		return methodRow(e.AsCall())
	}
	return comparisonRow(e.AsCall())
}

// methodRow reads operand.startsWith("x").
func methodRow(c ast.CallExpr) (Row, bool) {
	name, ok := operand(c.Target())
	if !ok || isList(name) || len(c.Args()) != 1 {
		return Row{}, false
	}
	value, ok := textLiteral(c.Args()[0])
	if !ok {
		return Row{}, false
	}
	for op, method := range methods {
		if method == c.FunctionName() {
			return Row{name, op, value}, true
		}
	}
	return Row{}, false
}

// comparisonRow reads operand == "x", operand in ["x"], "key" in attributes, "x" in
// groups, operand >= 2, operand < now - days(2), operand < timestamp("…").
func comparisonRow(c ast.CallExpr) (Row, bool) {
	if len(c.Args()) != 2 {
		return Row{}, false
	}
	left, right := c.Args()[0], c.Args()[1]
	symbol, _ := operators.FindReverse(c.FunctionName())
	if c.FunctionName() == operators.In {
		return membershipRow(left, right)
	}
	name, ok := operand(left)
	if !ok {
		return Row{}, false
	}
	f, _, _ := fieldOf(name)
	value, allowedHere := "", []Operator(nil)
	if text, ok := textLiteral(right); ok && f.Kind != KindNumber {
		value, allowedHere = text, []Operator{Is, IsNot}
	} else if n, ok := intLiteral(right); ok && f.Kind == KindNumber {
		value, allowedHere = n, numberOperators
	} else if n, ok := daysAgo(right); ok {
		value, allowedHere = n, []Operator{DaysAgo, WithinDays}
	} else if args, ok := call(right, "timestamp", 1); ok {
		if value, ok = textLiteral(args[0]); !ok {
			return Row{}, false
		}
		allowedHere = []Operator{Before, Since}
	}
	for _, op := range allowedHere {
		if symbols[op] == symbol {
			return Row{name, op, value}, !hasDefault(left) || op == Is && value != ""
		}
	}
	return Row{}, false
}

func membershipRow(left, right ast.Expr) (Row, bool) {
	if key, ok := textLiteral(left); ok {
		name, ok := userField(right)
		switch {
		case !ok || right.AsSelect().IsTestOnly():
			return Row{}, false
		case name == "attributes":
			return Row{AttributePrefix + key, Exists, ""}, true
		default:
			return Row{name, Contains, key}, isList(name)
		}
	}
	name, ok := operand(left)
	if !ok || right.Kind() != ast.ListKind || len(right.AsList().OptionalIndices()) > 0 {
		return Row{}, false
	}
	items := make([]string, 0, right.AsList().Size())
	for _, e := range right.AsList().Elements() {
		item, ok := textLiteral(e)
		if !ok || strings.Contains(item, ",") {
			return Row{}, false
		}
		items = append(items, item)
	}
	return Row{name, OneOf, strings.Join(items, ", ")}, true
}

// operand reads user.field, user.attributes["key"] or, as rows were written before,
// user.attributes[?"key"].orValue(""). In the old form a missing attribute is an empty
// text. So the callers take it only if an empty text does not match: see hasDefault.
func operand(e ast.Expr) (string, bool) {
	if e.Kind() == ast.SelectKind && !e.AsSelect().IsTestOnly() {
		return userField(e)
	}
	index := operators.Index
	if hasDefault(e) {
		if other, ok := textLiteral(e.AsCall().Args()[0]); !ok || other != "" {
			return "", false
		}
		e, index = e.AsCall().Target(), operators.OptIndex
	}
	args, ok := call(e, index, 2)
	if !ok {
		return "", false
	}
	key, isText := textLiteral(args[1])
	name, isField := userField(args[0])
	return AttributePrefix + key, isText && isField && name == "attributes"
}

func isList(field string) bool {
	f, _, _ := fieldOf(field)
	return f.Kind == KindList
}

// hasDefault reports whether e is an optional with a default: x.orValue("").
func hasDefault(e ast.Expr) bool {
	return e.Kind() == ast.CallKind && e.AsCall().IsMemberFunction() &&
		e.AsCall().FunctionName() == "orValue" && len(e.AsCall().Args()) == 1
}

// userField reads user.field, also inside has().
func userField(e ast.Expr) (string, bool) {
	if e.Kind() != ast.SelectKind {
		return "", false
	}
	of := e.AsSelect().Operand()
	return e.AsSelect().FieldName(), of.Kind() == ast.IdentKind && of.AsIdent() == "user"
}

// daysAgo reads now - days(n).
func daysAgo(e ast.Expr) (string, bool) {
	args, ok := call(e, operators.Subtract, 2)
	if !ok || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != "now" {
		return "", false
	}
	days, ok := call(args[1], "days", 1)
	if !ok {
		return "", false
	}
	return intLiteral(days[0])
}

// call returns the arguments of a function call that is no method call.
func call(e ast.Expr, function string, n int) ([]ast.Expr, bool) {
	if e.Kind() != ast.CallKind {
		return nil, false
	}
	c := e.AsCall()
	return c.Args(), c.FunctionName() == function && !c.IsMemberFunction() && len(c.Args()) == n
}

func textLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

func intLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	n, ok := e.AsLiteral().(types.Int)
	return strconv.FormatInt(int64(n), 10), ok
}
