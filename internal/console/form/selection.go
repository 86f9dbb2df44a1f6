package form

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"rekey"
)

const (
	// maxSelectionBody in bytes is more than a description, a condition and rows
	// of the greatest length take when each byte is written as three: 128 KiB.
	maxSelectionBody = 128 << 10
	// maxRows is more than a condition of 4,000 characters has.
	maxRows = 200
)

// Selection is the form of a selection.
type Selection struct {
	Name, Description string
	Version           int64
	// Back is where to return after saving; it is not checked here.
	Back      string
	Condition Condition
	// Go is the button: save, rows-to-cel, cel-to-rows, add-row, preview.
	Go string
	// Remove is the row to remove, from 0; -1 for none.
	Remove int
	// Example is the example to take, from 0; -1 for none.
	Example int
}

// Condition is a condition in both forms of the page.
type Condition struct {
	Expression string
	// Shown has both forms as they were when the page was made. It tells which of them
	// was changed.
	Shown string
	// Side is the form that was changed, "rows" or "cel", if a script says so.
	Side string
	Any  bool // the rows are joined by "any of"
	Rows []Row
}

// Row is a row of a condition.
type Row struct {
	Field, Key, Operator string
	Value                string // several are joined by commas
}

// ReadSelection reads a Selection.
func ReadSelection(w http.ResponseWriter, r *http.Request) (Selection, error) {
	if err := parseUpTo(w, r, maxSelectionBody); err != nil {
		return Selection{}, err
	}
	return Selection{
		Name: text(r, "name"), Description: lines(r, "description"), Version: versionToReplace(r),
		Back: text(r, "back"), Condition: condition(r),
		Go: text(r, "go"), Remove: index(r, "remove"), Example: index(r, "example"),
	}, nil
}

func condition(r *http.Request) Condition {
	c := Condition{
		Expression: code(r, "expression"), Shown: code(r, "shown"), Side: text(r, "side"),
		Any: text(r, "join") == "any",
	}
	for i := range maxRows {
		name := fmt.Sprintf("rows[%d].", i)
		if !r.PostForm.Has(name + "field") {
			break
		}
		var values []string
		for _, value := range r.PostForm[name+"value"] {
			values = append(values, rekey.TypedText(value))
		}
		c.Rows = append(c.Rows, Row{
			Field: text(r, name+"field"), Key: text(r, name+"key"), Operator: text(r, name+"operator"),
			Value: strings.Join(values, ", "),
		})
	}
	return c
}

// lines is a field of several lines, which browsers send with CR LF.
func lines(r *http.Request, name string) string {
	return lineEnds.Replace(text(r, name))
}

func index(r *http.Request, name string) int {
	n, err := strconv.Atoi(text(r, name))
	if err != nil || n < 0 {
		return -1
	}
	return n
}
