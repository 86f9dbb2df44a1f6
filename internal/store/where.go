package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rekey"
)

// where is the condition of a list, built from what is asked for. One text for all
// cases, with "or the argument is empty", would keep both databases from an index.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition in which ? stands for the argument.
func (w *where) add(condition string, arg any) {
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(w.args))))
}

// given adds a condition on a text, unless the text is "".
func (w *where) given(condition, text string) {
	if text != "" {
		w.add(condition, text)
	}
}

// oneOf adds the condition that a column has one of a few states, unless there are
// none.
func (w *where) oneOf(column string, states []rekey.DeliveryState) {
	if len(states) == 1 {
		w.add(column+` = ?`, string(states[0]))
	}
	if len(states) < 2 {
		return
	}
	places := make([]string, len(states))
	for i, state := range states {
		w.args = append(w.args, string(state))
		places[i] = "$" + strconv.Itoa(len(w.args))
	}
	w.literally(column + ` IN (` + strings.Join(places, ", ") + `)`)
}

// literally adds a condition without an argument.
func (w *where) literally(condition string) { w.conditions = append(w.conditions, condition) }

// beyond adds the condition that a row comes after the row with these values of the
// columns. Without values it adds none.
func (w *where) beyond(columns []string, values []any, descending bool) {
	if descending {
		w.compare(columns, "<", values)
	} else {
		w.compare(columns, ">", values)
	}
}

// from is beyond, but includes that row.
func (w *where) from(columns []string, values []any, descending bool) {
	if descending {
		w.compare(columns, "<=", values)
	} else {
		w.compare(columns, ">=", values)
	}
}

func (w *where) compare(columns []string, sign string, values []any) {
	if len(values) == 0 {
		return
	}
	places := make([]string, len(values))
	for i, v := range values {
		w.args = append(w.args, v)
		places[i] = "$" + strconv.Itoa(len(w.args))
	}
	w.literally(row(columns) + " " + sign + " " + row(places))
}

// row is an SQL row of values, which needs at least two.
func row(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "(" + strings.Join(values, ", ") + ")"
}

// inOrder is an ORDER BY of columns.
func inOrder(columns []string, descending bool) string {
	if !descending {
		return strings.Join(columns, ", ")
	}
	return strings.Join(columns, " DESC, ") + " DESC"
}

// key returns the values by which the row with an id is sorted, nil if the row does
// not exist. Without other columns the id itself is enough, even if its row no
// longer exists.
func (s Queries) key(ctx context.Context, from string, columns []string, id string) ([]any, error) {
	if id == "" {
		return nil, nil
	}
	if len(columns) == 1 && strings.HasSuffix(columns[0], ".id") {
		return []any{id}, nil
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	alias := from[len(from)-1:]
	err := s.one(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+from+` WHERE `+alias+`.id = $1`, []any{id}, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return values, err
}

// clause is the condition without order and limit.
func (w *where) clause() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.conditions, " AND ") + " "
}

// countUpTo counts the rows that meet a condition, up to limit+1.
func (s Queries) countUpTo(ctx context.Context, from string, w where, limit int) (n int, err error) {
	clause := w.clause()
	args := append(w.args, limit+1)
	err = s.one(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+from+` `+clause+fmt.Sprintf(`LIMIT $%d) counted`, len(args)), args, &n)
	return n, err
}

// page is the condition with an order and a limit.
func (w *where) page(order string, limit int) (clause string, args []any) {
	args = append(w.args, limit)
	return w.clause() + fmt.Sprintf("ORDER BY %s LIMIT $%d", order, len(args)), args
}
