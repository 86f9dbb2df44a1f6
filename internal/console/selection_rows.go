package console

import (
	"fmt"
	"slices"
	"strings"

	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

func rowName(i int) string { return fmt.Sprintf("rows[%d]", i) }

// rowField returns the field of a row.
func rowField(name string) (selection.Field, bool) {
	for _, f := range selection.Fields() {
		if f.Name == name {
			return f, true
		}
	}
	return selection.Field{}, false
}

// view shows a condition with its errors. During typing the rows themselves stay on
// the page, so their errors stand below all rows.
func (c *condition) view(p view.Problem, mark *view.ErrorMark, focus int, typing bool) view.Condition {
	v := view.Condition{
		NoRows: c.noRows, RowErrors: p.Of("rows"), Shown: c.shown, Mark: mark,
		CEL: view.Field{Name: "expression", Value: c.expression, Errors: p.Of("expression"), Rows: 4},
		Join: []view.Option{
			{Value: "all", Label: "All of these are true", Chosen: !c.any},
			{Value: "any", Label: "Any of these is true", Chosen: c.any},
		},
	}
	if c.noRows != "" && len(v.CEL.Errors) > 0 {
		v.NoRows = brokenCEL
	}
	for i, row := range c.rows {
		line := rowView(i, row)
		for _, part := range []string{"field", "operator", "value"} {
			line.Errors = append(line.Errors, p.Of(line.Name+"."+part)...)
		}
		if typing {
			for _, message := range line.Errors {
				v.RowErrors = append(v.RowErrors, fmt.Sprintf("Row %d: %s", i+1, message))
			}
			line.Errors = nil
		}
		line.Focus = i == focus
		v.Rows = append(v.Rows, line)
	}
	return v
}

func rowView(i int, row form.Row) view.ConditionRow {
	line := view.ConditionRow{
		Name: rowName(i), Index: i, Number: i + 1, Key: row.Key, Value: row.Value,
		Fields: []view.Option{{Label: "Choose a field"}},
	}
	for _, f := range selection.Fields() {
		line.Fields = append(line.Fields, view.Option{Value: f.Name, Label: f.Label, Chosen: f.Name == row.Field})
	}
	f, ok := rowField(row.Field)
	if !ok {
		return line
	}
	line.HasKey = f.Kind == selection.KindAttribute
	op := selection.Operator(row.Operator)
	if !slices.Contains(f.Operators, op) {
		op = f.Operators[0]
	}
	for _, o := range f.Operators {
		line.Operators = append(line.Operators, view.Option{Value: string(o), Label: o.Label(), Chosen: o == op})
	}
	valueInput(&line, f, op)
	return line
}

// valueInput sets the input for the value of a row.
func valueInput(line *view.ConditionRow, f selection.Field, op selection.Operator) {
	chosen := []string{line.Value}
	switch {
	case !op.TakesValue():
		return
	case f.Kind == selection.KindYesNo:
		line.Kind = "select"
		line.Options = view.Choose([]view.Option{{Value: "true", Label: "yes"}, {Value: "false", Label: "no"}}, line.Value)
		return
	case f.Kind == selection.KindChoice:
		line.Kind = "select"
		if op == selection.OneOf {
			line.Kind, chosen = "checks", strings.Split(line.Value, ", ")
		}
		for _, value := range f.Values {
			line.Options = append(line.Options, view.Option{Value: value, Label: selection.ValueLabel(value), Chosen: slices.Contains(chosen, value)})
		}
	case f.Kind == selection.KindNumber:
		line.Kind = "number"
	case op == selection.DaysAgo || op == selection.WithinDays:
		line.Kind, line.Unit = "number", "days"
	case f.Kind == selection.KindMoment:
		line.Kind, line.Hint = "text", "2026-01-31"
	default:
		line.Kind = "text"
		if op == selection.OneOf {
			line.Hint = "first, second"
		}
	}
}
