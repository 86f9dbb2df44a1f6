// Package csvcells writes CSV (RFC 4180) that is safe to open in a spreadsheet. A
// spreadsheet runs a cell that begins like a formula, and names and addresses are typed
// by anybody.
package csvcells

import (
	"encoding/csv"
	"io"
	"strings"
)

// Writer writes lines of CSV.
type Writer struct{ csv *csv.Writer }

// NewWriter returns a writer. The lines are written by Flush at the latest.
func NewWriter(w io.Writer) Writer {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return Writer{out}
}

// Write writes one line. Cells that a spreadsheet would run are written as text.
func (w Writer) Write(cells ...string) error {
	harmless := make([]string, len(cells))
	for i, cell := range cells {
		harmless[i] = Harmless(cell)
	}
	return w.csv.Write(harmless)
}

// Flush writes what is left, and returns the first error.
func (w Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// formulas are the characters with which a spreadsheet takes a cell for a formula; in
// some languages also their wide forms. It skips a tab and a line break before them.
// See OWASP, CSV Injection.
const formulas = "=+-@\t\r\n＝＋－＠"

// Harmless returns a cell that a spreadsheet shows and does not run: it puts an
// apostrophe before one that begins like a formula.
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
