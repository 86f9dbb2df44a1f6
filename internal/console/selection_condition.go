package console

import (
	"errors"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/selection"
)

// condition is one condition in its two forms on the page. The form that was changed
// writes the other:
//
//	rows changed ──Render──► CEL        both changed: an error, nothing is lost
//	CEL changed ──Parse──► rows, or none if it has no such form
//
// The page sends both forms as they were when it was made, so that this works without
// script.
type condition struct {
	expression string
	shown      string
	any        bool
	rows       []form.Row // as typed
	noRows     string
	problems   rekey.Problems
}

const (
	noRowForm   = "This condition cannot be shown as rows. Edit it as CEL."
	brokenCEL   = "The rows return when the CEL is valid."
	bothChanged = "The rows and the CEL differ. Choose 'Write as CEL' to keep the rows, or 'Show as rows' to keep the CEL."
)

// settle reads a condition from the form.
func settle(f form.Condition) condition {
	c := condition{expression: f.Expression, shown: f.Shown, any: f.Any, rows: f.Rows}
	rendered, err := selection.Render(rowsOf(c.rows, c.any))
	before, had := "", false
	if rows, ok := selection.Parse(f.Shown); ok {
		before, _ = selection.Render(rows)
		had = true
	}
	rowsChanged := had && (err != nil || rendered != before)
	celChanged := f.Expression != f.Shown
	switch {
	case f.Side == "rows", f.Side == "" && rowsChanged && !celChanged:
		c.fromRows(rendered, err)
	case f.Side == "cel", celChanged && !rowsChanged:
		c.fromCEL(f.Expression)
	case rowsChanged && celChanged:
		c.problems.Add("expression", bothChanged)
	case !had:
		c.fromCEL(f.Expression)
	}
	return c
}

func (c *condition) fromRows(rendered string, err error) {
	if err != nil {
		c.problems.Merge("", inPlaces(err, c.rows))
		return
	}
	c.expression, c.shown = rendered, rendered
}

func (c *condition) fromCEL(expression string) {
	c.expression, c.shown, c.rows, c.noRows = expression, expression, nil, ""
	rows, ok := selection.Parse(expression)
	if !ok {
		c.noRows = noRowForm
		return
	}
	c.any = !rows.All
	for _, row := range rows.Rows {
		typed := form.Row{Field: row.Field, Operator: string(row.Operator), Value: selection.Day(row.Value)}
		if key, is := strings.CutPrefix(row.Field, selection.AttributePrefix); is {
			typed.Field, typed.Key = selection.AttributePrefix, key
		}
		c.rows = append(c.rows, typed)
	}
}

// rowsOf leaves out rows without a field.
func rowsOf(typed []form.Row, anyOf bool) selection.Rows {
	rows := selection.Rows{All: !anyOf}
	for _, row := range typed {
		if row.Field == "" {
			continue
		}
		field := row.Field
		if field == selection.AttributePrefix {
			field += row.Key
		}
		rows.Rows = append(rows.Rows, selection.Row{Field: field, Operator: selection.Operator(row.Operator), Value: row.Value})
	}
	return rows
}

// inPlaces numbers the rows of an error as on the page, with the rows that rowsOf
// has left out.
func inPlaces(err error, typed []form.Row) error {
	var known *rekey.Error
	if !errors.As(err, &known) {
		return err
	}
	var places []int
	for i, row := range typed {
		if row.Field != "" {
			places = append(places, i)
		}
	}
	var p rekey.Problems
	for _, f := range known.Fields {
		field := f.Field
		for n, place := range places {
			if rest, is := strings.CutPrefix(field, rowName(n)+"."); is {
				field = rowName(place) + "." + rest
				break
			}
		}
		p.Add(field, f.Message)
	}
	return p.Err()
}

// fitRows makes the rows of a page consistent after another field or operator
// was chosen: an operator that the field does not have is replaced by its first.
func (c *condition) fitRows() {
	for i, row := range c.rows {
		f, ok := rowField(row.Field)
		if !ok {
			continue
		}
		op := selection.Operator(row.Operator)
		if !slices.Contains(f.Operators, op) {
			c.rows[i].Operator, c.rows[i].Value = string(f.Operators[0]), ""
			op = f.Operators[0]
		}
		switch {
		case !op.TakesValue():
			c.rows[i].Value = ""
		case len(f.Values) > 0 && op != selection.OneOf && !slices.Contains(f.Values, c.rows[i].Value):
			first, _, _ := strings.Cut(c.rows[i].Value, ", ")
			if !slices.Contains(f.Values, first) {
				first = f.Values[0]
			}
			c.rows[i].Value = first
		}
	}
}

// errorMark shows where the CEL is wrong, if the error says so.
func errorMark(expression string, err error) *view.ErrorMark {
	at, ok := errors.AsType[*selection.ExpressionError](err)
	lines := strings.Split(expression, "\n")
	if !ok || at.Line > len(lines) {
		return nil
	}
	line := []rune(lines[at.Line-1])
	start := min(max(at.Column-1, 0), len(line))
	end := start
	for end < len(line) && wordRune(line[end]) {
		end++
	}
	if end == start {
		end = min(start+1, len(line))
	}
	mark := &view.ErrorMark{Before: string(line[:start]), Wrong: string(line[start:end]), After: string(line[end:])}
	if start == len(line) {
		mark.Wrong = "\u00a0" // something is missing at the end
	}
	return mark
}

func wordRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
