package selection

import (
	"fmt"
	"strings"
	"unicode"

	"rekey"
)

// Render writes rows as CEL. Its error is a *rekey.Error that names every bad row:
// "rows[2].value".
func Render(rows Rows) (string, error) {
	var p rekey.Problems
	if len(rows.Rows) == 0 {
		p.Add("rows", "Give at least one row.")
	}
	terms := make([]string, 0, len(rows.Rows))
	for i, row := range rows.Rows {
		row, err := complete(row)
		if err != nil {
			p.Merge(fmt.Sprintf("rows[%d].", i), err)
			continue
		}
		terms = append(terms, term(row))
	}
	operator := " || "
	if rows.All {
		operator = " && "
	}
	expression := strings.Join(terms, operator)
	if len(expression) > rekey.MaxExpression {
		p.Add("rows", "The rows make a condition of more than 4,000 characters. Remove some.")
	}
	if err := p.Err(); err != nil {
		return "", err
	}
	return expression, nil
}

// term writes one row that complete has accepted. parse.go reads each form. No form
// needs parentheses next to && or ||.
func term(row Row) string {
	f, key, _ := fieldOf(row.Field)
	operand := "user." + f.Name
	if f.Kind == KindAttribute {
		operand = "user.attributes[" + quote(key) + "]"
	}
	switch {
	case f.Kind == KindYesNo && row.Value == "false":
		return "!" + operand
	case f.Kind == KindYesNo:
		return operand
	case f.Kind == KindList && row.Operator == ContainsNot:
		return "!(" + quote(row.Value) + " in " + operand + ")"
	case f.Kind == KindList:
		return quote(row.Value) + " in " + operand
	case f.Kind == KindNumber:
		return operand + " " + symbols[row.Operator] + " " + row.Value
	}
	switch row.Operator {
	case OneOf:
		items := strings.Split(row.Value, ", ")
		for i := range items {
			items[i] = quote(items[i])
		}
		return operand + " in [" + strings.Join(items, ", ") + "]"
	case StartsWith, EndsWith, Contains:
		return operand + "." + methods[row.Operator] + "(" + quote(row.Value) + ")"
	case ContainsNot:
		return "!" + operand + ".contains(" + quote(row.Value) + ")"
	case DaysAgo, WithinDays:
		return operand + " " + symbols[row.Operator] + " now - days(" + row.Value + ")"
	case Before, Since:
		return operand + " " + symbols[row.Operator] + " timestamp(" + quote(row.Value) + ")"
	case Ever:
		return "has(" + operand + ")"
	case Never:
		return "!has(" + operand + ")"
	case Exists:
		return quote(key) + " in user.attributes"
	case Missing:
		return "!(" + quote(key) + " in user.attributes)"
	default: // Is, IsNot
		return operand + " " + symbols[row.Operator] + " " + quote(row.Value)
	}
}

var symbols = map[Operator]string{
	Is: "==", IsNot: "!=", AtLeast: ">=", AtMost: "<=",
	DaysAgo: "<", WithinDays: ">=", Before: "<", Since: ">=",
}

var methods = map[Operator]string{StartsWith: "startsWith", EndsWith: "endsWith", Contains: "contains"}

// quote writes a text as CEL does. Go's %q has escapes that CEL reads differently:
// \x80 is a byte in Go and a character in CEL.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
