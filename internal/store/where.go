package store

import (
	"fmt"
	"strconv"
	"strings"
)

// where is the condition of a list, made of what is asked for. One text for all
// cases, such as ($1 = ” OR state = $1), would keep both databases from using
// an index.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition in which ? stands for the argument.
func (w *where) add(condition string, arg any) {
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(w.args))))
}

// given adds a condition on a text unless the text is "".
func (w *where) given(condition, text string) {
	if text != "" {
		w.add(condition, text)
	}
}

// literally adds a condition without an argument.
func (w *where) literally(condition string) { w.conditions = append(w.conditions, condition) }

// page is the condition with an order and the number of rows at most.
func (w *where) page(order string, limit int) (clause string, args []any) {
	if len(w.conditions) > 0 {
		clause = "WHERE " + strings.Join(w.conditions, " AND ") + " "
	}
	args = append(w.args, limit)
	return clause + fmt.Sprintf("ORDER BY %s LIMIT $%d", order, len(args)), args
}
